//! Calls that run and govern the rest: functions, permissions, keys, trails, and the many looks at things.

use super::call::Call;
use super::identity::{Account, Role, User};
use crate::json::{Json, text};

/// A look at something by one parameter, or at everything when `name` is empty.
pub fn named(service: &'static str, action: &'static str, parameter: &str, name: &str) -> Call {
    let call = Call::read(service, action);
    if name.is_empty() { call } else { call.asking([(parameter, text(name))]) }
}

fn function_arn(owner: Account, function: &str) -> String {
    format!("arn:aws:lambda:{}:{}:function:{function}", owner.region, owner.id)
}

/// Runs a function.
pub fn invoke_function(owner: Account, function: &str) -> Call {
    let mut call = Call::write("lambda", "Invoke")
        .asking([
            ("functionName", text(function_arn(owner, function))),
            ("invocationType", text("RequestResponse")),
        ])
        .on(owner.id, "AWS::Lambda::Function", function_arn(owner, function));
    call.data = true;
    call
}

/// Replaces a function's code.
pub fn update_function_code(owner: Account, function: &str, version: &str) -> Call {
    let image = format!("{}.dkr.ecr.{}.amazonaws.com/{function}:{version}", owner.id, owner.region);
    Call::write("lambda", "UpdateFunctionCode20150331v2")
        .asking([("functionName", text(function)), ("imageUri", text(image)), ("publish", Json::Bool(true))])
        .answering([
            ("functionName", text(function)),
            ("functionArn", text(function_arn(owner, function))),
            ("packageType", text("Image")),
            ("state", text("Active")),
        ])
}

/// Gives a role a managed policy.
pub fn attach_role_policy(role: &Role, policy: &str) -> Call {
    Call::write("iam", "AttachRolePolicy")
        .asking([("roleName", text(&role.name)), ("policyArn", text(policy))])
}

/// Takes a managed policy from a role.
pub fn detach_role_policy(role: &Role, policy: &str) -> Call {
    Call::write("iam", "DetachRolePolicy")
        .asking([("roleName", text(&role.name)), ("policyArn", text(policy))])
}

/// Writes a policy into a role.
pub fn put_role_policy(role: &Role, policy: &str, document: &str) -> Call {
    Call::write("iam", "PutRolePolicy").asking([
        ("roleName", text(&role.name)),
        ("policyName", text(policy)),
        ("policyDocument", text(document)),
    ])
}

/// Switches a user's key on or off.
pub fn set_key_status(user: &User, active: bool) -> Call {
    Call::write("iam", "UpdateAccessKey").asking([
        ("userName", text(&user.name)),
        ("status", text(if active { "Active" } else { "Inactive" })),
        ("accessKeyId", text(&user.key)),
    ])
}

fn trail(name: &'static str, owner: Account, trail: &str) -> Call {
    let arn = format!("arn:aws:cloudtrail:{}:{}:trail/{trail}", owner.region, owner.id);
    Call::write("cloudtrail", name).asking([("name", text(arn))])
}

/// Stops a trail.
pub fn stop_logging(owner: Account, name: &str) -> Call {
    trail("StopLogging", owner, name)
}

/// Starts a trail again.
pub fn start_logging(owner: Account, name: &str) -> Call {
    trail("StartLogging", owner, name)
}

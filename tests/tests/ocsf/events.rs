//! The classes of events that `ambit normalize` writes, by hand: good ones pass, and each single fault is named.

use serde_json::{Value, json};

use super::{check_faults, messages, schema};

fn event(class: i64, activity: i64, more: &Value) -> Value {
    let mut event = json!({
        "class_uid": class, "category_uid": class / 1000, "activity_id": activity, "type_uid": class * 100 + activity,
        "time": 1_772_355_600_123_i64, "severity_id": 1, "severity": "Informational", "status_id": 2, "status": "Failure",
        "metadata": {
            "version": "1.8.0", "product": { "name": "CloudTrail" }, "profiles": ["cloud"], "original_time": "x",
            "transformation_info_list": [{ "name": "x", "product": { "name": "Ambit" } }],
        },
        "actor": { "user": { "uid": "u", "type_id": 4, "type": "Service" }, "session": { "uid": "s" } },
        "cloud": { "provider": "AWS", "account": { "uid": "1", "type_id": 10, "type": "AWS Account" } },
        "api": { "operation": "Do", "service": { "name": "s3" }, "response": { "error": "x" } },
        "src_endpoint": { "ip": "10.0.0.1" }, "http_request": { "user_agent": "x" }, "unmapped": { "a": [1] },
    });
    let more = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(more);
    event
}

/// A good event of each class, and its faults as `super::FAULTS` has them.
fn cases() -> [(Value, &'static str); 6] {
    let user = json!({ "uid": "u" });
    [
        (
            event(6003, 2, &json!({ "activity_name": "Read", "resources": [{ "uid": "r", "type": "t" }] })),
            r#"
/actor ||| actor: is required
/actor | {} | actor: needs at least one of process, user, invoked_by, session, app_name, app_uid
/actor/user/type | "User" | actor.user.type: must be `Service` beside 4, is `User`
/api ||| api: is required
/api/operation ||| api.operation: is required
/api/service | {} | api.service: needs at least one of name, uid
/src_endpoint ||| src_endpoint: is required
/src_endpoint/ip | "nowhere" | src_endpoint.ip: `nowhere` is no ip_t
/cloud/provider ||| cloud.provider: is required
/cloud/account/type | "GCP Project" | cloud.account.type: must be `AWS Account` beside 10, is `GCP Project`
/resources | [{}] | resources[0]: needs at least one of name, uid
/activity_name | "Get" | activity_name: must be `Read` beside 2, is `Get`
/ai_model | {"name": "m", "ai_provider": "p"} | ai_model: needs the profile `ai_operation` in metadata.profiles
/user | {"uid": "u"} | user: is no attribute of API Activity
/metadata/transformation_info_list | [{}] | metadata.transformation_info_list[0]: needs at least one of name, uid
"#,
        ),
        (
            event(3002, 1, &json!({ "user": user, "service": { "name": "sts" }, "auth_protocol_id": 5 })),
            r#"
/user ||| user: is required
/service ||| the event: needs at least one of service, dst_endpoint
/auth_protocol | "OpenID" | auth_protocol: must be `SAML` beside 5, is `OpenID`
/resources | [{"uid": "r"}] | resources: is no attribute of Authentication
"#,
        ),
        (
            event(3003, 1, &json!({ "user": user, "privileges": ["p"], "session": { "uid": "s" } })),
            r#"
/user ||| user: is required
/privileges ||| the event: needs exactly one of privileges, group
/group | {"name": "g"} | the event: needs exactly one of privileges, group
/privileges | ["p", 1] | privileges[1]: must be string_t, is a number
"#,
        ),
        (
            event(3005, 2, &json!({ "user": user, "privileges": ["p"], "resources": [{ "uid": "r" }] })),
            r#"
/privileges ||| privileges: is required
/privileges | "p" | privileges: must be an array of string_t, is a string
/user | {"type_id": 4} | user: needs at least one of account, name, uid
"#,
        ),
        (
            event(3001, 99, &json!({ "user": user, "activity_name": "Credential Issue" })),
            r#"
/user ||| user: is required
/type_uid | 300100 | type_uid: must be 300199, is 300100
/privileges | ["p"] | privileges: is no attribute of Account Change
"#,
        ),
        (
            event(3004, 3, &json!({ "entity": { "uid": "e", "type_id": 99, "type": "aws.role" } })),
            r"
/entity ||| entity: is required
/entity/uid ||| entity: needs at least one of name, uid, device, group, org, policy, user
/entity/type_id | 98 | entity.type_id: 98 is not in the enumeration
",
        ),
    ]
}

#[test]
fn good_events_pass_and_each_single_fault_is_named() {
    for (good, faults) in cases() {
        assert_eq!(messages(&schema().validate(&good)), Vec::<String>::new(), "{good:#}");
        check_faults(&good, faults);
    }
}

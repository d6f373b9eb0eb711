//! OCSF of other pipelines, mostly as Security Lake writes it.

use serde_json::{Value, json};

use super::overlooked::{check_one, merged};

const ACCOUNT: &str = "arn:aws:iam::111122223333";

/// An API call of AWS.
fn call(service: &str, operation: &str, more: &Value) -> Value {
    let record = json!({
        "class_uid": 6003, "activity_id": 2, "time": 1_772_359_200_000_i64, "status_id": 1,
        "metadata": {"version": "1.1.0", "uid": "e", "product": {"name": "CloudTrail", "vendor_name": "AWS"}},
        "cloud": {"provider": "AWS", "region": "us-east-1"},
        "api": {"operation": operation, "service": {"name": format!("{service}.amazonaws.com")}},
        "actor": {"user": {"uid": format!("{ACCOUNT}:user/a")}}
    });
    merged(record, more)
}

#[test]
fn the_path_of_a_role_says_whose_it_is() {
    for (role, issuer, expect) in [
        (
            "AWSReservedSSO_Admin_1",
            "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_1",
            "human",
        ),
        ("AWSServiceRoleForX", "role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "service"),
        ("AWSReservedSSO_Admin_1", "role/AWSReservedSSO_Admin_1", "role"),
        ("AWSServiceRoleForX", "role/AWSServiceRoleForX", "role"),
        ("AWSReservedSSO_Admin_1", "", "role"),
        ("AWSServiceRoleForX", "", "role"),
    ] {
        let user = json!({"type": "AssumedRole", "uid": format!("arn:aws:sts::111122223333:assumed-role/{role}/bob")});
        let (principal, session) = match issuer {
            "" => (format!("{ACCOUNT}:role/{role}"), json!({})),
            issuer => (format!("{ACCOUNT}:{issuer}"), json!({"issuer": format!("{ACCOUNT}:{issuer}")})),
        };
        check_one(
            &call("s3", "ListBuckets", &json!({"actor": {"user": user, "session": session}})),
            &format!("principal={principal} principal_kind={expect} session=bob"),
        );
    }
}

#[test]
fn a_secret_that_is_read_is_handed_out() {
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1B2c3";
    let of = |uid: &str, more: &Value| merged(json!({"resources": [{"uid": uid}]}), more);
    check_one(
        &call("secretsmanager", "GetSecretValue", &of(secret, &json!({}))),
        &format!(
            "action_class=secret_read resource={secret} resource_kind=aws.secret resource_group=prod/* \
             issued_credential={secret} issued_kind=stored_secret"
        ),
    );
    check_one(
        &call("secretsmanager", "GetSecretValue", &of(secret, &json!({"status_id": 2}))),
        "outcome=failure issued_credential=- issued_kind=-",
    );
    let parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/prod/x";
    for more in [json!({}), json!({"unmapped": {"requestParameters.withDecryption": "false"}})] {
        check_one(
            &call("ssm", "GetParameter", &of(parameter, &more)),
            "action_class=read issued_credential=-",
        );
    }
    for more in [
        json!({"unmapped": {"requestParameters.withDecryption": "true"}}),
        json!({"unmapped": {"requestParameters": {"withDecryption": true}}}),
    ] {
        check_one(
            &call("ssm", "GetParameter", &of(parameter, &more)),
            &format!("action_class=secret_read issued_credential={parameter} resource_kind=aws.parameter"),
        );
    }
    let mut asked = call("ssm", "GetParameter", &of(parameter, &json!({})));
    asked["api"]["request"] = json!({"uid": "r", "data": {"withDecryption": true}});
    check_one(&asked, "action_class=secret_read");
}

#[test]
fn an_object_goes_before_its_bucket() {
    let (bucket, object) = ("arn:aws:s3:::b", "arn:aws:s3:::b/k");
    for resources in [
        json!([{"uid": bucket, "type": "AWS::S3::Bucket"}, {"uid": object, "type": "AWS::S3::Object"}]),
        json!([{"uid": object, "type": "AWS::S3::Object"}, {"uid": bucket, "type": "AWS::S3::Bucket"}]),
        json!([{"uid": bucket}, {"uid": object}]),
    ] {
        check_one(
            &call("s3", "GetObject", &json!({"resources": resources})),
            &format!("resource={object} resource_kind=aws.s3.object resource_group=b/*"),
        );
    }
    check_one(
        &call("s3", "ListObjects", &json!({"resources": [{"uid": bucket, "type": "AWS::S3::Bucket"}]})),
        &format!("resource={bucket} resource_kind=aws.s3.bucket"),
    );
}

#[test]
fn what_stands_in_other_places_is_found() {
    for (more, expect) in [
        (
            json!({"src_endpoint": {"domain": "cloudformation.amazonaws.com"}}),
            "via_service=cloudformation.amazonaws.com source_address=-",
        ),
        (
            json!({"src_endpoint": {"domain": "laptop.acme.example", "ip": "10.0.0.1"}}),
            "via_service=- source_address=10.0.0.1",
        ),
        (json!({"actor": {"user": {"name": "a", "account_uid": "111122223333"}}}), "account=111122223333"),
        (
            json!({"status_id": null, "status": "Failure", "status_code": "AccessDenied"}),
            "outcome=denied error_code=AccessDenied",
        ),
        (json!({"status_id": null, "status": "Success"}), "outcome=success"),
        (json!({"status_id": null}), "outcome=unknown"),
        (json!({"time": 1_772_359_200_000.0}), "time=2026-03-01T10:00:00Z"),
        (json!({"time": null, "time_dt": "2026-03-01T10:00:00.123456Z"}), "time=2026-03-01T10:00:00.123456Z"),
    ] {
        check_one(&call("s3", "ListBuckets", &more), expect);
    }
}

#[test]
fn a_cloud_has_more_than_one_name() {
    let list_keys = "Microsoft.Storage/storageAccounts/listKeys/action";
    let access = "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion";
    for (provider, service, operation, action) in [
        ("Microsoft Azure", "x", list_keys, "azure:microsoft.storage/storageaccounts/listkeys/action"),
        ("Azure", "x", list_keys, "azure:microsoft.storage/storageaccounts/listkeys/action"),
        (
            "Google Cloud",
            "secretmanager.googleapis.com",
            access,
            "gcp:secretmanager.SecretManagerService.AccessSecretVersion",
        ),
        (
            "gcp",
            "secretmanager.googleapis.com",
            access,
            "gcp:secretmanager.SecretManagerService.AccessSecretVersion",
        ),
        (
            "Amazon Web Services",
            "secretsmanager.amazonaws.com",
            "GetSecretValue",
            "aws:secretsmanager:GetSecretValue",
        ),
    ] {
        let more = json!({
            "cloud": {"provider": provider}, "api": {"operation": operation, "service": {"name": service}},
            "resources": [{"uid": "projects/p/secrets/x"}]
        });
        let expect =
            format!("action={action} action_class=secret_read issued_credential=projects/p/secrets/x");
        check_one(&call("x", "X", &more), &expect);
    }
    let oracle = json!({"cloud": {"provider": "Oracle Cloud"}});
    check_one(
        &call("x", "GetSecretValue", &oracle),
        "action=ocsf:x.amazonaws.com:GetSecretValue action_class=read",
    );
}

#[test]
fn a_change_of_an_account_is_about_the_account() {
    let of = |activity: u32| json!({"class_uid": 3001, "activity_id": activity, "user": {"uid": format!("{ACCOUNT}:user/b")}});
    check_one(
        &call("iam", "CreateAccessKey", &of(99)),
        &format!(
            "action=aws:iam:CreateAccessKey action_class=credential_issue principal={ACCOUNT}:user/a \
             resource={ACCOUNT}:user/b resource_kind=aws.user"
        ),
    );
    let plain = |activity: u32| {
        json!({
            "class_uid": 3001, "activity_id": activity, "time": 1_772_359_200_000_i64, "status_id": 1, "metadata": {"uid": "e"},
            "actor": {"user": {"name": "admin"}}, "user": {"name": "b"}
        })
    };
    for (activity, expect) in [
        (1, "action=ocsf:create action_class=permissions_change"),
        (3, "action=ocsf:password-change action_class=credential_issue"),
        (11, "action=ocsf:disable-factor action_class=permissions_change"),
        (12, "action=ocsf:unlock action_class=permissions_change"),
    ] {
        check_one(&plain(activity), &format!("{expect} principal=admin resource=b access_level=permissions"));
    }
}

use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Outcome, PrincipalKind};

use super::*;

fn check(row: &EventRow<'_>, expected: &str) {
    assert_eq!(serde_json::to_string(&event(row)).unwrap(), expected.replace('\n', ""));
}

fn row(source: Source, action: &'static str, class: ActionClass) -> EventRow<'static> {
    EventRow { action, action_class: class, origin: "f", ..EventRow::new(source, "e", EventTime(1_500)) }
}

#[test]
fn an_event_that_says_little_is_still_whole() {
    check(
        &row(Source::VaultAudit, "vault:read", ActionClass::Read),
        r#"{"time":1,"class_uid":6003,"class_name":"API Activity","category_uid":6,"category_name":"Application Activity",
"activity_id":2,"activity_name":"Read","type_uid":600302,"type_name":"API Activity: Read","severity_id":1,"severity":"Informational",
"status_id":1,"status":"Success","actor":{"user":{"type_id":0,"type":"Unknown","account":{"name":"unknown"}}},
"api":{"operation":"read","service":{"name":"vault"}},"src_endpoint":{"name":"unknown"},
"metadata":{"version":"1.8.0","uid":"e","event_code":"vault:read","product":{"name":"Vault","vendor_name":"HashiCorp"},
"log_name":"vault.audit","original_time":"1970-01-01T00:00:00.001500Z",
"transformation_info_list":[{"name":"ambit normalize","uid":"ambit.normalize","product":{"name":"Ambit","vendor_name":"Ambit","version":"0.1.0"}}]},
"unmapped":{"action_class":"read","access_level":"read","origin":"f","origin_offset":0}}"#,
    );
}

#[test]
fn a_session_that_is_handed_out_says_to_whom_and_what_for() {
    let row = EventRow {
        outcome: Outcome::Denied,
        error_code: Some("AccessDenied"),
        principal: Some("arn:aws:iam::111122223333:user/ci/deploy"),
        principal_kind: Some(PrincipalKind::User),
        credential: Some("AKIAEXAMPLE"),
        issued_credential: Some("ASIAEXAMPLE"),
        issued_kind: Some(CredentialKind::StsSession),
        resource: Some("arn:aws:iam::111122223333:role/rag"),
        resource_kind: Some("aws.role"),
        account: Some("111122223333"),
        region: Some("eu-west-1"),
        source_address: Some("10.0.0.7"),
        client: Some("Boto3/1"),
        on_behalf_of: &["near"],
        ..row(Source::AwsCloudtrail, "aws:sts:AssumeRole", ActionClass::Assume)
    };
    check(
        &row,
        r#"{"time":1,"class_uid":3003,"class_name":"Authorize Session","category_uid":3,"category_name":"Identity & Access Management",
"activity_id":1,"activity_name":"Assign Privileges","type_uid":300301,"type_name":"Authorize Session: Assign Privileges",
"severity_id":1,"severity":"Informational","status_id":2,"status":"Failure","status_code":"AccessDenied","status_detail":"denied",
"actor":{"user":{"uid":"arn:aws:iam::111122223333:user/ci/deploy","name":"deploy","type_id":1,"type":"User","credential_uid":"AKIAEXAMPLE"}},
"user":{"uid":"arn:aws:iam::111122223333:user/ci/deploy","name":"deploy","type_id":1,"type":"User","credential_uid":"AKIAEXAMPLE"},
"privileges":["arn:aws:iam::111122223333:role/rag"],"session":{"uid":"ASIAEXAMPLE"},
"api":{"operation":"AssumeRole","service":{"name":"sts"},"response":{"error":"AccessDenied"}},"src_endpoint":{"ip":"10.0.0.7"},
"cloud":{"provider":"AWS","account":{"uid":"111122223333","type_id":10,"type":"AWS Account"},"region":"eu-west-1"},
"http_request":{"user_agent":"Boto3/1"},
"metadata":{"version":"1.8.0","uid":"e","event_code":"aws:sts:AssumeRole","product":{"name":"CloudTrail","vendor_name":"AWS"},
"log_name":"aws.cloudtrail","original_time":"1970-01-01T00:00:00.001500Z",
"transformation_info_list":[{"name":"ambit normalize","uid":"ambit.normalize","product":{"name":"Ambit","vendor_name":"Ambit","version":"0.1.0"}}],
"profiles":["cloud"]},
"unmapped":{"action_class":"assume","access_level":"read","principal_kind":"user","on_behalf_of":["near"],
"issued_credential":"ASIAEXAMPLE","issued_kind":"sts_session","resource":"arn:aws:iam::111122223333:role/rag",
"resource_kind":"aws.role","origin":"f","origin_offset":0}}"#,
    );
}

//! Records that are made to be overlooked, or that are rare: names, numbers and forms by which a decoder must not be misled.

use serde_json::{Value, json};

use crate::decode::shown::{Shown, check, decode};

pub(super) fn rows(record: &Value) -> Vec<Shown> {
    let text = record.to_string();
    let (rows, _, rejects) = decode(None, [text.as_bytes()]);
    assert_eq!(rejects, [], "{text}");
    rows
}

/// Checks the only row of a record.
#[track_caller]
pub(super) fn check_one(record: &Value, expect: &str) {
    let rows = rows(record);
    assert_eq!(rows.len(), 1, "{record}");
    check(&record.to_string(), &rows[0], expect);
}

pub(super) fn merged(mut record: Value, more: &Value) -> Value {
    record.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    record
}

/// A call of a role of AWS.
fn aws(role: &str, issuer: &str, call: &Value) -> Value {
    let record = json!({
        "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "awsRegion": "us-east-1",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLE12:s",
            "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/s"),
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": issuer}}
        }
    });
    merged(record, call)
}

#[test]
fn a_name_that_sounds_like_the_clouds_own_is_a_workloads() {
    let list = || json!({"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets"});
    let iam = |tail: &str| format!("arn:aws:iam::111122223333:role/{tail}");
    for (role, issuer, expect) in [
        ("AWSServiceRoleForX", iam("AWSServiceRoleForX"), "principal_kind=role auth_method=assume_role"),
        (
            "AWSServiceRoleForX",
            iam("aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
            "principal_kind=service",
        ),
        ("AWSServiceRoleForX", String::new(), "principal_kind=service"),
        ("AWSReservedSSO_X_1", iam("AWSReservedSSO_X_1"), "principal_kind=role auth_method=assume_role"),
        (
            "AWSReservedSSO_X_1",
            iam("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_X_1"),
            "principal_kind=human auth_method=sso",
        ),
    ] {
        check_one(&aws(role, &issuer, &list()), expect);
    }
    let google = |email: &str| {
        json!({
            "insertId": "i", "timestamp": "2026-03-01T11:00:00Z", "logName": "projects/acme/logs/x",
            "protoPayload": {
                "authenticationInfo": {"principalEmail": email}, "serviceName": "storage.googleapis.com",
                "methodName": "storage.objects.get", "resourceName": "projects/_/buckets/b/objects/o"
            }
        })
    };
    for (email, kind) in [
        ("service-orders@acme.iam.gserviceaccount.com", "service_account"),
        ("service-123456789012@acme.iam.gserviceaccount.com", "service_account"),
        ("cloud-logs@acme.iam.gserviceaccount.com", "service_account"),
        ("service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com", "service"),
        ("service-123456789012@compute-system.iam.gserviceaccount.com", "service"),
        ("service-123456789012@cloud-ml.google.com.iam.gserviceaccount.com", "service"),
        ("123456789012@cloudservices.gserviceaccount.com", "service"),
        ("p123456789012-1@gcp-sa-logging.iam.gserviceaccount.com", "service"),
    ] {
        check_one(&google(email), &format!("principal_kind={kind}"));
    }
}

#[test]
fn whoever_is_given_a_right_has_a_row_however_many_they_are() {
    let targets = |record: &Value| {
        rows(record).into_iter().filter_map(|mut row| row.remove("target_workload")).collect::<Vec<_>>()
    };
    let subject = |name: String| json!({"kind": "ServiceAccount", "name": name, "namespace": "ml"});
    let binding = |verb: &str, request: Value| {
        json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "a", "stage": "ResponseComplete",
            "verb": verb, "user": {"username": "system:serviceaccount:ml:rag"},
            "objectRef": {
                "resource": "clusterrolebindings", "name": "b", "apiGroup": "rbac.authorization.k8s.io"
            },
            "responseStatus": {"code": 200}, "requestReceivedTimestamp": "2026-03-01T15:00:00Z",
            "requestObject": request
        })
    };
    let many = (0..100).map(|number| subject(format!("n{number}"))).collect::<Vec<_>>();
    let expected = (0..100).map(|number| format!("system:serviceaccount:ml:n{number}")).collect::<Vec<_>>();
    assert_eq!(targets(&binding("create", json!({"subjects": many}))), expected);
    let rag = || subject("rag".to_owned());
    for (path, value) in [("/subjects/-", rag()), ("/subjects/0", rag()), ("/subjects", json!([rag()]))] {
        let patch = json!([{"op": "add", "path": path, "value": value}, {"op": "test", "path": "/subjects/1", "value": subject("other".to_owned())}]);
        assert_eq!(targets(&binding("patch", patch)), ["system:serviceaccount:ml:rag"], "{path}");
    }
    let deltas =
        (0..100).map(|number| json!({"action": "ADD", "member": format!("user:u{number}@acme.com")}));
    // One of them twice.
    let deltas = deltas.chain([json!({"action": "ADD", "member": "user:u7@acme.com"})]).collect::<Vec<_>>();
    let policy = json!({
        "insertId": "i", "timestamp": "2026-03-01T11:00:00Z", "logName": "projects/acme/logs/x",
        "protoPayload": {
            "authenticationInfo": {"principalEmail": "a@p.iam.gserviceaccount.com"},
            "serviceName": "cloudresourcemanager.googleapis.com", "methodName": "SetIamPolicy",
            "resourceName": "projects/p", "serviceData": {"policyDelta": {"bindingDeltas": deltas}}
        }
    });
    let expected = (0..100).map(|number| format!("u{number}@acme.com")).collect::<Vec<_>>();
    assert_eq!(targets(&policy), expected);
}

#[test]
fn a_secret_has_its_whole_name_and_a_container_is_its_own_place() {
    let secret = |id: &str| {
        let call = json!({
            "eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue",
            "requestParameters": {"secretId": id}
        });
        aws("rag", "arn:aws:iam::111122223333:role/rag", &call)
    };
    for (id, group) in [
        ("api-secret", "api-secret"),
        ("api-tokens", "api-tokens"),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:api-secret-AbCdEf", "api-secret"),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:rag/api-tokens-AbCdEf", "rag/*"),
        ("rag/api-tokens", "rag/*"),
    ] {
        check_one(&secret(id), &format!("resource_group={group}"));
    }
    let blob = |key: &str| {
        json!({
            "time": "2026-03-01T00:00:00Z", "category": "StorageRead", "operationName": "GetBlob",
            "resourceId": "/subscriptions/S1/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acme",
            "statusText": "Success", "properties": {"objectKey": key}
        })
    };
    for (key, group) in [
        ("/acme/payroll/2025/salaries.csv", "acme/payroll/*"),
        ("/acme/payroll/reports/salaries.csv", "acme/payroll/reports/*"),
        ("/acme/public/x.txt", "acme/public/*"),
        ("/acme", "acme"),
    ] {
        check_one(&blob(key), &format!("resource_group={group}"));
    }
}

#[test]
fn an_application_that_gets_a_right_is_who_is_changed() {
    let property = |name: &str, value: &str| json!({"displayName": name, "oldValue": null, "newValue": format!("\"{value}\"")});
    let record = |operation: &str, properties: Value| {
        json!({
            "time": "2026-03-01T12:01:00Z", "operationName": operation, "category": "AuditLogs",
            "tenantId": "t", "properties": {
                "id": "x", "result": "success", "initiatedBy": {"user": {"id": "u", "userPrincipalName": "a@acme.com"}},
                "targetResources": [
                    {"id": "graph", "displayName": "Microsoft Graph", "type": "ServicePrincipal",
                        "modifiedProperties": properties},
                    {"id": "rag-object", "displayName": null, "type": "ServicePrincipal"}
                ]
            }
        })
    };
    let granted = json!([
        property("AppRole.Value", "RoleManagement.ReadWrite.Directory"),
        property("ServicePrincipal.ObjectID", "rag-object"),
        property("ServicePrincipal.DisplayName", "rag")
    ]);
    for operation in ["Add app role assignment to service principal", "Add delegated permission grant"] {
        check_one(
            &record(operation, granted.clone()),
            "target_workload=rag-object resource=rag-object resource_group=serviceprincipal/rag \
             action_class=permissions_change",
        );
    }
    check_one(&record("Update service principal", json!([])), "target_workload=graph resource=graph");
}

/// A line that a real OpenBao server writes when a client logs in while it has a token already.
#[test]
fn a_login_is_a_login_whichever_token_came_along() {
    let line = |kind: &str, auth: Value, response: Value| {
        json!({
            "time": "2026-03-01T14:00:00Z", "type": kind, "auth": auth, "response": response,
            "request": {
                "id": "r", "operation": "update", "mount_point": "auth/approle/", "mount_type": "approle",
                "client_token": "hmac-sha256:1", "client_token_accessor": "old", "path": "auth/approle/login"
            }
        })
    };
    let root = || json!({"accessor": "old", "display_name": "root", "policies": ["root"]});
    let nobody = "principal=- credential=- parent_credential=- auth_method=approle";
    check_one(&line("request", root(), json!({})), &format!("{nobody} outcome=unknown"));
    let service = json!({
        "accessor": "new", "display_name": "approle", "metadata": {"role_name": "rag"}, "entity_id": "e",
        "token_ttl": 60
    });
    check_one(
        &line("response", service.clone(), json!({"auth": service})),
        "principal=approle/rag credential=- parent_credential=- auth_method=approle issued_credential=new \
         issued_kind=vault_token issued_expires_at=2026-03-01T14:01:00Z",
    );
    let batch = json!({
        "display_name": "approle", "metadata": {"role_name": "bat"}, "token_type": "batch", "token_ttl": 60
    });
    check_one(
        &line("response", batch.clone(), json!({"auth": batch})),
        "principal=approle/bat credential=- parent_credential=- issued_credential=- issued_kind=vault_token",
    );
    let mut refused = line("response", root(), json!({}));
    refused["error"] = "permission denied".into();
    check_one(&refused, &format!("{nobody} outcome=denied"));
}

#[test]
fn no_token_in_a_path_gets_out() {
    let line = |operation: &str, mount: &str, kind: &str, path: &str| {
        json!({
            "time": "2026-03-01T14:00:00Z", "type": "request", "auth": {"accessor": "a"},
            "request": {
                "id": "r", "operation": operation, "mount_point": mount, "mount_type": kind, "path": path,
                "client_token_accessor": "a"
            }
        })
    };
    let new = format!("hvs.CAES{}", "x".repeat(90));
    for token in ["s.6If1cXkw4ZmjHQGtPp8M4LoV", "f1b4e5a0-0000-4000-8000-00000000abcd", &new] {
        for operation in ["read", "list", "update", "delete", "help", "another"] {
            for command in ["lookup", "renew", "revoke", "revoke-orphan"] {
                let path = format!("auth/token/{command}/{token}");
                let expect = format!("resource=vault:auth/token/{command}/* principal=accessor:a");
                check_one(&line(operation, "auth/token/", "token", &path), &expect);
            }
        }
    }
    for token in ["s.6If1cXkw4ZmjHQGtPp8M4LoV", &new] {
        check_one(
            &line("read", "kv/", "kv", &format!("kv/data/{token}/x")),
            "resource=vault:kv/data/*/x resource_group=kv/data/*/*",
        );
    }
    check_one(&line("read", "kv/", "kv", "kv/data/s.short"), "resource=vault:kv/data/s.short");
}

#[test]
fn a_sign_in_ends_as_its_own_word_says() {
    let sign_in = |name: &str, user: &str, more: &Value| {
        let record = json!({
            "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "eventSource": "signin.amazonaws.com",
            "eventName": name, "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": user}
        });
        merged(record, more)
    };
    let ann = "arn:aws:iam::111122223333:user/ann";
    for (name, user, more, expect) in [
        ("ConsoleLogin", "ann", json!({"responseElements": {"ConsoleLogin": "Success"}}), "success"),
        ("ConsoleLogin", "ann", json!({"responseElements": {"ConsoleLogin": "Failure"}}), "failure"),
        ("CheckMfa", "ann", json!({"responseElements": {"CheckMfa": "Failure"}}), "failure"),
        (
            "CredentialVerification",
            "ann",
            json!({"serviceEventDetails": {"CredentialVerification": "Failure"}}),
            "failure",
        ),
        (
            "ConsoleLogin",
            "HIDDEN_DUE_TO_SECURITY_REASONS",
            json!({"errorMessage": "No username found in supplied account"}),
            "failure",
        ),
    ] {
        let principal = if user == "ann" { ann } else { "-" };
        check_one(&sign_in(name, user, &more), &format!("principal={principal} outcome={expect}"));
    }
    let insight = json!({
        "eventVersion": "1.09", "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "eventType": "AwsCloudTrailInsight",
        "insightDetails": {"state": "Start", "insightType": "ApiCallRateInsight"}, "eventCategory": "Insight"
    });
    let (rows, tally, rejects) = decode(None, [insight.to_string().as_bytes()]);
    assert_eq!((rows.len(), tally.ignored, rejects), (0, 1, Vec::new()));
}

#[test]
fn what_stands_before_a_model_is_none() {
    let call = |name: &str, kind: &str, arn: &str| {
        json!({
            "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "eventSource": "bedrock.amazonaws.com", "eventName": name,
            "awsRegion": "us-east-1", "resources": [{"accountId": "1", "type": kind, "ARN": arn}],
            "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "app"}
        })
    };
    for (name, kind, object, expect) in [
        ("InvokeAgent", "AgentAlias", "agent-alias/A1/B2", "aws.bedrock.agent model=-"),
        ("InvokeFlow", "FlowAlias", "flow/F1/alias/B2", "aws.bedrock.flow model=-"),
        ("Retrieve", "KnowledgeBase", "knowledge-base/K1", "aws.bedrock.knowledge_base model=-"),
        ("RetrieveAndGenerate", "KnowledgeBase", "knowledge-base/K1", "aws.bedrock.knowledge_base model=-"),
        ("InvokeModel", "Model", "foundation-model/m-1", "aws.bedrock.model model=m-1"),
    ] {
        let arn = format!("arn:aws:bedrock:us-east-1:111122223333:{object}");
        let call = call(name, &format!("AWS::Bedrock::{kind}"), &arn);
        check_one(&call, &format!("resource={arn} resource_kind={expect}"));
    }
}

#[test]
fn a_machine_that_gets_a_role_is_what_is_acted_on() {
    let call = json!({
        "eventSource": "ec2.amazonaws.com", "eventName": "AssociateIamInstanceProfile", "recipientAccountId": "111122223333",
        "requestParameters": {"AssociateIamInstanceProfileRequest": {
            "InstanceId": "i-0abcdef0123456789", "IamInstanceProfile": {"Name": "admin"}
        }}
    });
    check_one(
        &aws("rag", "arn:aws:iam::111122223333:role/rag", &call),
        "resource=arn:aws:ec2:us-east-1:111122223333:instance/i-0abcdef0123456789 resource_kind=aws.instance \
         action_class=permissions_change sensitivity=3",
    );
}

#[test]
fn a_bearer_token_is_no_static_key() {
    let record = json!({
        "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "eventSource": "codecatalyst.amazonaws.com", "eventName": "GetX",
        "userIdentity": {
            "type": "IdentityCenterUser", "accountId": "111122223333", "credentialId": "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR",
            "onBehalfOf": {"userId": "544894e8", "identityStoreArn": "arn:aws:identitystore::111122223333:identitystore/d-1"}
        }
    });
    check_one(&record, "principal=544894e8 principal_kind=human credential_kind=oauth_token on_behalf_of=-");
}

#[test]
fn a_secret_of_a_cluster_has_one_name_in_every_log() {
    let gke = |method: &str, resource: &str, more: &Value| {
        let record = json!({
            "insertId": "e", "timestamp": "2026-03-01T10:00:00Z", "logName": "projects/p/logs/cloudaudit.googleapis.com%2Fdata_access",
            "resource": {"type": "k8s_cluster", "labels": {"project_id": "p", "cluster_name": "gke-prod"}},
            "protoPayload": {
                "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "k8s.io", "methodName": method,
                "resourceName": resource, "authenticationInfo": {"principalEmail": "system:serviceaccount:shop:web"},
                "authorizationInfo": [{"granted": true, "permission": method, "resource": resource}]
            }
        });
        merged(record, more)
    };
    let read = "io.k8s.core.v1.secrets.get";
    let secret = "core/v1/namespaces/shop/secrets/db";
    check_one(
        &gke(read, secret, &json!({})),
        "action_class=secret_read issued_credential=k8s:gke-prod/shop/db issued_kind=stored_secret",
    );
    check_one(
        &gke("io.k8s.core.v1.secrets.list", "core/v1/namespaces/shop/secrets", &json!({})),
        "issued_credential=-",
    );
    for method in ["pods.portforward.get", "pods.portforward.create", "pods.proxy.get", "nodes.proxy.create"]
    {
        check_one(
            &gke(&format!("io.k8s.core.v1.{method}"), "core/v1/namespaces/shop/pods/web-1", &json!({})),
            "action_class=exec access_level=write",
        );
    }
    let same = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "e", "stage": "ResponseComplete", "verb": "get",
        "requestReceivedTimestamp": "2026-03-01T10:00:00.000000Z", "user": {"username": "system:serviceaccount:shop:web"},
        "objectRef": {"resource": "secrets", "namespace": "shop", "name": "db", "apiVersion": "v1"},
        "responseStatus": {"code": 200}
    });
    check_one(&same, "issued_credential=k8s:-/shop/db issued_kind=stored_secret");
}

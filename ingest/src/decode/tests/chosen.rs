//! What those who are watched choose themselves: names, headers, metadata and lengths by which nobody may become another, or
//! be seen less.

use serde_json::{Value, json};

use super::overlooked::{check_one, merged, rows};
use crate::decode::shown::check;

fn aws(service: &str, name: &str, identity: &Value, more: &Value) -> Value {
    let record = json!({
        "eventTime": "2026-03-01T10:00:00Z", "eventID": "e", "awsRegion": "us-east-1", "eventName": name,
        "eventSource": format!("{service}.amazonaws.com"), "userIdentity": identity
    });
    merged(record, more)
}

fn role(more: &Value) -> Value {
    let identity = json!({
        "type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLE12:s", "accessKeyId": "ASIAEXAMPLE000000001",
        "arn": "arn:aws:sts::111122223333:assumed-role/app/s", "accountId": "111122223333"
    });
    merged(identity, more)
}

#[test]
fn an_issuer_does_not_choose_whose_account_its_tokens_are_of() {
    let account = "system:serviceaccount:ml-rag:retriever";
    for (issuer, is_clusters) in [
        ("oidc.eks.us-east-1.amazonaws.com/id/A1", true),
        ("oidc.eks.cn-north-1.amazonaws.com.cn/id/A1", true),
        ("oidc-eks.us-east-1.api.aws/id/A1", true),
        ("container.googleapis.com/v1/projects/p/locations/l/clusters/c", true),
        ("eastus.oic.prod-aks.azure.com/t/c", true),
        ("evil.example", false),
        ("oidc.eks.evil.example/id/A1", false),
        ("evil.example/oidc.eks.us-east-1.amazonaws.com", false),
    ] {
        let told = if is_clusters { account.to_owned() } else { format!("{issuer}#{account}") };
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let federation =
            json!({"federatedProvider": provider, "attributes": {format!("{issuer}:sub"): account}});
        let session = role(&json!({"sessionContext": {"webIdFederationData": federation}}));
        let expect = format!("principal=arn:aws:iam::111122223333:role/app principal_alias={told}");
        check_one(&aws("s3", "ListBuckets", &session, &json!({})), &expect);
        let kind = if is_clusters { "service_account" } else { "user" };
        for more in [json!({"identityProvider": provider}), json!({})] {
            let identity = json!({
                "type": "WebIdentityUser", "userName": account,
                "principalId": format!("{provider}:sts.amazonaws.com:{account}")
            });
            let call = aws("sts", "AssumeRoleWithWebIdentity", &merged(identity, &more), &json!({}));
            check_one(&call, &format!("principal={told} principal_kind={kind}"));
        }
    }
}

#[test]
fn a_path_is_awss_own_only_where_paths_begin() {
    for (path, kind) in [
        ("aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "service"),
        ("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "human"),
        ("app", "role"),
        ("x:role/aws-service-role/app", "role"),
        ("x/aws-service-role/app", "role"),
        ("x:role/aws-reserved/sso.amazonaws.com/app", "role"),
    ] {
        let issuer = json!({"sessionIssuer": {"arn": format!("arn:aws:iam::111122223333:role/{path}")}});
        let session = role(&json!({"sessionContext": issuer}));
        check_one(&aws("s3", "ListBuckets", &session, &json!({})), &format!("principal_kind={kind}"));
    }
}

#[test]
fn who_makes_a_token_of_vault_does_not_name_it() {
    let line = |display: &str, metadata: &Value| {
        json!({
            "time": "2026-03-01T10:00:00Z", "type": "response",
            "auth": {
                "accessor": "a", "display_name": display, "entity_id": "e-1", "metadata": metadata, "policies": ["default"]
            },
            "request": {"id": "r", "operation": "read", "mount_type": "kv", "mount_point": "kv/", "path": "kv/data/db"}
        })
    };
    for (display, metadata, expect) in [
        ("token", json!({"role_name": "root"}), "entity:e-1 principal_alias=- on_behalf_of=-"),
        ("token-deploy", json!({"username": "ann"}), "entity:e-1 principal_alias=- on_behalf_of=-"),
        (
            "token",
            json!({"canonical_arn": "arn:aws:iam::1:role/admin"}),
            "entity:e-1 principal_alias=- on_behalf_of=-",
        ),
        ("approle", json!({"role_name": "rag"}), "approle/rag principal_alias=entity:e-1"),
        ("tokens", json!({"role_name": "rag"}), "tokens/rag principal_alias=entity:e-1"),
    ] {
        check_one(&line(display, &metadata), &format!("principal={expect}"));
    }
}

fn k8s(more: &Value) -> Value {
    let record = json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "auditID": "e", "stage": "ResponseComplete",
        "verb": "get", "requestReceivedTimestamp": "2026-03-01T10:00:00.000000Z", "user": {"username": "ann"},
        "objectRef": {"resource": "pods", "namespace": "shop", "name": "web-1", "apiVersion": "v1"},
        "responseStatus": {"code": 200}
    });
    merged(record, more)
}

#[test]
fn a_text_that_is_too_long_hides_nothing() {
    let long = "x".repeat(9_000);
    for (record, expect) in [
        (
            k8s(&json!({"impersonatedUser": {"username": long, "groups": ["system:masters"]}})),
            "principal=ann",
        ),
        (
            k8s(&json!({"auditID": "y".repeat(600)})),
            "event_id=dff0bbd7d81a3cc38cdfc8bd4f90d5b0 principal=ann",
        ),
        (k8s(&json!({"user": {"username": long}})), "action=k8s:get:pods"),
    ] {
        let all = rows(&record);
        assert_eq!(all.len(), 1);
        if !expect.starts_with("event_id") {
            check("", &all[0], expect);
            continue;
        }
        // The first half of the SHA-256 of the id.
        let (_, rest) = expect.split_once(' ').unwrap();
        check("", &all[0], rest);
        assert_eq!(all[0].get("event_id").unwrap().len(), 32);
    }
    // Two that begin alike are two.
    let names = ["a", "b"].map(|end| {
        let record = k8s(&json!({"user": {"username": format!("{long}{end}")}}));
        rows(&record)[0].get("principal").unwrap().to_owned()
    });
    assert_ne!(names[0], names[1]);
    assert!(names.iter().all(|name| name.len() <= 8 << 10 && name.contains("x…#")), "{names:?}");
    // Nor do several rows of one event become one.
    let subjects = ["one", "two"].map(|name| json!({"kind": "User", "name": name}));
    let grant = k8s(&json!({
        "auditID": "y".repeat(600), "verb": "create",
        "objectRef": {"resource": "clusterrolebindings", "name": "x", "apiGroup": "rbac.authorization.k8s.io"},
        "requestObject": {"subjects": subjects}
    }));
    let all = rows(&grant);
    assert_eq!(all.len(), 2);
    assert_ne!(all[0].get("event_id"), all[1].get("event_id"));
}

#[test]
fn a_cluster_says_who_calls_from_where_and_not_the_caller() {
    check_one(&k8s(&json!({"sourceIPs": ["1.1.1.1", "9.9.9.9"]})), "source_address=9.9.9.9");
    for (user, kind) in [
        ("system:kube-scheduler", "service"),
        ("system:node:ip-1", "service"),
        ("eks:node-manager", "service"),
        ("eks:evil", "user"),
        ("aks:evil", "user"),
        ("system:bootstrap:abcdef", "user"),
    ] {
        check_one(&k8s(&json!({"user": {"username": user}})), &format!("principal_kind={kind}"));
    }
    // The items of a webhook's batch, which says for them what they are.
    let mut item = k8s(&json!({}));
    for key in ["kind", "apiVersion"] {
        item.as_object_mut().unwrap().remove(key);
    }
    let batch =
        json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": [item, item]});
    assert_eq!(rows(&batch).len(), 2);
    let patch =
        json!([{"op": "replace", "path": "", "value": {"subjects": [{"kind": "User", "name": "eve"}]}}]);
    check_one(
        &k8s(&json!({
            "verb": "patch", "requestObject": patch,
            "objectRef": {"resource": "clusterrolebindings", "name": "x", "apiGroup": "rbac.authorization.k8s.io"}
        })),
        "target_workload=eve",
    );
}

#[test]
fn a_shell_counts_when_it_is_entered() {
    let shell = json!({"resource": "pods", "subresource": "exec", "namespace": "shop", "name": "web-1"});
    let at = |stage: &str, object: &Value| {
        k8s(&json!({
            "verb": "create", "objectRef": object, "stage": stage, "stageTimestamp": "2026-03-01T18:00:00.000000Z"
        }))
    };
    // A repeat has the id and the time of the first.
    for stage in ["ResponseStarted", "ResponseComplete", "Panic"] {
        check_one(&at(stage, &shell), "event_id=e time=2026-03-01T10:00:00Z action_class=exec");
    }
    assert_eq!(rows(&at("RequestReceived", &shell)).len(), 0);
    let pods = json!({"resource": "pods", "namespace": "shop"});
    assert_eq!(rows(&at("ResponseStarted", &pods)).len(), 0);
}

#[test]
fn a_call_of_aws_is_its_callers() {
    let session = role(&json!({}));
    let spoofed = json!({"userAgent": "[Mozilla/5.0 (Windows NT 10.0)]"});
    check_one(
        &aws("s3", "ListBuckets", &session, &spoofed),
        "credential_kind=sts_session auth_method=assume_role",
    );
    check_one(
        &aws("s3", "ListBuckets", &session, &json!({"sessionCredentialFromConsole": "true"})),
        "credential_kind=console_session auth_method=console interactive=true",
    );
    check_one(
        &aws("signin", "Logout", &session, &json!({})),
        "credential_kind=console_session interactive=true",
    );
    check_one(
        &aws("signin", "GetSigninToken", &session, &json!({})),
        "credential_kind=sts_session interactive=false",
    );
    let clicked = role(&json!({"invokedBy": "signin.amazonaws.com"}));
    check_one(&aws("iam", "CreateAccessKey", &clicked, &json!({})), "via_service=-");
    let forwarded = role(&json!({"invokedBy": "cloudformation.amazonaws.com"}));
    check_one(&aws("iam", "CreateRole", &forwarded, &json!({})), "via_service=cloudformation.amazonaws.com");
    let federated = json!({
        "type": "FederatedUser", "principalId": "111122223333:evil", "accountId": "111122223333",
        "arn": "arn:aws:sts::111122223333:federated-user/evil",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/legacy"}}
    });
    check_one(
        &aws("s3", "ListBuckets", &federated, &json!({})),
        "principal=arn:aws:iam::111122223333:user/legacy session=evil principal_kind=user",
    );
    let bare = json!({"type": "AssumedRole", "principalId": "AROAEXAMPLEEXAMPLE12:any", "accountId": "111122223333"});
    check_one(
        &aws("s3", "ListBuckets", &bare, &json!({})),
        "principal=AROAEXAMPLEEXAMPLE12 session=any principal_kind=role",
    );
    let root = json!({
        "type": "AssumedRoot", "principalId": "222233334444", "accountId": "222233334444",
        "arn": "arn:aws:sts::222233334444:assumed-root", "accessKeyId": "ASIAEXAMPLE000000001"
    });
    check_one(
        &aws("s3", "DeleteBucketPolicy", &root, &json!({})),
        "principal=arn:aws:iam::222233334444:root principal_kind=root",
    );
    for asked in ["/prod/db", "/prod/db:3", "/prod/db:current"] {
        let asked = json!({"requestParameters": {"name": asked, "withDecryption": true}});
        let name = "arn:aws:ssm:us-east-1:111122223333:parameter/prod/db";
        check_one(
            &aws("ssm", "GetParameter", &session, &asked),
            &format!("resource={name} issued_credential={name}"),
        );
    }
}

fn entra(operation: &str, targets: &Value) -> Value {
    json!({
        "time": "2026-03-01T10:00:00Z", "operationName": operation, "category": "AuditLogs", "tenantId": "t",
        "properties": {
            "id": "e", "result": "success", "targetResources": targets,
            "initiatedBy": {"user": {"id": "u-1", "userPrincipalName": "ann@acme.example"}}
        }
    })
}

#[test]
fn a_change_in_entra_is_about_what_is_changed() {
    let keys = |after: &[&str]| {
        let after = after.iter().map(|key| format!("[{key}]")).collect::<Vec<_>>();
        let property = json!({
            "displayName": "KeyDescription", "newValue": json!(after).to_string(),
            "oldValue": json!(["[KeyIdentifier=old-1,KeyType=Password,KeyUsage=Verify,DisplayName=a]"]).to_string()
        });
        let target = json!({"id": "x", "type": "Application", "modifiedProperties": [property]});
        entra("Update application – Certificates and secrets management ", &json!([target]))
    };
    let old = "KeyIdentifier=old-1,KeyType=Password,KeyUsage=Verify,DisplayName=a";
    for (new, expect) in [
        ("KeyIdentifier=11aa,KeyType=Password,KeyUsage=Verify,DisplayName=KeyIdentifier=dead", "11aa"),
        ("KeyIdentifier=11aa,KeyType=Password,KeyUsage=Verify,DisplayName=[KeyIdentifier=zzz,", "11aa"),
        ("KeyIdentifier=11aa,KeyType=Password,KeyUsage=Verify,DisplayName=\",\"[KeyIdentifier=dead,", "11aa"),
    ] {
        check_one(&keys(&[old, new]), &format!("issued_credential={expect} issued_kind=static_key"));
    }
    let new = "KeyIdentifier=22bb,KeyType=AsymmetricX509Cert,KeyUsage=Verify,DisplayName=KeyType=Password";
    check_one(&keys(&[old, new]), "issued_credential=22bb issued_kind=certificate");
    for (word, kind) in [("Application", "application"), ("ServicePrincipal", "serviceprincipal")] {
        let property = |of: &str, value: &str| json!({"displayName": format!("{word}.{of}"), "newValue": format!("\"{value}\"")});
        let targets = json!([
            {
                "id": "u-2", "type": "User", "userPrincipalName": "eve@x.example",
                "modifiedProperties": [property("ObjectID", "obj-1"), property("DisplayName", "rag")]
            },
            {"id": "obj-1", "type": word}
        ]);
        check_one(
            &entra("Add owner to application", &targets),
            &format!("resource=obj-1 resource_group={kind}/rag target_workload=obj-1"),
        );
    }
}

#[test]
fn a_record_of_azure_is_of_who_writes_it() {
    let activity = json!({
        "time": "2026-03-01T10:00:00Z", "operationName": "Microsoft.Storage/storageAccounts/write", "category": "Administrative",
        "resourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
        "caller": "9f0c0000-0000-0000-0000-000000000001",
        "identity": {"authorization": {"evidence": {"principalType": "ServicePrincipal", "principalId": "9f0c"}}}
    });
    check_one(&activity, "principal_kind=service_principal");
    let runbook = json!({
        "time": "2026-03-01T10:00:00Z", "operationName": "UpdateRunbook", "category": "AuditEvent", "resultType": "Success",
        "resourceId": "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/A"
    });
    check_one(&runbook, "source=azure.activity action=azure:updaterunbook");
}

#[test]
fn a_call_of_google_is_its_callers() {
    let call = |info: &Value, more: &Value| {
        let payload = json!({
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "compute.googleapis.com",
            "methodName": "v1.compute.instances.insert", "resourceName": "projects/p/zones/z/instances/i",
            "authenticationInfo": info
        });
        json!({
            "insertId": "e", "timestamp": "2026-03-01T10:00:00Z", "logName": "projects/p/logs/x",
            "resource": {"labels": {"project_id": "p"}}, "protoPayload": merged(payload, more)
        })
    };
    let agent = "principal://agents.global.org-1.system.id.goog/resources/aiplatform/projects/1/locations/l/reasoningEngines/a";
    check_one(&call(&json!({"principalSubject": agent}), &json!({})), "principal_kind=service_account");
    let acts = json!([{"permission": "iam.serviceAccounts.actAs", "resource": "projects/-/serviceAccounts/adm@p.iam.gserviceaccount.com"}]);
    let who = json!({"principalEmail": "ann@acme.example"});
    for (code, expect) in [(0, "adm@p.iam.gserviceaccount.com"), (7, "-")] {
        let more = json!({"status": {"code": code}, "authorizationInfo": acts});
        check_one(&call(&who, &more), &format!("target_workload={expect}"));
    }
    let chain = (1..=10).map(|hop| json!({"firstPartyPrincipal": {"principalEmail": format!("d{hop}")}}));
    let chain = chain.collect::<Vec<_>>();
    check_one(
        &call(
            &json!({"principalEmail": "a@p.iam.gserviceaccount.com", "serviceAccountDelegationInfo": chain}),
            &json!({}),
        ),
        "on_behalf_of=d10,d9,d8,d7,d6,d5,d4,d3",
    );
}

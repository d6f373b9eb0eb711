//! One workload on six planes: what joins its names, from raw records.

use serde_json::{Value, json};

use super::place::Place;

/// The service account of a pod takes a role of AWS.
const ASSUME: &str = r#"{"eventVersion":"1.08","eventID":"aws-1","eventTime":"2026-05-01T08:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.7","userIdentity":{"type":"WebIdentityUser","principalId":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/E:sts.amazonaws.com:system:serviceaccount:ml-rag:retriever","userName":"system:serviceaccount:ml-rag:retriever","identityProvider":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/E"},"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/rag-retriever","roleSessionName":"s"},"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE000000001","expiration":"May 1, 2026, 9:00:00 AM"}},"recipientAccountId":"111122223333"}"#;
/// It asks Google Cloud for a token of a service account, which then reads.
const TOKEN: &str = r#"{"insertId":"gcp-1","logName":"projects/acme-prod/logs/cloudaudit.googleapis.com%2Fdata_access","timestamp":"2026-05-01T08:01:00Z","resource":{"type":"service_account","labels":{"project_id":"acme-prod","email_id":"rag@acme-prod.iam.gserviceaccount.com"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"iamcredentials.googleapis.com","methodName":"GenerateAccessToken","resourceName":"projects/-/serviceAccounts/rag@acme-prod.iam.gserviceaccount.com","authenticationInfo":{"principalSubject":"principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/eks/subject/system:serviceaccount:ml-rag:retriever"}}}"#;
const CALL: &str = r#"{"insertId":"gcp-2","logName":"projects/acme-prod/logs/cloudaudit.googleapis.com%2Fdata_access","timestamp":"2026-05-01T08:02:00Z","resource":{"type":"gcs_bucket","labels":{"project_id":"acme-prod"}},"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","serviceName":"storage.googleapis.com","methodName":"storage.objects.get","resourceName":"projects/_/buckets/docs/objects/a","authenticationInfo":{"principalEmail":"rag@acme-prod.iam.gserviceaccount.com","serviceAccountDelegationInfo":[{"principalSubject":"principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/eks/subject/system:serviceaccount:ml-rag:retriever"}]}}}"#;
/// An application signs in with a federated credential.
const SIGNIN: &str = r#"{"time":"2026-05-01T08:03:00Z","resourceId":"/tenants/t-1/providers/Microsoft.aadiam","operationName":"Sign-in activity","category":"ServicePrincipalSignInLogs","tenantId":"t-1","resultType":"0","properties":{"id":"entra-1","appId":"7f3c0000-0000-0000-0000-000000000002","servicePrincipalId":"obj-1","federatedCredentialId":"fed-9","clientCredentialType":"federatedIdentityCredential","uniqueTokenIdentifier":"tok","status":{"errorCode":0}}}"#;
/// The service account logs in to Vault.
const LOGIN: &str = r#"{"time":"2026-05-01T08:04:00Z","type":"response","auth":{"accessor":"acc-1","display_name":"kubernetes-ml-rag-retriever","policies":["default"],"token_policies":["default"],"entity_id":"ent-1","token_type":"service","token_ttl":3600,"metadata":{"role":"rag","service_account_name":"retriever","service_account_namespace":"ml-rag","service_account_uid":"u"}},"request":{"id":"vault-1","operation":"update","mount_type":"kubernetes","mount_point":"auth/kubernetes/","path":"auth/kubernetes/login","data":{"jwt":"hmac-sha256:x","role":"hmac-sha256:y"}},"response":{"auth":{"accessor":"acc-1","display_name":"kubernetes-ml-rag-retriever","policies":["default"],"entity_id":"ent-1","token_type":"service","token_ttl":3600,"metadata":{"role":"rag","service_account_name":"retriever","service_account_namespace":"ml-rag","service_account_uid":"u"}}}}"#;
/// The service account is given the role, and an application; another request, of which the log has no object, says nothing.
const ANNOTATE: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"k8s-1","stage":"ResponseComplete","verb":"create","user":{"username":"argocd"},"objectRef":{"resource":"serviceaccounts","namespace":"ml-rag","name":"retriever"},"responseStatus":{"code":201},"requestReceivedTimestamp":"2026-05-01T07:00:00Z","requestObject":{"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/rag-retriever"}}}}"#;
const PATCH: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"k8s-2","stage":"ResponseComplete","verb":"patch","user":{"username":"argocd"},"objectRef":{"resource":"serviceaccounts","namespace":"ml-rag","name":"retriever"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-05-01T07:30:00Z","requestObject":{"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/rag-retriever","azure.workload.identity/client-id":"7f3c0000-0000-0000-0000-000000000002"}}}}"#;
const DENIED: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"k8s-3","stage":"ResponseComplete","verb":"patch","user":{"username":"eve"},"objectRef":{"resource":"serviceaccounts","namespace":"ml-rag","name":"retriever"},"responseStatus":{"code":403},"requestReceivedTimestamp":"2026-05-01T07:40:00Z","requestObject":{"metadata":{"annotations":{"eks.amazonaws.com/role-arn":"arn:aws:iam::111122223333:role/admin"}}}}"#;
const BARE: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"k8s-4","stage":"ResponseComplete","verb":"update","user":{"username":"argocd"},"objectRef":{"resource":"serviceaccounts","namespace":"ml-rag","name":"retriever"},"responseStatus":{"code":200},"requestReceivedTimestamp":"2026-05-01T07:50:00Z"}"#;
/// Its telemetry names the agent, the program and the namespace.
const SPAN: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"rag-service"}},{"key":"k8s.cluster.name","value":{"stringValue":"eks-prod"}},{"key":"k8s.namespace.name","value":{"stringValue":"ml-rag"}}]},"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","startTimeUnixNano":"1777622700000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"execute_tool"}},{"key":"gen_ai.tool.name","value":{"stringValue":"search"}},{"key":"gen_ai.agent.name","value":{"stringValue":"rag-retriever"}}]}]}]}]}"#;

const RECORDS: &[&str] = &[ASSUME, TOKEN, CALL, SIGNIN, LOGIN, SPAN, ANNOTATE, PATCH, DENIED, BARE];

const INVENTORY: &str = r#"version: 1
workloads:
  - { name: rag, owner: team-search, identities: [{ k8s_service_account: "eks-prod/ml-rag/retriever" }, { agent: rag-retriever }, { vault_role: kubernetes/rag }] }
"#;

/// What joins two names: how, who, as whom, how often, from when to when, first and last event.
const EXPECTED: &[&str] = &[
    "web_identity k8s_service_account eks-prod/ml-rag/retriever=rag aws_role arn:aws:iam::111122223333:role/rag-retriever 1 08:00:00 09:00:00 aws-1 aws-1",
    "workload_identity k8s_service_account eks-prod/ml-rag/retriever=rag gcp_service_account rag@acme-prod.iam.gserviceaccount.com 2 08:01:00 08:02:00 gcp-1 gcp-2",
    "federated_credential federated_credential fed-9 azure_app 7f3c0000-0000-0000-0000-000000000002 1 08:03:00 08:03:00 entra-1 entra-1",
    "vault_login k8s_service_account eks-prod/ml-rag/retriever=rag vault_role kubernetes/rag=rag 1 08:04:00 09:04:00 vault-1:response vault-1:response",
    "telemetry k8s_namespace eks-prod/ml-rag agent rag-retriever=rag 1 08:05:00 08:05:00 00000000000000000000000000000001:0000000000000001 00000000000000000000000000000001:0000000000000001",
    "telemetry agent_alias rag-service agent rag-retriever=rag 1 08:05:00 08:05:00 00000000000000000000000000000001:0000000000000001 00000000000000000000000000000001:0000000000000001",
    "annotation k8s_service_account eks-prod/ml-rag/retriever=rag aws_role arn:aws:iam::111122223333:role/rag-retriever 2 07:00:00 07:30:00 k8s-1#2 k8s-2#2",
    "annotation k8s_service_account eks-prod/ml-rag/retriever=rag azure_app 7f3c0000-0000-0000-0000-000000000002 1 07:30:00 07:30:00 k8s-2#3 k8s-2#3",
    "object_id entra_object obj-1 azure_app 7f3c0000-0000-0000-0000-000000000002 1 08:03:00 08:03:00 entra-1 entra-1",
];

fn shown(binding: &Value) -> String {
    let text = |pointer: &str| binding.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let side = |side: &str| {
        let workload = text(&format!("/{side}/workload"));
        let of = if workload.is_empty() { String::new() } else { format!("={workload}") };
        format!("{} {}{of}", text(&format!("/{side}/kind")), text(&format!("/{side}/name")))
    };
    let time = |pointer: &str| text(pointer).get(11..19).unwrap_or_default().to_owned();
    let [from, to] = ["/valid/from", "/valid/to"].map(time);
    let [first, last] = ["/evidence/first/event_id", "/evidence/last/event_id"].map(text);
    let (how, events) = (text("/how"), &binding["events"]);
    format!("{how} {} {} {events} {from} {to} {first} {last}", side("holder"), side("acts_as"))
}

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", INVENTORY).write("a.ndjson", RECORDS.join("\n"));
    place
}

#[test]
fn what_joins_a_workloads_names_is_shown_with_its_evidence() {
    let run =
        place().run("inventory a.ndjson --inventory w.yaml --label cluster=eks-prod --json").ends_with(0);
    let document = run.json();
    let found = document["bindings"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>();
    assert_eq!(found, EXPECTED);
    let workload = &document["workloads"][0];
    assert_eq!(workload["name"], "rag");
    let role = "arn:aws:iam::111122223333:role/rag-retriever";
    let account = "rag@acme-prod.iam.gserviceaccount.com";
    let app = "7f3c0000-0000-0000-0000-000000000002";
    let gaps = json!([
        { "kind": "unlisted", "identity": "aws_role", "name": role, "how": "web_identity" },
        { "kind": "unlisted", "identity": "gcp_service_account", "name": account, "how": "workload_identity" },
        { "kind": "unlisted", "identity": "aws_role", "name": role, "how": "annotation" },
        { "kind": "unlisted", "identity": "azure_app", "name": app, "how": "annotation" },
    ]);
    assert_eq!(workload["gaps"], gaps, "{workload:#}");
}

#[test]
fn the_table_shows_them_with_what_is_discovered() {
    let arguments = "inventory a.ndjson --inventory w.yaml --label cluster=eks-prod";
    let printed = [
        "k8s_service_account",
        "eks-prod/ml-rag/retriever",
        "of rag",
        "web_identity",
        "annotation",
        "entra_object",
        "is not listed for rag",
    ];
    place().run(&format!("{arguments} --discovered")).ends_with(0).prints(&printed);
    let run = place().run(arguments).ends_with(0).prints(&["is used by it (web_identity) and not listed"]);
    assert!(!run.stdout.contains("who acts"), "{}", run.stdout);
}

#[test]
fn without_a_label_the_cluster_is_unknown() {
    let run = place().run("inventory a.ndjson --json").ends_with(0);
    let holder = &run.json()["bindings"][0]["holder"];
    assert_eq!(
        *holder,
        json!({ "kind": "k8s_service_account", "name": "-/ml-rag/retriever", "workload": null })
    );
}

use super::*;

fn check(row: &EventRow<'_>, expected: &[&str]) {
    let found = of(row, "-").into_iter().map(|Binding { how, holder, acts_as }| {
        let [holder, acts_as] = [holder, acts_as].map(|name| format!("{} {}", name.kind.as_str(), name.text));
        format!("{}: {holder} as {acts_as}", how.as_str())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected, "{row:?}");
}

fn row(source: Source, principal: &'static str) -> EventRow<'static> {
    EventRow { principal: Some(principal), ..EventRow::new(source, "e", EventTime::from_millis(1)) }
}

#[test]
fn an_account_is_bound_whichever_name_the_log_has_for_it() {
    let pool = "principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools";
    let subject = |pool: &str, subject: &str| -> &'static str { format!("{pool}/{subject}").leak() };
    let account = "rag@acme.iam.gserviceaccount.com";
    let issued = |principal: &'static str, resource: &'static str| EventRow {
        action_class: ActionClass::CredentialIssue,
        outcome: Outcome::Success,
        resource: Some(resource),
        target_workload: Some(account),
        ..row(Source::GcpAudit, principal)
    };
    let (pod, job) =
        (subject(pool, "acme.svc.id.goog/subject/ns/ml/sa/rag"), subject(pool, "gh/subject/repo:a/b"));
    for (resource, holder, name) in [
        ("projects/-/serviceAccounts/104857600000000000002", pod, "k8s_service_account -/ml/rag".to_owned()),
        ("projects/-/serviceAccounts/rag@acme.iam.gserviceaccount.com", job, format!("subject {job}")),
    ] {
        let expected = format!("workload_identity: {name} as gcp_service_account {account}");
        check(&issued(holder, resource), &[&expected]);
    }
}

#[test]
fn a_service_account_says_as_whom_it_acts() {
    let annotated = |resource: &'static str| EventRow {
        resource: Some(resource),
        resource_kind: Some("k8s.cloud_identity"),
        account: Some("eks/ml"),
        ..row(Source::K8sAudit, "argocd")
    };
    check(
        &annotated("ml/rag/eks.amazonaws.com/role-arn=arn:aws:iam::1:role/a=b"),
        &["annotation: k8s_service_account eks/ml/rag as aws_role arn:aws:iam::1:role/a=b"],
    );
    check(
        &annotated("ml/rag/iam.gke.io/gcp-service-account=rag@p.iam.gserviceaccount.com"),
        &["annotation: k8s_service_account eks/ml/rag as gcp_service_account rag@p.iam.gserviceaccount.com"],
    );
    check(
        &annotated("ml/rag/azure.workload.identity/client-id=7f3c"),
        &["annotation: k8s_service_account eks/ml/rag as azure_app 7f3c"],
    );
    check(&annotated("ml/rag/of.somebody/else=7f3c"), &[]);
}

#[test]
fn each_plane_shows_it_in_its_own_way() {
    let role = "arn:aws:iam::1:role/rag";
    let assume = EventRow {
        action_class: ActionClass::Assume,
        auth_method: Some("web_identity"),
        resource: Some(role),
        ..row(Source::AwsCloudtrail, "system:serviceaccount:ml:rag")
    };
    let expected = "web_identity: k8s_service_account -/ml/rag as aws_role arn:aws:iam::1:role/rag";
    check(&assume, &[expected]);
    check(&EventRow { outcome: Outcome::Denied, ..assume }, &[]);
    check(&EventRow { auth_method: Some("assume_role"), ..assume }, &[]);
    let session = EventRow {
        auth_method: Some("web_identity"),
        principal_alias: Some("system:serviceaccount:ml:rag"),
        ..row(Source::AwsCloudtrail, role)
    };
    check(&session, &[expected]);
    check(&EventRow { principal_alias: Some("AROAEXAMPLE"), ..session }, &[]);
    let token = EventRow {
        action_class: ActionClass::CredentialIssue,
        resource: Some("projects/-/serviceAccounts/rag@p.iam.gserviceaccount.com"),
        ..row(Source::GcpAudit, "p.svc.id.goog[ml/rag]")
    };
    let expected = "workload_identity: k8s_service_account -/ml/rag as gcp_service_account rag@p.iam.gserviceaccount.com";
    check(&token, &[expected]);
    let call = EventRow {
        on_behalf_of: &["ci@p.iam.gserviceaccount.com", "p.svc.id.goog[ml/rag]"],
        ..row(Source::GcpAudit, "rag@p.iam.gserviceaccount.com")
    };
    check(&call, &[expected]);
    let vault = EventRow {
        on_behalf_of: &["system:serviceaccount:ml:rag"],
        ..row(Source::VaultAudit, "kubernetes/rag")
    };
    check(&vault, &["vault_login: k8s_service_account -/ml/rag as vault_role kubernetes/rag"]);
    let by_aws =
        EventRow { on_behalf_of: &["arn:aws:iam::1:role/rag"], ..row(Source::VaultAudit, "aws/rag") };
    check(&by_aws, &["vault_login: aws_role arn:aws:iam::1:role/rag as vault_role aws/rag"]);
    let by_gcp =
        EventRow { on_behalf_of: &["rag@p.iam.gserviceaccount.com"], ..row(Source::VaultAudit, "gcp/rag") };
    check(&by_gcp, &["vault_login: gcp_service_account rag@p.iam.gserviceaccount.com as vault_role gcp/rag"]);
    let agent = EventRow {
        principal_kind: Some(PrincipalKind::Agent),
        principal_alias: Some("rag-service"),
        account: Some("eks/ml"),
        ..row(Source::OtelGenai, "rag")
    };
    let application = EventRow {
        principal_kind: Some(PrincipalKind::ManagedIdentity),
        principal_alias: Some("object"),
        ..row(Source::AzureActivity, "app")
    };
    check(&application, &["object_id: entra_object object as azure_app app"]);
    check(&EventRow { principal_kind: Some(PrincipalKind::Human), ..application }, &[]);
    check(&EventRow { principal_alias: None, ..application }, &[]);
    check(
        &agent,
        &["telemetry: agent_alias rag-service as agent rag", "telemetry: k8s_namespace eks/ml as agent rag"],
    );
}

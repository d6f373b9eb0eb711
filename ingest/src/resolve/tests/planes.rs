//! Identities and places of the clouds and of Kubernetes.

use super::*;

const PLANES: &str = r#"
version: 1
environments:
  - { name: prod, match: [{ gcp_project: prod-ml }, { azure_subscription: 5a5a }, { k8s_cluster: eks-prod, k8s_namespace: "ml-*" }] }
  - { name: dev, match: [{ gcp_project: dev-* }, { k8s_cluster: eks-dev }] }
workloads:
  - name: rag
    environment: prod
    identities:
      - { gcp_service_account: rag@prod-ml.iam.gserviceaccount.com }
      - { azure_app: app-rag }
      - { k8s_service_account: eks-prod/ml-rag/retriever }
  - name: batch
    identities: [{ azure_app: obj-batch }]
"#;

const GCP: Source = Source::GcpAudit;
const AZURE: Source = Source::AzureActivity;

fn planes() -> Inventory {
    read_inventory("w.yaml", PLANES.as_bytes()).unwrap()
}

#[track_caller]
fn check_name(given: &str, source: Source, who: [&str; 4], expect: &str) {
    let [kind, principal, alias, account] = who.map(|text| (!text.is_empty()).then_some(text));
    let row = row(source, |row| {
        row.principal = principal;
        row.principal_kind = kind.map(|kind| PrincipalKind::parse(kind).unwrap());
        row.principal_alias = alias;
        row.account = account;
    });
    assert_eq!(one(&row, Column::Workload, given, &planes()).0, expect, "{who:?}");
}

#[test]
fn identities_of_every_plane() {
    let sa = "rag@prod-ml.iam.gserviceaccount.com";
    check_name("", GCP, ["service_account", sa, "", ""], "rag");
    check_name(
        "",
        GCP,
        ["service_account", "x@dev.iam.gserviceaccount.com", "", ""],
        "x@dev.iam.gserviceaccount.com",
    );
    check_name("", GCP, ["service", "123@cloudservices.gserviceaccount.com", "", ""], "platform");
    // A cluster's own token, federated: the pool's subject names it.
    let pool =
        "principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/eks/subject/x";
    let subject = "system:serviceaccount:ml-rag:retriever";
    check_name("cluster=eks-prod", GCP, ["service_account", pool, subject, ""], "rag");
    check_name("", GCP, ["human", "ann@acme.example", "", ""], "ann@acme.example");
    for source in [AZURE, Source::EntraSignin, Source::EntraAudit, Source::AzureKeyvault] {
        check_name("", source, ["service_principal", "app-rag", "obj-rag", ""], "rag");
        check_name("", source, ["managed_identity", "app-9", "obj-batch", ""], "batch");
        check_name("", source, ["service_principal", "app-9", "", ""], "app-9");
        // A person's object is no application's.
        check_name("", source, ["human", "ann@acme.example", "obj-batch", ""], "ann@acme.example");
    }
    check_name("", K8S, ["service_account", subject, "", "eks-prod/ml-rag"], "rag");
    check_name("cluster=eks-prod", K8S, ["service_account", subject, "", "-/ml-rag"], "rag");
    // Where no log and nobody names the cluster, the only entry that fits the rest counts.
    check_name("", K8S, ["service_account", subject, "", "-/ml-rag"], "rag");
    check_name("", K8S, ["service_account", "system:serviceaccount:a:b", "", "-/a"], "-/a/b");
    check_name("", K8S, ["service", "system:node:ip-1", "", ""], "platform");
}

#[test]
fn who_issues_a_token_does_not_choose_whose_it_is() {
    let account = "system:serviceaccount:ml-rag:retriever";
    let pool = |project: &str| {
        format!(
            "principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/{project}.svc.id.goog/subject/ns/ml-rag/sa/retriever"
        )
    };
    // The log of Google does not say which cluster's tokens a pool takes.
    let any = format!(
        "principal://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/evil/subject/{account}"
    );
    check_name("", GCP, ["service_account", &any, account, "prod-ml"], &any);
    check_name("cluster=eks-prod", GCP, ["service_account", &any, account, "prod-ml"], "rag");
    // A pool of GKE is of its project, whatever it reaches.
    check_name("", GCP, ["service_account", &pool("prod-ml"), "", "prod-ml"], "rag");
    check_name("", GCP, ["service_account", "prod-ml.svc.id.goog[ml-rag/retriever]", "", ""], "rag");
    for evil in [pool("evil"), "evil.svc.id.goog[ml-rag/retriever]".to_owned()] {
        check_name("", GCP, ["service_account", &evil, "", "prod-ml"], &evil);
    }
    // A role that was taken with such a token, in an account that is none of the workload's environment.
    let inventory = PLANES.replace("{ gcp_project: prod-ml }", "{ aws_account: \"111122223333\" }");
    let inventory = read_inventory("w.yaml", inventory.as_bytes()).unwrap();
    for (home, expect) in [("111122223333", "rag"), ("999900001111", "arn:aws:iam::999900001111:role/a")] {
        let role = format!("arn:aws:iam::{home}:role/a");
        let row = row(Source::AwsCloudtrail, |row| {
            row.principal = Some(&role);
            row.principal_kind = Some(PrincipalKind::Role);
            row.principal_alias = Some(account);
            row.account = Some(home);
        });
        assert_eq!(one(&row, Column::Workload, "", &inventory).0, expect);
    }
}

#[track_caller]
fn check_place(given: &str, source: Source, account: &str, expect: &str) {
    let row = row(source, |row| row.account = Some(account));
    assert_eq!(one(&row, Column::Environment, given, &planes()).0, expect, "{account}");
}

#[test]
fn places_of_every_plane() {
    check_place("", GCP, "prod-ml", "prod");
    check_place("", GCP, "dev-7", "dev");
    check_place("", GCP, "organizations/1", "-");
    check_place("", AZURE, "5a5a", "prod");
    check_place("", Source::AzureKeyvault, "5a5a", "prod");
    check_place("", AZURE, "prod-ml", "-");
    check_place("", K8S, "eks-prod/ml-rag", "prod");
    check_place("", K8S, "eks-prod/web", "-");
    check_place("cluster=eks-dev", K8S, "-/web", "dev");
    check_place("", K8S, "-/ml-rag", "-");
}

#[test]
fn targets_of_every_plane() {
    for (source, given, resource, expect) in [
        (GCP, "rag@prod-ml.iam.gserviceaccount.com", None, "rag"),
        (
            GCP,
            "",
            Some(("gcp.service_account", "projects/-/serviceAccounts/rag@prod-ml.iam.gserviceaccount.com")),
            "rag",
        ),
        (GCP, "", Some(("gcp.service_account", "projects/prod-ml/serviceAccounts/1234")), "-"),
        (AZURE, "app-rag", None, "rag"),
        (
            K8S,
            "system:serviceaccount:ml-rag:retriever",
            Some(("k8s.service_account", "ml-rag/retriever")),
            "rag",
        ),
    ] {
        let row = row(source, |row| {
            row.target_workload = (!given.is_empty()).then_some(given);
            row.resource_kind = resource.map(|(kind, _)| kind);
            row.resource = resource.map(|(_, name)| name);
        });
        assert_eq!(one(&row, Column::TargetWorkload, "cluster=eks-prod", &planes()).0, expect, "{given}");
    }
}

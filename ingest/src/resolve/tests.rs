use ambit_schemas::{EventBatchBuilder, EventRow, EventTime};
use proptest::prelude::*;

mod logs;
mod planes;
use super::*;
use crate::inventory::read_inventory;

const INVENTORY: &str = include_str!("tests/workloads.yaml");

const AWS: Source = Source::AwsCloudtrail;
const VAULT: Source = Source::VaultAudit;
const OTEL: Source = Source::OtelGenai;
const K8S: Source = Source::K8sAudit;

fn inventory() -> Inventory {
    read_inventory("w.yaml", INVENTORY.as_bytes()).unwrap()
}

fn row<'a>(source: Source, change: impl FnOnce(&mut EventRow<'a>)) -> EventRow<'a> {
    let mut row = EventRow { origin: "t", ..EventRow::new(source, "e", EventTime(1)) };
    change(&mut row);
    row
}

fn batch(rows: &[EventRow<'_>]) -> EventBatch {
    let mut builder = EventBatchBuilder::new();
    for row in rows {
        builder.push(row);
    }
    builder.finish().unwrap()
}

fn labels(text: &str) -> Labels {
    let pairs = text.split(' ').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What one row becomes: the texts of a column, and the counts.
fn one(row: &EventRow<'_>, column: Column, given: &str, inventory: &Inventory) -> (String, ResolveCounts) {
    let mut resolver = Resolver::new(inventory, labels(given));
    let once = resolver.resolve(&batch(std::slice::from_ref(row))).unwrap();
    let twice = Resolver::new(inventory, labels(given)).resolve(&once).unwrap();
    assert_eq!(texts(&twice), texts(&once), "resolved twice");
    (once.dict(column).get(0).unwrap_or("-").to_owned(), resolver.counts())
}

/// The filled columns of each row.
fn texts(batch: &EventBatch) -> Vec<[Option<String>; 4]> {
    let dict = |column, row| batch.dict(column).get(row).map(str::to_owned);
    let level = |row| Some(batch.sensitivity().value(row).to_string());
    let columns = |row| {
        [
            dict(Column::Workload, row),
            dict(Column::Environment, row),
            dict(Column::TargetWorkload, row),
            level(row),
        ]
    };
    (0..batch.len()).map(columns).collect()
}

#[track_caller]
fn check_who(source: Source, kind: &str, principal: &str, alias: &str, expect: &str) {
    check_labelled("", source, [kind, principal, alias, ""], expect);
}

#[track_caller]
fn check_labelled(given: &str, source: Source, who: [&str; 4], expect: &str) {
    let [kind, principal, alias, account] = who.map(|text| (!text.is_empty()).then_some(text));
    let row = row(source, |row| {
        row.principal = principal;
        row.principal_kind = kind.map(|kind| PrincipalKind::parse(kind).unwrap());
        row.principal_alias = alias;
        row.account = account;
    });
    let (name, counts) = one(&row, Column::Workload, given, &inventory());
    let how = [
        (counts.registered, "registered"),
        (counts.discovered, "discovered"),
        (counts.platform, "platform"),
        (counts.pending, "pending"),
        (counts.nameless, "nameless"),
    ];
    let how = how.iter().filter(|(rows, _)| *rows > 0).map(|(_, how)| *how).collect::<Vec<_>>().join("+");
    let tie = if counts.ties > 0 { " by tie" } else { "" };
    assert_eq!(format!("{name} {how}{tie}"), expect, "{who:?}");
    assert_eq!(counts.rows, 1);
}

#[test]
fn aws_identities() {
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    check_who(AWS, "role", &role("rag"), "AROA0123456789ABCDEF", "rag registered");
    check_who(AWS, "role", &role("svc/rag"), "", "rag registered");
    check_who(AWS, "role", &role("other"), "", "arn:aws:iam::111122223333:role/other discovered");
    check_who(AWS, "user", "arn:aws:iam::111122223333:user/legacy-rag", "", "rag registered");
    check_who(
        AWS,
        "user",
        "arn:aws:iam::111122223333:user/x",
        "",
        "arn:aws:iam::111122223333:user/x discovered",
    );
    check_who(AWS, "role", "arn:aws:iam::444455556666:role/x", "", "all-dev registered");
    let person = role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123");
    check_who(AWS, "human", &person, "", &format!("{person} discovered"));
    check_who(AWS, "root", "arn:aws:iam::111122223333:root", "", "arn:aws:iam::111122223333:root discovered");
    check_who(AWS, "human", "ana@acme.example", "", "ana@acme.example discovered");
    check_who(
        AWS,
        "user",
        "arn:aws:sts::111122223333:federated-user/f",
        "",
        "arn:aws:sts::111122223333:federated-user/f discovered",
    );
    check_who(AWS, "role", "AROA0123456789ABCDEF", "AROA0123456789ABCDEF", "- pending");
    check_who(AWS, "", "", "", "- nameless");
}

#[test]
fn the_platform() {
    check_who(AWS, "service", "lambda.amazonaws.com", "", "platform platform");
    check_who(AWS, "service", "", "", "platform platform");
    let linked = "arn:aws:iam::444455556666:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    check_who(AWS, "role", linked, "", "platform platform");
    check_who(AWS, "role", "arn:aws:iam::444455556666:role/AWSServiceRoleForECS", "", "all-dev registered");
    check_who(OTEL, "service", "lambda", "", "lambda discovered");
}

#[test]
fn service_accounts_of_kubernetes() {
    let pod = "system:serviceaccount:ml-rag:retriever";
    let other = "system:serviceaccount:ml-rag:other";
    check_who(K8S, "service_account", pod, "", "rag registered");
    check_who(K8S, "service_account", other, "", "-/ml-rag/other discovered");
    check_labelled("", K8S, ["service_account", pod, "", "eks-prod"], "rag registered");
    check_labelled(
        "",
        K8S,
        ["service_account", pod, "", "eks-dev/ml-rag"],
        "eks-dev/ml-rag/retriever discovered",
    );
    check_labelled(
        "cluster=eks-dev",
        K8S,
        ["service_account", pod, "", ""],
        "eks-dev/ml-rag/retriever discovered",
    );
    check_labelled(
        "cluster=eks-prod",
        K8S,
        ["service_account", other, "", ""],
        "eks-prod/ml-rag/other discovered",
    );
    check_labelled("cluster=eks-dev", K8S, ["service_account", pod, "", "eks-prod"], "rag registered");
    check_labelled("", AWS, ["service_account", pod, "", "111122223333"], "rag registered");
    check_labelled("", AWS, ["role", "arn:aws:iam::1:role/pod", pod, "1"], "rag registered");
    check_who(K8S, "spiffe", "spiffe://acme/ns/ml-rag/sa/retriever", "", "rag registered");
    check_who(K8S, "service", "system:kube-scheduler", "", "platform platform");
}

#[test]
fn other_clouds() {
    check_who(
        Source::GcpAudit,
        "service_account",
        "rag@acme-prod.iam.gserviceaccount.com",
        "",
        "rag registered",
    );
    let other = "x@acme-prod.iam.gserviceaccount.com";
    check_who(
        Source::GcpAudit,
        "service_account",
        other,
        "",
        "x@acme-prod.iam.gserviceaccount.com discovered",
    );
    let app = "7f3c0000-0000-0000-0000-000000000002";
    check_who(Source::EntraSignin, "service_principal", app, "", "rag registered");
    check_who(Source::AzureActivity, "managed_identity", "7f3c", "", "7f3c discovered");
}

#[test]
fn roles_of_vault() {
    check_who(VAULT, "vault_role", "approle/rag", "entity:e1", "rag registered");
    check_who(VAULT, "vault_role", "approle/other", "entity:e1", "vault:approle/other discovered");
    check_who(VAULT, "vault_role", "ldap/x-x", "", "twin-a registered by tie");
    check_who(VAULT, "vault_role", "ldap/x-y", "", "twin-b registered");
    check_who(VAULT, "vault_role", "entity:e1", "", "- pending");
    check_who(VAULT, "", "", "entity:e1", "- pending");
    check_who(VAULT, "vault_role", "accessor:hmac-sha256:00", "", "- pending");
    check_who(VAULT, "root", "token/root", "", "vault:token/root discovered");
    check_who(VAULT, "", "", "", "- nameless");
}

#[test]
fn agents_before_services() {
    check_who(OTEL, "agent", "rag-agent", "asst_9", "rag registered");
    check_who(OTEL, "agent", "unknown", "asst_1", "rag registered");
    check_who(OTEL, "agent", "unknown", "rag-service", "rag registered");
    check_who(OTEL, "agent", "unknown", "asst_9", "unknown discovered");
    check_who(OTEL, "service", "rag-service", "", "rag registered");
    check_who(OTEL, "service", "rag-agent", "", "rag-agent discovered");
    check_who(OTEL, "", "", "asst_9", "asst_9 discovered");
}

#[test]
fn without_an_inventory_everything_is_discovered() {
    for (source, principal, expect) in [
        (AWS, "arn:aws:iam::1:role/rag", "arn:aws:iam::1:role/rag"),
        (VAULT, "approle/rag", "vault:approle/rag"),
        (VAULT, "entity:e1", "-"),
        (OTEL, "rag-agent", "rag-agent"),
    ] {
        let row = row(source, |row| row.principal = Some(principal));
        let (name, counts) = one(&row, Column::Workload, "", &Inventory::default());
        assert_eq!((name.as_str(), counts.without_environment), (expect, 1), "{principal}");
    }
}

#[track_caller]
fn check_where(given: &str, source: Source, account: &str, claimed: &str, expect: &str) {
    let filled = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let row = row(source, |row| {
        row.account = filled(account);
        row.environment = filled(claimed);
    });
    let (name, counts) = one(&row, Column::Environment, given, &inventory());
    assert_eq!(
        (name.as_str(), counts.without_environment == 1),
        (expect, expect == "-"),
        "{account} {claimed}"
    );
}

#[test]
fn the_first_environment_that_fits() {
    check_where("", AWS, "111122223333", "", "prod");
    check_where("", AWS, "444455556666", "", "dev");
    check_where("", AWS, "777788889999", "", "late");
    check_where("", AWS, "", "", "-");
    check_where("account=444455556666", AWS, "", "", "dev");
    check_where("", AWS, "777788889999", "prod", "late");
    check_where("", Source::GcpAudit, "acme-prod", "", "prod");
    check_where("", Source::GcpAudit, "acme-dev", "", "-");
    check_where("", Source::AzureActivity, "00000000-0000-0000-0000-000000000001", "", "prod");
    check_where("", K8S, "eks-prod/ml-rag", "", "prod");
    check_where("", K8S, "eks-prod/web", "", "-");
    check_where("", K8S, "eks-prod", "", "-");
    check_where("cluster=eks-prod", K8S, "-/ml-rag", "", "prod");
    check_where("cluster=eks-prod namespace=ml-x", K8S, "", "", "prod");
    check_where("", K8S, "any/sandbox", "", "dev");
    check_where("", VAULT, "prod/", "", "prod");
    check_where("", VAULT, "root", "", "dev");
    check_where("", VAULT, "prod/team/", "", "-");
    check_where("namespace=prod/", VAULT, "", "", "prod");
    check_where("", OTEL, "111122223333", "", "prod");
    check_where("", OTEL, "", "production", "prod");
    check_where("", OTEL, "", "dev", "dev");
    check_where("", OTEL, "", "elsewhere", "-");
}

#[track_caller]
fn check_whom(source: Source, given: &str, kind: &str, resource: &str, expect: &str) {
    let filled = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let row = row(source, |row| {
        row.target_workload = filled(given);
        row.resource_kind = filled(kind);
        row.resource = filled(resource);
    });
    assert_eq!(
        one(&row, Column::TargetWorkload, "cluster=eks-prod", &inventory()).0,
        expect,
        "{given}{resource}"
    );
}

#[test]
fn targets() {
    check_whom(AWS, "", "aws.role", "arn:aws:iam::111122223333:role/rag", "rag");
    check_whom(AWS, "", "aws.role", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x");
    check_whom(AWS, "", "aws.role", "rag", "-");
    check_whom(AWS, "", "aws.user", "arn:aws:iam::111122223333:user/legacy-rag", "rag");
    check_whom(AWS, "", "aws.role", "arn:aws:iam::1:role/aws-service-role/x/AWSServiceRoleForX", "platform");
    check_whom(AWS, "", "aws.s3.object", "arn:aws:s3:::x/y", "-");
    check_whom(AWS, "", "", "", "-");
    check_whom(VAULT, "approle/rag", "vault.role", "vault:auth/approle/role/rag", "rag");
    check_whom(VAULT, "", "vault.role", "vault:auth/approle/role/rag", "rag");
    check_whom(VAULT, "", "vault.secret_id", "vault:auth/approle/role/rag/secret-id", "rag");
    check_whom(VAULT, "", "vault.role", "vault:prod/auth/team/approle/role/x", "vault:team/approle/x");
    check_whom(VAULT, "", "vault.role", "vault:auth/userpass/users/ana/password", "vault:userpass/ana");
    check_whom(VAULT, "", "vault.role", "vault:auth/approle/role", "-");
    check_whom(VAULT, "entity:e1", "vault.entity", "", "vault:e1");
    check_whom(VAULT, "token/root", "vault.policy", "", "vault:token/root");
    check_whom(VAULT, "accessor:a", "vault.policy", "", "-");
    check_whom(OTEL, "rag-agent", "agent", "x", "rag");
    check_whom(OTEL, "", "agent", "planner", "-");
    check_whom(Source::McpAudit, "", "agent", "planner", "planner");
    check_whom(K8S, "", "k8s.service_account", "ml-rag/retriever", "rag");
    check_whom(K8S, "", "k8s.service_account", "eks-prod/ml-rag/retriever", "rag");
    check_whom(K8S, "system:serviceaccount:ml-rag:retriever", "", "", "rag");
}

#[test]
fn who_changes_itself_is_its_own_target() {
    let actor = "arn:aws:iam::1:role/service-role/x";
    for (resource, expect) in [
        ("arn:aws:iam::1:role/x", actor),
        ("arn:aws:iam::2:role/x", "arn:aws:iam::2:role/x"),
        ("arn:aws:iam::1:role/service-role/x", actor),
        ("arn:aws:iam::1:role/e/x", "arn:aws:iam::1:role/e/x"),
        ("arn:aws:iam::1:role/role/x", "arn:aws:iam::1:role/role/x"),
        ("arn:aws:iam::1:role/", "arn:aws:iam::1:role/"),
    ] {
        let row = row(AWS, |row| {
            row.principal = Some(actor);
            row.resource_kind = Some("aws.role");
            row.resource = Some(resource);
        });
        assert_eq!(one(&row, Column::TargetWorkload, "", &inventory()).0, expect, "{resource}");
    }
}

#[test]
fn sensitivities_of_the_operator_win() {
    for (resource, expect) in [
        (Some("arn:aws:s3:::finance-2026/x"), 3),
        (Some("arn:aws:s3:::finance-public/x"), 0),
        (Some("arn:aws:s3:::other/x"), 1),
        (None, 1),
    ] {
        let row = row(AWS, |row| {
            row.resource = resource;
            row.sensitivity = 1;
        });
        let inventory = inventory();
        let resolved = Resolver::new(&inventory, Labels::new()).resolve(&batch(&[row])).unwrap();
        assert_eq!(resolved.sensitivity().value(0), expect, "{resource:?}");
    }
}

/// Few texts, so that rows meet again in other batches.
fn any_row() -> impl Strategy<Value = EventRow<'static>> {
    let text = prop::sample::select(vec![
        None,
        Some("arn:aws:iam::111122223333:role/rag"),
        Some("arn:aws:iam::444455556666:role/x"),
        Some("system:serviceaccount:ml-rag:retriever"),
        Some("approle/rag"),
        Some("ldap/x-x"),
        Some("entity:e1"),
        Some("rag-agent"),
        Some("111122223333"),
        Some("eks-prod/ml-rag"),
        Some("arn:aws:s3:::finance-x"),
        Some("dev"),
    ]);
    let kind = prop::option::of(prop::sample::select(PrincipalKind::ALL));
    let resource_kind = prop::sample::select(vec![None, Some("aws.role"), Some("vault.role"), Some("agent")]);
    let source = prop::sample::select(vec![AWS, VAULT, OTEL, K8S]);
    (source, kind, resource_kind, prop::collection::vec(text, 6)).prop_map(
        |(source, kind, resource_kind, texts)| {
            row(source, |row| {
                row.principal_kind = kind;
                row.resource_kind = resource_kind;
                row.principal = texts[0];
                row.principal_alias = texts[1];
                row.account = texts[2];
                row.resource = texts[3];
                row.target_workload = texts[4];
                row.environment = texts[5];
            })
        },
    )
}

proptest! {
    #[test]
    fn batches_may_be_cut_anywhere(rows in prop::collection::vec(any_row(), 0..40), cuts in prop::collection::vec(0..40_usize, 0..6)) {
        let inventory = inventory();
        let whole = batch(&rows);
        let mut resolver = Resolver::new(&inventory, labels("cluster=eks-prod"));
        let expect = texts(&resolver.resolve(&whole).unwrap());
        let mut cuts = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect::<Vec<_>>();
        cuts.sort_unstable();
        let mut cut_resolver = Resolver::new(&inventory, labels("cluster=eks-prod"));
        let mut row_resolver = Resolver::new(&inventory, labels("cluster=eks-prod"));
        let mut pieces = Vec::new();
        for bounds in cuts.windows(2) {
            pieces.extend(texts(&cut_resolver.resolve(&whole.slice(bounds[0], bounds[1] - bounds[0])).unwrap()));
        }
        let single = rows.iter().flat_map(|row| texts(&row_resolver.resolve(&batch(&[*row])).unwrap())).collect::<Vec<_>>();
        prop_assert_eq!(&pieces, &expect);
        prop_assert_eq!(&single, &expect);
        prop_assert_eq!(cut_resolver.counts(), resolver.counts());
        prop_assert_eq!(row_resolver.counts(), resolver.counts());
    }
}

use ambit_schemas::inventory::*;
use ambit_schemas::vocabulary::CredentialKind;
use ambit_schemas::{EventTime, Inventory};
use proptest::prelude::*;

use super::problem::TOLD;
use super::suggest::nearest;
use super::*;

/// The example of the documentation, with every key there is.
const COMPLETE: &str = include_str!("tests/workloads.yaml");

fn time(text: &str) -> EventTime {
    EventTime::parse_rfc3339(text).unwrap()
}

#[test]
fn every_key_is_read() {
    let glob = |text: &str| Glob::new(text);
    let inventory = read_inventory("workloads.yaml", COMPLETE.as_bytes()).unwrap();
    assert!(inventory.given);
    let k8s = PlacePattern::K8s { cluster: Some(glob("eks-prod")), namespace: Some(glob("ml-*")) };
    let prod = vec![
        PlacePattern::AwsAccount(glob("111122223333")),
        PlacePattern::GcpProject(glob("acme-prod")),
        PlacePattern::AzureSubscription(glob("00000000-0000-0000-0000-000000000001")),
        k8s,
        PlacePattern::VaultNamespace(glob("prod/")),
    ];
    let dev = vec![PlacePattern::AwsAccount(glob("444455556666"))];
    let environment = |name: &str, places| Environment { name: name.into(), places };
    assert_eq!(inventory.environments, [environment("prod", prod), environment("dev", dev)]);
    let rag = Workload {
        name: "rag-retriever".into(),
        owner: Some("team-search".into()),
        environment: Some("prod".into()),
        component: Some("retrieval".into()),
        model: Some(("aws.bedrock".into(), "anthropic.claude-sonnet-4".into())),
        identities: vec![
            IdentityPattern::AwsRole(glob("arn:aws:iam::111122223333:role/rag-retriever")),
            IdentityPattern::AwsUser(glob("arn:aws:iam::111122223333:user/legacy-rag")),
            IdentityPattern::K8sServiceAccount(glob("eks-prod/ml-rag/retriever")),
            IdentityPattern::GcpServiceAccount(glob("rag@acme-prod.iam.gserviceaccount.com")),
            IdentityPattern::AzureApp(glob("7f3c0000-0000-0000-0000-000000000002")),
            IdentityPattern::VaultRole(glob("approle/rag-retriever")),
            IdentityPattern::Agent(glob("rag-retriever")),
            IdentityPattern::Service(glob("rag-retriever")),
            IdentityPattern::Spiffe(glob("spiffe://acme/ns/ml-rag/sa/retriever")),
        ],
        boundary: Some(Boundary {
            allow: Some(vec![
                Allow { action: glob("aws:s3:Get*"), resource: Some(glob("arn:aws:s3:::acme-docs/*")) },
                Allow { action: glob("tool:search/*"), resource: None },
            ]),
            credential_kinds: vec![CredentialKind::StsSession, CredentialKind::OidcToken],
            credential_max_age_secs: Some(43_200),
        }),
        retired_at: Some(time("2026-09-01T00:00:00Z")),
    };
    assert_eq!(inventory.workloads, [rag]);
    check_lists(&inventory);
}

fn check_lists(inventory: &Inventory) {
    let rag = || Some("rag-retriever".to_owned());
    let secret = |stored: &str, holds: Option<&str>, holds_for| Secret {
        stored: Glob::new(stored),
        holds: holds.map(str::to_owned),
        holds_for,
    };
    assert_eq!(
        inventory.secrets,
        [
            secret("vault:kv/data/rag/aws", Some("AKIAIOSFODNN7EXAMPLE"), None),
            secret("arn:aws:secretsmanager:*:secret:rag/*", None, rag()),
        ]
    );
    let finance = Glob::new("arn:aws:s3:::finance-*");
    assert_eq!(inventory.sensitivity, [SensitivityRule { resource: finance, level: 3 }]);
    let notice =
        |credential: &str, from| CredentialNotice { credential: credential.into(), from: time(from) };
    assert_eq!(inventory.leaked, [notice("AKIA0000000000000000", "2026-05-01T00:00:00Z")]);
    assert_eq!(inventory.revoked, [notice("AKIA0000000000000001", "2026-05-02T00:00:00Z")]);
    let change = ChangeRecord {
        id: "CHG-1042".into(),
        workload: "rag-retriever".into(),
        kind: ChangeKind::Permission,
        from: time("2026-05-01T09:00:00Z"),
        to: time("2026-05-01T12:00:00Z"),
        approved_by: Some("lead@acme.example".into()),
    };
    assert_eq!(inventory.changes, [change]);
}

/// Reads a text; the answer is its errors, a line each, or what `show` makes of the inventory.
fn answer(yaml: &str, show: impl Fn(&Inventory) -> String) -> String {
    match read_inventory("w.yaml", yaml.as_bytes()) {
        Ok(inventory) => show(&inventory),
        Err(error) => error.to_string(),
    }
}

fn check(yaml: &str, expect: &str) {
    assert_eq!(answer(yaml, |_| "fine".into()), expect, "{yaml}");
}

/// A document with one workload `a` and one environment `prod`, and something more.
fn with(more: &str) -> String {
    format!(
        "version: 1\nenvironments: [{{name: prod, match: [{{gcp_project: p}}]}}]\n\
         workloads:\n- name: a\n  identities: [{{agent: a}}]\n{more}"
    )
}

#[test]
fn sections_may_be_absent_or_empty() {
    check("version: 1", "fine");
    check("version: '1'\nworkloads:\nleaked: []\n# nothing yet", "fine");
    check(&with(""), "fine");
    check("\u{feff}version: 1\r\nworkloads:\r\n  - name: a\r\n    identities: [{agent: a}]\r\n", "fine");
    check(
        "{\"version\": 1, \"workloads\": [{\"name\": \"a\", \"identities\": [{\"agent\": \"*\"}]}]}",
        "fine",
    );
}

/// Texts that are refused, each followed by `=>` and what is said of it. Cases are parted by a line of dashes.
const REFUSED: &str = include_str!("tests/refused.txt");

#[test]
fn what_is_wrong_is_told_with_its_place_and_its_fix() {
    for case in REFUSED.split("\n----\n") {
        let (yaml, expect) = case.split_once("\n=>\n").unwrap();
        check(yaml, expect.trim_end());
    }
}

#[test]
fn places_may_be_written_without_quotes() {
    let yaml =
        "version: 1\nenvironments:\n- {name: a, match: [{aws_account: 011122223333}, {k8s_namespace: x}]}";
    let account = PlacePattern::AwsAccount(Glob::new("011122223333"));
    let namespace = PlacePattern::K8s { cluster: None, namespace: Some(Glob::new("x")) };
    let inventory = read_inventory("w.yaml", yaml.as_bytes()).unwrap();
    assert_eq!(inventory.environments[0].places, [account, namespace]);
}

#[test]
fn anchors_and_merges_are_understood() {
    let yaml = with(
        "- &b\n  name: b\n  owner: team\n  environment: prod\n  identities: &ids [{agent: b}]\n\
         - <<: *b\n  name: c\n  identities: *ids\n",
    );
    let show = |inventory: &Inventory| {
        let c = inventory.by_name("c").unwrap();
        format!("{:?} {:?} {}", c.owner, c.environment, c.identities.len())
    };
    assert_eq!(answer(&yaml, show), "Some(\"team\") Some(\"prod\") 1");
}

#[test]
fn a_document_that_grows_without_measure_is_refused() {
    let mut laughs = vec!["version: 1".to_owned(), "a0: &a0 [x, x, x, x, x, x, x, x, x]".to_owned()];
    for level in 1..9 {
        let names = vec![format!("*a{}", level - 1); 9].join(", ");
        laughs.push(format!("a{level}: &a{level} [{names}]"));
    }
    let laughs = laughs.join("\n");
    let many = format!("version: 1\nleaked: [{}]", "{},".repeat(2 * TOLD));
    let long = vec![b' '; MAX_BYTES + 1];
    for (bytes, expect) in [
        (laughs.as_bytes(), "cannot be read as YAML"),
        (many.as_bytes(), "w.yaml: and 300 more problems"),
        (long.as_slice(), "w.yaml: is longer than 67108864 bytes"),
        (b"version: 1\nx: \xff\n".as_slice(), "w.yaml:2:1: is not UTF-8"),
    ] {
        let error = read_inventory("w.yaml", bytes).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
}

#[test]
fn slips_of_the_pen_are_understood() {
    for (text, expect) in [
        ("onwer", Some("owner")),
        ("owners", Some("owner")),
        ("nam", Some("name")),
        ("zebra", None),
        ("", None),
    ] {
        assert_eq!(nearest(text, &["name", "owner", "environment"]), expect, "{text}");
    }
}

/// Whatever the bytes, they give an inventory or say what is wrong.
fn answers(bytes: &[u8]) -> bool {
    match read_inventory("w", bytes) {
        Ok(inventory) => inventory.given,
        Err(error) => !error.problems.is_empty(),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(answers(&bytes));
    }

    /// Damage to a good file reaches far more of the reader than noise does.
    #[test]
    fn any_damage_is_answered(
        at in 0..COMPLETE.len(),
        len in 0..40_usize,
        put in "[-\\[\\]{}:,&*!|>'\"#%@`a-z0-9 \n]{0,6}",
    ) {
        let mut bytes = COMPLETE.as_bytes().to_vec();
        let end = (at + len).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        prop_assert!(answers(&bytes));
    }
}

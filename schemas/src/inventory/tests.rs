use super::*;
use proptest::prelude::*;

pub(super) fn workload(name: &str, identities: Vec<IdentityPattern>) -> Workload {
    Workload {
        name: name.into(),
        owner: None,
        environment: None,
        component: None,
        model: None,
        identities,
        boundary: None,
        retired_at: None,
    }
}

fn inventory() -> Inventory {
    let role = |text: &str| IdentityPattern::AwsRole(Glob::new(text));
    let pod = |text: &str| IdentityPattern::K8sServiceAccount(Glob::new(text));
    Inventory {
        workloads: vec![
            workload("any", vec![role("arn:aws:iam::1:role/*")]),
            workload("rag", vec![role("arn:aws:iam::1:role/svc/rag"), pod("prod/ml/rag")]),
            workload("twin", vec![role("arn:aws:iam::1:role/x-*")]),
            workload("other-twin", vec![role("arn:aws:iam::1:role/*-x")]),
            workload("both-a", vec![pod("a/ns/both")]),
            workload("both-b", vec![pod("b/ns/both")]),
        ],
        ..Inventory::default()
    }
}

fn check(key: IdentityKey<'_>, expect: Option<(&str, bool)>) {
    let inventory = inventory();
    let found = Identities::of(&inventory.workloads).workload(&key);
    let found = found.map(|m| (inventory.workloads[m.workload].name.clone(), m.tie));
    assert_eq!(found.as_ref().map(|(name, tie)| (name.as_str(), *tie)), expect, "{key:?}");
}

#[test]
fn the_most_exact_entry_wins() {
    check(IdentityKey::AwsRole("arn:aws:iam::1:role/other"), Some(("any", false)));
    check(IdentityKey::AwsRole("arn:aws:iam::1:role/svc/rag"), Some(("rag", false)));
    check(IdentityKey::AwsRole("arn:aws:iam::1:role/rag"), Some(("rag", false)));
    check(IdentityKey::AwsRole("arn:aws:iam::1:role/x-x"), Some(("twin", true)));
    check(IdentityKey::AwsRole("arn:aws:iam::2:role/rag"), None);
    check(IdentityKey::AwsUser("arn:aws:iam::1:role/rag"), None);
}

#[test]
fn an_unnamed_cluster_fits_if_one_entry_does() {
    check(IdentityKey::K8sServiceAccount("prod/ml/rag"), Some(("rag", false)));
    check(IdentityKey::K8sServiceAccount("-/ml/rag"), Some(("rag", false)));
    check(IdentityKey::K8sServiceAccount("dev/ml/rag"), None);
    check(IdentityKey::K8sServiceAccount("-/ns/both"), None);
}

#[test]
fn stars_cross_slashes_and_colons() {
    for (pattern, text, expect) in [
        ("aws:s3:Get*", "aws:s3:GetObject", true),
        ("aws:s3:Get*", "aws:s3:PutObject", false),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a*b*c", "a/x:b/c:c", true),
        ("a*b*c", "acb", false),
        ("**a", "xxa", true),
    ] {
        assert_eq!(Glob::new(pattern).matches(text), expect, "{pattern} on {text}");
    }
}

proptest! {
    #[test]
    fn a_text_fits_itself_cut_by_stars(parts in prop::collection::vec("[a-c]{0,3}", 1..5)) {
        prop_assert!(Glob::new(parts.join("*")).matches(&parts.concat()));
    }
}

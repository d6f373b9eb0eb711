mod classes;

use super::*;
use ActionClass as C;
use proptest::prelude::*;

#[test]
fn every_line_of_every_table_is_understood() {
    assert_eq!(aws::inside::bad_lines(), []);
    assert_eq!(sensitivity::state(), (&[][..], true));
}

/// A class line for a name that neither the reference nor the event table knows must bring its own level, or a slip of
/// the pen would go unseen.
#[test]
fn hand_written_names_are_known_or_complete() {
    let text = include_str!("../../data/aws-classes.txt");
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let columns = line.split(' ').collect::<Vec<_>>();
        let ([service, _, _, level], names) = (&columns[..4], &columns[4..]) else { panic!("{line}") };
        for name in names.iter().filter(|name| !name.contains('*')) {
            assert!(*level != "-" || aws::inside::known(service, name), "{service}:{name}");
        }
    }
    let text = include_str!("../../data/aws-events.txt");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (service, action) = line.rsplit_once(' ').and_then(|(_, action)| action.split_once(':')).unwrap();
        assert!(aws::inside::reference().level(service, action).is_some(), "{line}");
    }
}

#[test]
fn the_whole_reference_can_be_looked_up() {
    let actions = aws::inside::reference().actions().collect::<Vec<_>>();
    assert_eq!(actions.len(), 20_455);
    for (service, name) in actions {
        let entry = aws(service, &name);
        assert!(!entry.by_default && entry.sensitivity <= 3, "{service}:{name} {entry:?}");
    }
}

fn check(event_source: &str, names: &str, class: C, level: &str, sensitivity: u8) {
    for name in names.split(' ') {
        let entry = aws(event_source, name);
        let found = (entry.class, entry.access_level.as_str(), entry.sensitivity, entry.by_default);
        assert_eq!(found, (class, level, sensitivity, false), "{event_source} {name}");
    }
}

#[test]
fn levels_and_verbs_make_the_ordinary_classes() {
    check("s3.amazonaws.com", "GetObject HeadObject SelectObjectContent", C::Read, "read", 1);
    check(
        "s3.amazonaws.com",
        "ListObjects ListObjectsV2 HeadBucket ListBuckets ListBucket",
        C::List,
        "list",
        0,
    );
    check(
        "s3.amazonaws.com",
        "PutObject CopyObject UploadPart CompleteMultipartUpload",
        C::Write,
        "write",
        1,
    );
    check("s3.amazonaws.com", "DeleteObject DeleteObjects", C::Delete, "write", 1);
    check("s3", "DeleteBucket", C::Delete, "write", 2);
    check("ec2.amazonaws.com", "DescribeInstances", C::List, "list", 0);
    check("rds.amazonaws.com", "DescribeDBInstances", C::List, "list", 0);
    check("ec2.amazonaws.com", "CreateTags", C::Write, "tagging", 1);
    check("lambda.amazonaws.com", "GetFunction20150331v2", C::Read, "read", 1);
    check("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", C::Write, "write", 2);
    check(
        "lambda.amazonaws.com",
        "CreateFunction20150331 CreateEventSourceMapping20150331",
        C::Write,
        "write",
        1,
    );
    check("cloudfront.amazonaws.com", "CreateFunction2020_05_31", C::Write, "write", 1);
    check("monitoring.amazonaws.com", "DescribeAlarms", C::List, "read", 0);
    check("apigateway.amazonaws.com", "CreateApi CreateStage", C::Write, "write", 1);
    check("apigateway.amazonaws.com", "DeleteStage", C::Delete, "write", 1);
    check("kms.amazonaws.com", "Decrypt", C::Read, "write", 1);
}

#[test]
fn unknown_actions_are_read_off_their_names() {
    for (name, class, level) in [
        ("GetThing", C::Read, "read"),
        ("BatchGetThing", C::Read, "read"),
        ("BatchGetaway", C::Write, "write"),
        ("DescribeThings", C::List, "list"),
        ("DeleteThing", C::Delete, "write"),
        ("TagThing", C::Write, "tagging"),
        ("GrantThing", C::PermissionsChange, "permissions"),
        ("Frobnicate", C::Write, "write"),
        ("Getaway", C::Write, "write"),
        ("get", C::Write, "write"),
        ("", C::Write, "write"),
    ] {
        let entry = aws("nosuch.amazonaws.com", name);
        assert_eq!(
            (entry.class, entry.access_level.as_str(), entry.by_default),
            (class, level, true),
            "{name}"
        );
    }
}

#[test]
fn versions_are_cut_off_names() {
    for (name, expect) in [
        ("UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("ListFunctions20150331", "ListFunctions"),
        ("PublishFunction2020_05_31", "PublishFunction"),
        ("ListObjectsV2", "ListObjectsV2"),
        ("Route53v2", "Route53v2"),
        ("20150331", "20150331"),
        ("v2", "v2"),
        ("", ""),
    ] {
        assert_eq!(without_version(name), expect);
    }
}

#[test]
fn the_kind_of_a_resource_replaces_the_level_of_the_class() {
    for (class, kind, expect) in [
        (C::Read, None, 1),
        (C::Read, Some("vault.policy"), 1),
        (C::Write, Some("vault.policy"), 3),
        (C::List, Some("vault.policy"), 0),
        (C::SecretRead, Some("vault.secret"), 2),
        (C::Read, Some("no.such.kind"), 1),
        (C::LoggingChange, Some("no.such.kind"), 3),
    ] {
        assert_eq!(sensitivity(class, kind), expect, "{class} {kind:?}");
    }
}

#[test]
fn an_action_and_the_kind_of_its_resource_give_the_higher_level() {
    for (event, class, kind, expect) in [
        ("s3 GetBucketAcl", C::Read, Some("aws.s3.bucket"), 0),
        ("s3 GetObject", C::Read, Some("aws.s3.bucket"), 1),
        ("secretsmanager UpdateSecret", C::Write, Some("aws.secret"), 2),
        ("secretsmanager DeleteSecret", C::Delete, None, 2),
        ("ssm GetParameter", C::SecretRead, Some("aws.parameter"), 2),
        ("ssm GetParameter", C::Read, Some("aws.parameter"), 1),
        ("iam DetachRolePolicy", C::PermissionsChange, Some("aws.role"), 2),
    ] {
        let (service, name) = event.split_once(' ').unwrap();
        assert_eq!(aws(service, name).sensitivity_on(class, kind), expect, "{event} {kind:?}");
    }
}

proptest! {
    #[test]
    fn any_names_get_an_entry(service in "\\PC{0,20}", name in "\\PC{0,40}") {
        prop_assert!(aws(&service, &name).sensitivity <= 3);
    }
}

/// The pairs of source and name in every real CloudTrail record that the project carries.
fn seen() -> std::collections::BTreeSet<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay-data/third-party");
    let mut pairs = std::collections::BTreeSet::new();
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for logs in folders.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("cloudtrail-"))
    {
        for entry in std::fs::read_dir(logs).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending.to_string_lossy().contains("json")) {
                collect(&std::fs::read(&path).unwrap(), &mut pairs);
            }
        }
    }
    pairs
}

fn collect(bytes: &[u8], pairs: &mut std::collections::BTreeSet<(String, String)>) {
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<serde_json::Value>() {
        let value = value.unwrap();
        let records = value.get("Records").unwrap_or(&value);
        let list = records.as_array().map_or(std::slice::from_ref(records), Vec::as_slice);
        for record in list {
            let text = |key: &str| record[key].as_str().unwrap().to_owned();
            pairs.insert((text("eventSource"), text("eventName")));
        }
    }
}

/// Real actions of which nothing is known but their name. A line less here is a line more in a table.
const BY_DEFAULT: &[&str] = &["discovery-marketplace.amazonaws.com GetListingView"];

#[test]
fn every_action_in_real_logs_is_known_or_listed() {
    let seen = seen();
    assert!(seen.len() > 300, "{}", seen.len());
    let unknown = seen.iter().filter(|(source, name)| aws(source, name).by_default);
    let listed = unknown.map(|(source, name)| format!("{source} {name}")).collect::<Vec<_>>();
    assert_eq!(listed, BY_DEFAULT);
}

//! The OCSF validator must pass a good event and name what is wrong with a bad one.

mod events;

use ambit_tests::ocsf::{Schema, Violation};
use ambit_tests::provided::root;
use serde_json::{Value, json};

fn schema() -> Schema {
    Schema::load(&root().join("replay-data/third-party/ocsf-schema-1.8.0")).unwrap()
}

/// A Detection Finding by hand, with something of every kind that the validator looks at.
fn finding() -> Value {
    json!({
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2004, "class_name": "Detection Finding",
        "type_uid": 200_401, "type_name": "Detection Finding: Create",
        "time": 1_772_355_600_123_i64, "time_dt": "2026-03-01T09:00:00.123Z",
        "start_time": 1_772_355_600_000_i64, "count": 2,
        "severity_id": 4, "severity": "High", "confidence_id": 3, "is_alert": true, "status_id": 1,
        "cloud": { "provider": "AWS", "account": { "uid": "111122223333" } },
        "metadata": {
            "version": "1.8.0", "profiles": ["cloud", "datetime"],
            "product": { "name": "Ambit", "vendor_name": "Ambit", "version": "0.1.0" },
        },
        "finding_info": {
            "uid": "0123456789abcdef", "title": "Secret hop",
            "analytic": { "uid": "L05", "type_id": 1, "type": "Rule" },
            "attacks": [{
                "version": "18.1", "technique": { "uid": "T1555", "name": "Credentials from Password Stores" },
                "sub_technique": { "uid": "T1555.006" },
            }],
            "attack_graph": {
                "uid": "path", "is_directed": true, "nodes": [{ "uid": "a" }, { "uid": "b" }],
                "edges": [{ "source": "a", "target": "b", "uid": "ab" }],
            },
        },
        "resources": [{
            "name": "rag-retriever", "role_id": 3, "role": "Affected", "region": "eu-west-1", "ip": "10.0.0.1",
            "owner": { "name": "team-search", "email_addr": "search@acme.example" },
            "data": { "environment": "prod" },
        }],
        "evidences": [{
            "data": { "event_id": "e1" }, "src_endpoint": { "ip": "2001:db8::1", "port": 443 },
            "verdict_id": 99, "verdict": "whatever the source says",
        }],
        "anomaly_analyses": [{
            "analysis_targets": [{ "name": "rag-retriever", "type": "workload" }],
            "anomalies": [{ "observation_parameter": "new atoms", "observations": [{ "value": "7" }] }],
        }],
        "observables": [{ "name": "evidences[0].src_endpoint.ip", "type_id": 2, "type": "IP Address" }],
        "remediation": { "desc": "Revoke the key." },
        "unmapped": { "anything": [null, { "goes": 1.5 }] },
    })
}

fn messages(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_finding_passes() {
    let schema = schema();
    assert_eq!(schema.version(), "1.8.0");
    let review = schema.review(&finding());
    assert_eq!(messages(&review.violations), Vec::<String>::new());
    assert!(review.recommended.contains(&"message".to_owned()));
    assert!(review.recommended.contains(&"resources[0].uid".to_owned()));
    assert!(!review.recommended.contains(&"status_id".to_owned()));
}

#[test]
fn every_published_class_is_known() {
    // One file of `events` each has a `uid`; the base event has none and is class 0.
    assert_eq!(schema().classes(), 76);
}

/// A place of the good finding, what to put there (nothing: take it away), and the one complaint that must follow.
const FAULTS: &str = r#"
/severity_id ||| severity_id: is required
/class_uid ||| class_uid: is required
/metadata/product ||| metadata.product: is required
/cloud ||| cloud: is required
/finding_info/uid ||| finding_info.uid: is required
/finding_info/analytic/type_id ||| finding_info.analytic.type_id: is required
/finding_info/attack_graph/edges/0/target ||| finding_info.attack_graph.edges[0].target: is required
/finding_info/attack_graph/uid ||| finding_info.attack_graph: needs at least one of name, uid
/anomaly_analyses/0/anomalies ||| anomaly_analyses[0].anomalies: is required
/remediation/desc ||| remediation.desc: is required
/workload | "x" | workload: is no attribute of Detection Finding
/resources/0/mood | 1 | resources[0].mood: is no attribute of Resource Details
/count | "2" | count: must be integer_t, is a string
/count | 2.5 | count: must be integer_t, is a number
/message | null | message: must be string_t, is null
/time | "2026-03-01" | time: must be timestamp_t, is a string
/time_dt | "yesterday" | time_dt: `yesterday` is no datetime_t
/is_alert | 1 | is_alert: must be boolean_t, is a number
/class_uid | 2999 | class_uid: 2999 is not in the enumeration
/severity_id | 7 | severity_id: 7 is not in the enumeration
/severity | "Low" | severity: must be `High` beside 4, is `Low`
/resources/0/role | "Target" | resources[0].role: must be `Affected` beside 3, is `Target`
/finding_info/analytic/type_id | 12 | finding_info.analytic.type_id: 12 is not in the enumeration
/category_uid | 3 | category_uid: must be 2, is 3
/type_uid | 200402 | type_uid: must be 200401, is 200402
/type_name | "Create" | type_name: must be Detection Finding: Create, is Create
/class_name | "Finding" | class_name: must be Detection Finding, is Finding
/metadata/version | "1.3.0" | metadata.version: is made for 1.3.0, the schema is 1.8.0
/metadata/uid | 7 | metadata.uid: must be string_t, is a number
/cloud/project_uid | ["x"] | cloud.project_uid: must be string_t, is an array
/resources | {} | resources: must be an array of resource_details, is an object
/evidences | ["e1"] | evidences[0]: must be an object evidences, is a string
/resources/0/ip | "10.0.0" | resources[0].ip: `10.0.0` is no ip_t
/evidences/0/src_endpoint/port | 65536 | evidences[0].src_endpoint.port: 65536 is no port_t
/resources/0/owner/email_addr | "x" | resources[0].owner.email_addr: `x` is no email_t
/observables/0/type | "Hostname" | observables[0].type: must be `IP Address` beside 2, is `Hostname`
/assignee | {"name": "x"} | assignee: needs the profile `incident` in metadata.profiles
/resources/0/owner | {"type_id": 1} | resources[0].owner: needs at least one of account, name, uid
/finding_info/attacks | [{"version": "18.1"}] | finding_info.attacks[0]: needs at least one of tactic, technique, sub_technique
/vulnerabilities | [{"cve": {"uid": "CVE-2026-1"}, "cwe": {"uid": "1"}}] | vulnerabilities[0]: needs exactly one of advisory, cve, cwe
"#;

#[test]
fn each_single_fault_is_named_by_its_path() {
    check_faults(&finding(), FAULTS);
}

fn check_faults(good: &Value, faults: &str) {
    let schema = schema();
    for fault in faults.trim().lines() {
        let [pointer, value, expected] =
            fault.splitn(3, '|').map(str::trim).collect::<Vec<_>>().try_into().unwrap();
        let mut event = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        if let Some(expected) = expected.strip_prefix('|') {
            assert!(parent.remove(name).is_some(), "{pointer}");
            assert_eq!(messages(&schema.validate(&event)), [expected.trim()], "{pointer}");
        } else {
            parent.insert(name.into(), serde_json::from_str(value).unwrap());
            assert_eq!(messages(&schema.validate(&event)), [expected], "{pointer}");
        }
    }
}

#[test]
fn profiles_open_and_close_attributes() {
    let schema = schema();
    let mut event = finding();
    event["metadata"]["profiles"] = json!(["cloud", "mood"]);
    let expected = [
        "time_dt: needs the profile `datetime` in metadata.profiles",
        "metadata.profiles[1]: the class has no profile `mood`",
    ];
    assert_eq!(messages(&schema.validate(&event)), expected);
    event["metadata"]["profiles"] = json!(["datetime"]);
    let expected = [
        "cloud: needs the profile `cloud` in metadata.profiles",
        "resources[0].region: needs the profile `cloud` in metadata.profiles",
    ];
    assert_eq!(messages(&schema.validate(&event)), expected);
}

use ambit_rules::Catalogue;
use ambit_schemas::finding::{Activity, Finding};
use serde_json::{Value, json};

use super::Ocsf;
use crate::specimen;

fn event(finding: &Finding) -> Value {
    let catalogue = Catalogue::embedded().unwrap();
    serde_json::to_value(Ocsf::new(&catalogue, "acme").event(finding)).unwrap()
}

#[track_caller]
fn check(finding: &Finding, expected: &[(&str, Value)]) {
    let event = event(finding);
    for (pointer, value) in expected {
        assert_eq!(event.pointer(pointer).unwrap_or(&Value::Null), value, "{pointer} in {event:#}");
    }
}

#[test]
fn every_fact_has_its_place() {
    check(
        &specimen::finding(),
        &[
            ("/class_uid", json!(2004)),
            ("/category_uid", json!(2)),
            ("/activity_id", json!(2)),
            ("/type_uid", json!(200_402)),
            ("/time", json!(1_773_455_100_500_i64)),
            ("/start_time", json!(1_773_454_260_000_i64)),
            ("/end_time", json!(1_773_455_100_500_i64)),
            ("/count", json!(2)),
            ("/severity_id", json!(4)),
            ("/severity", json!("High")),
            ("/confidence_id", json!(2)),
            ("/is_alert", json!(true)),
            ("/status_id", json!(2)),
            ("/metadata/version", json!("1.8.0")),
            ("/metadata/product/name", json!("Ambit")),
            ("/metadata/tenant_uid", json!("acme")),
            ("/metadata/correlation_uid", json!("AKIAIOSFODNN7EXAMPLE")),
            ("/finding_info/uid", json!(specimen::finding().uid.to_string())),
            ("/finding_info/title", json!("Secret hop")),
            ("/finding_info/created_time", json!(1_773_454_800_000_i64)),
            ("/finding_info/first_seen_time", json!(1_773_454_260_000_i64)),
            ("/finding_info/analytic/uid", json!("L05")),
            ("/finding_info/analytic/type_id", json!(1)),
            ("/finding_info/attacks/0/technique/uid", json!("T1555")),
            ("/finding_info/attacks/0/sub_technique/uid", json!("T1555.006")),
            ("/finding_info/attacks/1/technique/uid", json!("AML.T0098")),
            ("/finding_info/attack_graph/nodes/1/name", json!("ci-runner")),
            ("/finding_info/attack_graph/edges/0/source", json!("0")),
            ("/finding_info/attack_graph/edges/0/target", json!("1")),
            ("/finding_info/attack_graph/edges/1", Value::Null),
            ("/finding_info/data_sources", json!(["aws.cloudtrail"])),
            ("/resources/0/name", json!("ci-runner")),
            ("/resources/0/owner/name", json!("team-build")),
            ("/resources/0/role_id", json!(3)),
            ("/resources/0/data/environment", json!("prod")),
            ("/evidences/0/data/event_id", json!("e-1")),
            ("/evidences/0/data/position", json!({ "file": "logs/a.json", "offset": 1234 })),
            ("/evidences/1/data/position", json!({ "topic": "logs/a.json", "partition": 3, "offset": 1234 })),
            ("/anomaly_analyses/0/anomalies/0/observations/0/value", json!("6")),
            ("/anomaly_analyses/0/baselines/0/observations/0/value", json!("0.20")),
            ("/unmapped/added/0/first_seen_time", json!(1_773_454_800_000_i64)),
            ("/unmapped/removed/0/explained_by", Value::Null),
            ("/unmapped/reach", json!({ "before": 12.4, "live": 31.9, "origin": null })),
            ("/unmapped/path/0/workload", json!("rag-retriever")),
            ("/unmapped/path/1/credential", json!("AKIAIOSFODNN7EXAMPLE")),
            ("/unmapped/change/id", json!("CHG-7")),
            ("/unmapped/decision/kind", json!("escalate")),
            ("/unmapped/decision/at", json!(1_773_561_600_000_i64)),
            ("/unmapped/score/budget_share", json!(0.175)),
            ("/unmapped/baseline/maturity", json!("mature")),
            ("/unmapped/compliance/owasp_nhi", json!(["NHI9:2025"])),
            ("/unmapped/revoke", json!(["AKIAIOSFODNN7EXAMPLE"])),
            ("/unmapped/evidence_omitted", json!(4)),
            ("/unmapped/subject/kind", json!("edge")),
        ],
    );
}

#[test]
fn a_step_has_its_activity_status_and_alert() {
    let escalated = specimen::finding().decision;
    for (activity, decision, id, status, alert) in [
        (Activity::Create, None, 1, 1, true),
        (Activity::Update, None, 2, 1, true),
        (Activity::Close, None, 3, 4, false),
        (Activity::Update, escalated.clone(), 2, 2, true),
        (Activity::Close, escalated, 3, 4, false),
    ] {
        check(
            &Finding { activity, decision, ..specimen::finding() },
            &[
                ("/activity_id", json!(id)),
                ("/type_uid", json!(200_400 + id)),
                ("/status_id", json!(status)),
                ("/is_alert", json!(alert)),
            ],
        );
    }
}

#[test]
fn what_is_not_known_is_left_out_or_null() {
    check(
        &specimen::bare(),
        &[
            ("/is_alert", json!(false)),
            ("/metadata/correlation_uid", json!(specimen::bare().uid.to_string())),
            ("/evidences", json!([])),
            ("/unmapped/change", Value::Null),
            ("/unmapped/path", json!([])),
        ],
    );
    let event = event(&specimen::bare());
    for absent in [
        "/anomaly_analyses",
        "/finding_info/attack_graph",
        "/resources/0/owner",
        "/finding_info/modified_time",
    ] {
        assert_eq!(event.pointer(absent), None, "{absent}");
    }
    assert!(event.pointer("/unmapped/change").is_some(), "null says that none was found");
}

#[test]
fn the_order_of_fields_is_fixed() {
    let text = event(&specimen::finding()).to_string();
    let places = ["\"time\"", "\"severity\"", "\"metadata\"", "\"finding_info\"", "\"unmapped\""];
    let places = places.map(|field| text.find(field).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

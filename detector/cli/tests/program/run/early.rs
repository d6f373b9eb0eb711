//! What is told before the watermark has passed its event.

use super::super::daemon::delivered_early;
use super::*;

/// A use of a key that the inventory calls leaked.
fn leaked_use() -> String {
    later(0).replace("AKIALATER", "AKIALEAKED")
}

#[test]
fn a_leaked_key_is_told_at_once_and_raised_later_under_the_same_uid() {
    let place = Place::new();
    place.write(
        "w.yaml",
        "version: 1\nworkloads:\n  - { name: later, owner: team, identities: [{ aws_user: \"arn:aws:iam::*:user/later\" }] }\n\
         leaked: [{ credential: AKIALEAKED, since: 2026-01-01T00:00:00Z }]\n",
    );
    configure(&place, "detector: { idle_secs: 3600 }\n");
    let config = place.read("ambit.yaml").replace(&samples("workloads.yaml"), "w.yaml");
    place.write("ambit.yaml", config);
    append(&place, "logs/events.ndjson", &[leaked_use()]);
    let mut daemon = start(&place);
    daemon.until("it is told", |_| !delivered_early(&place, "findings.ndjson").is_empty());
    assert!(delivered(&place, "findings.ndjson").is_empty(), "the watermark has not passed it");
    let told = delivered_early(&place, "findings.ndjson").remove(0);
    assert_eq!(told["finding_info"]["analytic"]["uid"], "H04");
    assert_eq!(told["resources"][0]["name"], "later");
    assert!(daemon.metric("ambit_findings_provisional_total") > 0.5);
    append(&place, "logs/events.ndjson", &[later(1)]);
    daemon.until("it is raised", |_| !delivered(&place, "findings.ndjson").is_empty());
    let raised = delivered(&place, "findings.ndjson");
    assert!(raised.iter().any(|line| line["finding_info"]["uid"] == told["finding_info"]["uid"]));
    assert!(daemon.metric("ambit_findings_retracted_total") < 0.5);
    daemon.stop();
}

#[test]
fn who_wants_no_early_word_gets_none() {
    let place = Place::new();
    configure(&place, "detector: { provisional: false }\n");
    append(&place, "logs/events.ndjson", &[later(0), later(1)]);
    let mut daemon = start(&place);
    daemon.until_watermark(LATER[0].1 + 1);
    daemon.stop();
    assert!(delivered_early(&place, "findings.ndjson").is_empty());
    assert!(!delivered(&place, "findings.ndjson").is_empty());
}

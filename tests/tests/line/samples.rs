//! The samples: what they must find, and that every finding is valid OCSF.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ambit_schemas::EventTime;
use ambit_tests::binary;
use ambit_tests::ocsf::Schema;
use ambit_tests::provided::root;
use ambit_tests::replay::{Replayed, last_lines, replay};
use serde_json::Value;

use super::{INVENTORY, SAMPLES};

const LABELS: &str = "replay-data/golden/samples.labels.ndjson";

/// The samples replayed as they are, once for all tests.
pub(super) static WHOLE: LazyLock<Replayed> =
    LazyLock::new(|| replay(&root(), &[SAMPLES], &["--inventory", INVENTORY]).unwrap());

#[test]
fn the_samples_are_read_to_the_last_record() {
    let Replayed { summary, code, stderr, .. } = &*WHOLE;
    assert_eq!(*code, Some(0), "{stderr}");
    assert_eq!(summary["events_rejected"], 0, "{summary:#}");
    assert_eq!(summary["events_late"], 0);
    assert_eq!(summary["by_source"].as_object().unwrap().len(), 3, "{summary:#}");
    let emitted = summary["findings"]["transitions"].as_u64().unwrap();
    assert_eq!(emitted, u64::try_from(WHOLE.findings.len()).unwrap());
}

/// A transition in a line: when, what, which.
fn transition(finding: &Value) -> String {
    let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    let time = EventTime::from_millis(finding["time"].as_i64().unwrap()).to_string();
    let words = [
        time,
        text("/finding_info/analytic/uid"),
        text("/activity_name"),
        text("/severity"),
        finding["count"].to_string(),
        text("/resources/0/name"),
        text("/finding_info/uid"),
    ];
    words.join("\t")
}

/// Compares lines with a golden file, or writes it.
fn golden(file: &str, found: &[String]) {
    let path = root().join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, found.join("\n") + "\n").unwrap();
        return;
    }
    let golden = std::fs::read_to_string(path).unwrap();
    for (number, (found, golden)) in found.iter().zip(golden.lines()).enumerate() {
        assert_eq!(found, golden, "{file}:{}", number + 1);
    }
    assert_eq!(found.len(), golden.lines().count(), "{file}");
}

/// `UPDATE=1 cargo test -p ambit-tests golden` writes the golden files anew: read the difference before you keep it.
#[test]
fn the_samples_give_the_golden_findings() {
    let transitions = WHOLE.findings.iter().map(transition).collect::<Vec<_>>();
    golden("replay-data/golden/samples.transitions.tsv", &transitions);
    let last = last_lines(&WHOLE.findings);
    golden(
        "replay-data/golden/samples.findings.ndjson",
        &last.values().map(Value::to_string).collect::<Vec<_>>(),
    );
}

#[test]
fn every_finding_of_the_samples_is_valid_ocsf() {
    let schema = Schema::load(&root().join("replay-data/third-party/ocsf-schema-1.8.0")).unwrap();
    assert!(!WHOLE.findings.is_empty());
    for finding in &WHOLE.findings {
        let violations = schema.validate(finding).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(violations.is_empty(), "{violations:#?}\n{finding:#}");
    }
}

/// What product.md promises to consumers besides the schema.
#[test]
fn every_finding_of_the_samples_says_what_a_consumer_may_rely_on() {
    for finding in &WHOLE.findings {
        let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let uid = text("/finding_info/uid");
        assert!(uid.len() == 32 && uid.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uid}");
        for pointer in ["/finding_info/title", "/finding_info/desc", "/resources/0/name", "/remediation/desc"]
        {
            assert!(!text(pointer).is_empty(), "{pointer}: {finding:#}");
        }
        assert!(!text("/finding_info/desc").contains(['{', '}']), "an open slot: {finding:#}");
        assert!(!text("/remediation/desc").contains(['{', '}']), "an open slot: {finding:#}");
        for pointer in ["/unmapped/added", "/unmapped/removed", "/unmapped/path"] {
            assert!(finding.pointer(pointer).is_some_and(Value::is_array), "{pointer}: {finding:#}");
        }
        for pointer in
            ["/unmapped/reach/before", "/unmapped/reach/live", "/unmapped/reach/origin", "/unmapped/change"]
        {
            assert!(finding.pointer(pointer).is_some(), "{pointer}: {finding:#}");
        }
        assert_eq!(finding.pointer("/resources/0/role_id"), Some(&3.into()));
        for evidence in finding["evidences"].as_array().into_iter().flatten() {
            assert!(evidence["data"]["event_id"].is_string(), "{evidence}");
            assert!(evidence["data"]["position"]["file"].is_string(), "{evidence}");
        }
    }
}

/// What was put into the samples on purpose, and which checks must or may notice it.
struct Label {
    workload: String,
    from_millis: i64,
    to_millis: i64,
    raises: Vec<Value>,
    may_raise: Vec<Value>,
    text: String,
}

impl Label {
    fn all() -> Vec<Self> {
        let text = std::fs::read_to_string(root().join(LABELS)).unwrap();
        text.lines().map(Self::parse).collect()
    }

    fn parse(line: &str) -> Self {
        let label: Value = serde_json::from_str(line).unwrap();
        let millis = |key: &str| EventTime::parse_rfc3339(label[key].as_str().unwrap()).unwrap().millis();
        Self {
            workload: label["workload"].as_str().unwrap().to_owned(),
            from_millis: millis("from"),
            // Findings may be completed by the close of the day.
            to_millis: millis("to") + 86_400_000,
            raises: label["raises"].as_array().unwrap().clone(),
            may_raise: label["may_raise"].as_array().unwrap().clone(),
            text: line.to_owned(),
        }
    }

    /// Whether a finding is on this workload, in this time. Discovered workloads are named by their whole ARN.
    fn covers(&self, finding: &Value) -> bool {
        let name = finding["resources"][0]["name"].as_str().unwrap();
        let time = finding["time"].as_i64().unwrap();
        let last = name.rsplit(['/', ':']).next().unwrap();
        (name == self.workload || last == self.workload)
            && (self.from_millis..=self.to_millis).contains(&time)
    }
}

#[test]
fn what_was_put_into_the_samples_is_found() {
    let mut missed = Vec::new();
    for label in Label::all() {
        for check in &label.raises {
            let found = WHOLE
                .findings
                .iter()
                .any(|finding| finding["finding_info"]["analytic"]["uid"] == *check && label.covers(finding));
            if !found {
                missed.push(format!("no {check}: {}", label.text));
            }
        }
    }
    assert!(missed.is_empty(), "\n{}\n", missed.join("\n"));
}

#[test]
fn nothing_grave_but_what_was_put_into_the_samples_is_found() {
    let labels = Label::all();
    let (mut surplus, mut grave) = (Vec::new(), BTreeSet::new());
    for finding in WHOLE.findings.iter().filter(|finding| finding["severity_id"].as_i64().unwrap() > 2) {
        // What made it grave must be meant; what follows under the same uid is more of it.
        if !grave.insert(finding["finding_info"]["uid"].as_str().unwrap()) {
            continue;
        }
        let check = &finding["finding_info"]["analytic"]["uid"];
        let meant = labels.iter().any(|label| {
            label.covers(finding) && (label.raises.contains(check) || label.may_raise.contains(check))
        });
        if !meant {
            surplus.push(format!("{check}: {}", finding["finding_info"]["desc"]));
        }
    }
    assert!(surplus.is_empty(), "\n{}\n", surplus.join("\n"));
}

#[test]
fn nothing_that_is_secret_in_the_samples_comes_out() {
    let planted = "SENSITIVE-EXAMPLE";
    let logs = ambit_tests::logs::files(&root().join(SAMPLES)).unwrap();
    let holds = |file: &std::path::PathBuf| {
        let plain = ambit_tests::logs::plain(file).unwrap();
        plain.windows(planted.len()).any(|window| window == planted.as_bytes())
    };
    assert!(logs.iter().filter(|file| file.to_string_lossy().contains("otel")).any(holds));
    let said = WHOLE.findings.iter().map(Value::to_string).collect::<String>();
    assert!(!said.contains(planted) && !WHOLE.summary.to_string().contains(planted));
    let normalized = binary::run(&root(), &["normalize", SAMPLES, "--as", "ambit", "--out", "-"]).unwrap();
    assert!(normalized.stdout.len() > 1_000_000);
    assert!(!String::from_utf8(normalized.stdout).unwrap().contains(planted));
}

#[test]
fn every_field_of_the_summary_is_documented() {
    let page = std::fs::read_to_string(root().join("docs/summary.md")).unwrap();
    for field in WHOLE.summary.as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{field}`")), "docs/summary.md says nothing of `{field}`");
    }
}

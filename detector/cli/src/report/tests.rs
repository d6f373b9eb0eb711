use ambit_rules::Catalogue;
use ambit_schemas::finding::{Activity, Finding, FindingUid};
use ambit_schemas::vocabulary::Severity;

use super::Report;
use crate::replay::summary::Summary;
use crate::specimen;

fn print(findings: &[Finding], summary: &Summary) -> String {
    let mut report = Report::default();
    for finding in findings {
        report.note(finding.clone());
    }
    let mut out = Vec::new();
    report.print(&mut out, Some(100), (summary, &Catalogue::embedded().unwrap())).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

/// The fragments stand in the report, in this order.
#[track_caller]
fn check(findings: &[Finding], summary: &Summary, fragments: &[&str]) {
    let text = print(findings, summary);
    let mut rest = text.as_str();
    for fragment in fragments {
        let at =
            rest.find(fragment).unwrap_or_else(|| panic!("no `{fragment}` where it belongs in:\n{text}"));
        rest = &rest[at + fragment.len()..];
    }
}

#[test]
fn a_finding_says_what_an_analyst_asks() {
    check(
        &[specimen::finding()],
        &Summary { events_read: 48_213, files_read: 12, workloads: 3, ..Summary::default() },
        &[
            "48,213 records from 12 files",
            "1 finding in 1 incident: 1 high",
            "── 2026-03-14 02:11:00 to 2026-03-14 02:25:00",
            "HIGH  Secret hop (L05)  ci-runner · team-build · prod",
            "when      2026-03-14 02:11:00 to 2026-03-14 02:25:00, 2 times",
            "new       2026-03-14 02:20:00  s3 · read · finance-*/* · prod · static_key",
            "sensitivity 3",
            "explained by CHG-7",
            "path      2026-03-14 02:11:00  rag-retriever, vault:read kv/data/rag/aws",
            "2026-03-14 02:20:00  → ci-runner with AKIAIOSFODNN7EXAMPLE",
            "reach     12.4 before, 31.9 now",
            "change    CHG-7 (deploy) covers it",
            "revoke    AKIAIOSFODNN7EXAMPLE",
            "evidence  6 records, the first at logs/a.json@1234",
            "nothing: every record was read and attributed",
        ],
    );
}

#[test]
fn the_gravest_comes_first_and_the_harmless_is_folded() {
    let with = |uid: u128, severity, workload: &str, correlation: &str| Finding {
        uid: FindingUid(uid),
        severity,
        workload: workload.into(),
        correlation: Some(correlation.into()),
        path: vec![],
        ..specimen::finding()
    };
    check(
        &[
            with(1, Severity::Low, "one", "a"),
            with(2, Severity::Informational, "two", "b"),
            with(3, Severity::Critical, "three", "c"),
            with(4, Severity::Informational, "four", "d"),
            with(5, Severity::Medium, "five", "a"),
            Finding { activity: Activity::Close, ..with(6, Severity::High, "six", "e") },
        ],
        &Summary::default(),
        &[
            "6 findings in 4 incidents: 1 critical, 1 medium, 1 low, 2 informational",
            "CRITICAL  Secret hop (L05)  three",
            "HIGH  Secret hop (L05)  six",
            ", nothing more since",
            ": 2 findings hang together, from a on",
            "LOW  Secret hop (L05)  one",
            "MEDIUM  Secret hop (L05)  five",
            "INFORMATIONAL  Secret hop (L05)  2 findings",
            "four, two",
        ],
    );
}

#[test]
fn one_credential_on_two_paths_makes_one_incident() {
    let root = |uid: u128, correlation: &str, path| Finding {
        uid: FindingUid(uid),
        correlation: Some(correlation.into()),
        path,
        ..specimen::finding()
    };
    let path = specimen::finding().path;
    check(
        &[
            root(1, "x", path.clone()),
            root(2, "y", vec![]),
            root(3, "AKIAIOSFODNN7EXAMPLE", vec![]),
            root(4, "y", path),
            root(5, "z", vec![]),
        ],
        &Summary::default(),
        &["5 findings in 2 incidents: 5 high", ": 4 findings hang together, from x on"],
    );
}

#[test]
fn what_was_not_seen_is_said() {
    let mut summary = Summary { events_rejected: 1, events_unattributed: 1_200, ..Summary::default() };
    summary.workloads_by_maturity.insert("learning", 2);
    check(
        &[],
        &summary,
        &[
            "No findings.",
            "2 workloads still learning",
            "1 record could not be read",
            "1,200 records name nobody",
        ],
    );
}

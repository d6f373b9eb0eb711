//! A finding with every field filled, for the tests of whatever writes findings out.

#![cfg(test)]

use ambit_schemas::finding::{
    Activity, AtomChange, BaselineState, ChangeQuote, Comparison, DecisionQuote, Evidence, Finding,
    FindingUid, Hop, Reach, Score, Subject, SubjectKind,
};
use ambit_schemas::vocabulary::{Check, Confidence, DecisionKind, Maturity, Plane, Severity};
use ambit_schemas::{EventTime, Position};

fn at(text: &str) -> EventTime {
    EventTime::parse_rfc3339(text).unwrap()
}

fn hop(workload: &str, credential: &str, via: &str, minute: i64) -> Hop {
    Hop {
        workload: workload.into(),
        credential: (!credential.is_empty()).then(|| credential.to_owned()),
        via: via.into(),
        time: at("2026-03-14T02:11:00Z").plus_micros(minute * 60_000_000),
        event_id: format!("hop-{minute}"),
    }
}

/// A secret hop, seen twice.
pub(crate) fn finding() -> Finding {
    let subject = Subject { kind: SubjectKind::Edge, value: "kv/data/rag/aws>ci-runner".into() };
    let atom = AtomChange {
        plane: Plane::Privilege,
        text: "s3 · read · finance-*/* · prod · static_key".into(),
        sensitivity: 3,
        first_seen: at("2026-03-14T02:20:00Z"),
        explained_by: Some("CHG-7".into()),
        event_id: "e-2".into(),
        surprise_nats: Some(6.91),
    };
    let proof = |event_id: &str, partition| Evidence {
        event_id: event_id.into(),
        time: at("2026-03-14T02:20:00Z"),
        source: "aws.cloudtrail".into(),
        action: "aws:s3:GetObject".into(),
        resource: Some("arn:aws:s3:::finance-2026/q1.csv".into()),
        credential: Some("AKIAIOSFODNN7EXAMPLE".into()),
        source_address: None,
        position: Position { origin: "logs/a.json".into(), partition, offset: 1234 },
    };
    Finding {
        uid: FindingUid::new("default", Check::L05, "ci-runner", &subject),
        check: Check::L05,
        activity: Activity::Update,
        subject,
        time: at("2026-03-14T02:25:00.5Z"),
        created: at("2026-03-14T02:20:00Z"),
        start: at("2026-03-14T02:11:00Z"),
        end: at("2026-03-14T02:25:00.5Z"),
        count: 2,
        severity: Severity::High,
        confidence: Confidence::Medium,
        workload: "ci-runner".into(),
        owner: Some("team-build".into()),
        environment: Some("prod".into()),
        facts: vec![("secret".into(), "kv/data/rag/aws".into())],
        added: vec![atom.clone()],
        removed: vec![AtomChange { explained_by: None, sensitivity: 0, ..atom }],
        reach: Reach { before: Some(12.4), live: Some(31.9), origin: None },
        path: vec![
            hop("rag-retriever", "", "vault:read kv/data/rag/aws", 0),
            hop("ci-runner", "AKIAIOSFODNN7EXAMPLE", "aws:s3:GetObject", 9),
        ],
        change: Some(ChangeQuote {
            id: "CHG-7".into(),
            kind: "deploy".into(),
            approved_by: None,
            from: at("2026-03-14T00:00:00Z"),
            to: at("2026-03-14T06:00:00Z"),
        }),
        decision: Some(DecisionQuote {
            kind: DecisionKind::Escalate,
            by: "ana".into(),
            reason: "the key is in a public repository".into(),
            at: at("2026-03-15T08:00:00Z"),
        }),
        score: Some(Score {
            statistic: "p_new_atoms_per_day".into(),
            value: 0.000_1,
            threshold: 0.000_5,
            null: "negative binomial".into(),
            budget_share: 0.175,
            delay_floor_days: None,
        }),
        comparisons: vec![Comparison {
            parameter: "new atoms per day".into(),
            baseline: "0.20".into(),
            live: "6".into(),
        }],
        baseline: Some(BaselineState {
            maturity: Maturity::Mature,
            mature_since: Some(at("2026-02-15T00:00:00Z")),
            version: 28,
        }),
        revoke: vec!["AKIAIOSFODNN7EXAMPLE".into()],
        evidence: vec![proof("e-1", None), proof("e-2", Some(3))],
        evidence_omitted: 4,
        correlation: Some("AKIAIOSFODNN7EXAMPLE".into()),
    }
}

/// The least a finding can be.
pub(crate) fn bare() -> Finding {
    let subject = Subject { kind: SubjectKind::Identity, value: "x".into() };
    Finding {
        uid: FindingUid::new("default", Check::M01, "x", &subject),
        check: Check::M01,
        activity: Activity::Create,
        subject,
        severity: Severity::Informational,
        workload: "x".into(),
        owner: None,
        environment: None,
        facts: vec![],
        added: vec![],
        removed: vec![],
        reach: Reach::default(),
        path: vec![],
        change: None,
        decision: None,
        score: None,
        comparisons: vec![],
        baseline: None,
        revoke: vec![],
        evidence: vec![],
        evidence_omitted: 0,
        correlation: None,
        count: 1,
        ..finding()
    }
}

use super::*;
use crate::finding::{Subject, SubjectKind};
use crate::vocabulary::Check;

fn decision(seq: u64, from: i64, until: Option<i64>) -> Decision {
    let texts = ("ana".to_owned(), "known deploy".to_owned());
    Decision::new(seq, texts, EventTime(0), (EventTime(from), until.map(EventTime))).unwrap()
}

#[test]
fn reasons_and_names_are_text_for_people() {
    let long = "x".repeat(TEXT_CHARS + 1);
    for (text, expected) in [
        ("known deploy, ticket 12", Ok(())),
        ("größer als üblich", Ok(())),
        (&long[1..], Ok(())),
        (&long, Err(TextError::Long)),
        ("", Err(TextError::Empty)),
        ("  ", Err(TextError::Empty)),
        ("two\nlines", Err(TextError::Control)),
        ("\u{1b}[2J", Err(TextError::Control)),
    ] {
        assert_eq!(check_text(text), expected, "{text}");
    }
    assert!(
        Decision::new(1, ("ana".into(), "a\tb".into()), EventTime(0), (EventTime(0), None)).is_err(),
        "no decision without a checked reason"
    );
}

#[test]
fn the_last_decision_by_then_holds_until_it_ends() {
    let mut decisions = Decisions::default();
    let atom = || (Plane::Privilege, "s3 · read".to_owned());
    decisions.accept("rag", [atom()], false, decision(1, 10, Some(20)));
    decisions.accept("rag", [atom()], true, decision(2, 30, Some(40)));
    let accepted = decisions.accepted("rag").unwrap();
    for (time, seq, lasts) in
        [(9, None, false), (10, Some(1), true), (20, Some(1), false), (39, Some(2), true)]
    {
        let time = EventTime(time);
        let found = accepted.decision(Plane::Privilege, "s3 · read".into(), time);
        assert_eq!(found.map(Decision::seq), seq, "{time:?}");
        assert_eq!(found.is_some_and(|decision| decision.lasts(time)), lasts, "{time:?}");
    }
    assert_eq!(accepted.decision(Plane::Tool, "s3 · read".into(), EventTime(30)), None);
    assert_eq!(decisions.accepted("other"), None);
    assert_eq!(decisions.origins(), [(EventTime(30), "rag")]);
}

#[test]
fn an_ended_ruling_does_not_bring_back_the_one_before() {
    let subject = Subject { kind: SubjectKind::Day, value: "2026-03-01".into() };
    let uid = FindingUid::new("default", Check::D01, "rag", &subject);
    let ruling = |kind, decision| Ruling { kind, severity: None, decision };
    let mut decisions = Decisions::default();
    decisions.rule(uid, ruling(DecisionKind::Escalate, decision(1, 10, None)));
    decisions.rule(uid, ruling(DecisionKind::Dismiss, decision(2, 20, Some(30))));
    for (time, kind) in
        [(9, None), (10, Some(DecisionKind::Escalate)), (20, Some(DecisionKind::Dismiss)), (30, None)]
    {
        assert_eq!(decisions.ruling(uid, EventTime(time)).map(|ruling| ruling.kind), kind, "{time}");
    }
}

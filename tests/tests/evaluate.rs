//! The evaluation judges right: its arithmetic against known values, its matching and its thresholds on small worlds.

mod figures;
mod judging;
mod methods;

use ambit_schemas::EventTime;
use ambit_tests::evaluate::alarm::{Alarm, Nature};
use ambit_tests::evaluate::label::Label;

/// A moment of May 2026, `DAY` or `DAY hh:mm`.
fn at(text: &str) -> EventTime {
    let (day, clock) = text.split_once(' ').unwrap_or((text, "00:00"));
    EventTime::parse_rfc3339(&format!("2026-05-{day:0>2}T{clock}:00Z")).unwrap()
}

/// `KIND of WORKLOAD DAY-DAY raises D01 may D03 D06`; benign where it raises nothing.
fn label(text: &str) -> Label {
    let words = text.split_whitespace().collect::<Vec<_>>();
    let [kind, "of", workload, days, "raises", checks @ ..] = words.as_slice() else { panic!("{text}") };
    let (from, to) = days.split_once('-').unwrap();
    let split = checks.iter().position(|word| *word == "may").unwrap_or(checks.len());
    let names =
        |words: &[&str]| words.iter().filter(|word| **word != "may").map(|word| (*word).to_owned()).collect();
    let raises: Vec<String> = names(&checks[..split]);
    Label {
        incident: format!("{kind}-{workload}"),
        kind: (*kind).to_owned(),
        workload: (*workload).to_owned(),
        from: at(from),
        to: at(to),
        benign: raises.is_empty(),
        raises,
        may_raise: names(&checks[split..]),
        what: text.to_owned(),
    }
}

/// `CHECK of WORKLOAD at DAY hh:mm`.
fn alarm(text: &str) -> Alarm {
    let words = text.split_whitespace().collect::<Vec<_>>();
    let [check, "of", workload, "at", day, clock] = words.as_slice() else { panic!("{text}") };
    Alarm {
        uid: text.to_owned(),
        check: (*check).to_owned(),
        nature: Nature::of(check, if *check == "M01" { 1 } else { 3 }),
        workload: (*workload).to_owned(),
        hops: Vec::new(),
        time: at(&format!("{day} {clock}")),
        again: Vec::new(),
        gravity: [3, 2],
        sentence: text.to_owned(),
        share: None,
    }
}

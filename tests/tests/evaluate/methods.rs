//! What the simple methods see, and how their thresholds are chosen.

use ambit_schemas::vocabulary::{Outcome, Source};
use ambit_schemas::{EventBatchBuilder, EventRow};
use ambit_tests::evaluate::daily::{Daily, service};
use ambit_tests::evaluate::simple::{Method, alarms, threshold};
use clap::ValueEnum as _;

use super::{at, label};

/// The day of May 2026 with this number.
fn day(number: i64) -> i64 {
    at("1").day() + number - 1
}

/// A workload `a` that uses atom `old` each day of May, and `new` of sensitivity 2 on some days.
fn history(new: &[i64]) -> Daily {
    let mut daily = Daily::default();
    for number in 1..=30 {
        daily.note("a", "old", day(number), 0);
    }
    for number in new {
        daily.note("a", "new", day(*number), 2);
    }
    daily
}

fn check(method: Method, new: &[i64], expected: &[(i64, f64)]) {
    let scored = method.scores(&history(new));
    let found = scored.iter().map(|scored| (scored.day - day(1) + 1, (scored.score * 100.0).round() / 100.0));
    let found = found.map(|(day, score)| format!("{day}: {score}")).collect::<Vec<_>>();
    let expected = expected.iter().map(|(day, score)| format!("{day}: {score}")).collect::<Vec<_>>();
    assert_eq!(found, expected, "{method:?} {new:?}");
}

#[test]
fn new_terms_are_forgotten_after_their_window() {
    check(Method::NewTerms7, &[16, 17, 25], &[(16, 1.0), (25, 1.0)]);
    check(Method::NewTerms10, &[16, 17, 25], &[(16, 1.0)]);
    check(Method::NewTerms7, &[16, 23], &[(16, 1.0)]);
    check(Method::NewTerms14, &[15], &[(15, 1.0)]);
    check(Method::Weighted14, &[16], &[(16, 3.0)]);
    // Nobody is called for the first 14 days.
    check(Method::NewTerms14, &[14], &[]);
    check(Method::Ambit, &[16], &[]);
}

#[test]
fn a_count_that_never_moved_has_a_deviation_of_one() {
    check(Method::ZScore, &[16], &[(16, 1.0)]);
    check(Method::ZScore, &[], &[]);
}

#[test]
fn a_days_alarm_comes_when_the_day_ends() {
    let alarms = alarms(Method::NewTerms7, &Method::NewTerms7.scores(&history(&[16])), 0.0);
    assert_eq!(alarms.iter().map(|alarm| alarm.time).collect::<Vec<_>>(), [at("17")]);
    assert!(label("burst of a 16-16 raises D02").is_touched_by(&alarms[0]));
}

#[test]
fn the_threshold_lets_through_as_many_as_the_budget_pays_for() {
    let mut daily = Daily::default();
    // On day 15 + n, n new atoms.
    for n in 0..=5 {
        daily.note("a", "old", day(1), 0);
        for atom in 0..n {
            daily.note("a", &format!("{n}-{atom}"), day(15 + n), 0);
        }
    }
    let check = |months: f64, attack: &str, expected: f64| {
        let labels = [label(attack)];
        let found = threshold(Method::NewTerms14, &[(&daily, &labels)], months, 0.1);
        assert!((found - expected).abs() < 1e-9, "{months} months with {attack}: {found}");
        let scored = Method::NewTerms14.scores(&daily);
        let called = alarms(Method::NewTerms14, &scored, found)
            .iter()
            .filter(|alarm| !labels[0].is_shown_by(alarm))
            .count();
        assert!(f64::from(u32::try_from(called).unwrap()) <= 0.1 * months, "{called} in {months} months");
    };
    let elsewhere = "burst of b 16-16 raises D02";
    check(1.0, elsewhere, 5.0);
    check(19.0, elsewhere, 4.0);
    check(20.0, elsewhere, 3.0);
    check(100.0, elsewhere, 0.0);
    // What shows an attack is no false alarm.
    check(19.0, "burst of a 20-20 raises D02", 2.0);
}

#[test]
fn services_are_told_from_actions() {
    for (action, expected) in [
        ("aws:s3:GetObject", "s3"),
        ("vault:read", "vault"),
        ("tool:github-mcp/create_pull_request", "github-mcp"),
        ("tool:search", "search"),
        ("odd", "odd"),
    ] {
        assert_eq!(service(action), expected, "{action}");
    }
}

#[test]
fn only_the_workloads_own_successes_count() {
    let mut builder = EventBatchBuilder::new();
    let base = EventRow {
        action: "aws:s3:GetObject",
        workload: Some("a"),
        resource_group: Some("docs/*"),
        environment: Some("prod"),
        outcome: Outcome::Success,
        sensitivity: 1,
        ..EventRow::new(Source::AwsCloudtrail, "e", at("1 10:00"))
    };
    for (id, row) in [
        ("1", base),
        ("2", EventRow { time: at("2 10:00"), sensitivity: 3, action: "aws:s3:HeadObject", ..base }),
        ("3", EventRow { outcome: Outcome::Denied, resource_group: Some("denied"), ..base }),
        ("4", EventRow { via_service: Some("athena.amazonaws.com"), resource_group: Some("via"), ..base }),
        ("5", EventRow { workload: None, ..base }),
    ] {
        builder.push(&EventRow { event_id: id, ..row });
    }
    let mut daily = Daily::default();
    daily.add(&builder.finish().unwrap());
    let atoms = daily.workloads.iter().flat_map(|(workload, atoms)| {
        atoms.iter().map(move |(atom, used)| (workload.as_str(), atom.as_str(), used))
    });
    let found = atoms.map(|(workload, atom, used)| {
        format!("{workload}: {atom}, {} days, {}", used.days.len(), used.sensitivity)
    });
    assert_eq!(found.collect::<Vec<_>>(), ["a: s3 read docs/* prod, 2 days, 3"]);
    assert_eq!(Method::value_variants().len(), 8);
}

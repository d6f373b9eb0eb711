//! Intervals, percentiles, rates and targets.

use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS};
use ambit_tests::evaluate::args::Args;
use ambit_tests::evaluate::interval;
use ambit_tests::evaluate::pooled::{CHANNELS, Pooled, Recall};
use ambit_tests::evaluate::target::targets;
use ambit_tests::evaluate::verdict::judge;
use ambit_tests::evaluate::world::{Facts, mature_days};
use clap::{CommandFactory as _, Parser as _};

use super::{alarm, at, label};

fn close(what: &str, (least, most): (f64, f64), (low, high): (f64, f64)) {
    assert!(
        (least - low).abs() < 5e-4 && (most - high).abs() < 5e-4,
        "{what}: {least} to {most}, not {low} to {high}"
    );
}

/// The values of the usual tables.
#[test]
fn intervals_are_exact() {
    for (found, of, low, high) in [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.3085),
        (1, 20, 0.0013, 0.2487),
        (5, 10, 0.1871, 0.8129),
        (29, 30, 0.8278, 0.9992),
        (10, 10, 0.6915, 1.0),
    ] {
        close(&format!("{found} of {of}"), interval::proportion(found, of), (low, high));
    }
    for (count, low, high) in [
        (0, 0.0, 3.6889),
        (1, 0.0253, 5.5716),
        (5, 1.6235, 11.6683),
        (10, 4.7954, 18.3904),
        (100, 81.3640, 121.6272),
    ] {
        close(&format!("{count} seen"), interval::poisson(count), (low, high));
    }
}

#[test]
fn intervals_of_many_are_sound() {
    let (least, most) = interval::proportion(1_990, 2_000);
    assert!(0.990 < least && least < 0.995 && 0.995 < most && most < 0.998, "{least} to {most}");
    let (least, most) = interval::poisson(2_000);
    assert!(1_900.0 < least && most < 2_100.0, "{least} to {most}");
}

#[test]
fn delays_have_a_middle_and_a_ninth_decile() {
    let check = |days: &[i64], median: Option<i64>, ninth: Option<i64>| {
        let recall = Recall { delays: days.iter().map(|day| day * 24).collect(), ..Recall::default() };
        assert_eq!((recall.median(), recall.ninth_decile()), (median, ninth), "hours of {days:?}");
    };
    check(&[], None, None);
    check(&[3], Some(72), Some(72));
    check(&[1, 2], Some(36), Some(48));
    check(&[1, 2, 30], Some(48), Some(720));
    check(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Some(132), Some(216));
    let recall = Recall { delays: vec![HOUR_MICROS, 9 * DAY_MICROS, 11 * DAY_MICROS], ..Recall::default() };
    assert_eq!(recall.within(10 * DAY_MICROS), 2);
}

#[test]
fn new_workloads_mature_later() {
    let facts = |days| Facts { workloads: 10, days, first_day: "2026-05-01".to_owned() };
    let new = label("new_workload of late 11-30 raises");
    assert_eq!(mature_days(&facts(30), &[]).unwrap(), 10 * 16);
    assert_eq!(mature_days(&facts(30), std::slice::from_ref(&new)).unwrap(), 9 * 16 + 6);
    assert_eq!(mature_days(&facts(20), &[new]).unwrap(), 9 * 6);
    assert_eq!(mature_days(&facts(10), &[]).unwrap(), 0);
    assert!(mature_days(&Facts { first_day: "May".to_owned(), ..facts(30) }, &[]).is_err());
}

/// One world of 20 workload-months with one drip that was found late, one burst that was not, and two false alarms.
fn pooled() -> Pooled {
    let labels = [label("drip of a 1-28 raises D01"), label("burst of b 20-20 raises D02")];
    let mut found = alarm("D01 of a at 21 00:00");
    found.share = Some(("sr".to_owned(), 0.45));
    let mut half = alarm("D02 of c at 9 10:00");
    half.share = Some(("p_new_atoms_per_day".to_owned(), 0.175));
    let alarms = [found, half, alarm("D04 of c at 9 10:00"), alarm("C02 of c at 9 10:00")];
    let worlds = vec![(101, judge(&alarms, &labels, true))];
    Pooled { method: "ambit".to_owned(), threshold: None, months: 20.0, worlds }
}

#[test]
fn rates_are_held_against_shares() {
    let pooled = pooled();
    let shares = CHANNELS.map(|(_, checks, design)| pooled.share(checks, design));
    let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
    // What D02 claims, what D01 claims, and the design's where nothing is claimed.
    assert!(near(shares[0], 0.175) && near(shares[1], 0.45) && near(shares[2], 0.2), "{shares:?}");
    assert_eq!(pooled.false_alarms(None), 2);
    assert!(near(pooled.rate(2), 0.1));
}

#[test]
fn each_target_says_by_how_much_it_was_missed() {
    let pooled = pooled();
    let all = targets(&pooled, 0.1, &[(0.1, &pooled)]);
    let missed = all.iter().filter_map(|target| target.missed_by().map(|by| (target.what.as_str(), by)));
    let missed = missed.map(|(what, by)| format!("{what}: {by:.2}")).collect::<Vec<_>>();
    assert_eq!(
        missed,
        [
            // .05 a workload-month where .0175 and .02 are granted.
            "burst D02: false alarms over its share: 1.36",
            "shift D04 C05: false alarms over its share: 1.00",
            "deterministic findings that nobody put in: 1.00",
            "burst found: 0.98",
            "drip: median delay in days: 6.00",
            // One alarm of four shows an attack.
            "precision at 20, of each world: 0.55",
            "precision at 20, all worlds in one queue: 0.55",
        ]
    );
    let unmeasured = all.iter().filter(|target| target.measured.is_none()).map(|target| target.what.as_str());
    assert_eq!(
        unmeasured.collect::<Vec<_>>(),
        ["shift found within 10 days", "deterministic kinds found by each named check"]
    );
}

#[test]
fn what_was_never_found_was_not_found_in_time() {
    let worlds = vec![(101, judge(&[], &[label("drip of a 1-28 raises D01")], true))];
    let blind = Pooled { method: "ambit".to_owned(), threshold: None, months: 20.0, worlds };
    let all = targets(&blind, 0.1, &[]);
    let delay = all.iter().find(|target| target.what.starts_with("drip: median")).unwrap();
    assert_eq!(delay.missed_by(), Some(f64::INFINITY));
}

#[test]
fn more_budget_must_not_give_fewer_alarms() {
    let (some, mut none) = (pooled(), pooled());
    none.worlds.clear();
    let falls = |budgets: &[(f64, &Pooled)]| {
        let targets = targets(&some, 0.1, budgets);
        let last = targets.last().unwrap();
        last.what.starts_with("realised").then(|| last.missed_by().is_some())
    };
    assert_eq!(falls(&[(0.1, &some)]), None);
    assert_eq!(falls(&[(0.03, &none), (0.1, &some)]), Some(false));
    assert_eq!(falls(&[(0.03, &some), (0.1, &none)]), Some(true));
}

#[test]
fn the_command_line_is_sound() {
    Args::command().debug_assert();
    let parse = |words: &[&str]| Args::try_parse_from(["evaluate"].iter().chain(words));
    let args = parse(&["--seeds", "7", "--budget", "0.1", "--budgets", "0.03,0.10,0.3"]).unwrap();
    assert_eq!((args.seeds.clone(), args.tune_seeds.clone()), (7..=7, 1..=3));
    assert_eq!(
        args.all_budgets(),
        ["0.1", "0.03", "0.3"],
        "a budget is replayed once, however it is written"
    );
    assert_eq!(args.simple_methods().len(), 7);
    assert!(parse(&["--methods", "ambit"]).unwrap().simple_methods().is_empty());
    for wrong in [["--seeds", "6..1"], ["--seeds", "many"], ["--budget", "0"], ["--methods", "magic"]] {
        assert!(parse(&wrong).is_err(), "{wrong:?}");
    }
    assert_eq!(at("3").day() - at("1").day(), 2);
}

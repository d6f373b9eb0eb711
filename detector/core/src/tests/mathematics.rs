//! The mathematics itself: under simulated nulls each channel gives no more alarms than its budget, whatever the fleet is
//! like, and known alternatives are found within a stated delay.

use ambit_schemas::EventTime;
use ambit_schemas::ruleset::Parameter;

use super::kit::{rules, rules_with};
use crate::atom::AtomId;
use crate::baseline::drift::{DriftHistory, DriftNull};
use crate::baseline::peers::Rate;
use crate::baseline::recursion::Recursions;
use crate::baseline::recursion::alpha;
use crate::baseline::shift::ShiftHistory;
use crate::baseline::tail::{calibrated, upper_tail};
use crate::checks::NewAtom;
use crate::workload::{Sighting, Sightings};

/// A stream of numbers in [0, 1): splitmix64, the same in every run.
struct Dice(u64);

impl Dice {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are a fraction")]
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn happens(&mut self, chance: f64) -> bool {
        self.roll() < chance
    }

    /// The number of failures before a success: the geometric tail of a busy day.
    fn geometric(&mut self, mean: f64) -> u32 {
        let stay = mean / (1.0 + mean);
        (0..10_000).find(|_| !self.happens(stay)).unwrap_or(0)
    }
}

/// What the budget promises over so many days, and three standard deviations of chance.
fn promised(alpha: f64, days: u32) -> f64 {
    let mean = alpha * f64::from(days);
    mean + 3.0 * mean.sqrt()
}

fn news(sensitivity: u8) -> NewAtom {
    NewAtom {
        atom: AtomId(0),
        sensitivity,
        first_seen: EventTime::from_day(0),
        explained_by: None,
        event_id: String::new(),
    }
}

/// A day with a mark or none; true if it alarms.
fn drift_day(history: &mut DriftHistory, peers: &Rate, (day, mark): (i64, u8), budget: f64) -> bool {
    let rules = {
        let mut rules = rules();
        rules.budget = budget;
        rules
    };
    let null = DriftNull::new(history, peers, &rules);
    if mark > 0 {
        history.note(news(mark - 1), mark);
    }
    let alarms = history.statistic(&null) >= null.threshold();
    history.alarmed = alarms;
    history.close_day(&null, (day, false), &rules);
    alarms
}

/// Marks of a workload: how often, and how grave.
fn mark(dice: &mut Dice, chance: f64, levels: [f64; 4]) -> u8 {
    if !dice.happens(chance) {
        return 0;
    }
    let mut left = dice.roll();
    let level = levels.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    u8::try_from(level.unwrap_or(3) + 1).unwrap_or(4)
}

#[test]
fn drift_alarms_no_more_than_its_budget() {
    let levels = [0.4, 0.3, 0.2, 0.1];
    // A budget ten times the usual one, so that there is something to count.
    let (budget, workloads, days) = (1.0, 400_u32, 250_u32);
    for (seed, spread) in [(1, 0.0), (2, 1.0), (3, 2.0)] {
        let mut dice = Dice(seed);
        let mut alarms = 0_u32;
        let mean = 0.06;
        for _ in 0..workloads {
            // Workloads differ: some are quiet, some take up things three times as often as their peers.
            let chance = mean * (1.0 + spread * (dice.roll() - 0.5) * 2.0).max(0.05);
            let mut history = DriftHistory::default();
            for day in 0..days {
                let mark = mark(&mut dice, chance, levels);
                alarms += u32::from(drift_day(
                    &mut history,
                    &Rate { chance: mean, levels },
                    (day.into(), mark),
                    budget,
                ));
            }
        }
        let alpha = alpha(rules().value(Parameter::DriftShare), budget);
        let promised = promised(alpha, workloads * days);
        assert!(f64::from(alarms) <= promised, "spread {spread}: {alarms} alarms, promised {promised}");
    }
}

#[test]
fn a_drip_of_lasting_growth_is_found_within_a_fortnight() {
    let levels = [0.4, 0.3, 0.2, 0.1];
    let mut delays = Vec::new();
    for seed in 0..101 {
        let mut dice = Dice(1_000 + seed);
        let mut history = DriftHistory::default();
        for day in 0..60 {
            let mark = mark(&mut dice, 0.04, levels);
            drift_day(&mut history, &Rate { chance: 0.05, levels }, (day, mark), 0.1);
        }
        // Twelve things in thirty days, of sensitivity 1 to 3.
        let found = (0..30).find(|day| {
            let grave = u8::try_from(2 + (seed + *day) % 3).unwrap();
            let mark = if day % 5 == 0 || day % 5 == 2 { grave } else { 0 };
            drift_day(
                &mut history,
                &Rate { chance: 0.05, levels },
                (i64::try_from(60 + *day).unwrap(), mark),
                0.1,
            )
        });
        delays.push(found.unwrap_or(99));
    }
    delays.sort_unstable();
    assert!(delays[50] <= 14, "the median delay is {} days: {delays:?}", delays[50]);
    let found = delays.iter().filter(|delay| **delay < 99).count();
    assert!(found >= 96, "{found} of 101 found");
}

/// A workload whose one sensitive atom is used so often a day; gives the days that alarmed.
fn shift_days(uses: impl Iterator<Item = u32>, budget: f64) -> Vec<u32> {
    let rules = {
        let mut rules = rules();
        rules.budget = budget;
        rules
    };
    let (mut sightings, mut history) = (Sightings::default(), ShiftHistory::default());
    let mut sighting = Sighting::new(AtomId(0), EventTime::from_day(0), 2);
    sighting.days = 0;
    let slot = sightings.add(sighting);
    history.watch(slot, &rules);
    let mut alarms = Vec::new();
    for (day, uses) in (0_u32..).zip(uses) {
        let number = i64::from(day);
        if let Some(sighting) = sightings.at_mut(slot) {
            sighting.last_day = crate::workload::day_number(number);
            sighting.uses_today = u16::try_from(uses).unwrap_or(u16::MAX);
        }
        let shifted = history.judge(&sightings, number, &rules);
        if shifted.is_some_and(|shifted| shifted.statistic >= 1.0 / shifted.alpha) {
            history.alarmed = true;
            alarms.push(day);
        }
        history.close_day(&sightings, number, false, &rules);
    }
    alarms
}

#[test]
fn shifts_alarm_no_more_than_their_budget() {
    let (budget, workloads, days) = (1.0, 400_u32, 250_u32);
    for mean in [0.5, 4.0, 40.0] {
        let mut dice = Dice(7);
        let alarms = (0..workloads)
            .map(|_| {
                let uses = (0..days).map(|_| dice.geometric(mean)).collect::<Vec<_>>();
                shift_days(uses.into_iter(), budget).len()
            })
            .sum::<usize>();
        let alpha = alpha(rules().value(Parameter::ShiftShare), budget);
        let promised = promised(alpha, workloads * days);
        assert!(
            f64::from(u32::try_from(alarms).unwrap()) <= promised,
            "mean {mean}: {alarms} alarms, promised {promised}"
        );
    }
}

#[test]
fn ten_times_the_use_is_found_within_ten_days() {
    let mut delays = Vec::new();
    for seed in 0..101 {
        let mut dice = Dice(seed);
        let usual = (0..40).map(|_| 1 + dice.geometric(2.0)).collect::<Vec<_>>();
        let shifted = (0..12).map(|_| 10 + dice.geometric(20.0)).collect::<Vec<_>>();
        let alarms = shift_days(usual.into_iter().chain(shifted), 0.1);
        let first = alarms.iter().find(|day| **day >= 40);
        delays.push(first.map_or(99, |day| day - 40));
    }
    delays.sort_unstable();
    assert!(delays[50] <= 7, "the median delay is {} days: {delays:?}", delays[50]);
    let found = delays.iter().filter(|delay| **delay <= 10).count();
    assert!(found >= 91, "{found} of 101 found within ten days: {delays:?}");
}

#[test]
fn the_tail_of_a_heavier_null_alarms_no_more_than_asked() {
    // Counts with the very dispersion that the null takes for granted, at a mean below the null's.
    let days = 400_000_u32;
    let mut dice = Dice(11);
    let counts = (0..days).map(|_| dice.geometric(0.3)).collect::<Vec<_>>();
    for alpha in [0.01, 0.001] {
        let alarms = counts.iter().filter(|count| upper_tail(**count, 0.3 * 1.5, 1.0) <= alpha).count();
        let promised = promised(alpha, days);
        assert!(
            f64::from(u32::try_from(alarms).unwrap()) <= promised,
            "{alarms} at {alpha}, promised {promised}"
        );
    }
}

#[test]
fn refusals_alarm_no_more_than_their_budget() {
    let (workloads, days) = (300_u32, 300_u32);
    let alpha = alpha(rules().value(Parameter::ProbingShare), 3.0);
    let mut dice = Dice(13);
    let mut alarms = 0_u32;
    for _ in 0..workloads {
        let mut evidence = Recursions::<1>::default();
        for _ in 0..days {
            let p = upper_tail(dice.geometric(0.2), 0.2 * 1.5, 1.0);
            evidence = evidence.after(&[calibrated(p)]);
            if evidence.mean() >= 1.0 / alpha {
                alarms += 1;
                evidence = Recursions::default();
            }
        }
    }
    let promised = promised(alpha, workloads * days);
    assert!(f64::from(alarms) <= promised, "{alarms} alarms, promised {promised}");
}

#[test]
fn nobody_can_teach_the_detector_while_it_is_suspicious() {
    let levels = [0.4, 0.3, 0.2, 0.1];
    let rules = rules_with(|_| None);
    let peers = Rate { chance: 0.05, levels };
    let mut history = DriftHistory::default();
    for day in 0..30 {
        drift_day(&mut history, &peers, (day, 0), 0.1);
    }
    let before = DriftNull::new(&history, &peers, &rules).chance;
    let mut alarmed = 0;
    for day in 30..44 {
        alarmed += u32::from(drift_day(&mut history, &peers, (day, if day % 2 == 0 { 3 } else { 0 }), 0.1));
    }
    assert!(alarmed > 0, "so much growth alarms");
    let after = DriftNull::new(&history, &peers, &rules).chance;
    assert!(after <= before * 1.5, "the null went from {before} to {after}");
}

//! The simple methods: a score for each day of each workload, and a threshold chosen on other worlds so that false
//! alarms come at the operator's budget.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;
use clap::ValueEnum;

use super::alarm::{Alarm, Nature};
use super::daily::{AtomDays, Daily};
use super::label::Label;
use super::verdict::{Standing, standing};

/// Days from a workload's first before anything is called about it, as for Ambit.
pub const LEARNING_DAYS: i64 = 14;
/// The days that a z-score looks back over, at most.
const TRAILING_DAYS: i64 = 28;
/// A count that never moved has no deviation; one atom more is then one deviation.
const LEAST_DEVIATION: f64 = 1.0;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Method {
    /// The detector.
    Ambit,
    /// Atoms a day that were not there in the 7 days before.
    #[value(name = "new-terms-7")]
    NewTerms7,
    /// In the 10 days before.
    #[value(name = "new-terms-10")]
    NewTerms10,
    /// In the 14 days before.
    #[value(name = "new-terms-14")]
    NewTerms14,
    /// The same, each weighted by 1 + sensitivity.
    #[value(name = "weighted-7")]
    Weighted7,
    /// In the 10 days before.
    #[value(name = "weighted-10")]
    Weighted10,
    /// In the 14 days before.
    #[value(name = "weighted-14")]
    Weighted14,
    /// Deviations of the day's number of distinct atoms from the mean of the days before.
    ZScore,
}

/// A day of a workload, and how odd it looks.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredDay {
    /// Whose.
    pub workload: String,
    /// Which, since the epoch.
    pub day: i64,
    /// How odd.
    pub score: f64,
}

impl Method {
    /// As the command line has it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The days after each workload's first [`LEARNING_DAYS`] that do not look like all others.
    pub fn scores(self, daily: &Daily) -> Vec<ScoredDay> {
        let mut scored = Vec::new();
        for (workload, atoms) in &daily.workloads {
            let Some(first) = atoms.values().filter_map(|atom| atom.days.first().copied()).min() else {
                continue;
            };
            let by_day = match self {
                Self::Ambit => BTreeMap::new(),
                Self::NewTerms7 => new_terms(atoms, 7, |_| 1.0),
                Self::NewTerms10 => new_terms(atoms, 10, |_| 1.0),
                Self::NewTerms14 => new_terms(atoms, 14, |_| 1.0),
                Self::Weighted7 => new_terms(atoms, 7, weight),
                Self::Weighted10 => new_terms(atoms, 10, weight),
                Self::Weighted14 => new_terms(atoms, 14, weight),
                Self::ZScore => deviations(atoms, first),
            };
            let mature =
                by_day.into_iter().filter(|(day, score)| *day >= first + LEARNING_DAYS && *score > 0.0);
            scored.extend(mature.map(|(day, score)| ScoredDay { workload: workload.clone(), day, score }));
        }
        scored
    }
}

fn weight(atom: &AtomDays) -> f64 {
    1.0 + f64::from(atom.sensitivity)
}

/// The weight of the atoms of each day that none of the `window` days before had.
fn new_terms(
    atoms: &BTreeMap<String, AtomDays>,
    window: i64,
    weight: fn(&AtomDays) -> f64,
) -> BTreeMap<i64, f64> {
    let mut by_day = BTreeMap::new();
    for atom in atoms.values() {
        for day in &atom.days {
            if atom.days.range(day - window..*day).next().is_none() {
                *by_day.entry(*day).or_default() += weight(atom);
            }
        }
    }
    by_day
}

/// How many deviations each day's number of distinct atoms lies above the days before it.
fn deviations(atoms: &BTreeMap<String, AtomDays>, first: i64) -> BTreeMap<i64, f64> {
    let mut counts = BTreeMap::<i64, f64>::new();
    for day in atoms.values().flat_map(|atom| &atom.days) {
        *counts.entry(*day).or_default() += 1.0;
    }
    let of = |day: i64| counts.get(&day).copied().unwrap_or(0.0);
    let mut by_day = BTreeMap::new();
    for (day, count) in &counts {
        let before = (first.max(day - TRAILING_DAYS)..*day).map(of).collect::<Vec<_>>();
        #[expect(clippy::cast_precision_loss, reason = "at most 28 days")]
        let n = before.len() as f64;
        if before.is_empty() {
            continue;
        }
        let mean = before.iter().sum::<f64>() / n;
        let spread = (before.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
        by_day.insert(*day, (count - mean) / spread.max(LEAST_DEVIATION));
    }
    by_day
}

/// The alarms of the days that score above a threshold. A day's alarm comes when the day ends.
pub fn alarms(method: Method, scored: &[ScoredDay], threshold: f64) -> Vec<Alarm> {
    let name = method.name();
    let above = scored.iter().filter(|day| day.score > threshold);
    above
        .map(|day| {
            let date = EventTime::from_day(day.day).to_string();
            let date = date.split('T').next().unwrap_or_default();
            Alarm {
                uid: format!("{name} {} {date}", day.workload),
                check: name.clone(),
                nature: Nature::Budgeted,
                workload: day.workload.clone(),
                hops: Vec::new(),
                time: EventTime::from_day(day.day + 1),
                again: Vec::new(),
                gravity: [thousandths(day.score), 0],
                sentence: format!("{name} of {} is {:.1} on {date}", day.workload, day.score),
                share: None,
            }
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "scores are small; the cast saturates")]
fn thousandths(score: f64) -> i64 {
    (score * 1000.0).round() as i64
}

/// The threshold at which the false alarms of the tuning worlds come at most at the budget: the score of the first of
/// them that is too many. An alarm has to lie above it.
pub fn threshold(method: Method, worlds: &[(&Daily, &[Label])], months: f64, budget: f64) -> f64 {
    let mut false_scores = Vec::new();
    for (daily, labels) in worlds {
        let scored = method.scores(daily);
        for (alarm, day) in alarms(method, &scored, 0.0).iter().zip(&scored) {
            if standing(alarm, labels) == Standing::FalseAlarm {
                false_scores.push(day.score);
            }
        }
    }
    false_scores.sort_by(|a, b| b.total_cmp(a));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count, never negative"
    )]
    let accepted = (budget * months).floor() as usize;
    false_scores.get(accepted).copied().unwrap_or(0.0)
}

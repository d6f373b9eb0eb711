//! D02: how many atoms a workload meets for the first time in a UTC day, and with what weight in three hours, against
//! negative binomials whose means are the workload's own, shrunk to the fleet's (detector.md, section 4.2).

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::HOUR_MICROS;
use ambit_schemas::{EventTime, RuleSet};

use super::counts::{CountHistory, CountNull, CountRule, Lesson, QUARTERS};
use super::peers::{DaySummary, Fleet};
use super::recursion::alpha;
use super::tail::upper_tail;
use crate::checks::NewAtom;
use crate::codec::codec_struct;

/// Windows of three hours in a day.
const WINDOWS: usize = 8;
/// New atoms of a day that a finding lists by name; the rest are counted.
const LISTED_ATOMS: usize = 64;

/// One workload's days: what it met today, and what its sealed days have taught.
#[derive(Debug, Default, Clone)]
pub(crate) struct BurstHistory {
    /// New atoms today, in quarters.
    today_quarters: u32,
    /// Sensitivity-weighted quarters of each three-hour window today; empty on most days.
    windows: Vec<u32>,
    /// The first new atoms of today, for a finding to list.
    today: Vec<NewAtom>,
    /// How many there were, listed or not.
    met_today: u32,
    /// Whether today alarmed: such a day teaches nothing.
    pub(crate) alarmed: bool,
    days: CountHistory,
    spells: CountHistory,
}
codec_struct!(BurstHistory { today_quarters, windows, today, met_today, alarmed, days, spells });

/// One scale of the burst, judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    /// What the scale counts, for people.
    pub(crate) statistic: &'static str,
    /// The upper tail.
    pub(crate) p: f64,
    /// The chance at which it alarms.
    pub(crate) alpha: f64,
    /// The share of the budget.
    pub(crate) share: f64,
    /// What it was compared with.
    pub(crate) null: CountNull,
}

impl Verdict {
    /// Whether it is an alarm.
    pub(crate) fn alarms(&self) -> bool {
        self.p <= self.alpha
    }
}

fn day_rule(rules: &RuleSet) -> CountRule {
    CountRule {
        prior_units: rules.value(Parameter::BurstPriorDays),
        mean_factor: rules.value(Parameter::BurstMeanFactor),
        dispersion_floor: rules.value(Parameter::BurstDispersionFloor),
        least_mean: 0.01,
    }
}

fn window_rule(rules: &RuleSet) -> CountRule {
    CountRule {
        prior_units: rules.value(Parameter::BurstPriorWindows),
        mean_factor: rules.value(Parameter::BurstMeanFactor),
        dispersion_floor: rules.value(Parameter::BurstWindowDispersionFloor),
        least_mean: 0.002,
    }
}

/// The three-hour window of an event time.
fn window(time: EventTime) -> usize {
    let since = time.micros_since(EventTime::from_day(time.day()));
    usize::try_from(since / (3 * HOUR_MICROS)).unwrap_or(0).min(WINDOWS - 1)
}

impl BurstHistory {
    /// Notes a new atom and its weight.
    pub(crate) fn met(&mut self, atom: &NewAtom, quarters: u32) {
        self.today_quarters = self.today_quarters.saturating_add(quarters);
        self.windows.resize(WINDOWS, 0);
        let spell = &mut self.windows[window(atom.first_seen)];
        *spell = spell.saturating_add(quarters * (1 + u32::from(atom.sensitivity)));
        self.met_today = self.met_today.saturating_add(1);
        if self.today.len() < LISTED_ATOMS {
            self.today.push(atom.clone());
        }
    }

    /// Today's first new atoms.
    pub(crate) fn today(&self) -> &[NewAtom] {
        &self.today
    }

    /// How many atoms were new today.
    pub(crate) const fn met_today(&self) -> u32 {
        self.met_today
    }

    /// New atoms on a usual day of this workload.
    pub(crate) fn usual(&self, fleet: &Fleet, rules: &RuleSet) -> f64 {
        fleet.burst_day.null(&self.days, &day_rule(rules)).usual
    }

    /// How the open day looks at an event time, by day and by three hours; a scale below its floor says nothing.
    pub(crate) fn verdicts(&self, time: EventTime, fleet: &Fleet, rules: &RuleSet) -> [Option<Verdict>; 2] {
        let judge = |statistic, count: u32, floor, share, units_a_day: f64, null: CountNull| {
            (count as usize >= rules.count(floor)).then(|| {
                let share = rules.value(share);
                let p = upper_tail(count, null.mean, null.dispersion);
                Verdict { statistic, p, alpha: alpha(share, rules.budget) / units_a_day, share, null }
            })
        };
        let spell = self.windows.get(window(time)).copied().unwrap_or(0);
        [
            judge(
                "p_new_atoms_per_day",
                self.today_quarters / QUARTERS,
                Parameter::BurstFloorAtoms,
                Parameter::BurstShare,
                1.0,
                fleet.burst_day.null(&self.days, &day_rule(rules)),
            ),
            judge(
                "p_weighted_new_atoms_per_3h",
                spell / QUARTERS,
                Parameter::BurstFloorPoints,
                Parameter::BurstWindowShare,
                8.0,
                fleet.burst_window.null(&self.spells, &window_rule(rules)),
            ),
        ]
    }

    /// Closes a day. A day that counts is judged by the fleet as it was before the day, and teaches after the lag.
    pub(crate) fn close_day(
        &mut self,
        lesson: Lesson,
        fleet: &Fleet,
        rules: &RuleSet,
        sealed: &mut DaySummary,
    ) {
        self.today = Vec::new();
        self.met_today = 0;
        let (quarters, alarmed) =
            (std::mem::take(&mut self.today_quarters), std::mem::take(&mut self.alarmed));
        let windows = std::mem::take(&mut self.windows);
        if lesson == Lesson::Ignored {
            return;
        }
        let lag = rules.count(Parameter::LearningLagDays);
        let frozen = lesson == Lesson::Frozen;
        let trusted = !alarmed && !frozen;
        if trusted {
            sealed.burst_day.note(&fleet.burst_day, &self.days, &day_rule(rules), quarters);
            for spell in 0..WINDOWS {
                let points = windows.get(spell).copied().unwrap_or(0);
                sealed.burst_window.note(&fleet.burst_window, &self.spells, &window_rule(rules), points);
            }
        }
        self.days.seal(trusted.then_some(quarters), 1, lag, frozen);
        self.spells.seal(trusted.then_some(windows.iter().sum()), 8, lag, frozen);
    }

    pub(crate) fn bytes(&self) -> usize {
        let listed = self.today.iter().map(NewAtom::bytes).sum::<usize>();
        listed + self.windows.capacity() * 4 + self.days.bytes() + self.spells.bytes()
    }
}

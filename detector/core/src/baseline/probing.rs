//! C05: how many distinct things a workload is refused in a day, as evidence that adds up (detector.md, section 4.5).

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;

use super::counts::{CountHistory, CountNull, CountRule, Lesson, QUARTERS};
use super::incident::Incident;
use super::peers::{DaySummary, Fleet};
use super::recursion::{Recursions, alpha};
use super::tail::{calibrated, upper_tail};
use crate::atom::AtomId;
use crate::codec::codec_struct;

/// Distinct refused atoms of a day that are told apart; more are evidence enough.
const MOST_DENIED: usize = 64;

/// One workload's refusals.
#[derive(Debug, Default)]
pub(crate) struct ProbingHistory {
    recursions: Recursions<1>,
    /// The distinct atoms refused on the open day, in the order in which they came.
    pub(crate) denied: Vec<AtomId>,
    /// Whether the open day has alarmed.
    pub(crate) alarmed: bool,
    /// The last incident.
    pub(crate) incident: Incident,
    days: CountHistory,
}
codec_struct!(ProbingHistory { recursions, denied, alarmed, incident, days });

/// How the open day looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probed {
    /// The statistic if the day ended now.
    pub(crate) statistic: f64,
    /// The chance of an alarm a day.
    pub(crate) alpha: f64,
    /// The upper tail of today's count.
    pub(crate) p: f64,
    /// What it was compared with.
    pub(crate) null: CountNull,
}

fn rule(rules: &RuleSet) -> CountRule {
    CountRule {
        prior_units: rules.value(Parameter::ProbingPriorDays),
        mean_factor: rules.value(Parameter::ProbingMeanFactor),
        dispersion_floor: rules.value(Parameter::ProbingDispersionFloor),
        least_mean: 0.02,
    }
}

impl ProbingHistory {
    /// Notes a refused atom; true if it is new today.
    pub(crate) fn note(&mut self, atom: AtomId) -> bool {
        let new = self.denied.len() < MOST_DENIED && !self.denied.contains(&atom);
        if new {
            self.denied.push(atom);
        }
        new
    }

    fn count(&self) -> u32 {
        u32::try_from(self.denied.len()).unwrap_or(u32::MAX)
    }

    /// How the open day looks; below the floor of refusals it says nothing.
    pub(crate) fn judge(&self, fleet: &Fleet, rules: &RuleSet) -> Option<Probed> {
        if self.denied.len() < rules.count(Parameter::ProbingFloorAtoms) {
            return None;
        }
        let null = fleet.denied.null(&self.days, &rule(rules));
        let p = upper_tail(self.count(), null.mean, null.dispersion);
        let statistic = self.recursions.after(&[calibrated(p)]).mean();
        Some(Probed { statistic, alpha: alpha(rules.value(Parameter::ProbingShare), rules.budget), p, null })
    }

    /// Whether refusals are so suspicious that nothing may be learnt.
    pub(crate) fn is_elevated(&self, rules: &RuleSet) -> bool {
        let alpha = alpha(rules.value(Parameter::ProbingShare), rules.budget);
        self.recursions.mean() > rules.value(Parameter::SuspicionPart) / alpha
    }

    /// Closes a day.
    pub(crate) fn close_day(
        &mut self,
        lesson: Lesson,
        fleet: &Fleet,
        rules: &RuleSet,
        sealed: &mut DaySummary,
    ) {
        let null = fleet.denied.null(&self.days, &rule(rules));
        let e = calibrated(upper_tail(self.count(), null.mean, null.dispersion));
        let quarters = self.count() * QUARTERS;
        self.denied = Vec::new();
        let alarmed = std::mem::take(&mut self.alarmed);
        if lesson == Lesson::Ignored {
            return;
        }
        self.recursions = if alarmed { Recursions::default() } else { self.recursions.after(&[e]) };
        let frozen = lesson == Lesson::Frozen;
        let trusted = !alarmed && !frozen && !self.is_elevated(rules);
        if trusted {
            sealed.denied.note(&fleet.denied, &self.days, &rule(rules), quarters);
        }
        self.days.seal(trusted.then_some(quarters), 1, rules.count(Parameter::LearningLagDays), frozen);
    }

    pub(crate) fn bytes(&self) -> usize {
        self.denied.capacity() * size_of::<AtomId>() + self.days.bytes()
    }
}

//! What the end of a UTC day means to a workload's baseline.

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::Maturity;

use super::counts::Lesson;
use super::drift::DriftNull;
use super::peers::{DaySummary, Fleet};
use super::ratchet;
use crate::atom::Atoms;
use crate::workload::{Mark, Workload};

/// What is needed to close a day, besides the workload.
#[derive(Debug)]
pub(crate) struct Close<'a> {
    pub(crate) day: i64,
    pub(crate) fleet: &'a Fleet,
    pub(crate) atoms: &'a Atoms,
    pub(crate) rules: &'a RuleSet,
    pub(crate) summary: &'a mut DaySummary,
}

impl Close<'_> {
    /// Closes the day of one workload, judged by the fleet as it was before the day.
    pub(crate) fn workload(&mut self, workload: &mut Workload) {
        let rules = self.rules;
        let silent_days = self.day - workload.last_day;
        let stale_days = rules.days_micros(Parameter::StaleDays) / DAY_MICROS;
        if workload.maturity == Maturity::Mature && silent_days >= stale_days {
            workload.maturity = Maturity::Stale;
        }
        let skip_days = rules.days_micros(Parameter::BurstSkipDays) / DAY_MICROS;
        let counts = self.day - workload.first.day() >= skip_days && silent_days <= stale_days;
        let frozen = workload.is_suspicious(rules);
        let lesson = match (counts, frozen) {
            (false, _) => Lesson::Ignored,
            (true, true) => Lesson::Frozen,
            (true, false) => Lesson::Open,
        };
        workload.burst.close_day(lesson, self.fleet, rules, self.summary);
        workload.probing.close_day(lesson, self.fleet, rules, self.summary);
        workload.shift.close_day(&workload.sightings, self.day, frozen, rules);
        let young_days = i64::try_from(rules.count(Parameter::DriftConsolidationDays)).unwrap_or(i64::MAX);
        workload.young.retain(|young| self.day - young.first_seen.day() <= young_days);
        if workload.maturity == Maturity::Mature {
            self.mature(workload, frozen);
        }
    }

    fn mature(&mut self, workload: &mut Workload, frozen: bool) {
        let rules = self.rules;
        let rate = self.fleet.rate(workload.peers, &workload.drift, rules);
        let null = DriftNull::new(&workload.drift, &rate, rules);
        if let Some(mark) = workload.drift.close_day(&null, (self.day, frozen), rules) {
            self.summary.marked(workload.peers, mark);
        }
        for slot in workload.drift.admit(self.day, frozen, rules) {
            if let Some(sighting) = workload.sightings.at_mut(slot) {
                sighting.mark(Mark::Learned);
            }
        }
        if workload.ratchet > 0
            && let Some(origin) = workload.origin_tenths
        {
            let live = super::reach::ratchet_tenths(workload, self.atoms, self.day, rules);
            workload.ratchet = ratchet::rearmed(workload.ratchet, live, origin, rules);
        }
    }
}

//! Maturity is a state with a name: learning, mature, stale.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{EventTime, RuleSet};

use super::peers::DaySummary;
use super::reach::origin_tenths;
use crate::atom::Atoms;
use crate::workload::{Mark, Workload};

/// Brings a workload's maturity up to an event time, before that event is looked at. On maturing, all that was seen so
/// far is admitted and becomes the origin snapshot. A stale workload that acts again keeps its baseline and is mature
/// again.
pub(crate) fn mature(
    workload: &mut Workload,
    time: EventTime,
    (atoms, rules): (&Atoms, &RuleSet),
    summary: &mut DaySummary,
) {
    match workload.maturity {
        Maturity::Learning => {
            let old_enough = time.micros_since(workload.first) >= rules.days_micros(Parameter::LearningDays);
            if old_enough && workload.active_days as usize >= rules.count(Parameter::LearningActiveDays) {
                workload.maturity = Maturity::Mature;
                workload.mature_since = Some(time);
                admit(workload, summary);
                workload.origin_tenths = Some(origin_tenths(workload, atoms));
            }
        }
        Maturity::Stale => workload.maturity = Maturity::Mature,
        Maturity::Mature => {}
    }
}

fn admit(workload: &mut Workload, summary: &mut DaySummary) {
    for sighting in workload.sightings.iter_mut() {
        sighting.mark(Mark::Origin);
        sighting.mark(Mark::Learned);
        if !sighting.is(Mark::Consolidated) {
            sighting.mark(Mark::Consolidated);
            summary.holds(workload.peers, sighting.atom, 1);
        }
    }
}

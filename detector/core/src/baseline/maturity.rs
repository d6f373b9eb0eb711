//! Maturity is a state with a name: learning, mature, stale.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{EventTime, RuleSet};

use crate::workload::Workload;

/// Brings a workload's maturity up to an event time, before that event is looked at. On maturing, all that was seen so
/// far becomes the origin snapshot. A stale workload that acts again keeps its baseline and is mature again.
pub(crate) fn mature(workload: &mut Workload, time: EventTime, rules: &RuleSet) {
    match workload.maturity {
        Maturity::Learning => {
            let old_enough = time.micros_since(workload.first) >= rules.days_micros(Parameter::LearningDays);
            if old_enough && workload.active_days as usize >= rules.count(Parameter::LearningActiveDays) {
                workload.maturity = Maturity::Mature;
                workload.mature_since = Some(time);
                for sighting in workload.sightings.iter_mut() {
                    sighting.origin = true;
                }
            }
        }
        Maturity::Stale => workload.maturity = Maturity::Mature,
        Maturity::Mature => {}
    }
}

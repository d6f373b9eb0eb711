//! When a workload pauses: H03, dormant or orphan wakes.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::{EventTime, RuleSet};

use crate::codec::codec_struct;
use crate::loaded::Row;

/// The pauses of a workload.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    /// The longest so far, the one that ended last included.
    longest_micros: i64,
    /// The last waking, while what follows still belongs to it.
    waking: Option<Waking>,
}
codec_struct!(Pauses { longest_micros, waking });

/// A waking, and the most sensitive thing that was done since.
#[derive(Debug, Clone, Copy)]
struct Waking {
    at: EventTime,
    idle_micros: i64,
    usual_micros: i64,
    sensitivity: u8,
}
codec_struct!(Waking { at, idle_micros, usual_micros, sensitivity });

/// A workload woke up, or did something graver on the day after.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wake {
    pub(crate) idle_days: i64,
    /// The longest pause before this one.
    pub(crate) usual_days: i64,
    pub(crate) sensitivity: u8,
}

impl Pauses {
    /// A pause that the workload has made before is its rhythm: a monthly job is not waking.
    pub(super) fn note(
        &mut self,
        row: &Row<'_>,
        idle_micros: i64,
        may_wake: bool,
        rules: &RuleSet,
    ) -> Option<Wake> {
        let usual_micros = self.longest_micros;
        self.longest_micros = usual_micros.max(idle_micros);
        if idle_micros >= rules.days_micros(Parameter::DormantDays)
            && may_wake
            && !is_usual(usual_micros, rules)
        {
            let waking = Waking { at: row.time, idle_micros, usual_micros, sensitivity: row.sensitivity };
            self.waking = Some(waking);
            return Some(waking.wake());
        }
        let waking = self.waking.as_mut()?;
        if row.time.micros_since(waking.at) > DAY_MICROS {
            self.waking = None;
            return None;
        }
        if !row.succeeded() || row.sensitivity <= waking.sensitivity {
            return None;
        }
        waking.sensitivity = row.sensitivity;
        Some(waking.wake())
    }
}

impl Waking {
    const fn wake(self) -> Wake {
        Wake {
            idle_days: self.idle_micros / DAY_MICROS,
            usual_days: self.usual_micros / DAY_MICROS,
            sensitivity: self.sensitivity,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pause in microseconds stays far below 2^52")]
fn is_usual(pause_micros: i64, rules: &RuleSet) -> bool {
    let needed = rules.days_micros(Parameter::DormantDays) as f64 * rules.value(Parameter::DormantUsualShare);
    pause_micros as f64 >= needed
}

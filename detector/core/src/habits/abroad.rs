//! Where a workload acts besides its home: D09, promoted without reset.

use ambit_schemas::inventory;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::{EventTime, RuleSet};

use super::Lore;
use crate::codec::codec_struct;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Environments remembered of one workload.
const ENVIRONMENTS: usize = 8;

/// An environment that is not the workload's home.
#[derive(Debug)]
struct Stay {
    environment: Symbol,
    first: EventTime,
    last_day: i64,
    days: u16,
    /// Whether the workload had matured at home before it was first seen here, and this is production and home is not.
    promoted: bool,
}
codec_struct!(Stay { environment, first, last_day, days, promoted });

/// The environments in which a workload was seen to act, its home left out. Beyond the bound new ones are not looked at:
/// somebody at home nowhere is not promoted.
#[derive(Debug, Default)]
pub(super) struct Abroad {
    stays: Vec<Stay>,
}
codec_struct!(Abroad { stays });

/// A workload that lives in production now, on a further day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settled {
    pub(crate) environment: Symbol,
    pub(crate) first: EventTime,
    pub(crate) days: u16,
}

/// Whether an environment is production, by its name.
fn is_production(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let before = ["nonprod", "non-prod", "non_prod", "preprod", "pre-prod", "pre_prod"];
    (name.contains("prod") && !before.iter().any(|word| name.contains(word)))
        || matches!(name.as_str(), "prd" | "live")
}

impl Abroad {
    /// Notes where an own and successful move happened; says so on each further day in production.
    pub(super) fn note(
        &mut self,
        row: &Row<'_>,
        is_mature: bool,
        entry: Option<&inventory::Workload>,
        lore: Lore<'_>,
    ) -> Option<Settled> {
        let environment = row.ids.environment?;
        let home = entry?.environment.as_deref()?;
        let there = lore.symbols.text(environment);
        if home == there || !row.succeeded() || row.ids.workload.is_none() {
            return None;
        }
        let day = row.time.day();
        let Some(stay) = self.stays.iter_mut().find(|stay| stay.environment == environment) else {
            if self.stays.len() < ENVIRONMENTS {
                let promoted = is_mature && is_production(there) && !is_production(home);
                self.stays.push(Stay { environment, first: row.time, last_day: day, days: 1, promoted });
            }
            return None;
        };
        if stay.last_day >= day {
            return None;
        }
        stay.last_day = day;
        stay.days = stay.days.saturating_add(1);
        let settled = Settled { environment, first: stay.first, days: stay.days };
        stay.has_settled(lore.rules).then_some(settled)
    }

    pub(super) fn lives_in(&self, environment: Symbol, rules: &RuleSet) -> bool {
        self.stays.iter().any(|stay| stay.environment == environment && stay.has_settled(rules))
    }

    pub(super) const fn bytes(&self) -> usize {
        self.stays.capacity() * size_of::<Stay>()
    }
}

impl Stay {
    fn has_settled(&self, rules: &RuleSet) -> bool {
        self.promoted && usize::from(self.days) >= rules.count(Parameter::PromotedDays)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn production_is_told_by_its_name() {
        for (name, expected) in [
            ("prod", true),
            ("acme-Production-eu", true),
            ("live", true),
            ("preprod", false),
            ("non-prod", false),
            ("dev", false),
            ("delivery", false),
        ] {
            assert_eq!(super::is_production(name), expected, "{name}");
        }
    }
}

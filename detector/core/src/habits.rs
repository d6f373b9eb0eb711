//! How a workload lives: when it pauses, whose hands are on it, how it proves itself, whose models it calls, and where
//! it acts. Each part is learnt while the workload learns, and tells what is new about an event afterwards.

mod abroad;
mod hands;
mod pauses;
mod providers;
mod proving;

use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{Inventory, RuleSet};

use crate::atom::Atoms;
use crate::codec::codec_struct;
use crate::loaded::Row;
use crate::symbol::Symbols;
use crate::workload::Workload;

pub(crate) use abroad::Settled;
pub(crate) use hands::Touch;
pub(crate) use pauses::Wake;
pub(crate) use providers::Swap;
pub(crate) use proving::StepBack;

/// What is remembered of one workload.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    pauses: pauses::Pauses,
    hands: hands::HandsSeen,
    proving: proving::Proofs,
    pub(crate) providers: providers::Providers,
    abroad: abroad::Abroad,
}
codec_struct!(Habits { pauses, hands, proving, providers, abroad });

/// What an event shows against those habits.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    pub(crate) wake: Option<Wake>,
    pub(crate) touch: Option<Touch>,
    pub(crate) step_back: Option<StepBack>,
    pub(crate) settled: Option<Settled>,
}

/// What the habits may look things up in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lore<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) inventory: &'a Inventory,
    pub(crate) symbols: &'a Symbols,
    pub(crate) atoms: &'a Atoms,
}

/// Notes an event of a workload, before it counts as its last one, and says what is new about it. A person has no habits
/// that would be anybody's business.
pub(crate) fn note(workload: &mut Workload, row: &Row<'_>, lore: Lore<'_>) -> Turns {
    if workload.human || row.ids.via_service.is_some() {
        return Turns::default();
    }
    let is_mature = workload.maturity == Maturity::Mature;
    let entry = workload.registered.and_then(|index| lore.inventory.workloads.get(index as usize));
    let is_orphan = entry.is_some_and(|entry| entry.owner.is_none());
    let idle_micros = row.time.micros_since(workload.last);
    let habits = &mut workload.habits;
    let turns = Turns {
        // An orphan need not have matured, because nobody would miss it.
        wake: habits.pauses.note(row, idle_micros, is_mature || is_orphan, lore.rules),
        touch: if hands::is_machine(row, entry.is_some()) { habits.hands.note(row, is_mature) } else { None },
        step_back: habits.proving.note(row, is_mature, lore.rules),
        settled: habits.abroad.note(row, is_mature, entry, lore),
    };
    habits.providers.note(row, is_mature, &workload.sightings, lore);
    turns
}

impl Habits {
    /// Since when a workload proves itself with temporary credentials alone in the world of a source.
    pub(crate) fn temporary_since(
        &self,
        source: ambit_schemas::vocabulary::Source,
    ) -> Option<ambit_schemas::EventTime> {
        self.proving.temporary_since(source)
    }

    /// Whether it has made an environment other than its own its home.
    pub(crate) fn lives_in(&self, environment: crate::symbol::Symbol, rules: &RuleSet) -> bool {
        self.abroad.lives_in(environment, rules)
    }

    /// Bytes held beside the record itself.
    pub(crate) fn bytes(&self) -> usize {
        self.proving.bytes() + self.providers.bytes() + self.abroad.bytes()
    }
}

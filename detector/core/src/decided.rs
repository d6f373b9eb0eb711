//! What people decided, as the engine obeys it. It is configuration like the inventory, and no part of a snapshot.

use std::collections::VecDeque;

use ambit_schemas::decisions::Decision;
use ambit_schemas::finding::{DecisionQuote, Finding};
use ambit_schemas::vocabulary::DecisionKind;
use ambit_schemas::{Decisions, EventTime, RuleSet};

use crate::atom::{AtomId, Atoms};
use crate::baseline::origin::reseal;
use crate::shards::Shards;
use crate::symbol::Symbols;

/// The last decision that had accepted an atom of a workload at an event time, whether or not it has ended since. The
/// words of the atom are put together only for a workload of which something was accepted.
pub(crate) fn accepted<'a>(
    (decisions, workload): (&'a Decisions, &str),
    atom: AtomId,
    (atoms, symbols): (&Atoms, &Symbols),
    time: EventTime,
) -> Option<&'a Decision> {
    let accepted = decisions.accepted(workload)?;
    let key = atoms.key(atom);
    accepted.decision(key.plane(), key.text(symbols), time)
}

/// The decisions, and the origins that they have yet to seal.
#[derive(Debug, Default)]
pub(crate) struct Decided {
    pub(crate) decisions: Decisions,
    origins: VecDeque<(EventTime, String)>,
}

impl Decided {
    pub(crate) fn new(decisions: Decisions) -> Self {
        let origins = decisions.origins().into_iter().map(|(from, workload)| (from, workload.to_owned()));
        Self { origins: origins.collect(), decisions }
    }

    /// Seals the origins that are due by an event time.
    pub(crate) fn seal_origins(
        &mut self,
        now: EventTime,
        shards: &mut Shards,
        (symbols, atoms, rules): (&Symbols, &Atoms, &RuleSet),
    ) {
        while let Some((from, name)) = self.origins.pop_front_if(|(from, _)| *from <= now) {
            let place = symbols.get(&name).and_then(|name| shards.place_of(name, symbols));
            if let Some((workload, ..)) = place.and_then(|place| shards.open(place)) {
                reseal(workload, from, (atoms, rules));
            }
        }
    }

    /// A transition decided at an event time, as it leaves; `None` where a person does not want it. What has become graver
    /// than it was when it was dismissed is wanted again.
    pub(crate) fn delivered(&self, at: EventTime, mut finding: Finding) -> Option<Finding> {
        let Some(ruling) = self.decisions.ruling(finding.uid, at) else { return Some(finding) };
        match ruling.kind {
            DecisionKind::Escalate => finding.severity = finding.severity.raised(),
            DecisionKind::Dismiss if ruling.severity.is_none_or(|then| finding.severity <= then) => {
                return None;
            }
            DecisionKind::Dismiss | DecisionKind::Accept => {}
        }
        finding.decision = Some(DecisionQuote {
            kind: ruling.kind,
            by: ruling.decision.by().to_owned(),
            reason: ruling.decision.reason().to_owned(),
            at: ruling.decision.at(),
        });
        Some(finding)
    }
}

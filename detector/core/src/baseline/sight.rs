//! What a use of an atom means to the baseline of the workload that used it.

use ambit_schemas::decisions::Decision;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{Maturity, Plane};
use ambit_schemas::{Decisions, Inventory, RuleSet};

use super::counts::QUARTERS;
use super::peers::{DaySummary, Fleet};
use super::shift::ShiftAtom;
use crate::atom::{AtomId, Atoms};
use crate::changes;
use crate::checks::NewAtom;
use crate::decided::accepted;
use crate::loaded::Row;
use crate::symbol::Symbols;
use crate::workload::{Mark, Sighting, Workload};

/// A sensitivity at which one use is enough to consolidate, and no change record explains.
const GRAVEST: u8 = 3;
/// A sensitivity from which on the uses of an atom are counted.
const SENSITIVE: u8 = 2;
/// Young atoms that a workload remembers by their first event; of others the event that consolidates them is named.
const MOST_YOUNG: usize = 32;

/// What one event changed in its workload's baseline.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// The atom that it brought, on the plane that says most.
    pub(crate) atom: Option<NewAtom>,
    changes: u8,
}

/// A change of a baseline, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// An atom is new or used for good now: the reach may have grown.
    Grew = 1,
    /// An atom consolidated that nothing explains.
    Consolidated = 2,
    /// A sensitive atom was used more often today than ever.
    Exceeded = 4,
    /// Another thing was refused today.
    Refused = 8,
}

impl News {
    /// Notes a change.
    pub(crate) const fn note(&mut self, change: Change) {
        self.changes |= change as u8;
    }

    /// Whether there was a change.
    pub(crate) const fn has(&self, change: Change) -> bool {
        self.changes & change as u8 != 0
    }
}

/// What is needed to judge a sighting, besides the workload.
#[derive(Debug)]
pub(crate) struct Sight<'a> {
    pub(crate) row: &'a Row<'a>,
    pub(crate) name: &'a str,
    pub(crate) symbols: &'a Symbols,
    pub(crate) atoms: &'a Atoms,
    pub(crate) inventory: &'a Inventory,
    pub(crate) decisions: &'a Decisions,
    pub(crate) rules: &'a RuleSet,
    pub(crate) fleet: &'a Fleet,
    pub(crate) summary: &'a mut DaySummary,
}

impl Sight<'_> {
    /// How sensitive an atom of this event is: where one comes from and for whom one acts is not as sensitive as what
    /// one does.
    fn sensitivity(&self, atom: AtomId) -> u8 {
        match self.atoms.key(atom).plane() {
            Plane::Network => 0,
            Plane::Control => self.row.sensitivity.min(2),
            Plane::Delegation => self.row.sensitivity.min(1),
            _ => self.row.sensitivity,
        }
    }

    /// The decision that accepted an atom into the baseline, whether or not it has ended since.
    fn accepted(&self, atom: AtomId) -> Option<&Decision> {
        accepted((self.decisions, self.name), atom, (self.atoms, self.symbols), self.row.time)
    }

    /// Notes that a workload reached an atom; gives the atom if it is new. A full table is counted, and its new atoms are
    /// not new to anybody.
    pub(crate) fn see(&mut self, workload: &mut Workload, atom: AtomId, news: &mut News) -> Option<NewAtom> {
        let sensitivity = self.sensitivity(atom);
        match workload.sightings.slot(atom) {
            Some(slot) => {
                self.again(workload, (slot, sensitivity), news);
                None
            }
            None if workload.sightings.len() >= self.rules.count(Parameter::AtomsPerWorkload) => {
                workload.overflowed += 1;
                None
            }
            None => Some(self.first(workload, (atom, sensitivity), news)),
        }
    }

    fn again(&mut self, workload: &mut Workload, (slot, sensitivity): (u32, u8), news: &mut News) {
        let Some(sighting) = workload.sightings.at_mut(slot) else { return };
        let gap_days = sighting.used(self.row.time.day(), sensitivity);
        let uses = sighting.uses_today;
        let soon = |gap_days| usize::from(gap_days) <= self.rules.count(Parameter::DriftConsolidationDays);
        if sighting.is(Mark::Consolidated) {
            let watched = sighting.watched().and_then(|index| workload.shift.atoms.get(index));
            // Exactly the use that passes the reference: the ones after it say nothing more.
            let passes =
                |held: &ShiftAtom| held.exceeds(uses, self.rules) && !held.exceeds(uses - 1, self.rules);
            if watched.is_some_and(passes) {
                news.note(Change::Exceeded);
            }
        } else if gap_days.is_some_and(soon) {
            self.consolidate(workload, slot, news);
        }
    }

    fn first(
        &mut self,
        workload: &mut Workload,
        (atom, sensitivity): (AtomId, u8),
        news: &mut News,
    ) -> NewAtom {
        let row = self.row;
        let record = changes::explaining_reach(self.inventory, self.name, row.time);
        let explained_by = record.filter(|_| sensitivity < GRAVEST).map(|record| record.id.clone());
        let mut sighting = Sighting::new(atom, row.time, sensitivity);
        if explained_by.is_some() {
            sighting.mark(Mark::Explained);
        }
        // A person may accept what no record explains.
        let accepted = self.accepted(atom).filter(|decision| decision.lasts(row.time));
        let explained_by = explained_by.or_else(|| accepted.map(words));
        let slot = workload.sightings.add(sighting);
        let event_id = row.event_id().to_owned();
        let new = NewAtom { atom, sensitivity, first_seen: row.time, explained_by, event_id };
        let plane = self.atoms.key(atom).plane();
        if matches!(plane, Plane::Privilege | Plane::Credential | Plane::Tool | Plane::Model) {
            let part = if new.explained_by.is_some() {
                self.rules.value(Parameter::BurstExplainedWeight)
            } else {
                1.0
            };
            workload.burst.met(&new, quarters(part * f64::from(QUARTERS)));
            news.atom = Some(new.clone());
        }
        news.note(Change::Grew);
        if workload.maturity == Maturity::Mature {
            if workload.young.len() >= MOST_YOUNG {
                workload.young.pop_front();
            }
            workload.young.push_back(new.clone());
        }
        if sensitivity >= GRAVEST {
            self.consolidate(workload, slot, news);
        }
        new
    }

    /// An atom is there to stay: it counts once, for the workload's drift and for its peers.
    fn consolidate(&mut self, workload: &mut Workload, slot: u32, news: &mut News) {
        let Some(sighting) = workload.sightings.at_mut(slot) else { return };
        sighting.mark(Mark::Consolidated);
        let (atom, sensitivity) = (sighting.atom, sighting.sensitivity);
        let explained = sighting.is(Mark::Explained);
        if sensitivity >= SENSITIVE
            && let Some(index) = workload.shift.watch(slot, self.rules)
        {
            sighting.watch(index);
        }
        self.summary.holds(workload.peers, atom, 1);
        if workload.maturity != Maturity::Mature {
            return;
        }
        news.note(Change::Grew);
        let first_seen = sighting.first_seen;
        let young = workload.young.iter().position(|young| young.atom == atom);
        let young = young.and_then(|place| workload.young.remove(place));
        // Also when the acceptance has ended: then the atom waits to be accepted again, and that is no news.
        if self.accepted(atom).is_some() {
            return;
        }
        if explained {
            if let Some(sighting) = workload.sightings.at_mut(slot) {
                sighting.mark(Mark::Learned);
            }
            return;
        }
        let event_id = self.row.event_id().to_owned();
        let known = young.unwrap_or(NewAtom { atom, sensitivity, first_seen, explained_by: None, event_id });
        let common = sensitivity < GRAVEST && self.fleet.mostly_hold(workload.peers, atom, self.rules);
        workload.drift.note(NewAtom { sensitivity, ..known }, 1 + sensitivity - u8::from(common));
        workload.drift.wait(slot, self.row.time.day());
        news.note(Change::Consolidated);
    }
}

/// A decision as an atom quotes it.
fn words(decision: &Decision) -> String {
    format!("decision {} of {}", decision.seq(), decision.by())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a weight is checked: finite, not negative"
)]
fn quarters(weight: f64) -> u32 {
    weight.round() as u32
}

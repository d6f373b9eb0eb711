//! The checks that need one workload's state and the inventory. What crosses workloads is the lineage's.

mod boundary;
mod burst;
mod control;
pub(crate) mod controllers;
mod hands;
pub(crate) mod health;
mod obtaining;
mod promotion;
pub(crate) mod provider;
mod proving;
mod registry;
pub(crate) mod silence;
mod tools;
mod waking;

use ambit_schemas::EventTime;
use ambit_schemas::finding::AtomChange;

use crate::atom::{AtomId, Atoms};
use crate::baseline::burst::FleetBurst;
use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::Symbols;
use crate::workload::{Sighting, Workload};

/// An atom that a workload was seen to reach for the first time.
#[derive(Debug, Clone)]
pub(crate) struct NewAtom {
    pub(crate) atom: AtomId,
    pub(crate) sensitivity: u8,
    pub(crate) first_seen: EventTime,
    pub(crate) explained_by: Option<String>,
    pub(crate) event_id: String,
}
codec_struct!(NewAtom { atom, sensitivity, first_seen, explained_by, event_id });

impl NewAtom {
    /// As a finding lists it.
    pub(crate) fn change(&self, atoms: &Atoms, symbols: &Symbols) -> AtomChange {
        let key = atoms.key(self.atom);
        AtomChange {
            plane: key.plane(),
            text: key.text(symbols),
            sensitivity: self.sensitivity,
            first_seen: self.first_seen,
            explained_by: self.explained_by.clone(),
            event_id: self.event_id.clone(),
        }
    }
}

/// Notes that a workload reached an atom; gives the atom if it is new. A full table is counted, and its new atoms are
/// not new to anybody.
pub(crate) fn new_atom(workload: &mut Workload, atom: AtomId, row: &Row<'_>, most: usize) -> Option<NewAtom> {
    let day = i32::try_from(row.time.day()).unwrap_or(i32::MAX);
    if let Some(sighting) = workload.sightings.get_mut(atom) {
        sighting.sensitivity = sighting.sensitivity.max(row.sensitivity);
        if day > sighting.last_day {
            sighting.last_day = day;
            sighting.days = sighting.days.saturating_add(1);
        }
        return None;
    }
    if workload.sightings.len() >= most {
        workload.overflowed += 1;
        return None;
    }
    let sensitivity = row.sensitivity;
    workload.sightings.add(Sighting {
        atom,
        last_day: day,
        first_seen: row.time,
        days: 1,
        sensitivity,
        origin: false,
    });
    let event_id = row.event_id().to_owned();
    Some(NewAtom { atom, sensitivity, first_seen: row.time, explained_by: None, event_id })
}

/// Runs every check of this room on one event.
pub(crate) fn run(row: &Row<'_>, scene: &Scene<'_>, fleet: &FleetBurst, drafts: &mut Vec<Draft>) {
    control::run(row, scene, drafts);
    proving::run(row, scene, drafts);
    controllers::run(row, scene, drafts);
    if scene.workload.human {
        return;
    }
    registry::run(row, scene, drafts);
    boundary::run(row, scene, drafts);
    waking::run(row, scene, drafts);
    hands::run(row, scene, drafts);
    promotion::run(row, scene, drafts);
    if scene.windowed && scene.is_mature() {
        tools::run(scene, drafts);
        obtaining::run(row, scene, drafts);
        burst::run(row, scene, fleet, drafts);
    }
}

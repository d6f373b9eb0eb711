//! The checks that need one workload's state and the inventory. What crosses workloads is the lineage's.

mod boundary;
mod burst;
mod control;
pub(crate) mod controllers;
mod drift;
mod hands;
pub(crate) mod health;
mod obtaining;
mod probing;
mod promotion;
pub(crate) mod provider;
mod proving;
mod ratchet;
mod registry;
mod shift;
pub(crate) mod silence;
mod tools;
mod waking;

use ambit_schemas::finding::AtomChange;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{Check, Severity};
use ambit_schemas::{EventTime, RuleSet};

use crate::atom::AtomId;
use crate::baseline::incident::Incident;
use crate::baseline::surprise::surprise_nats;
use crate::codec::codec_struct;
use crate::counts::Alarms;
use crate::draft::Draft;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::workload::Workload;

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
    pub(crate) fn change(&self, scene: &Scene<'_>) -> AtomChange {
        let key = scene.atoms.key(self.atom);
        let (sightings, peers) = (&scene.workload.sightings, scene.workload.peers);
        AtomChange {
            plane: key.plane(),
            text: key.text(scene.symbols),
            sensitivity: self.sensitivity,
            first_seen: self.first_seen,
            explained_by: self.explained_by.clone(),
            event_id: self.event_id.clone(),
            surprise_nats: Some(surprise_nats(sightings, self.atom, scene.fleet, peers, scene.rules)),
        }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.event_id.capacity() + self.explained_by.as_ref().map_or(0, String::capacity)
    }
}

/// Runs every check of this room on one event.
pub(crate) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
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
        burst::run(row, scene, drafts);
        drift::run(row, scene, drafts);
        shift::run(row, scene, drafts);
        probing::run(row, scene, drafts);
        ratchet::run(row, scene, drafts);
    }
}

/// Notes in a workload's state what was drafted of it on a day, so that one incident is one finding and one alarm. Gives
/// the alarms that are no repetition.
pub(crate) fn note_alarms<'a>(
    workload: &mut Workload,
    drafts: impl Iterator<Item = &'a Draft>,
    day: i64,
    rules: &RuleSet,
) -> Alarms {
    let quiet_days = quiet_days(rules);
    let mut alarms = Alarms::default();
    let incident = |alarmed: &mut bool, incident: &mut Incident, crossed: bool| {
        let new = !incident.goes_on(day, quiet_days);
        *alarmed |= crossed;
        incident.note(day, quiet_days);
        u64::from(new)
    };
    for draft in drafts {
        let crossed = draft.score.is_some();
        match draft.check {
            Check::D01 => {
                let drift = &mut workload.drift;
                alarms.drift += incident(&mut drift.alarmed, &mut drift.incident, crossed);
            }
            Check::D02 => alarms.burst += u64::from(!std::mem::replace(&mut workload.burst.alarmed, true)),
            Check::D04 => {
                let shift = &mut workload.shift;
                alarms.shift += incident(&mut shift.alarmed, &mut shift.incident, crossed);
            }
            Check::C05 => {
                let probing = &mut workload.probing;
                alarms.probing += incident(&mut probing.alarmed, &mut probing.incident, crossed);
            }
            Check::D10 => workload.ratchet = workload.ratchet.max(draft.step),
            _ => {}
        }
    }
    alarms
}

/// Days without a recurrence after which an incident is over.
pub(crate) fn quiet_days(rules: &RuleSet) -> i64 {
    rules.days_micros(Parameter::QuietDays) / DAY_MICROS
}

/// A UTC day as a subject.
fn day_text(day: i64) -> String {
    let text = EventTime::from_day(day).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// A severity by the greatest sensitivity involved.
fn by_sensitivity(check: Check, sensitivity: u8, scene: &Scene<'_>) -> Option<Severity> {
    scene.rules.check(check).map(|rule| match sensitivity {
        3 => rule.severity.raised(),
        0 => rule.severity.lowered(),
        _ => rule.severity,
    })
}

/// The most sensitive of some atoms; the first in words of equals.
fn worst(added: &[AtomChange]) -> (String, u8) {
    let worst = added.iter().max_by_key(|atom| (atom.sensitivity, std::cmp::Reverse(&atom.text)));
    worst.map_or_else(|| ("-".into(), 0), |atom| (atom.text.clone(), atom.sensitivity))
}

//! What each workload reached on each day, as the simple methods see it: atoms of successful calls that no cloud service
//! made in the workload's name. The same reader and resolver as in a replay; columns stay columns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ambit_ingest::{Labels, Reader, Resolver, Settings, read_inventory};
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::{Column, EventBatch};
use anyhow::Context as _;

/// The columns of an atom: the service out of the action, the action's class, the group and the environment.
const ATOM: [Column; 4] = [Column::Action, Column::ActionClass, Column::ResourceGroup, Column::Environment];

/// The days of one atom of one workload.
#[derive(Debug, Clone, Default)]
pub struct AtomDays {
    /// UTC days since the epoch on which it was used.
    pub days: BTreeSet<i64>,
    /// The most sensitive use of it, 0 to 3.
    pub sensitivity: u8,
}

/// The atoms of the workloads of one world.
#[derive(Debug, Clone, Default)]
pub struct Daily {
    /// By workload; then by atom, in an order of no meaning.
    pub workloads: BTreeMap<String, BTreeMap<String, AtomDays>>,
}

/// Reads the events of a world.
///
/// # Errors
/// When the inventory or a path cannot be read. Records that cannot are left out, as in a replay.
pub fn read(paths: &[PathBuf], inventory: &Path) -> anyhow::Result<Daily> {
    let bytes = std::fs::read(inventory).with_context(|| format!("cannot read {}", inventory.display()))?;
    let inventory = read_inventory(&inventory.display().to_string(), &bytes)?;
    let mut resolver = Resolver::new(&inventory, Labels::new());
    let reader = Reader::open(paths, Settings::default())?;
    let mut daily = Daily::default();
    for delivery in reader {
        daily.add(&resolver.resolve(&delivery.batch)?);
    }
    Ok(daily)
}

/// `s3` of `aws:s3:GetObject`, the server of `tool:<server>/<tool>`, the first part of anything shorter.
pub fn service(action: &str) -> &str {
    match action.split_once(':') {
        Some(("tool", rest)) => rest.split_once('/').map_or(rest, |(server, _)| server),
        Some((source, rest)) => rest.split_once(':').map_or(source, |(service, _)| service),
        None => action,
    }
}

impl Daily {
    /// Adds a batch. Rows that differ in nothing that counts are one: first they are made few, by the keys of the
    /// dictionaries, then texts are looked at.
    pub fn add(&mut self, batch: &EventBatch) {
        let workload = batch.dict(Column::Workload);
        let outcome = batch.dict(Column::Outcome);
        let forwarded = batch.dict(Column::ViaService);
        let parts = ATOM.map(|column| batch.dict(column));
        let (times, sensitivity) = (batch.times(), batch.sensitivity());
        let mut few = BTreeMap::<(usize, [Option<usize>; 4], i64), u8>::new();
        for (row, time) in times.iter().enumerate() {
            let Some(who) = workload.key(row) else { continue };
            if outcome.get(row) != Some("success") || forwarded.key(row).is_some() {
                continue;
            }
            let level =
                few.entry((who, parts.map(|part| part.key(row)), time.div_euclid(DAY_MICROS))).or_default();
            *level = (*level).max(sensitivity.value(row));
        }
        for ((who, keys, day), level) in few {
            let mut words = [""; 4];
            for (word, (part, key)) in words.iter_mut().zip(parts.iter().zip(keys)) {
                *word = key.map_or("-", |key| part.values.value(key));
            }
            words[0] = service(words[0]);
            self.note(workload.values.value(who), &words.join(" "), day, level);
        }
    }

    /// Notes one use.
    pub fn note(&mut self, workload: &str, atom: &str, day: i64, sensitivity: u8) {
        if !self.workloads.contains_key(workload) {
            self.workloads.insert(workload.to_owned(), BTreeMap::new());
        }
        let Some(atoms) = self.workloads.get_mut(workload) else { return };
        if !atoms.contains_key(atom) {
            atoms.insert(atom.to_owned(), AtomDays::default());
        }
        let Some(known) = atoms.get_mut(atom) else { return };
        known.days.insert(day);
        known.sensitivity = known.sensitivity.max(sensitivity);
    }
}

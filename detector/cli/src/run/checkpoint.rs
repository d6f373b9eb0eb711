//! Checkpoints: the detector's state and how far each source was read, as one object. Several are kept; when the newest
//! is damaged, the one before is taken, and the sources go back to where it was made.

#[cfg(feature = "kafka")]
pub(crate) mod cuts;
mod shelf;
mod table;

use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;

use ambit_core::Snapshot;
use ambit_schemas::EventTime;
use anyhow::{Context, bail};

use self::shelf::{Item, Put, SUFFIX, Shelf};
use super::ledger::Ledger;
use super::partitions::Partitions;
use crate::config::{Checkpoint, Kept, Source};
use crate::replay::state::{self, StateFile};

pub(crate) use self::shelf::{replace, sweep};
pub(crate) use self::table::Row;

/// How the names of checkpoints begin.
const PREFIX: &str = "checkpoint-";

/// A place of checkpoints, which nobody else writes while this lives.
#[derive(Debug)]
pub(crate) struct Store {
    shelf: Shelf,
    kept: Kept,
    /// Where a replay may have left a state.
    local: Option<PathBuf>,
    keep: usize,
    next: u64,
    /// The partitions of the checkpoints that this process wrote and that are still there, oldest first.
    written: VecDeque<Vec<Row>>,
    /// What tells this process from others that write here.
    writer: u64,
}

/// A checkpoint, read back.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) partitions: Vec<Row>,
    /// The objects that were read, by source.
    pub(crate) ledgers: BTreeMap<String, Ledger>,
    /// Newer ones that were damaged.
    pub(crate) damaged: u64,
    /// The process that wrote it.
    writer: u64,
}

/// A checkpoint that is made and not packed yet.
#[derive(Debug)]
pub(crate) struct Made {
    snapshot: Snapshot,
    rows: Vec<Row>,
    /// The watermark of the state.
    at: EventTime,
}

/// A checkpoint that is packed and not stored yet.
#[derive(Debug)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
    rows: Vec<Row>,
    at: EventTime,
}

/// What a save did.
#[derive(Debug)]
pub(crate) struct Saved {
    pub(crate) bytes: u64,
    /// What every checkpoint that is kept covers: sources may forget it. Nothing until all that are kept are ours.
    pub(crate) covered: Option<Vec<Row>>,
    /// Whether that is all that this one covers; else another checkpoint lets the sources forget more.
    pub(crate) is_all: bool,
}

impl Made {
    /// A checkpoint of a state at a watermark, and of how far the sources were read for it.
    ///
    /// # Errors
    /// When the state does not fit the layout.
    pub(crate) fn new(
        (mut snapshot, at): (Snapshot, EventTime),
        (partitions, ledgers): (&Partitions, &[Ledger]),
        sources: &[Source],
        writer: u64,
    ) -> anyhow::Result<Self> {
        let rows = Row::all(partitions, sources);
        snapshot.tables.push((table::NAME.to_owned(), table::write(&rows)?));
        snapshot.tables.push((table::OBJECTS.to_owned(), table::write_ledgers(ledgers, sources)?));
        snapshot.tables.push((table::WRITER.to_owned(), table::write_writer(writer)?));
        Ok(Self { snapshot, rows, at })
    }

    /// The same as it is stored.
    ///
    /// # Errors
    /// When the state does not fit the layout.
    pub(crate) fn pack(self) -> anyhow::Result<Packed> {
        Ok(Packed { bytes: state::encode(&self.snapshot)?, rows: self.rows, at: self.at })
    }
}

/// A checkpoint, for those who only look.
#[derive(Debug)]
pub(crate) struct Seen {
    /// How people write where it is.
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) modified: EventTime,
    /// Its state, if it is whole.
    pub(crate) state: anyhow::Result<Snapshot>,
}

impl Store {
    /// Opens a place, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made, or another daemon has it.
    pub(crate) fn open(config: &Checkpoint) -> anyhow::Result<Self> {
        let shelf = Shelf::open(&config.kept)?;
        Ok(Self {
            next: listed(&shelf)?.last().and_then(|last| number(&last.name)).map_or(1, |last| last + 1),
            shelf,
            kept: config.kept.clone(),
            local: config.local.clone(),
            keep: config.keep.max(1),
            written: VecDeque::new(),
            writer: writer(),
        })
    }

    /// The number of this process, for the checkpoints that it makes.
    pub(crate) const fn writer(&self) -> u64 {
        self.writer
    }

    /// The newest checkpoint that is whole. Where there is none at all, the state that a replay left in the folder.
    ///
    /// # Errors
    /// When there are checkpoints and none of them is whole.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Loaded>> {
        let (mut damaged, mut last) = (0, None);
        for item in listed(&self.shelf)?.into_iter().rev() {
            match self.shelf.read(&item.name).and_then(|bytes| read(&bytes)) {
                Ok(loaded) => return Ok(Some(Loaded { damaged, ..loaded })),
                Err(error) => {
                    let shown = self.shelf.shown(&item.name);
                    tracing::error!("{shown}: {error:#}; the checkpoint before it is taken");
                    damaged += 1;
                    last = Some(error);
                }
            }
        }
        if let Some(error) = last {
            return Err(error.context(format!(
                "every checkpoint in {} is damaged: restore them from a backup, or move them away to begin anew",
                self.kept
            )));
        }
        let replayed = self.local.as_deref().map(|folder| StateFile::new(folder).load()).transpose()?;
        let nothing_read = |snapshot| Loaded {
            snapshot,
            partitions: Vec::new(),
            ledgers: BTreeMap::new(),
            damaged: 0,
            writer: 0,
        };
        Ok(replayed.flatten().map(nothing_read))
    }

    /// Writes a checkpoint: a crash leaves it whole or not at all. Then the oldest goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&mut self, packed: Packed) -> anyhow::Result<Saved> {
        let Packed { bytes, rows, .. } = packed;
        while self.shelf.put(&name(self.next), &bytes)? == Put::Taken {
            if !self.wrote(&name(self.next))? {
                bail!(
                    "another daemon keeps its state here too: {} is there and is not ours. Stop one of them, or give \
                     another checkpoint.path; this one stores nothing until it is started again",
                    self.shelf.shown(&name(self.next))
                );
            }
            // It was written, and the answer was lost on its way.
            self.next += 1;
        }
        self.next += 1;
        self.written.push_back(rows);
        let kept = listed(&self.shelf)?;
        for old in &kept[..kept.len().saturating_sub(self.keep)] {
            self.shelf.remove(&old.name)?;
        }
        while self.written.len() > self.keep {
            self.written.pop_front();
        }
        let ours = self.written.len() >= kept.len().min(self.keep);
        let covered = self.written.front().filter(|_| ours).cloned();
        let is_all = covered.as_ref() == self.written.back();
        Ok(Saved { bytes: bytes.len() as u64, covered, is_all })
    }

    /// Whether this process wrote a checkpoint.
    fn wrote(&self, name: &str) -> anyhow::Result<bool> {
        let bytes = self.shelf.read(name)?;
        Ok(read(&bytes).is_ok_and(|loaded| loaded.writer == self.writer))
    }
}

/// The name of a number, so that the order of names is that of numbers.
fn name(number: u64) -> String {
    format!("{PREFIX}{number:020}{SUFFIX}")
}

/// The number of a name.
fn number(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

/// The checkpoints, the oldest first. A copy that somebody has made under another name is none of them.
fn listed(shelf: &Shelf) -> anyhow::Result<Vec<Item>> {
    let mut items = shelf.list(PREFIX)?;
    items.retain(|item| number(&item.name).is_some());
    Ok(items)
}

/// A number that no other process has.
fn writer() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The checkpoints of a place, newest first, for those who only look.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn look(kept: &Kept) -> anyhow::Result<impl Iterator<Item = Seen>> {
    let shelf = Shelf::look(kept)?;
    let items = shelf.list(PREFIX)?.into_iter().rev();
    Ok(items.map(move |item| Seen {
        name: shelf.shown(&item.name),
        bytes: item.bytes,
        modified: item.modified,
        state: shelf.read(&item.name).and_then(|bytes| read(&bytes)).map(|loaded| loaded.snapshot),
    }))
}

/// The state of the newest whole checkpoint of a place, for those who only look: one, or the parts of those who share it.
///
/// # Errors
/// When there are checkpoints and none of them can be read.
pub(crate) fn newest(kept: &Kept) -> anyhow::Result<Option<Vec<Snapshot>>> {
    let mut last = None;
    let seen = match kept {
        // A folder that is not there has none.
        Kept::Folder(path) if !path.is_dir() => return Ok(None),
        kept => look(kept)?,
    };
    for Seen { name, state, .. } in seen {
        match state {
            Ok(snapshot) => return Ok(Some(vec![snapshot])),
            Err(error) => last = Some(error.context(format!("{name}: cannot be read"))),
        }
    }
    #[cfg(feature = "kafka")]
    if last.is_none() {
        return cuts::newest(kept);
    }
    last.map_or(Ok(None), Err)
}

fn read(bytes: &[u8]) -> anyhow::Result<Loaded> {
    let snapshot = state::decode(bytes)?;
    let table = |wanted| snapshot.tables.iter().find(|(name, _)| name == wanted).map(|(_, table)| table);
    let unknown = "it does not say how far the sources were read";
    let partitions = table::read(table(table::NAME).context(unknown)?)?;
    // What was made with version 4 of the state knew no objects, and did not say who wrote it.
    let ledgers = table(table::OBJECTS).map(table::read_ledgers).transpose()?.unwrap_or_default();
    let writer = table(table::WRITER).map(table::read_writer).transpose()?.unwrap_or_default();
    Ok(Loaded { snapshot, partitions, ledgers, damaged: 0, writer })
}

#[cfg(test)]
mod tests;

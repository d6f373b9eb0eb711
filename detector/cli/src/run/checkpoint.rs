//! Checkpoints: the detector's state and how far each source was read, as one object. Several are kept; when the newest
//! is damaged, the one before is taken, and the sources go back to where it was made.

mod table;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use ambit_core::Snapshot;
use anyhow::{Context, bail};

use super::partitions::Partitions;
use crate::replay::state::{self, StateFile};

pub(crate) use self::table::Row;

const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".ambit";
const DIGITS: usize = 20;

/// A folder of checkpoints, which nobody else writes while this lives.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    keep: usize,
    next: u64,
    /// The partitions of the checkpoints that this process wrote and that are still there, oldest first.
    written: VecDeque<Vec<Row>>,
    _lock: File,
}

/// A checkpoint, read back.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) partitions: Vec<Row>,
    /// Newer ones that were damaged.
    pub(crate) damaged: u64,
}

/// A checkpoint that is made and not stored yet.
#[derive(Debug)]
pub(crate) struct Made {
    bytes: Vec<u8>,
    rows: Vec<Row>,
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
    /// A checkpoint of a state and of how far the sources were read for it.
    ///
    /// # Errors
    /// When the state does not fit the layout.
    pub(crate) fn new(
        mut snapshot: Snapshot,
        partitions: &Partitions,
        names: &[String],
    ) -> anyhow::Result<Self> {
        let rows = Row::all(partitions, names);
        snapshot.tables.push((table::NAME.to_owned(), table::write(&rows)?));
        Ok(Self { bytes: state::encode(&snapshot)?, rows })
    }
}

impl Store {
    /// Opens a folder, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made, or another daemon has it.
    pub(crate) fn open(folder: &Path, keep: usize) -> anyhow::Result<Self> {
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("checkpoint.path: {shown} cannot be made"))?;
        let lock = File::create(folder.join("lock"))
            .with_context(|| format!("checkpoint.path: {shown} cannot be written"))?;
        if lock.try_lock().is_err() {
            bail!(
                "checkpoint.path: another daemon keeps its state in {shown}: stop it, or give another folder"
            );
        }
        let mut store = Self {
            folder: folder.to_owned(),
            keep: keep.max(1),
            next: 1,
            written: VecDeque::new(),
            _lock: lock,
        };
        store.next = list(folder)?.last().map_or(1, |(number, _)| number + 1);
        Ok(store)
    }

    /// The newest checkpoint that is whole. Where there is none at all, the state that a replay left in the folder.
    ///
    /// # Errors
    /// When there are checkpoints and none of them is whole.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Loaded>> {
        let (mut damaged, mut last) = (0, None);
        for (_, path) in list(&self.folder)?.into_iter().rev() {
            match read(&path) {
                Ok((snapshot, partitions)) => return Ok(Some(Loaded { snapshot, partitions, damaged })),
                Err(error) => {
                    tracing::error!("{}: {error:#}; the checkpoint before it is taken", path.display());
                    damaged += 1;
                    last = Some(error);
                }
            }
        }
        if let Some(error) = last {
            return Err(error.context(format!(
                "every checkpoint in {} is damaged: restore the folder from a backup, or move it away to begin anew",
                self.folder.display()
            )));
        }
        let replayed = StateFile::new(&self.folder).load()?;
        Ok(replayed.map(|snapshot| Loaded { snapshot, partitions: Vec::new(), damaged: 0 }))
    }

    /// Writes a checkpoint: a crash leaves it whole or not at all. Then the oldest goes.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save(&mut self, made: Made) -> anyhow::Result<Saved> {
        let Made { bytes, rows } = made;
        let path = self.folder.join(format!("{PREFIX}{:0DIGITS$}{SUFFIX}", self.next));
        replace(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        self.next += 1;
        self.written.push_back(rows);
        let kept = list(&self.folder)?;
        for (_, old) in &kept[..kept.len().saturating_sub(self.keep)] {
            fs::remove_file(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
        while self.written.len() > self.keep {
            self.written.pop_front();
        }
        let ours = self.written.len() >= kept.len().min(self.keep);
        let covered = self.written.front().filter(|_| ours).cloned();
        let is_all = covered.as_ref() == self.written.back();
        Ok(Saved { bytes: bytes.len() as u64, covered, is_all })
    }
}

/// The state of the newest whole checkpoint in a folder, for those who only look.
///
/// # Errors
/// When there are checkpoints and none of them can be read.
pub(crate) fn newest(folder: &Path) -> anyhow::Result<Option<Snapshot>> {
    let mut last = None;
    for (_, path) in list(folder).unwrap_or_default().into_iter().rev() {
        match read(&path) {
            Ok((snapshot, _)) => return Ok(Some(snapshot)),
            Err(error) => last = Some(error.context(format!("{}: cannot be read", path.display()))),
        }
    }
    last.map_or(Ok(None), Err)
}

/// The checkpoints of a folder, oldest first.
fn list(folder: &Path) -> anyhow::Result<Vec<(u64, PathBuf)>> {
    let failed = || format!("{} cannot be read", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let number = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        found.extend(number.and_then(|number| number.parse::<u64>().ok()).map(|number| (number, path)));
    }
    found.sort();
    Ok(found)
}

/// Puts a file in its place, whole or not at all.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("no folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name is durable once its folder is.
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<(Snapshot, Vec<Row>)> {
    let bytes = fs::read(path)?;
    let snapshot = state::decode(&bytes)?;
    let (_, rows) = snapshot
        .tables
        .iter()
        .find(|(name, _)| name == table::NAME)
        .context("it does not say how far the sources were read")?;
    let rows = table::read(rows)?;
    Ok((snapshot, rows))
}

#[cfg(test)]
mod tests;

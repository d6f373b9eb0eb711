//! What was received and is not covered by a checkpoint yet, on disk: a sender that was told "taken" may forget it. It
//! holds canonical events, never what was sent: prompts and secrets stop at the decoder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ambit_core::Snapshot;
use ambit_schemas::EventBatch;
use anyhow::Context;

use crate::replay::state;
use crate::run::checkpoint;

const SUFFIX: &str = ".events";
const TABLE: &str = "events";
/// What is written to see whether it can be: about as much as a small batch.
const PROBE_BYTES: usize = 16 << 10;
/// The version of these files' contents.
const VERSION: u32 = 1;

/// A folder of batches, numbered in the order in which they came.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    folder: PathBuf,
    most_bytes: u64,
    bytes: Arc<AtomicU64>,
}

impl Spool {
    /// Opens a folder, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made or read.
    pub(super) fn open(folder: &Path, most_bytes: u64) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        // The state's lock is held: nobody else writes here.
        checkpoint::sweep(folder);
        let spool = Self { folder: folder.to_owned(), most_bytes, bytes: Arc::default() };
        let sizes = spool.waiting().into_iter().filter_map(|(_, path)| path.metadata().ok());
        spool.bytes.store(sizes.map(|found| found.len()).sum(), Ordering::Relaxed);
        Ok(spool)
    }

    /// What waits, in order.
    pub(super) fn waiting(&self) -> Vec<(i64, PathBuf)> {
        let paths = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut waiting = paths
            .filter_map(|path| {
                let number = path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.parse().ok()?;
                Some((number, path))
            })
            .collect::<Vec<(i64, PathBuf)>>();
        waiting.sort();
        waiting
    }

    /// Keeps a batch; it is on disk when this comes back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn keep(&self, number: i64, batch: &EventBatch) -> anyhow::Result<()> {
        let tables = vec![(TABLE.to_owned(), batch.as_record_batch().clone())];
        let bytes = state::encode(&Snapshot { version: VERSION, tables })?;
        checkpoint::replace(&self.folder.join(format!("{number:020}{SUFFIX}")), &bytes)?;
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Whether something can be kept, by writing something.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn probe(&self) -> anyhow::Result<()> {
        let path = self.folder.join("probe");
        checkpoint::replace(&path, &[0; PROBE_BYTES])?;
        Ok(fs::remove_file(&path)?)
    }

    /// A batch, read back.
    ///
    /// # Errors
    /// When the file is not what was written.
    pub(super) fn read(path: &Path) -> anyhow::Result<EventBatch> {
        let snapshot = state::decode(&fs::read(path)?)?;
        let table = snapshot.tables.into_iter().find(|(name, _)| name == TABLE).context("no events in it")?;
        Ok(EventBatch::try_new(table.1)?)
    }

    /// Forgets what stands before a number.
    pub(super) fn forget(&self, before: i64) {
        for (_, path) in self.waiting().into_iter().take_while(|(number, _)| *number < before) {
            let size = path.metadata().map_or(0, |found| found.len());
            match fs::remove_file(&path) {
                Ok(()) => {
                    self.bytes.fetch_sub(size.min(self.bytes.load(Ordering::Relaxed)), Ordering::Relaxed);
                }
                Err(error) => tracing::warn!("{} cannot be removed: {error}", path.display()),
            }
        }
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= self.most_bytes
    }
}

//! A folder of checkpoints, which one daemon writes at a time.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ambit_schemas::EventTime;
use anyhow::{Context, bail};

use super::Item;

#[derive(Debug)]
pub(in crate::run::checkpoint) struct Folder {
    path: PathBuf,
    /// Held as long as this is; the system lets go of it when the process ends, however it ends.
    _lock: Option<File>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        fs::create_dir_all(path).with_context(|| format!("checkpoint.path: {shown} cannot be made"))?;
        let lock = File::create(path.join("lock"))
            .with_context(|| format!("checkpoint.path: {shown} cannot be written"))?;
        if lock.try_lock().is_err() {
            bail!(
                "checkpoint.path: another daemon keeps its state in {shown}: stop it, or give another folder"
            );
        }
        Ok(Self { path: path.to_owned(), _lock: Some(lock) })
    }

    pub(super) fn look(path: &Path) -> Self {
        Self { path: path.to_owned(), _lock: None }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn list(&self) -> anyhow::Result<Vec<Item>> {
        let failed = || format!("{} cannot be read", self.path.display());
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            // What is gone by now was removed by another who writes here.
            let Ok(metadata) = entry.metadata() else { continue };
            let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let micros = since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
            found.push(Item { name, bytes: metadata.len(), modified: EventTime(micros) });
        }
        Ok(found)
    }

    pub(super) fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(self.path(name))?)
    }

    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let path = self.path(name);
        replace(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }

    pub(super) fn remove(&self, name: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }
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

//! A folder of checkpoints, which one daemon writes at a time.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use ambit_schemas::EventTime;
use anyhow::{Context, bail};

use super::Item;

/// How the name of a file begins that is not in its place yet, and how many letters and digits follow.
const UNFINISHED: &str = ".tmp";
const RANDOM: usize = 6;

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
        sweep(path);
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
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).rand_bytes(RANDOM).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name is durable once its folder is.
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Removes what [`replace`] left in a folder when the process was killed. Nobody else may write there meanwhile.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(UNFINISHED));
        let is_ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours
            && is_file
            && let Err(error) = fs::remove_file(entry.path())
        {
            tracing::warn!("{} cannot be removed: {error}", entry.path().display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".tmpAb3xYz", ".tmp", ".tmpAb3xYz.old", ".tmpAb-xYz", "a.ckpt"] {
            fs::write(at(name), "half").unwrap();
        }
        fs::create_dir(at(".tmpFolder")).unwrap();
        let opened = Folder::open(folder.path()).unwrap();
        let mut names = opened.list().unwrap().into_iter().map(|item| item.name).collect::<Vec<_>>();
        names.sort();
        assert_eq!(names, [".tmp", ".tmpAb-xYz", ".tmpAb3xYz.old", ".tmpFolder", "a.ckpt", "lock"]);
        // A second daemon that is refused takes nothing from the first.
        fs::write(at(".tmpAb3xYz"), "half").unwrap();
        assert!(Folder::open(folder.path()).is_err());
        assert!(at(".tmpAb3xYz").exists());
    }
}

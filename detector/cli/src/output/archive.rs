//! Where the archive's files are put: a folder.

use std::path::{Path, PathBuf};

use ambit_history::Part;
use anyhow::Context;

use crate::run::checkpoint::replace;

/// A folder of archived events.
#[derive(Debug)]
pub(crate) struct ArchiveFolder(PathBuf);

impl ArchiveFolder {
    /// A folder, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// Puts a file in its place, whole or not at all. One that is there under its name is replaced.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn put(&self, part: &Part) -> anyhow::Result<()> {
        let path = part.path.split('/').fold(self.0.clone(), |path, name| path.join(name));
        let failed = || format!("cannot write {}", path.display());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(failed)?;
        }
        replace(&path, &part.bytes).with_context(failed)
    }
}

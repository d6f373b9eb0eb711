//! Logs as their sources write them, gzipped.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ambit_scenario::world::DayFiles;
use anyhow::Context as _;
use flate2::{Compression, GzBuilder};

/// Writes `logs/`.
pub(super) struct Raw(PathBuf);

impl Raw {
    pub(super) fn new(out: &Path) -> Self {
        Self(out.join("logs"))
    }

    /// Writes the files of a day.
    pub(super) fn write(&self, day: DayFiles) -> anyhow::Result<()> {
        for file in day.files {
            let path = self.0.join(format!("{}.gz", file.path));
            gzip(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// Without a time in the header, so that the same world has the same bytes.
fn gzip(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut out = GzBuilder::new().mtime(0).write(File::create(path)?, Compression::fast());
    out.write_all(bytes)?;
    out.finish()?.flush()
}

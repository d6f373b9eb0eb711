//! A finished history, and how it is written to a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};

use crate::cloudtrail::DeliveredFile;
use crate::json::{Json, map};
use crate::labels::Label;
use crate::spans::SpanPlan;
use crate::vault::VaultPlan;

/// Logs, plans for logs, inventory and truth.
#[derive(Debug, Clone)]
pub struct History {
    /// CloudTrail files.
    pub cloudtrail: Vec<DeliveredFile>,
    /// What a Vault server is to be asked.
    pub vault: VaultPlan,
    /// What an OpenTelemetry SDK is to write.
    pub spans: SpanPlan,
    /// `workloads.yaml`.
    pub inventory: String,
    /// The truth.
    pub labels: Vec<Label>,
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}; choose a folder that exists or can be made, with room", path.display())]
pub struct WriteError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

impl History {
    /// Writes `logs/cloudtrail/…`, `workloads.yaml`, `labels.ndjson`, `vault-plan.ndjson` and `spans-plan.ndjson`.
    /// What is not a log stays outside of `logs`, so that the folder can be replayed as it is.
    ///
    /// # Errors
    /// Names the first file or folder that could not be written.
    pub fn write(&self, folder: &Path) -> Result<(), WriteError> {
        for file in &self.cloudtrail {
            let path = folder.join("logs/cloudtrail").join(&file.path);
            at(&path, write_records(&path, &file.records))?;
        }
        let inventory = folder.join("workloads.yaml");
        at(&inventory, create(&inventory).and_then(|mut out| out.write_all(self.inventory.as_bytes())))?;
        let labels: Vec<Json> = self.labels.iter().map(Label::json).collect();
        for (name, lines) in [
            ("labels.ndjson", labels),
            ("vault-plan.ndjson", self.vault.lines()),
            ("spans-plan.ndjson", self.spans.lines()),
        ] {
            let path = folder.join(name);
            at(&path, write_lines(&path, &lines))?;
        }
        Ok(())
    }
}

fn at(path: &Path, result: io::Result<()>) -> Result<(), WriteError> {
    result.map_err(|source| WriteError { path: path.to_owned(), source })
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(BufWriter::new(File::create(path)?))
}

fn write_lines(path: &Path, lines: &[Json]) -> io::Result<()> {
    let mut out = create(path)?;
    for line in lines {
        writeln!(out, "{}", line.line())?;
    }
    out.flush()
}

/// `{"Records":[…]}`, gzip, without a time in the header.
fn write_records(path: &Path, records: &[Json]) -> io::Result<()> {
    let mut out = GzBuilder::new().mtime(0).write(create(path)?, Compression::best());
    out.write_all(map([("Records", Json::List(records.to_vec()))]).line().as_bytes())?;
    out.finish()?.flush()
}

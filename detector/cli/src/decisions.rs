//! `decisions.ndjson`, beside the state: what people decided, one line each, chained by hashes so that no line can be
//! changed or taken out of the middle unseen. Lines are only ever added.

mod line;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ambit_schemas::Decisions;
use anyhow::{Context, anyhow, ensure};

pub(crate) use self::line::{Atom, Line, NONE_BEFORE};

use crate::objects::is_url;

const FILE: &str = "decisions.ndjson";
/// A log that is longer is not read.
const MOST_BYTES: u64 = 256 << 20;
const FIX: &str =
    "restore this file from a backup; a decision is taken back by another one, never by an edit";

/// The log of one state.
#[derive(Debug)]
pub(crate) struct DecisionLog {
    folder: PathBuf,
}

/// All lines, and the hash that the next one must quote.
#[derive(Debug)]
struct Chain {
    lines: Vec<Line>,
    head: String,
}

impl DecisionLog {
    /// The log of a folder; it need not exist yet.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// What was decided; nothing where there is no log.
    ///
    /// # Errors
    /// When the log cannot be read, or is not what was written.
    pub(crate) fn load(&self) -> anyhow::Result<Decisions> {
        let path = self.path();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Decisions::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        file.lock_shared().with_context(|| format!("cannot lock {}", path.display()))?;
        let mut decisions = Decisions::default();
        for line in self.chain(&file)?.lines {
            let seq = line.seq;
            line.add_to(&mut decisions).with_context(|| format!("{}:{seq}: {FIX}", path.display()))?;
        }
        Ok(decisions)
    }

    /// Adds a line: its number and the hash before it are filled in here, while nobody else writes. Gives it with its own
    /// hash once it is on disk.
    ///
    /// # Errors
    /// When the log cannot be written, or is damaged.
    pub(crate) fn append(&self, line: Line) -> anyhow::Result<(Line, String)> {
        let path = self.path();
        ensure!(
            !is_url(&self.folder.to_string_lossy()),
            "--state {}: a decision is written beside a state in a folder, and an object cannot be added to; give a folder",
            self.folder.display()
        );
        let written = || format!("cannot write {}", path.display());
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        // What people wrote of their workloads is for those who may read the state.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).with_context(written)?;
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        let chain = self.chain(&file)?;
        let seq = chain.lines.len() as u64 + 1;
        let line = Line { seq, prev: chain.head, ..line };
        let (text, hash) = line.sealed()?;
        file.write_all(format!("{text}\n").as_bytes())
            .and_then(|()| file.sync_all())
            // The name of a new file is durable once its folder is.
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .with_context(written)?;
        Ok((line, hash))
    }

    /// Reads and checks all of a log.
    fn chain(&self, file: &File) -> anyhow::Result<Chain> {
        let path = self.path();
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(
            bytes.len() as u64 <= MOST_BYTES,
            "{}: more than {MOST_BYTES} bytes; begin a new state with a new log",
            path.display()
        );
        let mut chain = Chain { lines: Vec::new(), head: NONE_BEFORE.to_owned() };
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let at = || format!("{}:{}", path.display(), index + 1);
            let Some(line) = line.strip_suffix(b"\n") else {
                return Err(anyhow!(
                    "{}: the line is cut; if a command was interrupted while it wrote, remove this line, else {FIX}",
                    at()
                ));
            };
            let (line, hash) = Line::open(line, index as u64 + 1, &chain.head)
                .map_err(|why| anyhow!("{}: {why}; {FIX}", at()))?;
            chain.lines.push(line);
            chain.head = hash;
        }
        Ok(chain)
    }
}

#[cfg(test)]
mod tests;

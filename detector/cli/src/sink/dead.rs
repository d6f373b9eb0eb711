//! What a sink does not take is kept in a file, one finding a line, with the reason.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::value::RawValue;

use super::Line;

/// The file.
#[derive(Debug)]
pub(super) struct DeadLetters {
    path: PathBuf,
}

#[derive(serde::Serialize)]
struct Letter<'a> {
    reason: &'a str,
    finding: &'a RawValue,
}

impl DeadLetters {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Adds findings; they are on disk when this comes back.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn add(&self, lines: &[Line], reason: &str) -> io::Result<()> {
        let mut text = Vec::new();
        for line in lines {
            let finding = RawValue::from_string(line.json.clone())?;
            serde_json::to_writer(&mut text, &Letter { reason, finding: &finding })?;
            text.push(b'\n');
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(&text)?;
        file.sync_all()
    }
}

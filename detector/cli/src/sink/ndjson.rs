//! Findings as lines of a file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{DeliveryError, Line};
use crate::config::Fsync;

/// Read at once when the last line end is looked for.
const BLOCK: u64 = 64 << 10;

/// A file that lines are appended to.
#[derive(Debug)]
pub(super) struct Ndjson {
    path: PathBuf,
    fsync: Fsync,
    file: Option<File>,
}

impl Ndjson {
    pub(super) const fn new(path: PathBuf, fsync: Fsync) -> Self {
        Self { path, fsync, file: None }
    }

    pub(super) fn deliver(&mut self, lines: &[Line]) -> Result<usize, DeliveryError> {
        self.append(lines).map_err(|error| self.failed(&error))?;
        Ok(lines.len())
    }

    /// Forces to disk what has been written.
    pub(super) fn settle(&mut self) -> Result<(), DeliveryError> {
        let Some(file) = self.file.as_ref().filter(|_| self.fsync == Fsync::Checkpoint) else {
            return Ok(());
        };
        file.sync_data().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> DeliveryError {
        DeliveryError::Retry(format!("{} cannot be written: {error}", self.path.display()))
    }

    /// Lets go of a file that was moved away. The next checkpoint covers its lines, so they are forced to disk; where that
    /// fails it is kept, to be tried again.
    fn leave(&mut self, moved: File) -> io::Result<()> {
        let synced = if self.fsync == Fsync::Never { Ok(()) } else { moved.sync_data() };
        if synced.is_err() {
            self.file = Some(moved);
        }
        synced
    }

    fn append(&mut self, lines: &[Line]) -> io::Result<()> {
        let mut file = match self.file.take() {
            Some(file) if is_at(&file, &self.path) => file,
            moved => {
                if let Some(moved) = moved {
                    self.leave(moved)?;
                }
                open(&self.path)?
            }
        };
        let before = file.metadata()?.len();
        let mut text = String::with_capacity(lines.iter().map(|line| line.json.len() + 1).sum());
        for line in lines {
            text.push_str(&line.json);
            text.push('\n');
        }
        let written = file.write_all(text.as_bytes());
        if written.is_err() {
            // Half a line would be read as one.
            file.set_len(before)?;
        } else if self.fsync == Fsync::Always {
            file.sync_data()?;
        }
        self.file = Some(file);
        written
    }
}

/// Whether a path still leads to the open file: it may have been moved away, to begin a new one.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(open), Ok(there)) = (file.metadata(), path.metadata()) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// Opens a file for appending. Half a line at its end, left by a crash, is taken away: its finding comes again.
fn open(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let mut end = file.metadata()?.len();
    let whole = loop {
        let start = end.saturating_sub(BLOCK);
        let mut block = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        (&file).take(end - start).read_to_end(&mut block)?;
        match block.iter().rposition(|byte| *byte == b'\n') {
            Some(at) => break start + at as u64 + 1,
            None if start == 0 => break 0,
            None => end = start,
        }
    };
    if whole < file.metadata()?.len() {
        file.set_len(whole)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Line> {
        texts.iter().map(|text| Line { uid: (*text).into(), json: (*text).into(), avro: None }).collect()
    }

    #[test]
    fn lines_are_appended_and_a_torn_one_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        for (before, after) in
            [("", "1\n2\n"), ("0\n", "0\n1\n2\n"), ("0\n{\"half", "0\n1\n2\n"), ("half", "1\n2\n")]
        {
            std::fs::write(&path, before).unwrap();
            let mut sink = Ndjson::new(path.clone(), Fsync::Always);
            assert_eq!(sink.deliver(&lines(&["1"])).unwrap(), 1);
            sink.deliver(&lines(&["2"])).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn a_file_that_was_moved_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let mut sink = Ndjson::new(path.clone(), Fsync::Checkpoint);
        sink.deliver(&lines(&["1"])).unwrap();
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        sink.deliver(&lines(&["2"])).unwrap();
        sink.settle().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "2\n");
    }

    #[test]
    fn a_disk_without_room_is_said_and_tried_again() {
        let mut sink = Ndjson::new("/dev/full".into(), Fsync::Never);
        assert!(matches!(sink.deliver(&lines(&["1"])), Err(DeliveryError::Retry(_))));
    }
}

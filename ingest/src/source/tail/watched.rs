//! One file.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ambit_schemas::EventTime;

use super::form::{Form, Head, Look};
use super::mark::{Kept, proof};
use crate::reader::Reader;
use crate::source::Mark;

/// The offset of a file that was read as a whole.
pub(super) const DONE: i64 = i64::MAX;
/// How long a file that lost its name may still grow: its writer may not know yet.
const LINGER: Duration = Duration::from_secs(30);
/// How long a file that does not change is kept open.
const OPEN: Duration = Duration::from_mins(10);

/// A file as the system knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file at a path.
    ///
    /// # Errors
    /// When there is none, or it is none that can be watched.
    pub(super) fn of(path: &Path) -> io::Result<(Self, Metadata)> {
        let metadata = path.metadata()?;
        if !metadata.is_file() {
            // Nothing could be read again after a crash, and to open a pipe waits for who writes it.
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "is a pipe or device and no file that can be watched",
            ));
        }
        Ok((Self { device: metadata.dev(), inode: metadata.ino() }, metadata))
    }

    /// Opens it at a path; another file may be there by now.
    ///
    /// # Errors
    /// When it cannot be opened, or is not there.
    pub(super) fn open(self, path: &Path) -> io::Result<File> {
        let file = File::open(path)?;
        let found = file.metadata()?;
        if (found.dev(), found.ino()) == (self.device, self.inode) {
            return Ok(file);
        }
        Err(io::Error::new(io::ErrorKind::NotFound, "another file has taken its place"))
    }

    pub(super) fn partition(self) -> Arc<str> {
        format!("{:x}:{:x}", self.device, self.inode).into()
    }

    pub(super) fn parse(partition: &str) -> Option<Self> {
        let (device, inode) = partition.split_once(':')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some(Self { device: number(device)?, inode: number(inode)? })
    }
}

/// A file that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) id: FileId,
    pub(super) path: PathBuf,
    pub(super) origin: Arc<str>,
    pub(super) partition: Arc<str>,
    pub(super) form: Form,
    pub(super) head: Head,
    /// Open while lines are read, so that a file that was renamed or removed is read to its end.
    file: Option<File>,
    size: u64,
    /// When it was written to, as the system says; `None` where it does not.
    modified: Option<SystemTime>,
    changed_at: Duration,
    /// The first byte that was not handed on; of a file read as a whole, in its decompressed text.
    pub(super) offset: i64,
    /// The latest event read.
    pub(super) latest: Option<EventTime>,
    /// What there is to read.
    pub(super) rest: Rest,
    /// Whether no path leads to it any longer.
    vanished: bool,
    /// Whether the rest of a line that is too long is being passed over.
    pub(super) passing: bool,
    pub(super) reading: Option<Box<Reader>>,
    /// The file that it is a copy of, while all of it still stands there.
    pub(super) copy_of: Option<FileId>,
}

/// What a file still has to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Something, perhaps.
    Some,
    /// A line that is not ended: it is looked at when the file has been still.
    Tail,
    /// Nothing.
    None,
}

impl Watched {
    /// Opens a file, and goes on from where a mark says, if the file is still the one that it speaks of.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(
        id: FileId,
        path: PathBuf,
        now: Duration,
        kept: Option<&Kept>,
    ) -> io::Result<(Self, Look)> {
        let (metadata, look) = (path.metadata()?, Look::at(&path)?);
        let mut watched = Self {
            id,
            origin: path.to_string_lossy().into(),
            partition: id.partition(),
            form: look.form(),
            head: look.head(),
            file: None,
            size: metadata.len(),
            modified: metadata.modified().ok(),
            changed_at: now,
            offset: 0,
            latest: None,
            rest: Rest::Some,
            vanished: false,
            passing: false,
            reading: None,
            copy_of: None,
            path,
        };
        if let Some(kept) = kept
            && look.begins_with(kept.head)
            && (kept.form == Form::Whole || kept.offset <= watched.end())
        {
            watched.form = kept.form;
            watched.offset = kept.offset;
        }
        Ok((watched, look))
    }

    /// The offset behind the last byte that is stored.
    fn end(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(DONE)
    }

    /// Bytes that are stored.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Passes over everything that is there.
    pub(super) fn skip_to_end(&mut self) {
        self.offset = if self.form == Form::Lines { self.end() } else { DONE };
    }

    /// Takes note that no path may lead to it any longer; [`Watched::look`] says otherwise.
    pub(super) const fn miss(&mut self) {
        self.vanished = true;
    }

    /// Looks at a file again; `true` if it is another one in the place of the old, which is then read from its start.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn look(&mut self, path: PathBuf, metadata: &Metadata, now: Duration) -> io::Result<bool> {
        self.vanished = false;
        if path != self.path {
            self.origin = path.to_string_lossy().into();
            self.path = path;
        }
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        if size == self.size && modified == self.modified {
            if now > self.changed_at + OPEN && self.rest == Rest::None {
                self.file = None;
            }
            return Ok(false);
        }
        let look = Look::at(&self.path)?;
        // One that was only touched is as it was.
        if size == self.size && look.begins_with(self.head) {
            self.modified = modified;
            return Ok(false);
        }
        let grew = size > self.size;
        (self.size, self.modified, self.changed_at) = (size, modified, now);
        // A copy that is still being made has not come to where its original was left.
        if self.form == Form::Lines && look.begins_with(self.head) && (grew || self.offset <= self.end()) {
            self.head = look.head();
            self.rest = Rest::Some;
            return Ok(false);
        }
        // A file that is still being written as a whole has not been begun.
        let begun = self.offset > 0;
        let (fresh, _) = Self::open(self.id, self.path.clone(), now, None)?;
        *self = Self { latest: self.latest, ..fresh };
        Ok(begun)
    }

    /// Whether nothing has ever stood in it.
    pub(super) const fn is_blank(&self) -> bool {
        self.size == 0 && self.offset == 0
    }

    /// Whether it has lost its name while it was not open: its rest must be looked for.
    pub(super) fn is_lost(&self) -> bool {
        self.vanished && self.file.is_none() && self.form == Form::Lines
    }

    /// It is at another path now, which is not watched.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn find(&mut self, path: &Path) -> io::Result<()> {
        self.file = Some(self.id.open(path)?);
        self.rest = Rest::Some;
        Ok(())
    }

    /// Looks at a file that has lost its name; `true` if nothing more can come from it.
    pub(super) fn is_over(&mut self, now: Duration) -> bool {
        if !self.vanished {
            return false;
        }
        if let Some(size) = self.file.as_ref().and_then(|file| file.metadata().ok()).map(|found| found.len())
            && size != self.size
        {
            (self.size, self.changed_at, self.rest) = (size, now, Rest::Some);
        }
        self.rest == Rest::None && (self.form == Form::Whole || now >= self.changed_at + LINGER)
    }

    /// Whether it may have something to read.
    pub(super) fn is_ready(&self, now: Duration, settle: Duration) -> bool {
        match (self.form, self.rest) {
            (_, Rest::None) => false,
            (Form::Lines, Rest::Some) => true,
            (Form::Lines, Rest::Tail) => self.is_still(now, settle),
            (Form::Whole, _) => self.offset == DONE || self.reading.is_some() || self.is_still(now, settle),
        }
    }

    /// Whether it has not changed for some time.
    pub(super) fn is_still(&self, now: Duration, settle: Duration) -> bool {
        self.vanished || now >= self.changed_at + settle
    }

    /// Whether what it lacks at its end will never come.
    pub(super) const fn is_orphan(&self) -> bool {
        self.vanished
    }

    /// The open file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn handle(&mut self) -> io::Result<&File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.id.open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }

    /// How far it has been read.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            partition: self.partition.to_string(),
            offset: self.offset,
            proof: proof(self.form, self.head, &self.path),
        }
    }
}

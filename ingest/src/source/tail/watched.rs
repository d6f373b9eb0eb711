//! One file.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ambit_schemas::EventTime;

use super::copies::Copied;
use super::fault::Fault;
use super::form::{Form, Look};
use super::id::FileId;
use super::known::{Known, Print};
use super::mark::{Kept, proof};
use crate::reader::Reader;
use crate::source::Mark;

/// The offset of a file that was read as a whole.
pub(super) const DONE: i64 = i64::MAX;
/// How long a file that lost its name may still grow: its writer may not know yet.
const LINGER: Duration = Duration::from_secs(30);
/// How long a file that does not change is kept open.
const OPEN: Duration = Duration::from_mins(10);
/// A file that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) id: FileId,
    pub(super) path: PathBuf,
    pub(super) origin: Arc<str>,
    pub(super) partition: Arc<str>,
    pub(super) form: Form,
    pub(super) head: Print,
    /// The bytes before the offset; of a file that is read as a whole its last bytes.
    pub(super) end: Print,
    /// Open while lines are read, so that a file that was renamed or removed is read to its end.
    file: Option<File>,
    size: u64,
    /// When it was written to, as the system says; `None` where it does not.
    modified: Option<SystemTime>,
    changed_at: Duration,
    /// The first byte that was not handed on; of a file read as a whole, in its decompressed text.
    pub(super) offset: i64,
    /// The offset where reading begins, because what stands before it was read elsewhere.
    begin: i64,
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
    pub(super) copy_of: Option<Copied>,
    /// Why it could not be read.
    fault: Option<Fault>,
    /// Where to begin with it.
    begins: Begins,
    /// Up to where nothing but NULs stand behind the offset.
    pub(super) blank: u64,
}

/// Whether it is known where to begin with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    Found,
    /// It has changed since, and nothing was read yet.
    Sought,
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
    /// Opens a file, to read it from its start.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn open(id: FileId, path: PathBuf, now: Duration) -> io::Result<(Self, Look)> {
        let (metadata, look) = (path.metadata()?, Look::at(&path)?);
        let (form, size) = (look.form(), metadata.len());
        let watched = Self {
            id,
            origin: path.to_string_lossy().into(),
            partition: id.partition(),
            form,
            head: look.head(),
            end: match form {
                Form::Lines => Print::of(&[]),
                Form::Whole => Print::of_end(&path, size)?,
            },
            file: None,
            size,
            modified: metadata.modified().ok(),
            changed_at: now,
            offset: 0,
            begin: 0,
            latest: None,
            rest: Rest::Some,
            vanished: false,
            passing: false,
            reading: None,
            copy_of: None,
            fault: None,
            begins: Begins::Found,
            blank: 0,
            path,
        };
        Ok((watched, look))
    }

    /// Goes on from where a mark says; `false` if the file is another one than that of which it speaks, or was changed where
    /// it was read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn go_on(&mut self, look: &Look, kept: &Kept) -> io::Result<bool> {
        let Known { head, offset, end } = kept.known;
        let is_same = look.begins_with(head)
            && match kept.form {
                Form::Whole => kept.size.is_none_or(|size| size == self.size),
                Form::Lines => look.is_plain() && offset <= self.end(),
            };
        let place = match kept.form {
            Form::Whole => self.size,
            Form::Lines => u64::try_from(offset).unwrap_or(0),
        };
        let is_same = is_same
            && match end {
                Some(end) => end.is_before(&self.path, place)?,
                None => true,
            };
        if is_same {
            self.form = kept.form;
            self.begin_at(offset)?;
            self.begin = 0;
        }
        Ok(is_same)
    }

    /// Takes what stands before a place as read.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn begin_at(&mut self, offset: i64) -> io::Result<()> {
        self.end = match self.form {
            Form::Lines => Print::before(&self.id.open(&self.path)?, u64::try_from(offset).unwrap_or(0))?,
            Form::Whole => Print::of_end(&self.path, self.size)?,
        };
        (self.offset, self.begin) = (offset, offset);
        Ok(())
    }

    /// A piece of lines was taken.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.take_to(self.offset.saturating_add(i64::try_from(bytes.len()).unwrap_or(0)), bytes);
    }

    /// Everything before a place was taken; these are the last bytes of it that are at hand.
    pub(super) fn take_to(&mut self, offset: i64, bytes: &[u8]) {
        self.offset = offset;
        let place = u64::try_from(offset).unwrap_or(0);
        let before = |file: &mut Self| Print::before(file.handle()?, place);
        let end = Print::of_lines(bytes).map_or_else(|| before(self), Ok);
        // Where they cannot be read again, the bytes at hand say less, but what is so.
        self.end = end.unwrap_or_else(|_unread| Print::of(bytes));
    }

    /// By what it is known, and how far it was read.
    pub(super) const fn known(&self) -> Known {
        Known { head: self.head, offset: self.offset, end: Some(self.end) }
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
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn skip_to_end(&mut self) -> io::Result<()> {
        self.begin_at(if self.form == Form::Lines { self.end() } else { DONE })
    }

    /// Takes note that no path may lead to it any longer; [`Watched::look`] says otherwise.
    pub(super) const fn miss(&mut self) {
        self.vanished = true;
    }

    /// It is at this path now.
    fn found_at(&mut self, path: PathBuf) {
        self.vanished = false;
        if path != self.path {
            self.origin = path.to_string_lossy().into();
            self.path = path;
        }
    }

    /// Looks at a file again; `true` if it is another one in the place of the old, which is then read from its start.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn look(&mut self, path: PathBuf, metadata: &Metadata, now: Duration) -> io::Result<bool> {
        self.found_at(path);
        let (size, modified) = (metadata.len(), metadata.modified().ok());
        if size == self.size && modified == self.modified {
            if now > self.changed_at + OPEN && self.rest == Rest::None {
                self.file = None;
            }
            return Ok(false);
        }
        let look = Look::at(&self.path)?;
        let place = match self.form {
            Form::Lines => u64::try_from(self.offset).unwrap_or(0),
            Form::Whole => self.size,
        };
        let is_same = look.begins_with(self.head)
            && (self.form == Form::Lines || size == self.size)
            && self.end.is_before(&self.path, place)?;
        // What has just begun may turn out to be a document.
        let is_other = self.offset == 0 && self.copy_of.is_none() && look.form() != self.form;
        match self.form {
            Form::Lines if is_same && !is_other => {
                (self.size, self.modified, self.changed_at) = (size, modified, now);
                self.head = look.head();
                self.rest = Rest::Some;
                Ok(false)
            }
            // It was only touched.
            Form::Whole if is_same => {
                self.modified = modified;
                Ok(false)
            }
            // A file that is still being written as a whole has not been begun.
            _ => {
                let begun = self.offset > 0;
                let (fresh, _) = Self::open(self.id, self.path.clone(), now)?;
                *self = Self { latest: self.latest, ..fresh };
                Ok(begun)
            }
        }
    }

    /// Whether nothing of it was read yet, and it was changed: where to begin must be found anew.
    pub(super) fn is_still_made(&self, metadata: &Metadata) -> bool {
        let is_unread = match self.form {
            // It may be a copy that was just begun.
            Form::Lines => self.size == 0 && self.offset == 0,
            Form::Whole => self.offset == self.begin && self.offset != DONE && self.reading.is_none(),
        };
        is_unread && (self.begins == Begins::Sought || self.has_changed(metadata))
    }

    fn has_changed(&self, metadata: &Metadata) -> bool {
        metadata.len() != self.size || metadata.modified().ok() != self.modified
    }

    /// Whether one that is read as a whole has just changed: as long as it does, where to begin with it is not looked for, which
    /// may cost as much as to read it.
    pub(super) fn is_growing(
        &mut self,
        (path, metadata): (&Path, &Metadata),
        (now, settle): (Duration, Duration),
    ) -> bool {
        self.found_at(path.to_owned());
        if self.form == Form::Whole && self.has_changed(metadata) {
            (self.size, self.modified, self.changed_at) = (metadata.len(), metadata.modified().ok(), now);
            self.begins = Begins::Sought;
        }
        self.begins == Begins::Sought && !self.is_still(now, settle)
    }

    /// Takes over since when another look at the same file found it unchanged.
    pub(super) const fn still_since(&mut self, other: &Self) {
        self.changed_at = other.changed_at;
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
        if self.copy_of.is_some() {
            return true;
        }
        let is_read = self.rest == Rest::None || self.fault.as_ref().is_some_and(|fault| !fault.holds);
        is_read && (self.form == Form::Whole || now >= self.changed_at + LINGER)
    }

    /// Whether it may have something to read.
    pub(super) fn is_ready(&self, now: Duration, settle: Duration) -> bool {
        let is_faulty = self.fault.as_ref().is_some_and(|fault| now < fault.due);
        if self.copy_of.is_some() || is_faulty || self.begins == Begins::Sought {
            return false;
        }
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

    /// The file, to compare it with another.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn view(&self) -> io::Result<File> {
        self.file.as_ref().map_or_else(|| self.id.open(&self.path), File::try_clone)
    }

    /// It could not be read.
    pub(super) fn fails(&mut self, why: String, now: Duration) {
        // It may have to be opened anew.
        if !self.vanished {
            self.file = None;
        }
        self.fault = Some(Fault::after(self.fault.take(), why, now));
    }

    /// It could be read.
    pub(super) fn works(&mut self) {
        self.fault = None;
    }

    /// Why it cannot be read.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_ref().map(|fault| fault.why.as_str())
    }

    /// Whether it could not be read for so long that nobody may wait for it any longer; says so once.
    pub(super) fn is_given_up(&mut self, now: Duration) -> bool {
        self.fault.as_mut().is_some_and(|fault| fault.is_given_up(now))
    }

    /// How far it has been read.
    pub(super) fn mark(&self) -> Mark {
        Mark { partition: self.partition.to_string(), offset: self.offset, proof: proof(self) }
    }
}

//! By what bytes a file is known: its first ones, and those before the place up to which it was read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use ambit_schemas::hash::stable_hash128;

use super::form::Look;
use crate::input::{Input, Opened, open};
use crate::record::Reason;

/// Bytes before the place up to which lines were read that a file is known by.
const END_BYTES: usize = 1_024;
/// The last bytes of a file that is read as a whole: the index of Parquet stands there, and the sums of gzip.
pub(super) const WHOLE_END_BYTES: usize = 64 << 10;

/// Some bytes of a file: how many, and their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Print {
    pub(super) len: usize,
    pub(super) hash: u128,
}

impl Print {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len(), hash: stable_hash128([bytes]) }
    }

    /// Of the last of some bytes that lines were read from; `None` if they are too few to tell.
    pub(super) fn of_lines(bytes: &[u8]) -> Option<Self> {
        bytes.last_chunk::<END_BYTES>().map(|bytes| Self::of(bytes))
    }

    /// Of the bytes before a place up to which lines were read.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn before(file: &File, place: u64) -> io::Result<Self> {
        let len = usize::try_from(place).map_or(END_BYTES, |place| place.min(END_BYTES));
        stored(file, place, len)
    }

    /// Of the last bytes of a file that is read as a whole.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn of_end(path: &Path, size: u64) -> io::Result<Self> {
        let len = usize::try_from(size).map_or(WHOLE_END_BYTES, |size| size.min(WHOLE_END_BYTES));
        stored(&File::open(path)?, size, len)
    }

    /// Whether these are the bytes before a place.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn is_before(self, path: &Path, place: u64) -> io::Result<bool> {
        match stored(&File::open(path)?, place, self.len) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            found => found.map(|found| found == self),
        }
    }
}

/// Of so many bytes before a place, as they are stored.
fn stored(file: &File, place: u64, len: usize) -> io::Result<Print> {
    let mut bytes = vec![0; len];
    let start = place.checked_sub(len as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
    file.read_exact_at(&mut bytes, start)?;
    Ok(Print::of(&bytes))
}

/// A file of lines, and how far it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) head: Print,
    pub(super) offset: i64,
    /// The bytes before the offset; marks of earlier versions do not say.
    pub(super) end: Option<Print>,
}

/// How a file that begins as a known one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It has the same bytes before the place up to which the known one was read.
    Same,
    /// It does not come to that place, yet.
    Shorter,
    /// It is another file.
    Other,
}

impl Known {
    fn place(&self) -> u64 {
        u64::try_from(self.offset).unwrap_or(0)
    }
}

/// How a file fits each of those that begin as it does. They must come in the order of their offsets, so that a
/// compressed file is read once.
///
/// # Errors
/// When it cannot be read.
pub(super) fn fits(path: &Path, look: &Look, known: &[Known]) -> io::Result<Vec<Fit>> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    if look.is_plain() {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let fit = |known: &Known| match known.end {
            _ if size < known.place() => Ok(Fit::Shorter),
            None => Ok(Fit::Same),
            Some(end) if stored(&file, known.place(), end.len)? == end => Ok(Fit::Same),
            Some(_) => Ok(Fit::Other),
        };
        return known.iter().map(fit).collect();
    }
    let opened = open(Input::File(path.to_owned())).map_err(io::Error::other)?;
    let Opened::Stream(mut stream) = opened else { return Ok(vec![Fit::Other; known.len()]) };
    let (mut at, mut window, mut ended) = (0, Vec::new(), false);
    let mut fits = Vec::new();
    for known in known {
        let Some(end) = known.end else {
            fits.push(Fit::Same);
            continue;
        };
        ended = ended || !advance(&mut stream, &mut window, known.place() - at)?;
        if ended {
            fits.push(Fit::Shorter);
            continue;
        }
        at = known.place();
        let is_same = window.len().checked_sub(end.len).is_some_and(|from| Print::of(&window[from..]) == end);
        fits.push(if is_same { Fit::Same } else { Fit::Other });
    }
    Ok(fits)
}

/// Goes so many bytes on and keeps the last of them; `false` if the stream ends before. One that breaks off may not be
/// there wholly yet.
fn advance(stream: &mut impl Read, window: &mut Vec<u8>, count: u64) -> io::Result<bool> {
    let passed = count.saturating_sub(END_BYTES as u64);
    let mut go = || {
        if passed > 0 {
            window.clear();
            if io::copy(&mut stream.by_ref().take(passed), &mut io::sink())? < passed {
                return Ok(false);
            }
        }
        let read = stream.by_ref().take(count - passed).read_to_end(window)?;
        window.drain(..window.len().saturating_sub(END_BYTES));
        Ok(read as u64 == count - passed)
    };
    match go() {
        Err(error) if !is_io(&error) => Ok(false),
        reached => reached,
    }
}

/// Whether a file could not be read, rather than being damaged.
pub(super) fn is_io(error: &io::Error) -> bool {
    let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>());
    reason.is_none_or(|reason| matches!(reason, Reason::Io(_)))
}

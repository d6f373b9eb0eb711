//! Copies: `copytruncate` makes one of a log before it cuts the log short. What stands in both is read once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::News;
use super::form::{Form, Look};
use super::id::FileId;
use super::known::{Fit, Known, fits};
use super::watched::Watched;

/// Bytes by which the end of a copy is compared with its original.
const END_BYTES: u64 = 4_096;
/// Bytes in which the start of a line is looked for.
const LINE_BYTES: u64 = 64 << 10;

/// What a file is a copy of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Copied {
    /// The original.
    pub(super) from: FileId,
    /// Bytes of the copy that were seen to stand in the original too.
    pub(super) held: u64,
}

/// Whether everything in a file that began as a copy still stands in its original, where it will be read.
///
/// # Errors
/// When they cannot be read.
pub(super) fn is_held(copy: &Watched, original: &Watched) -> io::Result<bool> {
    if copy.form != Form::Lines || original.form != Form::Lines {
        return Ok(false);
    }
    let size = copy.size();
    let count = size.min(END_BYTES);
    let end = |file: &Watched| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        file.view()?.read_exact_at(&mut bytes, size - count)?;
        Ok(bytes)
    };
    let is_equal = end(copy).and_then(|copy| Ok(copy == end(original)?));
    match is_equal {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        // One that has lost its name is read to its end if it is found again, and then its copies are set free.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(original.is_orphan()),
        is_equal => is_equal,
    }
}

/// The original of some copies was cut short, or is gone: they are read from where it was left.
pub(super) fn set_free(
    files: &mut BTreeMap<FileId, Watched>,
    (original, known): (FileId, Known),
    news: &mut Vec<News>,
) {
    let is_copy = |file: &&mut Watched| file.copy_of.is_some_and(|copied| copied.from == original);
    for copy in files.values_mut().filter(is_copy) {
        release(copy, Some(known), news);
    }
}

/// Copies that have gone their own way are files like any other.
pub(super) fn look(files: &mut BTreeMap<FileId, Watched>, news: &mut Vec<News>) {
    let copies = files.iter().filter_map(|(id, file)| Some((*id, file.copy_of?.from)));
    for (id, from) in copies.collect::<Vec<_>>() {
        let pair = files.get(&id).zip(files.get(&from));
        let held = pair.map_or(Ok(false), |(copy, original)| is_held(copy, original));
        let known = pair.map(|(_, original)| original.known());
        match (held, files.get_mut(&id)) {
            (Ok(true), Some(copy)) => copy.copy_of = Some(Copied { from, held: copy.size() }),
            (Ok(false), Some(copy)) => release(copy, known, news),
            // It is looked at again.
            (Err(error), Some(copy)) => news.push(super::trouble(&copy.path, error)),
            (_, None) => {}
        }
    }
}

/// A copy waits no longer. It is read from where its original was left, if the two are the same up to there; else behind
/// the lines that were seen in both, if the original was read so far.
fn release(copy: &mut Watched, original: Option<Known>, news: &mut Vec<News>) {
    if let Some((copied, known)) = copy.copy_of.take().zip(original)
        && let Err(error) = begin(copy, copied.held, known).and_then(|offset| copy.begin_at(offset))
    {
        // All of it is read; what is known of it is dropped as repeated.
        news.push(super::trouble(&copy.path, error));
    }
    news.push(News::Found(Arc::clone(&copy.partition)));
}

fn begin(copy: &Watched, held: u64, known: Known) -> io::Result<i64> {
    if fits(&copy.path, &Look::at(&copy.path)?, &[known])? == [Fit::Same] {
        return Ok(known.offset);
    }
    if known.offset < i64::try_from(held).unwrap_or(i64::MAX) {
        return Ok(0);
    }
    line_start(&copy.view()?, held)
}

/// Where the line begins that goes on at a place, or that begins there.
fn line_start(file: &File, place: u64) -> io::Result<i64> {
    let count = place.min(LINE_BYTES);
    let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
    file.read_exact_at(&mut bytes, place - count)?;
    let line = memchr::memrchr(b'\n', &bytes).map_or(0, |newline| place - count + newline as u64 + 1);
    Ok(i64::try_from(line).unwrap_or(0))
}

//! Reading pieces: lines as they come, or the next batch of a whole file.

use std::io;
use std::os::unix::fs::FileExt;

use ambit_schemas::Position;
use memchr::{memchr, memrchr};

use super::TailSettings;
use super::watched::{DONE, Rest, Watched};
use crate::decode::Decoder;
use crate::frame::{Frame, Framer};
use crate::reader::Reader;
use crate::record::{Delivery, RawRecord, Reason};

/// Read at once.
const CHUNK: usize = 1 << 20;

/// What there was to read.
#[derive(Debug)]
pub(super) enum Piece {
    /// This; nothing where only blanks were passed, or the end of a whole file.
    Some { delivery: Option<Delivery>, bytes: u64 },
    /// Nothing, for now.
    End,
}

/// A stretch of a file that can be taken.
enum Stretch {
    Lines(Vec<u8>),
    /// So many bytes without a line end, and more to come.
    TooLong(usize),
    Nothing(Rest),
}

/// Reads up to the last line end that is there.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn lines(
    watched: &mut Watched,
    decoder: &mut Decoder,
    settings: &TailSettings,
    still: bool,
) -> io::Result<Piece> {
    let limit = settings.decode.max_record_bytes;
    let taken = match stretch(watched, limit, still)? {
        Stretch::Nothing(rest) => {
            watched.rest = rest;
            return Ok(Piece::End);
        }
        Stretch::TooLong(length) => {
            if !std::mem::replace(&mut watched.passing, true) {
                decoder.reject(None, place(watched, 0), Reason::TooLong { limit });
            }
            length
        }
        Stretch::Lines(bytes) => {
            let passed = match memchr(b'\n', &bytes) {
                Some(newline) if watched.passing => newline + 1,
                _ => 0,
            };
            watched.passing = false;
            decode(watched, &bytes, passed, decoder, limit);
            bytes.len()
        }
    };
    watched.offset = watched.offset.saturating_add(i64::try_from(taken).unwrap_or(0));
    Ok(Piece::Some { delivery: decoder.flush(), bytes: taken as u64 })
}

fn stretch(watched: &mut Watched, limit: usize, still: bool) -> io::Result<Stretch> {
    let start = u64::try_from(watched.offset).unwrap_or(0);
    let orphan = watched.is_orphan();
    let file = watched.handle()?;
    let mut bytes = Vec::new();
    loop {
        let want = (bytes.len() * 2).max(CHUNK);
        let held = bytes.len();
        bytes.resize(want, 0);
        let count = read_at(file, &mut bytes[held..], start + held as u64)?;
        bytes.truncate(held + count);
        if let Some(newline) = memrchr(b'\n', &bytes) {
            bytes.truncate(newline + 1);
            return Ok(Stretch::Lines(bytes));
        }
        if bytes.len() < want {
            break;
        }
        if bytes.len() > limit {
            return Ok(Stretch::TooLong(bytes.len()));
        }
    }
    let ended = is_whole(&bytes, limit);
    Ok(if bytes.is_empty() || (still && !ended && !orphan) {
        Stretch::Nothing(Rest::None)
    } else if still {
        Stretch::Lines(bytes)
    } else {
        Stretch::Nothing(Rest::Tail)
    })
}

/// Whether what stands behind the last line end may be taken before it is ended itself: a writer that stops may have
/// written any part of a record, and some parts end as a whole one does.
fn is_whole(bytes: &[u8], limit: usize) -> bool {
    let mut framer = Framer::new(bytes, limit);
    let mut is_whole = matches!(bytes.trim_ascii_end().last(), Some(b'}' | b']'));
    while let Some(frame) = framer.next_frame().filter(|_| is_whole) {
        is_whole = !matches!(frame, Frame::Broken { reason: Reason::Truncated, .. });
    }
    is_whole
}

fn decode(watched: &Watched, bytes: &[u8], passed: usize, decoder: &mut Decoder, limit: usize) {
    let mut framer = Framer::new(&bytes[passed..], limit);
    while let Some(frame) = framer.next_frame() {
        match frame {
            Frame::Record { offset, bytes } => {
                let place = place(watched, passed as u64 + offset);
                decoder.push(&RawRecord::of_file(bytes, &watched.origin, place.offset));
            }
            Frame::Broken { offset, reason } => {
                decoder.reject(None, place(watched, passed as u64 + offset), reason);
            }
        }
    }
}

/// A place so many bytes behind the offset.
fn place(watched: &Watched, bytes: u64) -> Position {
    let offset = watched.offset.saturating_add(i64::try_from(bytes).unwrap_or(0));
    Position { origin: watched.origin.clone(), partition: None, offset }
}

/// Reads the next batch of a file that is read as a whole.
///
/// # Errors
/// When it cannot be opened.
pub(super) fn whole(watched: &mut Watched, settings: &TailSettings) -> io::Result<Piece> {
    if watched.offset == DONE {
        watched.rest = Rest::None;
        return Ok(Piece::End);
    }
    let mut reader = if let Some(reader) = watched.reading.take() {
        reader
    } else {
        let opened = Reader::open(std::slice::from_ref(&watched.path), settings.decode.clone());
        let mut reader = Box::new(opened.map_err(io::Error::other)?);
        if watched.offset > 0 {
            // Record by record, so that exactly what was handed on before is passed over.
            reader.deliver_rows(1);
        }
        reader
    };
    let before = reader.progress().bytes_read;
    while let Some(delivery) = reader.next() {
        let places = delivery.upto.iter().map(|place| place.offset);
        let end = places.chain(delivery.rejects.iter().map(|reject| reject.position.offset)).max();
        let end = end.unwrap_or(0);
        // Handed on before a restart.
        if end < watched.offset {
            continue;
        }
        watched.offset = end.saturating_add(1).min(DONE - 1);
        reader.deliver_rows(settings.decode.batch_rows);
        let bytes = reader.progress().bytes_read - before;
        watched.reading = Some(reader);
        return Ok(Piece::Some { delivery: Some(delivery), bytes });
    }
    watched.offset = DONE;
    Ok(Piece::Some { delivery: None, bytes: reader.progress().bytes_read - before })
}

/// Reads until the buffer is full or the file ends.
fn read_at(file: &std::fs::File, into: &mut [u8], start: u64) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match file.read_at(&mut into[count..], start + count as u64) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

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
use crate::record::{Delivery, RawRecord, Reason, Reject};

/// Read at once.
const CHUNK: usize = 1 << 20;
/// Looked at together, where a hole is passed over.
const BLOCK: usize = 4 << 10;

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
    /// Bytes without a line end, and more to come.
    TooLong(Vec<u8>),
    /// So many NULs, and something behind them.
    Hole(i64),
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
        Stretch::Hole(end) => {
            let passed = end.abs_diff(watched.offset);
            watched.take_to(end, &[]);
            return Ok(Piece::Some { delivery: None, bytes: passed });
        }
        Stretch::TooLong(bytes) => {
            if !std::mem::replace(&mut watched.passing, true) {
                decoder.reject(None, place(watched, 0), Reason::TooLong { limit });
            }
            bytes
        }
        Stretch::Lines(bytes) => {
            let passed = match memchr(b'\n', &bytes) {
                Some(newline) if watched.passing => newline + 1,
                _ => 0,
            };
            watched.passing = false;
            decode(watched, &bytes, passed, decoder, limit);
            bytes
        }
    };
    watched.take(&taken);
    Ok(Piece::Some { delivery: decoder.flush(), bytes: taken.len() as u64 })
}

fn stretch(watched: &mut Watched, limit: usize, still: bool) -> io::Result<Stretch> {
    let start = u64::try_from(watched.offset).unwrap_or(0);
    let (orphan, blank) = (watched.is_orphan(), watched.blank);
    let file = watched.handle()?;
    let mut bytes = Vec::new();
    loop {
        let want = (bytes.len() * 2).max(CHUNK);
        let held = bytes.len();
        bytes.resize(want, 0);
        let count = read_at(file, &mut bytes[held..], start + held as u64)?;
        bytes.truncate(held + count);
        if held == 0 && bytes.first() == Some(&0) {
            let blank = blank.max(start);
            return Ok(match behind_hole(file, blank)? {
                Ok(end) => Stretch::Hole(i64::try_from(end).unwrap_or(i64::MAX)),
                // They may be room for what is written next; so far they need not be looked at again.
                Err(end) => {
                    watched.blank = end;
                    Stretch::Nothing(Rest::None)
                }
            });
        }
        if let Some(newline) = memrchr(b'\n', &bytes) {
            bytes.truncate(newline + 1);
            return Ok(Stretch::Lines(bytes));
        }
        if bytes.len() < want {
            break;
        }
        if bytes.len() > limit {
            return Ok(Stretch::TooLong(bytes));
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

/// Where something stands behind a hole: a log that was cut short, while its writer goes on where it was, begins with NULs.
/// `Err` with the end of the file if there is nothing but them.
fn behind_hole(file: &std::fs::File, start: u64) -> io::Result<Result<u64, u64>> {
    let (mut at, mut bytes) = (start, vec![0; CHUNK]);
    loop {
        let count = read_at(file, &mut bytes, at)?;
        bytes.truncate(count);
        if bytes.is_empty() {
            return Ok(Err(at));
        }
        let blank = |block: &[u8]| block.iter().fold(0, |any, byte| any | byte) == 0;
        let blocks = bytes.chunks(BLOCK).take_while(|block| blank(block)).count() * BLOCK;
        if let Some(within) = bytes.iter().skip(blocks).position(|byte| *byte != 0) {
            return Ok(Ok(at + (blocks + within) as u64));
        }
        at += bytes.len() as u64;
        bytes.resize(CHUNK, 0);
    }
}

/// Whether what stands behind the last line end may be taken before it is ended itself: a writer that stops may have
/// written any part of a record, and some parts end as a whole one does.
fn is_whole(bytes: &[u8], limit: usize) -> bool {
    let mut framer = Framer::new(bytes, limit);
    let mut is_whole = matches!(bytes.trim_ascii_end().last(), Some(b'}' | b']'));
    while let Some(frame) = framer.next_frame().filter(|_| is_whole) {
        is_whole = match frame {
            Frame::Broken { reason: Reason::Truncated, .. } => false,
            // Behind words of its line a record is told by its end.
            Frame::Broken { reason: Reason::NoRecord, .. } => memchr(b'{', bytes).is_none(),
            _ => true,
        };
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
    while let Some(mut delivery) = reader.next() {
        let fault = take_fault(&mut delivery);
        let places = delivery.upto.iter().map(|place| place.offset);
        let end = places.chain(delivery.rejects.iter().map(|reject| reject.position.offset)).max();
        let end = end.unwrap_or(0);
        // Handed on before a restart, or before it could not be read.
        let is_known = end < watched.offset || (delivery.batch.is_empty() && delivery.rejects.is_empty());
        match fault {
            // What stands before it is handed on; then it is tried again.
            Some(fault) if is_known => return Err(io::Error::other(fault.reason)),
            None if end < watched.offset => continue,
            _ => {}
        }
        watched.offset = end.saturating_add(1).min(DONE - 1);
        reader.deliver_rows(settings.decode.batch_rows);
        let bytes = reader.progress().bytes_read - before;
        watched.reading = fault.is_none().then_some(reader);
        return Ok(Piece::Some { delivery: Some(delivery), bytes });
    }
    watched.offset = DONE;
    Ok(Piece::Some { delivery: None, bytes: reader.progress().bytes_read - before })
}

/// Takes out of a delivery that a file could not be read on: that is no fault of what stands in it.
fn take_fault(delivery: &mut Delivery) -> Option<Reject> {
    let at = delivery.rejects.iter().position(|reject| matches!(reject.reason, Reason::Io(_)))?;
    Some(delivery.rejects.swap_remove(at))
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

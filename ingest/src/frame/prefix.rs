//! A record behind words of its line: the header of syslog, the `prefix` of an audit device. Vault writes so. Of any other source
//! there is none: what some program logs last on a line may be chosen by those who are watched, and would be taken for theirs.

use std::io::Read;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::buffer::Buffer;
use crate::decode::Format;
use crate::json::{Fault, Json};

/// The most that stands before a record.
const MAX_PREFIX: usize = 512;

/// The object behind the words with which the unread bytes begin, if it ends where its line does.
pub(super) fn record<R: Read>(buffer: &mut Buffer<R>, limit: usize) -> Option<Range<usize>> {
    let start = brace(buffer)?;
    let len = object(buffer, start, limit)?;
    let end = start + len;
    let is_line = memchr(b'\n', buffer.unread().get(start..end)?).is_none();
    let is_vaults = is_line && Format::of(buffer.unread().get(start..end)?) == Some(Format::Vault);
    (is_vaults && ends_line(buffer, end)).then_some(start..end)
}

/// Where the first brace stands, if that is on the first line.
fn brace<R: Read>(buffer: &mut Buffer<R>) -> Option<usize> {
    loop {
        let unread = buffer.unread();
        let near = unread.get(..MAX_PREFIX).unwrap_or(unread);
        if let Some(at) = memchr2(b'{', b'\n', near) {
            return (near.get(at) == Some(&b'{')).then_some(at);
        }
        if near.len() == MAX_PREFIX || !buffer.fill() {
            return None;
        }
    }
}

/// How long the object is that begins at a place.
fn object<R: Read>(buffer: &mut Buffer<R>, start: usize, limit: usize) -> Option<usize> {
    loop {
        let rest = buffer.unread().get(start..)?;
        let mut json = Json::of_bytes(rest);
        match json.skip() {
            Ok(()) => return Some(json.at()).filter(|len| *len <= limit),
            Err(Fault::Cut) if rest.len() <= limit && memchr(b'\n', rest).is_none() => {}
            Err(_) => return None,
        }
        let held = buffer.unread().len();
        if !buffer.fill_to(held * 2) {
            return None;
        }
    }
}

/// Whether nothing but blanks follows on the line.
fn ends_line<R: Read>(buffer: &mut Buffer<R>, end: usize) -> bool {
    loop {
        let mut rest = buffer.unread().iter().skip(end);
        match rest.find(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).copied() {
            Some(byte) => return byte == b'\n',
            None if !buffer.fill() => return true,
            None => {}
        }
    }
}

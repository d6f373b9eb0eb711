//! What sort of file it is, and by which first bytes it is known.

use std::io::{self, Read};
use std::path::Path;

use memchr::memchr;

use super::known::{Print, is_io};
use crate::frame::{Frame, Framer, opens_envelope};
use crate::input::{Input, Opened, open};

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Line by line, as it grows.
    Lines,
    /// As a whole, once it has stopped changing.
    Whole,
}

impl Form {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Whole => "whole",
        }
    }

    fn of_line(line: &[u8]) -> Self {
        if line.starts_with(b"[") { Self::Whole } else { Self::Lines }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Lines, Self::Whole].into_iter().find(|form| form.as_str() == text)
    }
}

/// First bytes that a file is known by.
const HEAD_BYTES: usize = 1_024;
/// A head that is shorter tells little.
const LEAST_HEAD_BYTES: usize = 64;
/// Bytes in which the first line must end to be looked at, and those behind it.
const LOOK_BYTES: usize = 64 << 10;

/// The first bytes of a file, decompressed, and whether they are stored as they are.
#[derive(Debug)]
pub(super) struct Look {
    bytes: Vec<u8>,
    head: Print,
    plain: bool,
}

impl Look {
    /// Looks at the start of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let opened =
            open(Input::File(path.to_owned())).map_err(|reason| io::Error::other(reason.to_string()))?;
        // The first bytes of a Parquet file tell nothing.
        let Opened::Stream(stream) = opened else { return Ok(Self::of(Vec::new(), false)) };
        let plain = stream.is_plain();
        let mut bytes = Vec::new();
        match stream.take(LOOK_BYTES as u64).read_to_end(&mut bytes) {
            Err(error) if is_io(&error) => Err(error),
            // A compressed file may not be there wholly yet: what has come of it is enough.
            _ => Ok(Self::of(bytes, plain)),
        }
    }

    fn of(bytes: Vec<u8>, plain: bool) -> Self {
        let first = bytes.get(..HEAD_BYTES).unwrap_or(&bytes);
        // NULs are room for what will be written.
        let len = first.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let head = Print::of(&first[..len]);
        Self { bytes, head, plain }
    }

    /// The head.
    pub(super) const fn head(&self) -> Print {
        self.head
    }

    /// Whether the bytes are stored as they are.
    pub(super) const fn is_plain(&self) -> bool {
        self.plain
    }

    /// Whether the file begins with these bytes.
    pub(super) fn begins_with(&self, head: Print) -> bool {
        if head.len == self.head.len {
            return head == self.head;
        }
        self.bytes.get(..head.len).is_some_and(|bytes| Print::of(bytes) == head)
    }

    /// Whether the head says enough to know a copy by.
    pub(super) fn is_copy_of(&self, head: Print) -> bool {
        head.len >= LEAST_HEAD_BYTES && self.begins_with(head)
    }

    /// How to read it. A file whose first line is no whole record is a document, unless lines follow that are: then that
    /// one was torn.
    pub(super) fn form(&self) -> Form {
        if !self.plain {
            return Form::Whole;
        }
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0).count();
        let text = &text[blanks..];
        let newline = memchr(b'\n', text);
        match newline.map(|newline| text[..newline].trim_ascii_end()) {
            // A record, or something that is none.
            Some(line) if line.ends_with(b"}") || !line.starts_with(b"{") => Form::of_line(line),
            Some(_) if is_followed_by_record(text) => Form::Lines,
            Some(_) => Form::Whole,
            None if text.first() == Some(&b'[') || opens_envelope(text) => Form::Whole,
            None => Form::Lines,
        }
    }
}

/// Whether a whole record stands on a line of its own, where no document can have one: before it there is a comma, a
/// colon or a bracket.
fn is_followed_by_record(text: &[u8]) -> bool {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let mut before = lines.next().unwrap_or_default().trim_ascii_end();
    for line in lines.map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty()) {
        let inside = matches!(before.last(), Some(b',' | b':' | b'[' | b'{'));
        if !inside && line.starts_with(b"{") && line.ends_with(b"}") && is_record(line) {
            return true;
        }
        before = line;
    }
    false
}

fn is_record(line: &[u8]) -> bool {
    let mut framer = Framer::new(line, line.len());
    matches!(framer.next_frame(), Some(Frame::Record { bytes, .. }) if bytes.len() == line.len())
}

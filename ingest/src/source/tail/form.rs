//! What sort of file it is, and by which first bytes it is known.

use std::io::{self, Read};
use std::path::Path;

use ambit_schemas::hash::stable_hash128;
use memchr::memchr;

use crate::frame::opens_envelope;
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

/// The first bytes of a file, decompressed: how many, and their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head {
    pub(super) len: usize,
    pub(super) hash: u128,
}

/// Bytes that a file is known by.
const HEAD_BYTES: usize = 1_024;
/// A head that is shorter tells little.
const LEAST_HEAD_BYTES: usize = 64;
/// Bytes in which the first line must end to be looked at.
const LOOK_BYTES: usize = 64 << 10;

/// The first bytes of a file, and whether they are stored as they are.
#[derive(Debug)]
pub(super) struct Look {
    bytes: Vec<u8>,
    plain: bool,
}

impl Look {
    /// Looks at the start of a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn at(path: &Path) -> io::Result<Self> {
        let opened =
            open(Input::File(path.to_owned())).map_err(|reason| io::Error::other(reason.to_string()))?;
        let Opened::Stream(stream) = opened else { return Ok(Self { bytes: Vec::new(), plain: false }) };
        let plain = stream.is_plain();
        let mut bytes = Vec::new();
        let read = stream.take(LOOK_BYTES as u64).read_to_end(&mut bytes);
        // A compressed file may not be there wholly yet: what has come of it is enough.
        if plain { read.map(|_| ()) } else { Ok(()) }?;
        Ok(Self { bytes, plain })
    }

    /// The head.
    pub(super) fn head(&self) -> Head {
        self.first(HEAD_BYTES)
    }

    fn first(&self, most: usize) -> Head {
        let bytes = self.bytes.get(..most).unwrap_or(&self.bytes);
        Head { len: bytes.len(), hash: stable_hash128([bytes]) }
    }

    /// Whether the file begins with these bytes.
    pub(super) fn begins_with(&self, head: Head) -> bool {
        head.len <= self.bytes.len() && self.first(head.len) == head
    }

    /// Whether the head says enough to know a copy by.
    pub(super) fn is_copy_of(&self, head: Head) -> bool {
        head.len >= LEAST_HEAD_BYTES && self.begins_with(head)
    }

    /// How to read it. A file whose first line is no whole record is a document.
    pub(super) fn form(&self) -> Form {
        if !self.plain {
            return Form::Whole;
        }
        let text = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes).trim_ascii_start();
        let line = memchr(b'\n', text).map(|newline| text[..newline].trim_ascii_end());
        match line {
            // A record, or something that is none.
            Some(line) if line.ends_with(b"}") || !line.starts_with(b"{") => Form::of_line(line),
            Some(_) => Form::Whole,
            None if text.first() == Some(&b'[') || opens_envelope(text) => Form::Whole,
            None => Form::Lines,
        }
    }
}

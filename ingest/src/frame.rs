//! Cuts a stream of bytes into records: lines, one document, many documents, the elements of an array, the elements of
//! an envelope such as `{"Records":[…]}`.
//!
//! Memory is bounded by the greatest record, not by the stream: a file that is one line of many gigabytes flows
//! through. A broken record costs itself: reading goes on at the next place where a record can begin, which is the next
//! element of its array where its end can be told, else the next line that begins as records here begin.

mod buffer;
mod envelope;
mod prefix;
mod resync;
mod seek;

use std::io::Read;
use std::ops::Range;

use memchr::memchr;

use buffer::Buffer;
use envelope::{Document, document};
pub(crate) use envelope::{is_control, opens_envelope};
use seek::{Brackets, Found, Seek};

use crate::json::{Fault, Json, MAX_DEPTH};
use crate::record::Reason;

/// A line up to this long is cut at its newline without looking inside.
const LINE_BYTES: usize = 64 << 10;

/// Broken elements of a stream whose surroundings are searched for the next element; later ones cost their line.
const PATIENCE: u32 = 10_000;

/// A piece of the stream; offsets are bytes from its start.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A record. It looks like JSON, but only its decoder knows.
    Record {
        /// Its first byte.
        offset: u64,
        /// The record.
        bytes: &'a [u8],
    },
    /// Something that is no record.
    Broken {
        /// Its first byte.
        offset: u64,
        /// What is wrong with it.
        reason: Reason,
    },
}

/// Where in the stream's structure the framer stands.
#[derive(Debug, Clone, Copy)]
enum Mode {
    /// At the very start.
    Start,
    /// Between documents.
    Top,
    /// In the rest of a line that begins no record.
    Junk,
    /// Between the elements of an array; of an envelope's, if so.
    Array { envelope: bool },
    /// Behind an envelope's array, before its closing brace.
    Tail,
    /// After something broken.
    Seek(Seek),
    /// At the end.
    Done,
}

/// What one step found.
#[derive(Debug)]
enum Step {
    /// A record, as a range of the unread bytes.
    Record(Range<usize>),
    Broken(u64, Reason),
    /// Nothing yet.
    Again,
    End,
}

/// Cuts what a reader gives.
#[derive(Debug)]
pub struct Framer<R> {
    buffer: Buffer<R>,
    mode: Mode,
    /// The greatest length of a record.
    limit: usize,
    /// The blanks since the line's start, if there was nothing else on it.
    indent: Option<usize>,
    /// Whether brackets left over from something broken are passed in silence.
    debris: bool,
    /// How often the next element may still be looked for inside a broken one; bounds the work on a hostile file.
    patience: u32,
}

impl<R: Read> Framer<R> {
    /// A framer for a stream; a record longer than `limit` bytes is passed over.
    pub fn new(reader: R, limit: usize) -> Self {
        Self {
            buffer: Buffer::new(reader),
            mode: Mode::Start,
            limit,
            indent: Some(0),
            debris: false,
            patience: PATIENCE,
        }
    }

    /// The stream.
    pub const fn get_ref(&self) -> &R {
        self.buffer.get_ref()
    }

    /// Bytes of the stream that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.buffer.bytes_read()
    }

    /// The next record or broken piece; `None` at the end.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        loop {
            let step = match self.mode {
                Mode::Start => self.start(),
                Mode::Top => self.top(),
                Mode::Junk => self.junk(),
                Mode::Array { envelope } => self.array(envelope),
                Mode::Tail => self.tail(),
                Mode::Seek(seek) => self.seek(seek),
                Mode::Done => return None,
            };
            match step {
                Step::Again => {}
                Step::End => match self.buffer.take_fault() {
                    Some(reason) => return Some(Frame::Broken { offset: self.buffer.offset(), reason }),
                    None => self.mode = Mode::Done,
                },
                Step::Broken(offset, reason) => return Some(Frame::Broken { offset, reason }),
                Step::Record(range) => {
                    self.indent = None;
                    self.debris = false;
                    let offset = self.buffer.offset() + range.start as u64;
                    return Some(Frame::Record { offset, bytes: self.buffer.take(&range) });
                }
            }
        }
    }

    fn start(&mut self) -> Step {
        while self.buffer.unread().len() < 3 && self.buffer.fill() {}
        match self.buffer.unread() {
            [0xef, 0xbb, 0xbf, ..] => self.buffer.consume(3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                self.mode = Mode::Done;
                let reason = Reason::Unsupported("UTF-16 text; convert it to UTF-8");
                return Step::Broken(0, reason);
            }
            _ => {}
        }
        self.mode = Mode::Top;
        Step::Again
    }

    /// Passes over white space, and over commas, debris and holes (which are read as NULs) between documents. Returns the
    /// byte that follows.
    fn next_byte(&mut self) -> Option<u8> {
        loop {
            let unread = self.buffer.unread();
            let (debris, between) = (self.debris, matches!(self.mode, Mode::Top));
            let passed = |byte: u8| match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => true,
                b'\0' => between,
                b'}' => debris,
                b']' => debris && between,
                _ => false,
            };
            let blanks = unread.iter().take_while(|byte| passed(**byte)).count();
            if let Some(newline) = memchr::memrchr(b'\n', &unread[..blanks]) {
                self.indent = Some(blanks - newline - 1);
            } else if let Some(indent) = &mut self.indent {
                *indent += blanks;
            }
            let next = unread.get(blanks).copied();
            self.buffer.consume(blanks);
            if next.is_some() || !self.buffer.fill() {
                return next;
            }
        }
    }

    fn top(&mut self) -> Step {
        match self.next_byte() {
            None => Step::End,
            Some(b'{') => self.line().unwrap_or_else(|| self.document()),
            Some(b'[') => {
                self.buffer.consume(1);
                self.indent = None;
                self.mode = Mode::Array { envelope: false };
                Step::Again
            }
            Some(first) => self.prefixed(first).unwrap_or_else(|| {
                self.mode = Mode::Junk;
                Step::Broken(self.buffer.offset(), Reason::NoRecord)
            }),
        }
    }

    /// A line whose record stands behind another's words.
    fn prefixed(&mut self, first: u8) -> Option<Step> {
        // What is left of something broken may hold anything, also what looks like a record.
        if self.debris || first == b'"' {
            return None;
        }
        let found = prefix::record(&mut self.buffer, self.limit)?;
        Some(Step::Record(found))
    }

    fn junk(&mut self) -> Step {
        let unread = self.buffer.unread();
        if let Some(newline) = memchr(b'\n', unread) {
            self.buffer.consume(newline);
            self.mode = Mode::Top;
            return Step::Again;
        }
        let rest = unread.len();
        self.buffer.consume(rest);
        if self.buffer.fill() { Step::Again } else { Step::End }
    }

    /// A line that is one record, told by its ends: it closes with a brace, and the next line opens a value. That
    /// cannot happen inside a JSON document, where a comma would stand between. `None` where it must be looked into.
    fn line(&mut self) -> Option<Step> {
        let newline = loop {
            let unread = self.buffer.unread();
            let near = unread.get(..LINE_BYTES).unwrap_or(unread);
            let newline = memchr(b'\n', near);
            let known = newline.is_some_and(|newline| newline + 1 < unread.len());
            if known || (newline.is_none() && near.len() == LINE_BYTES) || !self.buffer.fill() {
                break newline?;
            }
        };
        let unread = self.buffer.unread();
        let line = unread[..newline].trim_ascii_end();
        let follows = matches!(unread.get(newline + 1), None | Some(b'{' | b'['));
        if !follows || line.last() != Some(&b'}') || opens_envelope(line) {
            return None;
        }
        if line.len() > self.limit {
            let offset = self.buffer.offset();
            self.buffer.consume(newline);
            return Some(Step::Broken(offset, Reason::TooLong { limit: self.limit }));
        }
        Some(Step::Record(0..line.len()))
    }

    /// A document, or the opening of an envelope.
    fn document(&mut self) -> Step {
        let mut json = Json::of_bytes(self.buffer.unread());
        match document(&mut json) {
            Ok(Document::Whole) => self.whole(json.at()),
            Ok(Document::Envelope) => {
                let opened = json.at();
                self.buffer.consume(opened);
                self.indent = None;
                self.mode = Mode::Array { envelope: true };
                Step::Again
            }
            Err(fault) => {
                let at = json.at();
                self.unfinished(fault, at, None)
            }
        }
    }

    fn whole(&mut self, len: usize) -> Step {
        if len <= self.limit {
            return Step::Record(0..len);
        }
        let offset = self.buffer.offset();
        self.buffer.consume(len);
        Step::Broken(offset, Reason::TooLong { limit: self.limit })
    }

    /// A value that is not whole: reads on if that may help, else says what is wrong and goes on behind it.
    fn unfinished(&mut self, fault: Fault, at: usize, array: Option<bool>) -> Step {
        let offset = self.buffer.offset();
        let held = self.buffer.unread().len();
        let (reason, brackets) = match fault {
            Fault::Cut if held <= self.limit => {
                if self.buffer.fill_to(held * 2) {
                    return Step::Again;
                }
                let reason = self.buffer.take_fault().unwrap_or(Reason::Truncated);
                self.buffer.consume(held);
                self.mode = Mode::Done;
                return Step::Broken(offset, reason);
            }
            Fault::Cut => (Reason::TooLong { limit: self.limit }, Some(Brackets::default())),
            Fault::TooDeep => (Reason::TooDeep { limit: MAX_DEPTH }, Some(Brackets::default())),
            Fault::Broken => (Reason::Json { at }, None),
        };
        if array.is_some() && brackets.is_none() && self.patience > 0 {
            while self.buffer.unread().len() < resync::WINDOW && self.buffer.fill() {}
            self.patience -= 1;
            if let Some(next) = resync::next_element(self.buffer.unread(), at, self.indent) {
                self.buffer.consume(next);
                self.indent = None;
                return Step::Broken(offset, reason);
            }
        }
        self.mode = Mode::Seek(Seek { array, indent: array.and(self.indent), brackets });
        self.buffer.consume(usize::from(brackets.is_none()));
        Step::Broken(offset, reason)
    }

    fn seek(&mut self, mut seek: Seek) -> Step {
        let found = seek.step(&mut self.buffer);
        self.mode = match (found, seek.array) {
            (Found::Nothing, _) => Mode::Seek(seek),
            (Found::End, _) => return Step::End,
            (Found::Element | Found::ValueEnd, Some(envelope)) => Mode::Array { envelope },
            (Found::Element | Found::ValueEnd, None) => Mode::Top,
            (Found::Document, _) => {
                self.debris = true;
                Mode::Top
            }
        };
        self.indent = (!matches!(found, Found::ValueEnd)).then_some(0);
        Step::Again
    }

    fn array(&mut self, envelope: bool) -> Step {
        let Some(next) = self.next_byte() else {
            self.mode = Mode::Done;
            let reason = self.buffer.take_fault().unwrap_or(Reason::Truncated);
            return Step::Broken(self.buffer.offset(), reason);
        };
        if next == b']' {
            self.buffer.consume(1);
            self.mode = if envelope { Mode::Tail } else { Mode::Top };
            return Step::Again;
        }
        if next == b'}' {
            self.debris = true;
            return Step::Broken(self.buffer.offset(), Reason::Json { at: 0 });
        }
        let mut json = Json::of_bytes(self.buffer.unread());
        let result = json.skip();
        let at = json.at();
        match result {
            // A number at the end of what was read may go on, if it is not too long already.
            Ok(()) if at == self.buffer.unread().len() && at <= self.limit && self.buffer.fill() => {
                Step::Again
            }
            Ok(()) => self.whole(at),
            Err(fault) => self.unfinished(fault, at, Some(envelope)),
        }
    }

    /// The rest of an envelope behind its array: members that nobody needs, and a brace.
    fn tail(&mut self) -> Step {
        let mut json = Json::of_bytes(self.buffer.unread());
        let result = match json.peek() {
            b'}' => json.expect(b'}').map(|()| true),
            _ => json.expect(b',').and_then(|()| json.key()).and_then(|_key| json.skip()).map(|()| false),
        };
        let at = json.at();
        match result {
            // A number at the end of what was read may go on.
            Ok(false) if at == self.buffer.unread().len() && at <= self.limit && self.buffer.fill() => {
                Step::Again
            }
            Ok(closed) => {
                self.buffer.consume(at);
                if closed {
                    self.mode = Mode::Top;
                }
                Step::Again
            }
            Err(fault) => self.unfinished(fault, at, None),
        }
    }
}

#[cfg(test)]
mod tests;

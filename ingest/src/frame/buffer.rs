//! The window of a stream that is held in memory.

use std::io::{ErrorKind, Read};

use crate::record::Reason;

/// Read at once, and the smallest window.
const CHUNK: usize = 256 << 10;

/// Unread bytes of a stream, with room to read more behind them.
#[derive(Debug)]
pub(super) struct Buffer<R> {
    reader: R,
    data: Vec<u8>,
    start: usize,
    end: usize,
    /// The offset of `data[0]` in the stream.
    base: u64,
    ended: bool,
    fault: Option<Reason>,
}

impl<R: Read> Buffer<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, data: Vec::new(), start: 0, end: 0, base: 0, ended: false, fault: None }
    }

    pub(super) const fn get_ref(&self) -> &R {
        &self.reader
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.data[self.start..self.end]
    }

    /// The offset of the first unread byte.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.base + self.end as u64
    }

    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Consumes up to the end of a range of the unread bytes and lends the range.
    pub(super) fn take(&mut self, range: &std::ops::Range<usize>) -> &[u8] {
        let from = self.start;
        self.consume(range.end);
        &self.data[from + range.start..from + range.end]
    }

    /// Why the stream ended before its end, once.
    pub(super) fn take_fault(&mut self) -> Option<Reason> {
        self.fault.take()
    }

    /// Reads more; `false` at the end of the stream.
    pub(super) fn fill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        self.make_room();
        loop {
            match self.reader.read(&mut self.data[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.ended = true;
                    self.fault = Some(match error.downcast::<Reason>() {
                        Ok(reason) => reason,
                        Err(error) => Reason::Io(error.to_string()),
                    });
                }
            }
            return !self.ended;
        }
    }

    /// Reads until that many bytes are unread, or the stream ends; `false` if there was nothing to read.
    pub(super) fn fill_to(&mut self, count: usize) -> bool {
        let any = self.fill();
        while self.unread().len() < count && self.fill() {}
        any
    }

    fn make_room(&mut self) {
        if self.start > 0 && self.data.len() - self.end < CHUNK / 4 {
            self.data.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
        }
        if self.data.len() - self.end < CHUNK / 4 {
            self.data.resize((self.data.len() * 2).max(CHUNK), 0);
        }
    }
}

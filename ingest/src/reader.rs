//! All of the inputs, from paths to deliveries.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use ambit_schemas::{EventTime, Position};

use crate::decode::{Decoder, Settings};
use crate::frame::{Frame, Framer};
use crate::input::{Columnar, Input, InputError, Opened, Piece, Stream, open, walk};
use crate::record::{Counts, Delivery, RawRecord};

/// How far the reading came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Files opened so far.
    pub files_read: u64,
    /// Files in folders that are of no kind that is read.
    pub files_skipped: u64,
    /// Bytes read so far, as they are stored.
    pub bytes_read: u64,
    /// Bytes of text cut into records so far, decompressed.
    pub bytes_decoded: u64,
    /// The size of all files, as they are stored; standard input is not counted.
    pub bytes_total: u64,
}

/// The input that is being read.
#[derive(Debug)]
enum Current {
    Text { framer: Box<Framer<Stream>>, origin: Arc<str> },
    Columns { file: Box<Columnar>, origin: Arc<str>, left: Option<Piece> },
}

/// Reads inputs one after the other and yields deliveries. Nothing fails as a whole: what cannot be read is a reject.
#[derive(Debug)]
pub struct Reader {
    inputs: VecDeque<Input>,
    decoder: Decoder,
    current: Option<Current>,
    done: Progress,
    max_record_bytes: usize,
    /// Inputs that were read to their end, or to where they break.
    ended: u64,
    /// The first place of the current input that was not read yet.
    reached: i64,
    /// Where to begin with the current input.
    begin: i64,
}

impl Reader {
    /// A reader of files, folders and, as `-`, standard input.
    ///
    /// # Errors
    /// When a path does not exist, or is a URL.
    pub fn open(paths: &[PathBuf], settings: Settings) -> Result<Self, InputError> {
        let found = walk(paths)?;
        let mut reader = Self::new(settings);
        for reject in found.rejects {
            reader.decoder.reject(None, reject.position, reject.reason);
        }
        reader.done.files_skipped = found.files_skipped;
        reader.done.bytes_total = found.bytes_total;
        reader.inputs = found.inputs;
        Ok(reader)
    }

    /// A reader of what is pushed.
    pub fn new(settings: Settings) -> Self {
        let max_record_bytes = settings.max_record_bytes;
        Self {
            inputs: VecDeque::new(),
            decoder: Decoder::new(settings),
            current: None,
            done: Progress::default(),
            max_record_bytes,
            ended: 0,
            reached: 0,
            begin: 0,
        }
    }

    /// Adds an input behind the others. Where all that there were have been read, reading goes on.
    pub fn push(&mut self, input: Input) {
        self.inputs.push_back(input);
    }

    /// Moves the latest plausible event time, as a reader that lives for long must.
    pub const fn plausible_until(&mut self, latest: EventTime) {
        self.decoder.plausible_until(latest);
    }

    /// Inputs that were read to their end, or to where they break: the deliveries so far hold all that is in them.
    pub const fn ended(&self) -> u64 {
        self.ended
    }

    /// The first place of the current input that the deliveries so far do not hold; 0 between two inputs.
    pub const fn reached(&self) -> i64 {
        self.reached
    }

    /// Changes after how many rows a delivery is full.
    pub(crate) const fn deliver_rows(&mut self, rows: usize) {
        self.decoder.deliver_rows(rows);
    }

    /// What became of the records so far.
    pub const fn counts(&self) -> &Counts {
        self.decoder.counts()
    }

    /// How far the reading came.
    pub fn progress(&self) -> Progress {
        let mut progress = self.done;
        if let Some(Current::Text { framer, .. }) = &self.current {
            progress.bytes_read += framer.get_ref().bytes_read();
            progress.bytes_decoded += framer.bytes_read();
        }
        progress
    }

    /// Opens the next input; `false` if there is none.
    fn advance(&mut self) -> bool {
        let Some(input) = self.inputs.pop_front() else { return false };
        let origin = input.origin();
        self.begin = if let Input::Stream { from, .. } = &input { *from } else { 0 };
        let opened = open(input).and_then(|opened| match opened {
            Opened::Stream(stream) => {
                let framer = Box::new(Framer::new(stream, self.max_record_bytes));
                Ok(Current::Text { framer, origin: Arc::clone(&origin) })
            }
            Opened::Parquet(file) => {
                let file = Box::new(Columnar::open(file)?);
                Ok(Current::Columns { file, origin: Arc::clone(&origin), left: None })
            }
        });
        match opened {
            Ok(current) => {
                self.done.files_read += 1;
                self.current = Some(current);
            }
            Err(reason) => {
                self.decoder.reject(None, place(&origin, 0), reason);
                self.end();
            }
        }
        true
    }

    /// Decodes records until a batch is full; `None` at the end of the input.
    fn text(&mut self) -> Option<Delivery> {
        let Some(Current::Text { framer, origin }) = &mut self.current else { return None };
        while let Some(frame) = framer.next_frame() {
            let (Frame::Record { offset, .. } | Frame::Broken { offset, .. }) = frame;
            let offset = i64::try_from(offset).unwrap_or(i64::MAX);
            if offset < self.begin {
                continue;
            }
            match frame {
                Frame::Record { bytes, .. } => {
                    self.decoder.push(&RawRecord::of_file(bytes, origin, offset));
                }
                Frame::Broken { offset, reason } => self.decoder.reject(None, place(origin, offset), reason),
            }
            self.reached = offset.saturating_add(1);
            if self.decoder.is_full() {
                return self.decoder.flush();
            }
        }
        self.done = self.progress();
        self.end();
        None
    }

    /// The current input is over.
    fn end(&mut self) {
        self.current = None;
        self.ended += 1;
        self.reached = 0;
    }

    /// Takes rows of a columnar file until a batch is full; `None` at the end of the file.
    fn columns(&mut self) -> Option<Delivery> {
        let Some(Current::Columns { file, origin, left }) = &mut self.current else { return None };
        while let Some(piece) = left.take().or_else(|| file.next()) {
            match piece {
                Piece::Rows(mut rows) => {
                    self.reached = rows.push(&mut self.decoder, origin, self.begin);
                    *left = rows.is_left().then_some(Piece::Rows(rows));
                }
                Piece::Lost { first, end, reason } => {
                    if first >= self.begin {
                        let record = RawRecord::of_file(&[], origin, first);
                        self.decoder.push_event(Err((None, reason)), &record);
                    }
                    self.reached = end;
                }
            }
            if self.decoder.is_full() {
                return self.decoder.flush();
            }
        }
        self.close_columns();
        None
    }

    fn close_columns(&mut self) {
        if let Some(Current::Columns { file, .. }) = self.current.take() {
            self.done.bytes_read += file.bytes();
            self.end();
        }
    }
}

fn place(origin: &Arc<str>, offset: u64) -> Position {
    Position {
        origin: Arc::clone(origin),
        partition: None,
        offset: i64::try_from(offset).unwrap_or(i64::MAX),
    }
}

impl Iterator for Reader {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        loop {
            let is_text = self.current.as_ref().map(|current| matches!(current, Current::Text { .. }));
            let delivery = match is_text {
                Some(true) => self.text(),
                Some(false) => self.columns(),
                None if self.decoder.is_full() => self.decoder.flush(),
                None if self.advance() => None,
                None => return self.decoder.flush(),
            };
            if delivery.is_some() {
                return delivery;
            }
        }
    }
}

#[cfg(test)]
mod tests;

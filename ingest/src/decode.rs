//! Records to rows: tells the source of each record from its shape and hands it to that source's decoder.

mod azure;
mod base64;
mod bedrock;
mod canonical;
mod cloudtrail;
mod fields;
mod format;
mod gcp;
mod handed_on;
mod k8s;
mod mcp;
mod members;
mod ocsf;
mod otlp;
mod output;
mod pieces;
mod session_arn;
mod settings;
#[cfg(test)]
mod shown;
mod text;
mod uri;
mod vault;

use std::collections::BTreeMap;
use std::sync::Arc;

use ambit_schemas::vocabulary::Source;
use ambit_schemas::{EventBatchBuilder, EventRow, EventTime, Position};

pub use format::Format;
pub use otlp::Signal;
pub use settings::{LABELS, Labels, Settings, TimeBounds};

use output::Identifier;
pub(crate) use output::{MAX_EVENT_ID, MAX_TEXT, Output};

use azure::Azure;
use bedrock::Bedrock;
use cloudtrail::CloudTrail;
use gcp::Gcp;
use k8s::Kubernetes;
use mcp::Mcp;
use ocsf::Ocsf;
use otlp::Otlp;
use vault::Vault;

use crate::frame::{Frame, Framer, is_control};
use crate::json::{self, Fault, Json, MAX_DEPTH};
use crate::record::{Counts, Delivery, RawRecord, Reason, Reject, Tally};

/// A batch is handed on when the records in it came to this many bytes, however few its rows.
const MAX_BATCH_BYTES: usize = 64 << 20;
/// How deep an envelope may lie in another: a message that holds a file of records.
const MAX_LAYERS: usize = 2;

/// How a record came out of others.
#[derive(Debug, Clone, Copy, Default)]
struct Layer {
    /// In how many of them it lay.
    depth: usize,
    /// Whether its bytes do not stand in the input as they are, so that places in it are none there.
    is_copy: bool,
}

impl Layer {
    const fn below(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

/// Push records, pull deliveries.
#[derive(Debug, Default)]
pub struct Decoder {
    settings: Settings,
    cloudtrail: CloudTrail,
    vault: Vault,
    otlp: Otlp,
    gcp: Gcp,
    kubernetes: Kubernetes,
    azure: Azure,
    bedrock: Bedrock,
    mcp: Mcp,
    ocsf: Ocsf,
    builder: EventBatchBuilder,
    identifier: Identifier,
    counts: Counts,
    rejects: Vec<Reject>,
    progress: Progress,
    /// Bytes of the records since the last flush.
    bytes: usize,
    /// The format of the last record. Logs are rarely mixed line by line, so it is tried first.
    last: Option<Format>,
}

impl Decoder {
    /// A decoder for records of every source.
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Moves the latest plausible event time, as a decoder that lives for long must.
    pub const fn plausible_until(&mut self, latest: EventTime) {
        self.settings.times.latest = Some(latest);
    }

    /// Changes after how many rows a batch is full.
    pub(crate) const fn deliver_rows(&mut self, rows: usize) {
        self.settings.batch_rows = rows;
    }

    /// Decodes one record. What cannot be decoded becomes a reject; nothing fails. A record that is really several (a
    /// message that holds an envelope, two documents on one line) counts as those.
    pub fn push(&mut self, record: &RawRecord<'_>) {
        self.bytes += record.bytes.len();
        let limit = self.settings.max_record_bytes;
        if record.bytes.len() > limit {
            self.reject(None, record.position(), Reason::TooLong { limit });
            return self.progress.reached(record);
        }
        let guess = self.settings.format.or(self.last);
        // These decoders tell by themselves that a record is none of theirs; the look at the shape is saved.
        let guess = guess.filter(|format| *format != Format::Canonical);
        let done = guess.is_some_and(|format| self.decode(format, record).is_ok());
        if !done {
            self.layer(record, Layer::default());
        }
        self.progress.reached(record);
    }

    /// Decodes the body of an OTLP export as protobuf. It counts as its spans or log records, as one of JSON does.
    pub fn push_otlp(&mut self, signal: Signal, record: &RawRecord<'_>) {
        self.bytes += record.bytes.len();
        let out = &mut Output {
            builder: &mut self.builder,
            tally: self.counts.of_mut(Some(Source::OtelGenai)),
            rejects: &mut self.rejects,
            settings: &self.settings,
            identifier: &mut self.identifier,
        };
        let result = self.otlp.decode_protobuf(signal, record, out);
        if let Err(reason) = result {
            self.reject(Some(Source::OtelGenai), record.position(), reason);
        }
        self.progress.reached(record);
    }

    /// Counts a record that could not even be cut out of its input.
    pub fn reject(&mut self, source: Option<Source>, position: Position, reason: Reason) {
        let tally = self.counts.of_mut(source);
        tally.read += 1;
        tally.rejected += 1;
        self.rejects.push(Reject { position, reason });
    }

    /// Decodes a record of any shape.
    fn layer(&mut self, record: &RawRecord<'_>, layer: Layer) {
        let format = self.settings.format.or_else(|| Format::of(record.bytes));
        let result = check(record.bytes)
            .and_then(|()| format.ok_or(Reason::UnknownShape))
            .and_then(|format| self.decode(format, record));
        match result {
            Ok(()) => self.last = format,
            Err(reason) if layer.depth < MAX_LAYERS && self.open(record, &reason, layer) => {}
            Err(_) if is_control(record.bytes) => self.counts.ignore(),
            Err(reason) => self.reject(format.and_then(Format::source), record.position(), reason),
        }
    }

    /// Decodes what a record that could not be decoded is after all; `false` if it is nothing else.
    fn open(&mut self, record: &RawRecord<'_>, reason: &Reason, layer: Layer) -> bool {
        match reason {
            Reason::UnknownShape | Reason::Json { .. } => {
                self.split(record, layer) || self.hand_on(record, layer) || self.respell(record, layer)
            }
            // The operator told the format, and that of what hands the records on is another.
            Reason::Missing(_) => {
                (self.settings.format.is_some() && self.hand_on(record, layer)) || self.respell(record, layer)
            }
            _ => false,
        }
    }

    /// Decodes the records that a record consists of; `false` if there is only itself.
    fn split(&mut self, record: &RawRecord<'_>, layer: Layer) -> bool {
        let mut framer = Framer::new(record.bytes, self.settings.max_record_bytes);
        let blanks = record.bytes.len() - record.bytes.trim_ascii_start().len();
        let mut any = false;
        while let Some(frame) = framer.next_frame() {
            let (offset, piece) = match frame {
                Frame::Record { offset, bytes } => (offset, Ok(bytes)),
                Frame::Broken { offset, reason } => (offset, Err(reason)),
            };
            let at_start = usize::try_from(offset).is_ok_and(|offset| offset == blanks);
            if at_start && piece.as_ref().map_or(true, |bytes| bytes.len() == record.bytes.trim_ascii().len())
            {
                return false;
            }
            any = true;
            let mut place = *record;
            if record.partition.is_none() && !layer.is_copy {
                place.offset = place.offset.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX));
            }
            match piece {
                Ok(bytes) => self.layer(&RawRecord { bytes, ..place }, layer.below()),
                Err(reason) => self.reject(None, place.position(), reason),
            }
        }
        any
    }

    /// Decodes the record in the envelope of what handed it on; `false` if there is none.
    fn hand_on(&mut self, record: &RawRecord<'_>, layer: Layer) -> bool {
        let Some(inner) = handed_on::inner(record.bytes) else { return false };
        let inner = RawRecord { bytes: inner.as_bytes(), ..*record };
        self.layer(&inner, Layer { is_copy: true, ..layer.below() });
        true
    }

    /// Decodes a record whose keys are written with escapes as if they were not; `false` if none is.
    fn respell(&mut self, record: &RawRecord<'_>, layer: Layer) -> bool {
        let Some(plain) = json::with_plain_keys(record.bytes) else { return false };
        let plain = RawRecord { bytes: plain.as_bytes(), ..*record };
        self.layer(&plain, Layer { is_copy: true, ..layer.below() });
        true
    }

    fn decode(&mut self, format: Format, record: &RawRecord<'_>) -> Result<(), Reason> {
        // What was normalised before counts for the source that it names.
        let mut normalized = Tally::default();
        let tally = match format.source() {
            Some(source) if format != Format::Ocsf => self.counts.of_mut(Some(source)),
            _ => &mut normalized,
        };
        let out = &mut Output {
            builder: &mut self.builder,
            tally,
            rejects: &mut self.rejects,
            settings: &self.settings,
            identifier: &mut self.identifier,
        };
        match format {
            Format::CloudTrail => self.cloudtrail.decode(record, out),
            Format::Canonical => {
                let source = canonical::decode(record, out)?;
                self.counts.of_mut(Some(source)).add(&normalized);
                Ok(())
            }
            Format::Vault => self.vault.decode(record, out),
            Format::Otlp => self.otlp.decode(record, out),
            Format::Gcp => self.gcp.decode(record, out),
            Format::Kubernetes => self.kubernetes.decode(record, out),
            Format::AzureActivity | Format::EntraSignin | Format::EntraAudit | Format::AzureKeyvault => {
                self.azure.decode(format, record, out)
            }
            Format::Bedrock => self.bedrock.decode(record, out),
            Format::Mcp => self.mcp.decode(record, out),
            Format::Ocsf => {
                let source = self.ocsf.decode(record, out)?;
                self.counts.of_mut(Some(source)).add(&normalized);
                Ok(())
            }
        }
    }

    /// Takes an event that was decoded before and stands in a row of a columnar file, or what is wrong with that row.
    pub(crate) fn push_event(
        &mut self,
        event: Result<&EventRow<'_>, (Option<Source>, Reason)>,
        record: &RawRecord<'_>,
    ) {
        let result = event.and_then(|event| {
            self.bytes += output::text_bytes(event);
            let out = &mut Output {
                builder: &mut self.builder,
                tally: self.counts.of_mut(Some(event.source)),
                rejects: &mut self.rejects,
                settings: &self.settings,
                identifier: &mut self.identifier,
            };
            out.row(event).map_err(|reason| (Some(event.source), reason))
        });
        if let Err((source, reason)) = result {
            self.reject(source, record.position(), reason);
        }
        self.progress.reached(record);
    }

    /// Whether it is time for [`Decoder::flush`].
    pub fn is_full(&self) -> bool {
        let most = self.settings.batch_rows.max(1);
        self.builder.len() >= most || self.rejects.len() >= most || self.bytes >= MAX_BATCH_BYTES
    }

    /// Hands on what was decoded since the last flush; `None` if no record was pushed since.
    pub fn flush(&mut self) -> Option<Delivery> {
        let upto = self.progress.take();
        if upto.is_empty() && self.rejects.is_empty() {
            return None;
        }
        self.bytes = 0;
        let mut rejects = std::mem::take(&mut self.rejects);
        let batch = match self.builder.finish() {
            Ok(batch) => batch,
            Err(error) => {
                let position = upto.last().cloned();
                rejects.extend(
                    position.map(|position| Reject { position, reason: Reason::Columns(error.to_string()) }),
                );
                self.builder = EventBatchBuilder::new();
                self.builder.finish().ok()?
            }
        };
        Some(Delivery { batch, rejects, upto })
    }

    /// What became of the records so far.
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}

/// Why a record could not be read, without a word of it.
fn reason(fault: Fault, at: usize) -> Reason {
    match fault {
        Fault::Broken => Reason::Json { at },
        Fault::Cut => Reason::Truncated,
        Fault::TooDeep => Reason::TooDeep { limit: MAX_DEPTH },
    }
}

/// What no decoder should have to look out for: bytes that are no text, and nesting that would overflow a stack.
fn check(record: &[u8]) -> Result<(), Reason> {
    std::str::from_utf8(record).map_err(|_utf8| Reason::Utf8)?;
    match Json::of_bytes(record).skip() {
        Err(Fault::TooDeep) => Err(Reason::TooDeep { limit: MAX_DEPTH }),
        _ => Ok(()),
    }
}

/// How far each input was decoded since the last flush.
#[derive(Debug, Default)]
struct Progress {
    reached: Vec<Position>,
    places: BTreeMap<(Arc<str>, Option<i32>), usize>,
    current: usize,
}

impl Progress {
    fn reached(&mut self, record: &RawRecord<'_>) {
        if let Some(last) = self.reached.get_mut(self.current)
            && Arc::ptr_eq(&last.origin, record.origin)
            && last.partition == record.partition
        {
            last.offset = record.offset;
            return;
        }
        let next = self.reached.len();
        self.current = *self.places.entry((Arc::clone(record.origin), record.partition)).or_insert(next);
        match self.reached.get_mut(self.current) {
            Some(last) => last.offset = record.offset,
            None => self.reached.push(record.position()),
        }
    }

    fn take(&mut self) -> Vec<Position> {
        self.places.clear();
        self.current = 0;
        std::mem::take(&mut self.reached)
    }
}

#[cfg(test)]
mod tests;

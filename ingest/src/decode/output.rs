//! Where a decoder puts what a record says.

mod identify;

pub(crate) use ambit_schemas::MAX_TEXT;
use ambit_schemas::hash::hash128;
use ambit_schemas::{EventBatchBuilder, EventRow};

pub(in crate::decode) use identify::Identifier;

use super::format::{Format, Shape};
use super::settings::Settings;
use crate::record::{RawRecord, Reason, Reject, Tally};

/// The longest event id: unlike other texts it is stored once a row. Of a longer one the hash stands there.
pub(crate) const MAX_EVENT_ID: usize = 512;

/// Bytes of text in a row.
pub(super) fn text_bytes(row: &EventRow<'_>) -> usize {
    let mut bytes = row.event_id.len();
    identify::texts(row, |_, text| bytes += text.len());
    bytes
}

/// The open end of a batch, for the rows of one record. Everything is counted here, so that no decoder has to.
///
/// A decoder's `decode(&mut self, record, out) -> Result<(), Reason>` calls, for each record it finds inside the raw
/// record (a line, a span), exactly one of [`Output::row`], [`Output::ignore`] and [`Output::reject`]; or it returns
/// the reason why the raw record as a whole is rejected.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(super) builder: &'a mut EventBatchBuilder,
    pub(super) tally: &'a mut Tally,
    pub(super) rejects: &'a mut Vec<Reject>,
    pub(super) settings: &'a Settings,
    pub(super) identifier: &'a mut Identifier,
}

impl Output<'_> {
    /// Appends the first or only row of a record. A row without an event id gets one made of its columns.
    ///
    /// # Errors
    /// When the time is implausible; nothing is appended or counted then.
    pub(crate) fn row(&mut self, row: &EventRow<'_>) -> Result<(), Reason> {
        self.further_row(row)?;
        self.tally.read += 1;
        Ok(())
    }

    /// Appends another row of the record whose first row was appended; its event id ends in `#2`, `#3`, ….
    ///
    /// # Errors
    /// As [`Output::row`]. A decoder makes sure beforehand that only the first row can fail.
    pub(crate) fn further_row(&mut self, row: &EventRow<'_>) -> Result<(), Reason> {
        if !self.settings.times.contains(row.time) {
            return Err(Reason::ImplausibleTime(row.time));
        }
        match row.event_id.len() {
            0 => self.builder.push_as(self.identifier.event_id(row), row),
            1..=MAX_EVENT_ID => self.builder.push(row),
            // Who calls may choose it, in a header of Kubernetes, and may not hide behind it.
            _ => self.builder.push_as(&format!("{:032x}", hash128(row.event_id.as_bytes())), row),
        }
        self.tally.rows += 1;
        Ok(())
    }

    /// Refuses a record of another shape, so that it is looked at anew; unless the operator said what it is.
    pub(in crate::decode) fn expect(&self, shape: Shape, format: Format) -> Result<(), Reason> {
        let fits = self.settings.format.is_some() || shape.format() == Some(format);
        if fits { Ok(()) } else { Err(Reason::UnknownShape) }
    }

    /// Counts a record that is no event.
    pub(crate) fn ignore(&mut self) {
        self.tally.read += 1;
        self.tally.ignored += 1;
    }

    /// Counts a record as rejected.
    pub(crate) fn reject(&mut self, record: &RawRecord<'_>, reason: Reason) {
        self.tally.read += 1;
        self.tally.rejected += 1;
        self.rejects.push(Reject { position: record.position(), reason });
    }
}

//! Where a decoder puts what a record says.

use ambit_schemas::{EventBatchBuilder, EventRow};

use super::settings::Settings;
use crate::record::{RawRecord, Reason, Reject, Tally};

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
}

impl Output<'_> {
    /// Appends the first or only row of a record.
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
    /// As [`Output::row`].
    pub(crate) fn further_row(&mut self, row: &EventRow<'_>) -> Result<(), Reason> {
        if !self.settings.times.contains(row.time) {
            return Err(Reason::ImplausibleTime(row.time));
        }
        self.builder.push(row);
        self.tally.rows += 1;
        Ok(())
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

    /// What the operator says that the log cannot.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.settings.labels.get(name).map(String::as_str)
    }
}

//! What a check hands over: the part of a finding that only the check knows.

use ambit_schemas::finding::{AtomChange, Comparison, Evidence, Hop, Reach, Score, Subject};
use ambit_schemas::vocabulary::{Check, Confidence, Severity};

use crate::loaded::Row;
use ambit_schemas::{Column, EventTime};

/// A slot of the catalogue's sentence and its value.
pub(crate) type Fact = (&'static str, String);

/// A finding in the making.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) check: Check,
    /// The workload's name.
    pub(crate) workload: String,
    pub(crate) subject: Subject,
    /// `None` for the catalogue's.
    pub(crate) severity: Option<Severity>,
    /// `None` for the catalogue's.
    pub(crate) confidence: Option<Confidence>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) added: Vec<AtomChange>,
    pub(crate) reach: Reach,
    pub(crate) path: Vec<Hop>,
    pub(crate) score: Option<Score>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) revoke: Vec<String>,
    /// Proof beyond the event that decided.
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) correlation: Option<String>,
    /// When that happened which a change record may explain, if it was before the deciding event.
    pub(crate) changed_at: Option<EventTime>,
    /// The greatest sensitivity involved: at 3 no change record lowers the severity.
    pub(crate) sensitivity: u8,
    /// The step of the ratchet, for D10.
    pub(crate) step: u8,
}

impl Draft {
    /// A draft with only its identity.
    pub(crate) const fn new(check: Check, workload: String, subject: Subject) -> Self {
        Self {
            check,
            workload,
            subject,
            severity: None,
            confidence: None,
            facts: Vec::new(),
            added: Vec::new(),
            reach: Reach { before: None, live: None, origin: None },
            path: Vec::new(),
            score: None,
            comparisons: Vec::new(),
            revoke: Vec::new(),
            evidence: Vec::new(),
            correlation: None,
            changed_at: None,
            sensitivity: 0,
            step: 0,
        }
    }

    /// Adds a fact for the sentence.
    pub(crate) fn fact(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, value.into()));
        self
    }
}

/// The evidence that a row is.
pub(crate) fn evidence(row: &Row<'_>) -> Evidence {
    let text = |column| row.text(column).map(str::to_owned);
    Evidence {
        event_id: row.event_id().to_owned(),
        time: row.time,
        source: row.source.as_str().to_owned(),
        action: text(Column::Action).unwrap_or_default(),
        resource: text(Column::Resource),
        credential: text(Column::Credential),
        source_address: text(Column::SourceAddress),
        position: row.position(),
    }
}

//! `--summary`: what was read, what was dropped, what was found. Nothing is dropped that is not counted here.

use std::collections::BTreeMap;

use ambit_schemas::finding::{Activity, Finding, FindingUid};
use ambit_schemas::vocabulary::{Check, Severity};
use serde::Serialize;

use crate::intake::RejectLine;

/// The summary, in the order of its fields.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// Records: array elements, spans, Vault lines; before pairing and deduplication.
    pub(crate) events_read: u64,
    /// Records that are no event, such as spans that have nothing to do with agents or models.
    pub(crate) events_ignored: u64,
    /// Records, or rests of files, that could not be read.
    pub(crate) events_rejected: u64,
    /// Rows whose source, event id and moment had been seen before.
    pub(crate) events_duplicate: u64,
    /// Requests that were dropped because their response came.
    pub(crate) events_paired: u64,
    /// Rows older than the state that was continued from.
    pub(crate) events_late: u64,
    /// Rows that name nobody.
    pub(crate) events_unattributed: u64,
    /// Rows of cloud services that acted on their own.
    pub(crate) events_platform: u64,
    /// Rows whose identity two entries of the inventory fit equally well; the first in the file has them.
    pub(crate) events_ambiguous: u64,
    /// Rows that happened in no environment of the inventory.
    pub(crate) events_without_environment: u64,
    pub(crate) files_read: u64,
    pub(crate) files_skipped: u64,
    /// Bytes as stored, before decompression.
    pub(crate) bytes_read: u64,
    pub(crate) workloads: u64,
    pub(crate) workloads_by_maturity: BTreeMap<&'static str, u64>,
    pub(crate) findings: FindingCounts,
    /// Transitions that were not emitted because a person dismissed the finding.
    pub(crate) findings_suppressed: Suppressed,
    pub(crate) first_event: Option<String>,
    pub(crate) last_event: Option<String>,
    pub(crate) seconds: f64,
    pub(crate) events_per_second: f64,
    /// Records read, by source.
    pub(crate) by_source: BTreeMap<&'static str, u64>,
    pub(crate) rejects: Vec<RejectLine>,
    pub(crate) rejects_truncated: bool,
    /// Bytes of the detector's state.
    pub(crate) state_bytes: u64,
    /// Bytes of it that are the workloads' own.
    pub(crate) workload_bytes: u64,
    /// Bytes of it that are the lineage's.
    pub(crate) lineage_bytes: u64,
    /// What was forgotten or cut short because a bound was reached.
    pub(crate) bounds: Bounds,
}

/// Findings by what became of them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct FindingCounts {
    /// Distinct uids emitted.
    pub(crate) total: u64,
    /// The same, by catalogue id.
    pub(crate) by_id: BTreeMap<&'static str, u64>,
    /// Lines emitted: a finding has one for each transition.
    pub(crate) transitions: u64,
    /// Transitions held back by `--from` and `--to`.
    pub(crate) transitions_outside: u64,
}

/// Transitions of dismissed findings.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Suppressed {
    pub(crate) total: u64,
    /// By catalogue id.
    pub(crate) by_id: BTreeMap<&'static str, u64>,
}

impl Suppressed {
    /// What came between two counts, of which the later holds the earlier.
    pub(crate) fn between(before: &BTreeMap<Check, u64>, after: &BTreeMap<Check, u64>) -> Self {
        let gained = after.iter().map(|(check, n)| (check.as_str(), n - before.get(check).unwrap_or(&0)));
        let by_id = gained.filter(|(_, n)| *n > 0).collect::<BTreeMap<_, _>>();
        Self { total: by_id.values().sum(), by_id }
    }
}

/// How often each bound was hit.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Bounds {
    pub(crate) workloads_evicted: u64,
    pub(crate) credentials_evicted: u64,
    pub(crate) atoms_overflowed: u64,
    pub(crate) symbols_overflowed: u64,
    pub(crate) findings_forgotten: u64,
    /// Sorted runs that did not fit the memory budget and went to the temporary folder; nothing is lost by it.
    pub(crate) runs_spilled: u64,
}

impl Summary {
    /// Sets how long it took.
    pub(crate) fn took(&mut self, elapsed: std::time::Duration) {
        self.seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let read = self.events_read as f64;
        self.events_per_second = if self.seconds > 0.0 { (read / self.seconds).round() } else { 0.0 };
    }
}

/// The findings emitted so far: which, and how grave each was last.
#[derive(Debug, Default)]
pub(crate) struct Emitted {
    /// The last severity of what began or went on in this run; none of what only ended in it.
    last: BTreeMap<FindingUid, (Check, Option<Severity>)>,
    transitions: u64,
    outside: u64,
}

impl Emitted {
    pub(crate) fn note(&mut self, finding: &Finding) {
        self.transitions += 1;
        let (_, last) = self.last.entry(finding.uid).or_insert((finding.check, None));
        if finding.activity != Activity::Close {
            *last = Some(finding.severity);
        }
    }

    pub(crate) fn note_outside(&mut self) {
        self.outside += 1;
    }

    pub(crate) fn any_at_least(&self, severity: Severity) -> bool {
        self.last.values().any(|(_, last)| *last >= Some(severity))
    }

    pub(crate) fn counts(&self) -> FindingCounts {
        let mut by_id = BTreeMap::new();
        for (check, _) in self.last.values() {
            *by_id.entry(check.as_str()).or_default() += 1;
        }
        let total = by_id.values().sum();
        FindingCounts { total, by_id, transitions: self.transitions, transitions_outside: self.outside }
    }
}

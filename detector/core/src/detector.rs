//! The door of the core: batches in, findings out, state in between.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::{DAY_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::{Outcome, Source};
use ambit_schemas::{Decisions, EventBatch, EventTime, Finding, FindingUid, Inventory, RuleSet};

use crate::counts::{Counts, PushStats};
use crate::decided::Decided;
use crate::engine::Engine;
use crate::order::{Due, Pending, Seen};
use crate::snapshot::{self, RestoreError, Snapshot};
use crate::view::{self, BaselineView};

/// The detector. The same history gives the same findings, whatever the size and the order of the batches, as long as
/// no event comes after the watermark has passed it.
#[derive(Debug)]
pub struct Detector {
    pub(crate) pending: Pending,
    pub(crate) seen: Seen,
    pub(crate) engine: Engine,
    pub(crate) watermark: EventTime,
}

impl Detector {
    /// A detector that knows nothing but its rules and the inventory.
    pub fn new(rules: RuleSet, inventory: Inventory) -> Self {
        Self {
            pending: Pending::default(),
            seen: Seen::new(rules.count(Parameter::DedupEvents)),
            engine: Engine::new(rules, inventory),
            watermark: EventTime::MIN,
        }
    }

    /// The same detector, obeying what people decided. Decisions are no part of a snapshot: they are given again after a
    /// restore.
    #[must_use]
    pub fn with_decisions(mut self, decisions: Decisions) -> Self {
        self.engine.decided = Decided::new(decisions);
        self.engine.seal_origins(self.watermark);
        self
    }

    /// Takes up a batch. Its rows wait until the watermark passes them.
    pub fn push(&mut self, batch: &EventBatch) -> PushStats {
        let late = self.pending.push(batch.clone(), self.watermark, self.pair_secs());
        self.engine.totals.late += late as u64;
        PushStats { rows: batch.len(), late }
    }

    pub(crate) fn pair_secs(&self) -> i64 {
        i64::try_from(self.engine.rules.count(Parameter::PairSecs)).unwrap_or(i64::MAX)
    }

    /// Says that every event before `watermark` has been pushed: those are looked at, in order, and windows that end by
    /// then are closed. A watermark behind the last one changes nothing.
    pub fn advance(&mut self, watermark: EventTime) {
        if watermark <= self.watermark {
            return;
        }
        self.watermark = watermark;
        let due = self.pending.take_due(watermark, false);
        self.take_up(&due);
        self.engine.close_days_before(watermark.day());
    }

    /// Ends the input: everything that waits is looked at, and incidents that have grown are delivered once more. To go
    /// on later, take a [`Detector::snapshot`] before.
    pub fn close(&mut self) {
        let due = self.pending.take_due(EventTime::MAX, true);
        self.take_up(&due);
        self.engine.finish(self.watermark);
    }

    fn take_up(&mut self, due: &[Due]) {
        for row in due {
            self.look_at(*row);
            self.pending.release(row.batch);
        }
    }

    fn look_at(&mut self, due: Due) {
        let pair_micros = self.pair_secs() * SECOND_MICROS;
        let Some(loaded) = self.pending.loaded(due.batch) else { return };
        let source = loaded.source(due.row);
        let event_id = loaded.event_id(due.row);
        if let Some(id) =
            event_id.strip_suffix(":request").filter(|_| loaded.outcome(due.row) == Outcome::Unknown)
            && source == Source::VaultAudit
            && self.seen.contains_of_vault(&format!("{id}:response"))
        {
            self.engine.totals.paired += 1;
            return;
        }
        if !self.seen.insert(source, event_id, loaded.time(due.row)) {
            self.engine.totals.duplicates += 1;
            return;
        }
        let waited = if loaded.outcome(due.row) == Outcome::Unknown { pair_micros } else { 0 };
        let row = loaded.row(due.row, &mut self.engine.symbols, &self.engine.rules);
        self.engine.observe(&row, row.time.plus_micros(waited));
    }

    /// When [`Detector::advance`] would next do something, in event time.
    pub fn next_deadline(&self) -> Option<EventTime> {
        let next_day = self.engine.day.map(|day| EventTime(day.saturating_add(1).saturating_mul(DAY_MICROS)));
        match (self.pending.next_due(), next_day) {
            (Some(due), Some(day)) => Some(due.plus_micros(1).min(day)),
            (due, day) => due.map(|due| due.plus_micros(1)).or(day),
        }
    }

    /// The next transition of a finding, in the order in which they were decided. What a person dismissed is counted and
    /// passed over.
    pub fn poll_finding(&mut self) -> Option<Finding> {
        while let Some((at, finding)) = self.engine.ledger.poll() {
            let check = finding.check;
            if let Some(finding) = self.engine.decided.delivered(at, finding) {
                return Some(finding);
            }
            *self.engine.totals.suppressed.entry(check).or_default() += 1;
        }
        None
    }

    /// A finding that the detector remembers: open, or over and able to come again; as the detector sees it, whatever was
    /// decided of it.
    pub fn finding(&self, uid: FindingUid) -> Option<&Finding> {
        self.engine.ledger.get(uid)
    }

    /// The workloads that are known, by name; people are none.
    pub fn workloads(&self) -> Vec<&str> {
        view::names(&self.engine)
    }

    /// The baseline of a workload as it stands at the watermark.
    pub fn baseline(&self, workload: &str) -> Option<BaselineView> {
        view::baseline(&self.engine, workload, self.watermark)
    }

    /// What has been done so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.engine.counts();
        counts.pending_rows = self.pending.len() as u64;
        counts.pending_bytes = self.pending.bytes() as u64;
        counts.state_bytes += self.seen.bytes() as u64;
        counts
    }

    /// The whole state, findings not yet polled included.
    ///
    /// # Errors
    /// When Arrow refuses the columns, which means more than 2 GiB in one of them.
    pub fn snapshot(&self) -> Result<Snapshot, RestoreError> {
        snapshot::take(self)
    }

    /// A detector that goes on where the snapshot was taken.
    ///
    /// # Errors
    /// When the snapshot is of another version or is not whole.
    pub fn restore(rules: RuleSet, inventory: Inventory, from: &Snapshot) -> Result<Self, RestoreError> {
        snapshot::restore(rules, inventory, from)
    }

    /// Bytes of events that wait for the watermark; unlike [`Detector::counts`] this costs no walk over the state.
    pub const fn pending_bytes(&self) -> usize {
        self.pending.bytes()
    }

    /// The watermark; [`EventTime::MIN`] before the first.
    pub const fn watermark(&self) -> EventTime {
        self.watermark
    }
}

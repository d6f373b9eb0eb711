//! The door of the core: batches in, findings out, state in between.

use std::collections::VecDeque;

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::{DAY_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::{Outcome, Source};
use ambit_schemas::{Decisions, EventBatch, EventTime, Finding, FindingUid, Inventory, RuleSet, SchemaError};

use crate::codec::CodecError;
use crate::counts::{Counts, PushStats, count};
use crate::decided::Decided;
use crate::engine::{Engine, glance};
use crate::lineage::{self, view::CredentialView};
use crate::loaded::Loaded;
use crate::order::{self, Due, Pending};
use crate::part::{Part, PartOfDay, Peers};
use crate::parted;
use crate::seen::Seen;
use crate::shards::Shards;
use crate::snapshot::{self, RestoreError, Snapshot};
use crate::view::{self, BaselineView};

/// Rows that are given back together.
const TAKEN_ROWS: usize = 8_192;

/// Of so many events that are remembered one is for one that came too late.
const LATE_SHARE: usize = 8;

/// The detector. The same history gives the same findings, whatever the size and the order of the batches, as long as
/// no event comes after the watermark has passed it.
#[derive(Debug)]
pub struct Detector {
    pub(crate) pending: Pending,
    pub(crate) seen: Seen,
    /// Those that came too late, where what was taken is kept.
    pub(crate) late: Option<Seen>,
    pub(crate) engine: Engine,
    pub(crate) watermark: EventTime,
    tells_early: bool,
    keeps_taken: bool,
    taken: VecDeque<Result<EventBatch, SchemaError>>,
}

impl Detector {
    /// A detector that knows nothing but its rules and the inventory.
    pub fn new(rules: RuleSet, inventory: Inventory) -> Self {
        Self {
            pending: Pending::default(),
            seen: Seen::new(rules.count(Parameter::DedupEvents)),
            late: None,
            engine: Engine::new(rules, inventory),
            watermark: EventTime::MIN,
            tells_early: false,
            keeps_taken: false,
            taken: VecDeque::new(),
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

    /// The same detector, telling early what needs no window: see [`Detector::poll_early`].
    #[must_use]
    pub const fn with_early(mut self, tells_early: bool) -> Self {
        self.tells_early = tells_early;
        self
    }

    /// The same detector, giving back what it has taken up: see [`Detector::poll_taken`].
    #[must_use]
    pub fn with_taken(mut self, keeps_taken: bool) -> Self {
        self.keeps_taken = keeps_taken;
        let most = self.most_late();
        self.late = self.late.filter(|_| keeps_taken).or_else(|| keeps_taken.then(|| Seen::new(most)));
        self
    }

    /// How many events that came too late are told from their repeats.
    pub(crate) fn most_late(&self) -> usize {
        self.engine.rules.count(Parameter::DedupEvents) / LATE_SHARE
    }

    /// Takes up a batch. Its rows wait until the watermark passes them.
    pub fn push(&mut self, batch: &EventBatch) -> PushStats {
        let (place, late) = self.pending.push(batch.clone(), self.watermark, self.pair_secs());
        self.engine.totals.late += late as u64;
        if self.tells_early {
            self.glance(place);
        }
        if self.keeps_taken && late > 0 {
            let late = order::before(batch, self.watermark).and_then(|late| self.unseen(late));
            self.taken.push_back(late);
        }
        PushStats { rows: batch.len(), late }
    }

    /// Of events that come too late those that were not seen before: nothing is learned from any, but each is kept once. They
    /// are remembered apart from those that were looked at: a request whose response came too late has none.
    fn unseen(&mut self, late: EventBatch) -> Result<EventBatch, SchemaError> {
        let loaded = Loaded::new(late);
        let is_new = (0..loaded.batch().len()).map(|row| {
            let (source, id, time) = (loaded.source(row), loaded.event_id(row), loaded.time(row));
            let is_first = self.late.as_mut().is_none_or(|late| late.insert(source, id, time));
            Some(is_first && !self.seen.contains(source, id, time))
        });
        order::filtered(loaded.batch(), &is_new.collect())
    }

    /// Looks at a batch that has just begun to wait. Of a request only the response says what came of it.
    /// The names of events that wait take room before their turn, so nothing is said early once the table of names fills:
    /// which names find it full must not depend on the order in which events come.
    fn glance(&mut self, place: usize) {
        if !self.engine.symbols.has_room() {
            self.engine.early.withheld += 1;
            return;
        }
        let Some(loaded) = self.pending.loaded(place) else { return };
        for index in 0..loaded.batch().len() {
            let time = loaded.time(index);
            let is_request = loaded.outcome(index) == Outcome::Unknown;
            if time < self.watermark
                || is_request
                || self.seen.contains(loaded.source(index), loaded.event_id(index), time)
            {
                continue;
            }
            let row = loaded.row(index, &mut self.engine.symbols, &self.engine.rules);
            glance::glance(&mut self.engine, &row);
        }
    }

    pub(crate) fn pair_secs(&self) -> i64 {
        i64::try_from(self.engine.rules.count(Parameter::PairSecs)).unwrap_or(i64::MAX)
    }

    /// Says that every event before `watermark` has been pushed: those are looked at, in order, and windows that end by
    /// then are closed. A watermark behind the last one changes nothing.
    pub fn advance(&mut self, watermark: EventTime) {
        if self.engine.peers.is_some() {
            return parted::advance(self, watermark);
        }
        if watermark <= self.watermark {
            return;
        }
        self.watermark = watermark;
        let due = self.pending.take_due(watermark, false);
        self.take_up(&due);
        self.engine.close_days_before(watermark.day());
        self.engine.early.retract_before(watermark);
    }

    /// Ends the input: everything that waits is looked at, and incidents that have grown are delivered once more. To go
    /// on later, take a [`Detector::snapshot`] before.
    pub fn close(&mut self) {
        let due = self.pending.take_due(EventTime::MAX, true);
        self.take_up(&due);
        self.engine.finish(self.watermark);
    }

    pub(crate) fn take_up(&mut self, due: &[Due]) {
        for rows in due.chunks(TAKEN_ROWS) {
            let mut taken = Vec::new();
            for row in rows {
                if self.look_at(*row) && self.keeps_taken {
                    taken.push(*row);
                }
            }
            if !taken.is_empty() {
                self.taken.push_back(self.pending.copy(&taken));
            }
            for row in rows {
                self.pending.release(row.batch);
            }
        }
    }

    /// Looks at one event; `false` if it was looked at before, or need not be.
    fn look_at(&mut self, due: Due) -> bool {
        let pair_micros = self.pair_secs() * SECOND_MICROS;
        let Some(loaded) = self.pending.loaded(due.batch) else { return false };
        let source = loaded.source(due.row);
        let event_id = loaded.event_id(due.row);
        if let Some(id) =
            event_id.strip_suffix(":request").filter(|_| loaded.outcome(due.row) == Outcome::Unknown)
            && source == Source::VaultAudit
            && self.seen.contains_of_vault(&format!("{id}:response"))
        {
            self.engine.totals.paired += 1;
            return false;
        }
        if !self.seen.insert(source, event_id, loaded.time(due.row)) {
            self.engine.totals.duplicates += 1;
            count(&mut self.engine.since.duplicates, source);
            return false;
        }
        let waited = if loaded.outcome(due.row) == Outcome::Unknown { pair_micros } else { 0 };
        let row = loaded.row(due.row, &mut self.engine.symbols, &self.engine.rules);
        self.engine.observe(&row, row.time.plus_micros(waited));
        true
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

    /// The next finding that is told before the watermark has passed its event, or, as [`Activity::Close`], taken back
    /// because the order of events did not bear it out. Each has the uid under which it is raised. Poll it before
    /// [`Detector::poll_finding`]: then what is told last of a uid is what holds.
    ///
    /// [`Activity::Close`]: ambit_schemas::finding::Activity::Close
    pub fn poll_early(&mut self) -> Option<Finding> {
        while let Some(finding) = self.engine.early.poll() {
            if let Some(finding) = self.engine.decided.delivered(finding.time, finding) {
                return Some(finding);
            }
        }
        None
    }

    /// The next events that are dealt with, for whoever keeps them: each once, in the order in which they were looked at;
    /// and those that came too late, as they came. They are no part of a snapshot: poll until there are none before one is
    /// taken.
    ///
    /// # Errors
    /// When Arrow cannot put the rows together.
    pub fn poll_taken(&mut self) -> Option<Result<EventBatch, SchemaError>> {
        self.taken.pop_front()
    }

    /// A finding that the detector remembers: open, or over and able to come again; as the detector sees it, whatever was
    /// decided of it.
    pub fn finding(&self, uid: FindingUid) -> Option<Finding> {
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

    /// The credentials that are remembered, by id.
    pub fn credentials(&self) -> Vec<CredentialView> {
        lineage::view::credentials(&self.engine.lineage, &self.engine.symbols)
    }

    /// What has been done so far.
    pub fn counts(&self) -> Counts {
        let mut counts = self.engine.counts();
        counts.pending_rows = self.pending.len() as u64;
        counts.pending_bytes = self.pending.bytes() as u64;
        counts.seen_bytes = (self.seen.bytes() + self.late.as_ref().map_or(0, Seen::bytes)) as u64;
        counts.state_bytes += counts.seen_bytes;
        counts
    }

    /// The whole state, findings not yet polled included.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
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

    /// A detector that owns some shards. It must be shown every event, whosever it is; it raises what its own shards are
    /// told of, and all detectors of all shards together raise what one alone would.
    pub fn in_part(rules: RuleSet, inventory: Inventory, part: Part) -> Self {
        let mut detector = Self::new(rules, inventory);
        detector.engine.shards = Shards::in_part(&detector.engine.rules, &part);
        detector.engine.peers = Some(Peers::new(part));
        detector
    }

    /// A detector that owns some shards and goes on from snapshots that were taken at one watermark, by whichever
    /// detectors owned them then.
    ///
    /// # Errors
    /// When a snapshot is of another version or is not whole, and when they do not fit together: a shard is missing, they
    /// are of different moments, or of another number of shards.
    pub fn restore_part(
        rules: RuleSet,
        inventory: Inventory,
        part: Part,
        from: &[Snapshot],
    ) -> Result<Self, RestoreError> {
        snapshot::restore_part(rules, inventory, (part, from))
    }

    /// A detector with the whole of a state: that of the one snapshot there is, or of the parts that were taken at one
    /// watermark.
    ///
    /// # Errors
    /// When a snapshot is of another version or is not whole, and when parts do not fit together.
    pub fn restore_whole(
        rules: RuleSet,
        inventory: Inventory,
        from: &[Snapshot],
    ) -> Result<Self, RestoreError> {
        match snapshot::shards(from)? {
            Some(shards) => Self::restore_part(rules, inventory, Part::whole(shards), from),
            None => snapshot::restore(rules, inventory, from.first().ok_or(RestoreError::Missing("state"))?),
        }
    }

    /// Whether a day has ended here and other shards have not said their part of it: until they have, the watermark stands
    /// at its end, and no snapshot may be taken.
    pub fn is_awaiting_parts(&self) -> bool {
        self.engine.peers.as_ref().is_some_and(Peers::are_awaited)
    }

    /// The day that waits for other shards, in days since 1970, and the shards that have said nothing of it yet.
    pub fn missing_parts(&self) -> Option<(i64, Vec<usize>)> {
        self.engine.peers.as_ref().and_then(Peers::missing)
    }

    /// What our shards have to say of days that have ended, for all others.
    pub fn poll_part_of_day(&mut self) -> Option<PartOfDay> {
        self.engine.peers.as_mut()?.outbox.pop_front()
    }

    /// Takes in what another shard says of a day: once or often, in any order, early or late. The next
    /// [`Detector::advance`] goes by it.
    ///
    /// # Errors
    /// When the bytes are not what a shard says.
    pub fn hear_part_of_day(&mut self, said: &PartOfDay) -> Result<(), CodecError> {
        let engine = &mut self.engine;
        let Some(peers) = &mut engine.peers else { return Ok(()) };
        peers.hear(said, engine.day, (&mut engine.atoms, &mut engine.symbols))
    }

    /// The time of the latest event that was looked at.
    pub const fn latest(&self) -> Option<EventTime> {
        self.engine.latest
    }

    /// Tells early what events that wait show and was not told yet, where [`Detector::with_early`] says so: after a restore
    /// of parts, because who told early need not have waited for the same events.
    pub fn look_again(&mut self) {
        for place in 0..if self.tells_early { self.pending.places() } else { 0 } {
            self.glance(place);
        }
    }
}

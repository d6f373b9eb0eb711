//! The door of a detector that owns some shards only: the end of a UTC day waits for what the others say of it.

use ambit_schemas::{EventTime, Inventory, RuleSet};

use crate::codec::CodecError;
use crate::detector::Detector;
use crate::part::{Part, PartOfDay, Peers};
use crate::shards::Shards;
use crate::snapshot::{self, RestoreError, Snapshot};

impl Detector {
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

    /// Goes as far towards a watermark as the days that are sealed allow.
    pub(crate) fn advance_in_part(&mut self, watermark: EventTime) {
        if watermark < self.watermark || (watermark == self.watermark && !self.is_awaiting_parts()) {
            return;
        }
        while let Some(day) = self.day_of(watermark) {
            let end = EventTime::from_day(day + 1);
            if watermark < end {
                break;
            }
            if !self.is_awaiting_parts() {
                self.look_before(end);
                self.engine.close_shards(day);
                let said = self.engine.shards.take_days();
                let engine = &mut self.engine;
                if let Some(peers) = &mut engine.peers {
                    peers.close(day, said, &engine.atoms, &engine.symbols);
                }
            }
            let Some((day, sum)) = self.engine.peers.as_mut().and_then(Peers::sum) else { return };
            self.engine.seal_day(day, &sum);
            self.engine.day = Some(day + 1);
            self.engine.early.retract_before(end);
        }
        self.look_before(watermark);
        self.engine.early.retract_before(watermark);
    }

    /// The open day; the day of the first event, if that is before a moment and none was looked at yet.
    fn day_of(&mut self, before: EventTime) -> Option<i64> {
        if self.engine.day.is_none() {
            let first = self.pending.next_due().filter(|due| *due < before);
            self.engine.day = first.map(EventTime::day);
        }
        self.engine.day
    }

    fn look_before(&mut self, watermark: EventTime) {
        self.watermark = self.watermark.max(watermark);
        let due = self.pending.take_due(watermark, false);
        self.take_up(&due);
    }
}

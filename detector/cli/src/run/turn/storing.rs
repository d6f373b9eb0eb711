//! Making and storing checkpoints, between the turns of the loop.

use std::time::Duration;

use super::super::checkpoint::Made;
use super::super::keeper::Stored;
use super::{Times, Turn};
use crate::clock::Stopwatch;

impl Turn<'_> {
    /// Makes a checkpoint when it is time, and stores it once the sinks have all that was found before it. A sink that is
    /// down holds up checkpoints, not the detector: the one that is made waits, and no other is made meanwhile.
    pub(super) fn keep(&mut self, times: &mut Times) -> anyhow::Result<()> {
        if let Some(stored) = self.keeper.poll() {
            self.stored(stored, times);
        }
        let now = self.health.now();
        let due = now >= times.stored + self.config.checkpoint.interval;
        // Of shared shards all make them at moments of event time.
        if due && times.changed && !self.keeper.is_busy && !self.is_sharing() {
            self.begin_checkpoint(times)?;
        }
        if let Some(checkpoint) = times.made.take_if(|checkpoint| self.sinks.have_settled(*checkpoint)) {
            self.keeper.store();
            times.storing = Some(checkpoint);
        }
        Ok(())
    }

    /// Makes a checkpoint, which waits for the sinks.
    pub(super) fn begin_checkpoint(&mut self, times: &mut Times) -> anyhow::Result<()> {
        let Some((made, took)) = self.make()? else { return Ok(()) };
        times.changed = false;
        times.made = Some(self.sinks.settle());
        self.keeper.pack(made, took);
        Ok(())
    }

    /// Ends the sinks, and stores the last checkpoint.
    pub(super) fn end(&mut self, times: &mut Times) -> anyhow::Result<()> {
        self.sinks.finish()?;
        if self.is_sharing() {
            // The one that is made holds what the sinks now have; no other is of a moment that all agree on.
            if times.made.take().is_some() {
                self.keeper.store();
            }
            let last = if self.keeper.is_storing { self.keeper.wait(|| self.health.beat()) } else { None };
            if let Some(stored) = last {
                self.stored(stored, times);
            }
            return Ok(());
        }
        let waited = times.made.take().is_some();
        // One that is being stored comes first: after a failure it must be made again.
        if !waited && let Some(stored) = self.keeper.wait(|| self.health.beat()) {
            self.stored(stored, times);
        }
        let made = if waited || times.changed { self.make()? } else { None };
        let Some((made, took)) = made else { return Ok(()) };
        self.keeper.pack(made, took);
        self.keeper.store();
        if let Some(stored) = self.keeper.wait(|| self.health.beat()) {
            self.stored(stored, times);
        }
        Ok(())
    }

    /// A checkpoint of what is so now, and the time that it took to make it. None while the archive does not take what was
    /// found before it.
    pub(super) fn make(&mut self) -> anyhow::Result<Option<(Made, Duration)>> {
        if let Some(kept) = &mut self.kept
            && !kept.settle(&self.control, &self.health)?
        {
            tracing::warn!("the archive does not take its files; at the next start they are made again");
            return Ok(None);
        }
        let watch = Stopwatch::start();
        let mut snapshot = self.detector.snapshot()?;
        if let Some(kept) = &self.kept {
            snapshot.tables.extend(kept.tables()?);
        }
        let state = (&self.partitions, self.ledgers.as_slice());
        let state_at = (snapshot, self.detector.watermark());
        let made = Made::new(state_at, state, &self.names, self.keeper.writer)?;
        Ok(Some((made, watch.elapsed())))
    }

    /// A checkpoint was stored: lets the sources forget. After a store that does not work another is made and tried; until
    /// one works, nothing is forgotten.
    fn stored(&mut self, stored: Stored, times: &mut Times) {
        times.stored = self.health.now();
        let checkpoint = times.storing.take();
        let Some(saved) = stored.told(&self.metrics, &self.health) else {
            times.changed = true;
            return;
        };
        times.changed |= !saved.is_all;
        if let Some(checkpoint) = checkpoint {
            self.sinks.stored(checkpoint);
        }
        self.sources.may_forget(&saved, &self.names);
    }
}

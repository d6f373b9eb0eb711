//! The thread of a sink: it takes what waits, in order, and tries until it is done. So a sink that fails holds up nobody
//! but itself, until its queue is full.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::queue::{Batch, Queue, Work};
use super::{DeliveryError, Line, Sink};
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::metrics::Metrics;

/// After so long without work a sink looks after its connection.
const IDLE: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A sink at work.
#[derive(Debug)]
pub(super) struct Courier {
    pub(super) sink: Sink,
    pub(super) queue: Queue,
    pub(super) control: Control,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
    /// Whether what waits is left when it is time to end, because it is found again.
    pub(super) lets_go: bool,
    /// The last checkpoint that was stored.
    pub(super) stored: Arc<AtomicU64>,
    /// Since when nothing was taken.
    pub(super) failing_since: Option<Duration>,
}

/// The daemon is to end, and the sink does not work.
struct GaveUp;

impl Courier {
    /// Works until nothing more comes, or the daemon is to end while the sink does not work.
    pub(super) fn run(&mut self) {
        while let Some(work) = self.queue.next(IDLE) {
            let done = match work {
                Work::Deliver(batch) => self.deliver(&batch),
                Work::Settle(checkpoint) => self.settle(checkpoint).map(|()| self.queue.settled(checkpoint)),
                Work::Idle => {
                    self.sink.receiver.tend();
                    Ok(())
                }
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn deliver(&mut self, batch: &Batch) -> Result<(), GaveUp> {
        let mut rest = batch.lines.as_slice();
        while !rest.is_empty() {
            if self.lets_go && self.control.is_stopping() {
                return Err(GaveUp);
            }
            let some = &rest[..rest.len().min(self.sink.most)];
            let done = self.until_done(|sink| sink.receiver.deliver(some), some)?.min(rest.len());
            rest = &rest[done..];
            let queue = self.metrics.outside.sink_queue.with_label_values(&[self.sink.name.as_str()]);
            queue.sub(i64::try_from(done).unwrap_or(0));
        }
        batch.taken(&self.metrics);
        self.queue.delivered(batch);
        Ok(())
    }

    fn settle(&mut self, checkpoint: u64) -> Result<(), GaveUp> {
        if !self.sink.receiver.keeps() {
            return Ok(());
        }
        let stored = self.stored.load(Ordering::Acquire);
        self.until_done(|sink| sink.receiver.settle(checkpoint, stored).map(|()| 0), &[]).map(drop)
    }

    fn until_done(
        &mut self,
        mut attempt: impl FnMut(&mut Sink) -> Result<usize, DeliveryError>,
        batch: &[Line],
    ) -> Result<usize, GaveUp> {
        let mut pause = FIRST_PAUSE;
        loop {
            let tried_at = self.health.now();
            let sink = &mut self.sink;
            self.metrics.outside.sink_attempts.with_label_values(&[sink.name.as_str()]).inc();
            let error = match attempt(sink) {
                Ok(done) => {
                    self.failing_since = None;
                    if self.health.well(&sink.part) {
                        tracing::info!("{} works again", sink.part);
                    }
                    return Ok(done);
                }
                Err(error) => error,
            };
            self.metrics.outside.sink_failures.with_label_values(&[sink.name.as_str()]).inc();
            let outage = self.health.now().saturating_sub(*self.failing_since.get_or_insert(tried_at));
            let give_up =
                matches!(error, DeliveryError::Refused(_)) || sink.give_up.is_some_and(|most| outage >= most);
            if give_up && self.put_aside(batch, &error) {
                return Ok(batch.len());
            }
            if self.health.ill(&self.sink.part, error.to_string()) {
                tracing::error!("{}: {error}; it is tried again", self.sink.part);
            }
            if self.control.wait(pause) {
                return Err(GaveUp);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Keeps what a sink does not take; `false` if there is no place for it.
    fn put_aside(&self, batch: &[Line], error: &DeliveryError) -> bool {
        let sink = &self.sink;
        let Some(dead) = &sink.dead else { return false };
        match dead.add(batch, &error.to_string()) {
            Ok(()) => {
                let count = batch.len() as u64;
                self.metrics.outside.dead_letters.with_label_values(&[sink.name.as_str()]).inc_by(count);
                tracing::error!("{}: {error}; {count} findings were put aside", sink.part);
                true
            }
            Err(error) => {
                tracing::error!("{}: the dead letters cannot be written: {error}", sink.part);
                false
            }
        }
    }
}

impl Drop for Courier {
    /// For whatever reason it ends, the loop must not wait for it.
    fn drop(&mut self) {
        self.queue.end();
    }
}

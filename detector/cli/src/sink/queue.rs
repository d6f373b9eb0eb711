//! What waits for one sink, in order: bounded by its bytes, so that a sink that is down costs the daemon no more than that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Line, Told};
use crate::clock;
use crate::run::metrics::Metrics;

/// Bytes of findings that may wait for a sink.
const MOST_BYTES: usize = 64 << 20;

/// Findings on their way to every sink.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) lines: Vec<Line>,
    told: Vec<Told>,
    bytes: usize,
    /// Sinks that do not have it yet.
    lacking: AtomicUsize,
}

impl Batch {
    pub(super) fn new(lines: Vec<Line>, told: Vec<Told>, sinks: usize) -> Self {
        let bytes = lines.iter().map(|line| line.json.len()).sum();
        Self { lines, told, bytes, lacking: AtomicUsize::new(sinks) }
    }

    /// A sink has it; what every sink has is delivered.
    pub(super) fn taken(&self, metrics: &Metrics) {
        if self.lacking.fetch_sub(1, Ordering::AcqRel) == 1 {
            let now = clock::wall();
            self.told.iter().for_each(|told| metrics.delivered(told, now));
        }
    }
}

/// Something to do for a sink.
#[derive(Debug)]
pub(super) enum Work {
    Deliver(Arc<Batch>),
    /// Make sure that what was delivered stays so. The number is that of a checkpoint.
    Settle(u64),
    /// Nothing, for as long as was waited.
    Idle,
}

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Taken,
    /// There is no room.
    Full,
    /// Nobody works for the sink any longer.
    Over,
}

/// Shared by the loop and the thread of a sink.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    works: VecDeque<Work>,
    /// Of what waits and of what is being delivered.
    bytes: usize,
    /// The last checkpoint for which the sink has settled.
    settled: u64,
    /// Nothing more will come.
    closed: bool,
    /// Nobody takes anything any longer.
    over: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.0.changed.notify_all();
        changed
    }

    /// Adds a batch if there is room. One that is larger than the room is taken alone.
    pub(super) fn offer(&self, batch: &Arc<Batch>) -> Offer {
        self.change(|state| {
            if state.over {
                return Offer::Over;
            }
            if state.bytes > 0 && state.bytes.saturating_add(batch.bytes) > MOST_BYTES {
                return Offer::Full;
            }
            state.bytes = state.bytes.saturating_add(batch.bytes);
            state.works.push_back(Work::Deliver(Arc::clone(batch)));
            Offer::Taken
        })
    }

    /// Asks the sink to settle once everything before was delivered.
    pub(super) fn settle(&self, checkpoint: u64) {
        self.change(|state| state.works.push_back(Work::Settle(checkpoint)));
    }

    /// Whether the sink has settled for a checkpoint.
    pub(super) fn has_settled(&self, checkpoint: u64) -> bool {
        self.lock().settled >= checkpoint
    }

    /// Waits for a change, for some time at most.
    pub(super) fn wait(&self, time: Duration) {
        let state = self.lock();
        drop(self.0.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner));
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// The next thing to do; waits for it, for some time at most. `None` when all is done and nothing will come.
    pub(super) fn next(&self, most: Duration) -> Option<Work> {
        let state = self.lock();
        let waits = |state: &mut State| state.works.is_empty() && !state.closed;
        let waited = self.0.changed.wait_timeout_while(state, most, waits);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match state.works.pop_front() {
            Some(work) => Some(work),
            None if state.closed => None,
            None => Some(Work::Idle),
        }
    }

    /// A batch was delivered: there is room.
    pub(super) fn delivered(&self, batch: &Batch) {
        self.change(|state| state.bytes = state.bytes.saturating_sub(batch.bytes));
    }

    /// The sink has settled.
    pub(super) fn settled(&self, checkpoint: u64) {
        self.change(|state| state.settled = checkpoint);
    }

    /// Nobody works for the sink any longer.
    pub(super) fn end(&self) {
        self.change(|state| state.over = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(bytes: usize) -> Arc<Batch> {
        let line = Line { uid: "u".to_owned(), json: "x".repeat(bytes), avro: None };
        Arc::new(Batch::new(vec![line], Vec::new(), 1))
    }

    #[test]
    fn there_is_room_for_so_many_bytes_and_for_one_that_is_larger() {
        let queue = Queue::default();
        let (small, half, large) = (batch(1), batch(MOST_BYTES / 2), batch(MOST_BYTES + 1));
        assert_eq!(queue.offer(&large), Offer::Taken);
        assert_eq!(queue.offer(&small), Offer::Full);
        assert!(matches!(queue.next(Duration::ZERO), Some(Work::Deliver(_))));
        // What is being delivered waits too.
        assert_eq!(queue.offer(&small), Offer::Full);
        queue.delivered(&large);
        for (batch, expected) in [(&half, Offer::Taken), (&half, Offer::Taken), (&small, Offer::Full)] {
            assert_eq!(queue.offer(batch), expected);
        }
        queue.end();
        assert_eq!(queue.offer(&small), Offer::Over);
    }

    #[test]
    fn it_ends_when_it_is_closed_and_empty() {
        let queue = Queue::default();
        queue.settle(3);
        queue.close();
        assert!(matches!(queue.next(Duration::ZERO), Some(Work::Settle(3))));
        assert!(!queue.has_settled(3));
        queue.settled(3);
        assert!(queue.has_settled(3) && queue.next(Duration::ZERO).is_none());
    }
}

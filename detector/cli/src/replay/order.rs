//! Puts a replay in order, so that it is never late: takes batches as the files give them, in any order, and gives
//! them on by their first moment, each followed by the watermark up to which everything has been given.
//!
//! The detector sorts the rows within what a watermark passes, so batches need not be cut or merged here. What does
//! not fit the memory budget is sorted, spilled to a temporary file as one run, and comes back batch by batch.

mod spill;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ambit_schemas::{EventBatch, EventTime};

use self::spill::{Run, SpillError, Spills};

/// What to do next with the detector.
#[derive(Debug)]
pub(crate) enum Step {
    /// Push these events.
    Push(EventBatch),
    /// Every event before this moment has been pushed.
    Advance(EventTime),
}

/// Takes everything in.
#[derive(Debug)]
pub(crate) struct Order {
    budget_bytes: usize,
    held: Vec<Held>,
    held_bytes: usize,
    spills: Spills,
    last: Option<EventTime>,
    rows: u64,
}

/// A batch in memory, and the moments between which its events lie.
#[derive(Debug)]
struct Held {
    first: EventTime,
    last: EventTime,
    batch: EventBatch,
}

impl Held {
    fn new(batch: EventBatch) -> Option<Self> {
        let (first, last) = (batch.times().iter().min().copied()?, batch.times().iter().max().copied()?);
        Some(Self { first: EventTime(first), last: EventTime(last), batch })
    }
}

impl Order {
    /// Holds about `budget_bytes` of events in memory before it spills.
    pub(crate) fn new(budget_bytes: usize) -> Self {
        Self { budget_bytes, held: Vec::new(), held_bytes: 0, spills: Spills::default(), last: None, rows: 0 }
    }

    /// Takes a batch in.
    ///
    /// # Errors
    /// When the temporary folder cannot take what must be spilled.
    pub(crate) fn add(&mut self, batch: EventBatch) -> Result<(), SpillError> {
        let bytes = batch.memory_bytes();
        let Some(held) = Held::new(batch) else { return Ok(()) };
        if self.held_bytes.saturating_add(bytes) > self.budget_bytes && !self.held.is_empty() {
            self.spill()?;
        }
        self.last = self.last.max(Some(held.last));
        self.rows += held.batch.len() as u64;
        self.held_bytes += bytes;
        self.held.push(held);
        Ok(())
    }

    fn spill(&mut self) -> Result<(), SpillError> {
        let batches = self.held.drain(..).map(|held| held.batch).collect::<Vec<_>>();
        self.held_bytes = 0;
        self.spills.write(&batches)
    }

    /// The last moment of any event taken in.
    pub(crate) const fn last(&self) -> Option<EventTime> {
        self.last
    }

    /// Events taken in.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Runs that were spilled.
    pub(crate) const fn spilled(&self) -> usize {
        self.spills.len()
    }

    /// Gives everything back in order.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub(crate) fn finish(self) -> Result<Steps, SpillError> {
        let end = self.last.map_or(EventTime::MIN, |last| last.plus_micros(1));
        let mut steps = Steps { end, ..Steps::default() };
        for held in self.held {
            steps.put(Source::Memory, held);
        }
        for run in self.spills.read()? {
            steps.refill(Box::new(run))?;
        }
        Ok(steps)
    }
}

/// Where the next batch of a run comes from.
#[derive(Debug)]
enum Source {
    /// Nowhere: the run was one batch.
    Memory,
    /// The temporary file.
    File(Box<Run>),
}

/// The order, step by step.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// First moment of each run's next batch, and its place in `next`.
    heads: BinaryHeap<Reverse<(EventTime, usize)>>,
    next: Vec<Option<(Source, Held)>>,
    free: Vec<usize>,
    open: Open,
    /// Just after the last event.
    end: EventTime,
    /// Where the watermark stands, or will once the step in hand is done.
    watermark: Option<EventTime>,
}

/// The batches that the detector has and the watermark has not passed. To advance costs the detector a look at every
/// event that waits, so it is only worth it when at least half of them will pass.
#[derive(Debug, Default)]
struct Open {
    lasts: BinaryHeap<Reverse<(EventTime, usize)>>,
    waiting_rows: usize,
    passed_rows: usize,
}

impl Open {
    fn push(&mut self, held: &Held) {
        self.lasts.push(Reverse((held.last, held.batch.len())));
        self.waiting_rows += held.batch.len();
    }

    /// Whether enough events would pass a watermark.
    fn ripe(&mut self, watermark: EventTime) -> bool {
        while let Some(Reverse((last, rows))) = self.lasts.peek().copied()
            && last < watermark
        {
            self.lasts.pop();
            self.passed_rows += rows;
        }
        self.passed_rows * 2 >= self.waiting_rows
    }

    fn passed(&mut self) {
        self.waiting_rows -= self.passed_rows;
        self.passed_rows = 0;
    }
}

impl Steps {
    fn put(&mut self, source: Source, held: Held) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.next.push(None);
            self.next.len() - 1
        });
        self.heads.push(Reverse((held.first, slot)));
        self.next[slot] = Some((source, held));
    }

    fn refill(&mut self, mut run: Box<Run>) -> Result<(), SpillError> {
        if let Some(held) = run.next_batch()?.and_then(Held::new) {
            self.put(Source::File(run), held);
        }
        Ok(())
    }

    /// The next step; `None` when everything was pushed and the watermark has passed it.
    ///
    /// # Errors
    /// When a spilled run cannot be read back.
    pub(crate) fn next(&mut self) -> Result<Option<Step>, SpillError> {
        if let Some(watermark) = self.watermark.take() {
            return Ok(Some(Step::Advance(watermark)));
        }
        let Some(Reverse((_, slot))) = self.heads.pop() else { return Ok(None) };
        let Some((source, held)) = self.next[slot].take() else { return Ok(None) };
        self.free.push(slot);
        if let Source::File(run) = source {
            self.refill(run)?;
        }
        self.open.push(&held);
        let watermark = self.heads.peek().map_or(self.end, |Reverse((first, _))| *first);
        if self.open.ripe(watermark) {
            self.open.passed();
            self.watermark = Some(watermark);
        }
        Ok(Some(Step::Push(held.batch)))
    }
}

#[cfg(test)]
mod tests;

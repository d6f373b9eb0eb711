//! How the parts of the daemon fare, for those who ask over HTTP.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;

/// Without a sign of life of the loop for this long it hangs. A request to a sink may take long, but not so long.
const HANGS: Duration = Duration::from_mins(2);

/// Shared by all threads.
#[derive(Debug, Clone)]
pub(crate) struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    watch: Stopwatch,
    /// Milliseconds of the last sign of life.
    beat: AtomicU64,
    /// What is wrong with each part; nothing where it is well.
    parts: Mutex<BTreeMap<String, Option<String>>>,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            watch: Stopwatch::start(),
            beat: AtomicU64::new(0),
            parts: Mutex::new(BTreeMap::new()),
        }))
    }

    /// Since the daemon was started.
    pub(crate) fn now(&self) -> Duration {
        self.0.watch.elapsed()
    }

    /// The loop lives.
    pub(crate) fn beat(&self) {
        let now = u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX);
        self.0.beat.store(now, Ordering::Relaxed);
    }

    /// Whether the loop has lived lately.
    pub(crate) fn is_alive(&self) -> bool {
        self.now() < Duration::from_millis(self.0.beat.load(Ordering::Relaxed)) + HANGS
    }

    /// A part works; `true` if it did not before.
    pub(crate) fn well(&self, part: &str) -> bool {
        let before = self.lock().insert(part.to_owned(), None);
        before.flatten().is_some()
    }

    /// A part does not work; `true` if it did before, or failed for another reason.
    pub(crate) fn ill(&self, part: &str, why: impl Into<String>) -> bool {
        let why = why.into();
        let before = self.lock().insert(part.to_owned(), Some(why.clone()));
        before.flatten() != Some(why)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every part with what is wrong with it.
    pub(crate) fn parts(&self) -> BTreeMap<String, Option<String>> {
        self.lock().clone()
    }
}

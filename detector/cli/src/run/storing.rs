//! A checkpoint goes to its store, and then the sources may forget.

use std::time::Duration;

use super::checkpoint::{Made, Store};
use super::health::Health;
use super::metrics::{self, Metrics};
use crate::clock::{self, Stopwatch};
use crate::source::Sources;

const STORE: &str = "checkpoint store";

/// Who has to do with it.
#[derive(Debug)]
pub(super) struct Storing<'a> {
    pub(super) store: &'a mut Store,
    /// The names of the sources.
    pub(super) names: &'a [String],
    pub(super) sources: &'a Sources,
    pub(super) health: &'a Health,
    pub(super) metrics: &'a Metrics,
}

/// What became of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    /// It is stored, and covers all that the sources may forget.
    Stored,
    /// It is stored; another one would let the sources forget more.
    StoredInPart,
    /// It is not stored: another one is made and tried, and until one works nothing is forgotten.
    Lost,
}

/// Stores a checkpoint that took some time to make, and lets the sources forget.
pub(super) fn store(storing: Storing<'_>, made: Made, took: Duration) -> Became {
    let Storing { store, names, sources, health, metrics } = storing;
    let watch = Stopwatch::start();
    let saved = match store.save(made) {
        Ok(saved) => saved,
        Err(error) => {
            metrics.store.failures.inc();
            if health.ill(STORE, format!("{error:#}")) {
                tracing::error!("no checkpoint was stored: {error:#}");
            }
            return Became::Lost;
        }
    };
    metrics::took(&metrics.store.seconds, took + watch.elapsed());
    metrics.store.time.set(metrics::secs(clock::wall()));
    metrics.store.bytes.set(i64::try_from(saved.bytes).unwrap_or(i64::MAX));
    if health.well(STORE) {
        tracing::info!("the checkpoint store works again");
    }
    for (source, name) in names.iter().enumerate() {
        let Some(rows) = &saved.covered else { break };
        let own = rows.iter().filter(|row| row.source == *name);
        sources.covered(source, own.filter_map(|row| row.partition.mark.clone()).collect());
    }
    if saved.is_all { Became::Stored } else { Became::StoredInPart }
}

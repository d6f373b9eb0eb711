//! Objects of a store: listed again and again, each read once.
//!
//! A round lists everything, reads what is new in the order in which it was changed, and goes on. The events of one round
//! hold the watermark until all of them are handed on, so that the order of keys does not matter. What the ledger of the loop
//! holds is what its state holds: each piece says which objects it completes, and how far it reaches into the one after.

mod listing;
mod reading;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ambit_ingest::Reader;
use ambit_ingest::source::{Begin, Mark};
use object_store::ObjectMeta;
use sha2::{Digest, Sha256};

use super::{Closed, Outlet, settings};
use crate::config;
use crate::objects::Objects;
use crate::run::ledger::{Entry, Ledger};
use crate::run::message::Signal;
use crate::run::metrics::SourceObjects;

/// The one partition of such a source.
const PARTITION: &str = "objects";
/// Pauses after failures: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_mins(1);
/// Objects that cannot be read now and are remembered as such. Where there are more, nothing new is read until it gets better.
const MOST_FAILING: usize = 10_000;

/// The source.
#[derive(Debug)]
pub(super) struct Poll {
    objects: Objects,
    config: config::Objects,
    reader: Reader,
    /// What was handed on.
    ledger: Ledger,
    /// What could not be read, by the hash of its key.
    failing: BTreeMap<u128, Failing>,
    /// How often in a row remembered objects were not listed.
    missed: BTreeMap<u128, u8>,
    /// How far an object was handed on that was not handed on wholly, by the hash of its key and of its version.
    partial: BTreeMap<(u128, u64), i64>,
    partition: Arc<str>,
    metrics: SourceObjects,
    /// Whether objects that are there at the first listing are to be passed over.
    passes_over: bool,
    /// Listings that failed in a row.
    failures: u32,
}

/// An object that cannot be read now.
#[derive(Debug)]
struct Failing {
    url: String,
    why: String,
    tries: u32,
    modified: i64,
    /// When it is tried again, as time since the start.
    due: Duration,
}

/// An object that is to be read.
#[derive(Debug, Clone)]
struct Wanted {
    meta: ObjectMeta,
    entry: Entry,
}

/// When the next round begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// At once: there is more than one round takes.
    Now,
    After(Duration),
}

#[expect(clippy::multiple_inherent_impl, reason = "listing and reading have files of their own")]
impl Poll {
    /// Goes on from what the checkpoint holds.
    pub(super) fn new(
        source: &config::Source,
        config: &config::Objects,
        (marks, ledger): (&[Mark], Ledger),
        outlet: &Outlet,
    ) -> anyhow::Result<Self> {
        let objects = Objects::open(&config.place)
            .map_err(|fault| anyhow::anyhow!("source {}: {fault}", source.name))?;
        Ok(Self {
            objects,
            config: config.clone(),
            reader: Reader::new(settings(source)),
            passes_over: config.begin == Begin::End && marks.is_empty(),
            ledger,
            failing: BTreeMap::new(),
            missed: BTreeMap::new(),
            partial: marks.iter().filter_map(partial).collect(),
            partition: PARTITION.into(),
            metrics: outlet.metrics.objects.of(&source.name),
            failures: 0,
        })
    }

    /// Reads until the daemon is asked to stop.
    pub(super) fn run(mut self, outlet: &Outlet) {
        loop {
            match self.round(outlet) {
                Err(Closed) => return,
                Ok(Next::Now) if outlet.control.is_stopping() => return,
                Ok(Next::After(pause)) if outlet.control.wait(pause) => return,
                Ok(Next::Now | Next::After(_)) => {}
            }
        }
    }

    fn round(&mut self, outlet: &Outlet) -> Result<Next, Closed> {
        let mut listed = match self.list(outlet)? {
            Ok(listed) => listed,
            Err(why) => {
                outlet.signal(Signal::Trouble(why))?;
                self.failures += 1;
                return Ok(Next::After(pause(self.failures)));
            }
        };
        self.failures = 0;
        self.account(&mut listed, outlet)?;
        if self.passes_over {
            self.pass_over(listed.wanted, outlet)?;
            if listed.more {
                return Ok(Next::Now);
            }
            self.passes_over = false;
        } else {
            self.read_all(listed.wanted, outlet)?;
        }
        self.metrics.unread.set(i64::from(listed.more));
        self.metrics.remembered.set(whole(self.ledger.len()));
        self.metrics.unreadable.set(whole(self.failing.len()));
        let is_stuck = self.failing.len() >= MOST_FAILING;
        if !listed.more || is_stuck {
            outlet.signal(Signal::CaughtUp(Arc::clone(&self.partition)))?;
        }
        outlet.signal(self.state())?;
        if listed.more && !is_stuck {
            return Ok(Next::Now);
        }
        let now = outlet.health.now();
        let due = self.failing.values().map(|failing| failing.due.saturating_sub(now).max(FIRST_PAUSE)).min();
        Ok(Next::After(due.map_or(self.config.interval, |due| due.min(self.config.interval))))
    }

    fn state(&self) -> Signal {
        let count = self.failing.len();
        match self.failing.values().next() {
            None => Signal::Well,
            Some(first) if count == 1 => Signal::Trouble(format!("{}: {}", first.url, first.why)),
            Some(first) => Signal::Trouble(format!("{}: {}; and {} more", first.url, first.why, count - 1)),
        }
    }

    /// Notes that an object cannot be read now.
    fn fails(&mut self, wanted: &Wanted, why: String, now: Duration) {
        self.metrics.failures.inc();
        let url = self.objects.url_of(&wanted.meta.location);
        let tries = self.failing.get(&wanted.entry.key).map_or(1, |failing| failing.tries.saturating_add(1));
        if tries == 1 {
            tracing::warn!("{url}: {why}; it is tried again");
        }
        let failing = Failing { url, why, tries, modified: wanted.entry.modified, due: now + pause(tries) };
        self.failing.insert(wanted.entry.key, failing);
    }
}

/// How long to wait after so many failures in a row.
fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LAST_PAUSE)
}

/// An object as the ledger knows it.
fn entry(meta: &ObjectMeta) -> Entry {
    let hash = Sha256::digest(meta.location.as_ref().as_bytes());
    let key = hash.first_chunk::<16>().map_or(0, |bytes| u128::from_le_bytes(*bytes));
    let modified = meta.last_modified.timestamp_micros();
    let version = match &meta.e_tag {
        Some(tag) => Sha256::digest(tag.as_bytes()),
        None => Sha256::digest(format!("{} {modified}", meta.size).as_bytes()),
    };
    let version = version.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    Entry { key, version, modified }
}

/// What a mark says of an object that was handed on in part.
fn partial(mark: &Mark) -> Option<((u128, u64), i64)> {
    let (key, version) = mark.proof.split_once(' ')?;
    let key = u128::from_str_radix(key, 16).ok()?;
    let version = u64::from_str_radix(version, 16).ok()?;
    Some(((key, version), mark.offset))
}

/// The mark of an object that was handed on in part; of none.
fn mark(partition: &str, within: Option<(Entry, i64)>) -> Mark {
    let proof = within.map_or_else(String::new, |(entry, _)| format!("{:x} {:x}", entry.key, entry.version));
    Mark { partition: partition.to_owned(), offset: within.map_or(0, |(_, offset)| offset), proof }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

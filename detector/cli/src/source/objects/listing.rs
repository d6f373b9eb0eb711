//! What there is, and what of it is to be read.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use object_store::path::Path;

use super::{Failing, MOST_FAILING, Poll, Wanted, entry, whole};
use crate::objects::why;
use crate::run::ledger::{Forgotten, Standing};
use crate::run::message::Signal;
use crate::source::{Closed, Outlet};

/// Objects that one round reads; where there are more, those that were changed first.
const MOST_WANTED: usize = 65_536;
/// Names of a listing that are looked at together.
const TOGETHER: usize = 1_000;
/// An object that is missing from so many listings in a row is gone. A store may take a moment to be of one mind.
const GONE_AFTER: u8 = 3;

/// What a listing said.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// To be read now, in the order in which it was changed.
    pub(super) wanted: Vec<Wanted>,
    /// Whether there is more to be read than that.
    pub(super) more: bool,
    /// Keys that are remembered and listed.
    seen: Vec<u128>,
    /// Objects below the low-water mark.
    below: u64,
    /// When the latest was changed.
    newest: i64,
    /// When the first was changed that is to be read; and the first of those that cannot be.
    oldest_wanted: i64,
    oldest_failing: i64,
    /// Those that cannot be read and are still there.
    failing: BTreeSet<u128>,
    skipped: u64,
    changed: u64,
}

/// By the time of change, then by key.
struct ByChange(Wanted);

impl ByChange {
    const fn order(&self) -> (i64, &Path) {
        (self.0.entry.modified, &self.0.meta.location)
    }
}

impl PartialEq for ByChange {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for ByChange {}

impl PartialOrd for ByChange {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByChange {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Poll {
    /// Lists everything. The inner error is the store's.
    pub(super) fn list(&mut self, outlet: &Outlet) -> Result<Result<Listed, String>, Closed> {
        let stop = || outlet.control.is_stopping();
        let objects = self.objects.clone();
        let listing = objects.wait_unless(&stop, objects.list()).ok_or(Closed)?;
        let is_taken = listing.rule();
        let mut names = listing.names.ready_chunks(TOGETHER);
        let mut listed = Listed {
            newest: i64::MIN,
            oldest_wanted: i64::MAX,
            oldest_failing: i64::MAX,
            ..Listed::default()
        };
        let mut heap = BinaryHeap::new();
        let mut is_first = true;
        while let Some(chunk) = objects.wait_unless(&stop, names.next()).ok_or(Closed)? {
            for found in chunk {
                match found {
                    Ok(meta) if is_taken(&meta.location) => {
                        let now = outlet.health.now();
                        self.look(Wanted { entry: entry(&meta), meta }, (&mut listed, &mut heap), now);
                    }
                    Ok(_) => listed.skipped += 1,
                    Err(error) => {
                        let place = self.objects.url_of(self.objects.prefix());
                        return Ok(Err(format!("{place} cannot be listed: {}", why(&error))));
                    }
                }
            }
            if std::mem::take(&mut is_first) && !heap.is_empty() {
                // The store answers and has something new: what comes with it is not to be late.
                outlet.signal(Signal::Unordered(Arc::clone(&self.partition)))?;
            }
        }
        listed.wanted = heap.into_sorted_vec().into_iter().map(|ByChange(wanted)| wanted).collect();
        Ok(Ok(listed))
    }

    fn look(&self, wanted: Wanted, (listed, heap): (&mut Listed, &mut BinaryHeap<ByChange>), now: Duration) {
        let Wanted { entry, .. } = &wanted;
        listed.newest = listed.newest.max(entry.modified);
        match self.ledger.standing(entry) {
            Standing::Read => return listed.seen.push(entry.key),
            Standing::Below => return listed.below += 1,
            Standing::Changed => {
                listed.seen.push(entry.key);
                listed.changed += 1;
            }
            Standing::New => {}
        }
        if let Some(failing) = self.failing.get(&entry.key) {
            listed.failing.insert(entry.key);
            listed.oldest_failing = listed.oldest_failing.min(entry.modified);
            if failing.due > now {
                return;
            }
        } else {
            listed.oldest_wanted = listed.oldest_wanted.min(entry.modified);
            if self.failing.len() >= MOST_FAILING {
                listed.more = true;
                return;
            }
        }
        heap.push(ByChange(wanted));
        if heap.len() > MOST_WANTED {
            // The last to be changed waits for the next round.
            listed.more = true;
            heap.pop();
        }
    }

    /// Forgets what is gone or old, and says what is not as it should be.
    pub(super) fn account(&mut self, listed: &mut Listed, outlet: &Outlet) -> Result<(), Closed> {
        self.metrics.skipped.set(i64::try_from(listed.skipped).unwrap_or(i64::MAX));
        self.metrics.unread.set(whole(listed.wanted.len()));
        if listed.changed > 0 {
            self.metrics.changed.inc_by(listed.changed);
            let first =
                listed.wanted.iter().find(|one| self.ledger.standing(&one.entry) == Standing::Changed);
            let first = first.map_or_else(String::new, |one| self.objects.url_of(&one.meta.location));
            tracing::warn!(
                "{} objects were changed after they had been read, and are read again; the first: {first}",
                listed.changed
            );
        }
        self.vanished(listed);
        let passed = listed.below.saturating_sub(self.ledger.below());
        if passed > 0 {
            self.metrics.passed_over.inc_by(passed);
            tracing::error!(
                "{passed} objects have come with a time of change before all that is remembered, and are not read: \
                 raise `window_secs` or `remembered`, and replay them"
            );
        }
        let gone = self.gone(std::mem::take(&mut listed.seen));
        // What cannot be read is waited for, but not for ever.
        let crowded = self.ledger.len() > self.config.remembered.saturating_mul(2);
        let unread =
            if crowded { listed.oldest_wanted } else { listed.oldest_wanted.min(listed.oldest_failing) };
        let oldest = listed.newest.saturating_sub(self.config.window_micros);
        let low_water = self.ledger.mark(oldest, self.config.remembered, unread);
        let given_up = self.give_up(low_water);
        let forgotten = Forgotten { gone, low_water, below: listed.below + given_up };
        if self.ledger.forget(&forgotten) {
            outlet.signal(Signal::Forgotten(forgotten))?;
        }
        Ok(())
    }

    /// What could not be read and is not there any longer was missed.
    fn vanished(&mut self, listed: &Listed) {
        let (metrics, there) = (&self.metrics, &listed.failing);
        self.failing.retain(|key, failing| {
            let stays = there.contains(key);
            if !stays {
                metrics.vanished.inc();
                tracing::error!("{} is gone and was not read: {}", failing.url, failing.why);
            }
            stays
        });
    }

    /// Gives up what cannot be read and is below the mark.
    fn give_up(&mut self, low_water: i64) -> u64 {
        let before = self.failing.len();
        let metrics = &self.metrics;
        self.failing.retain(|_, Failing { url, why, modified, .. }| {
            let stays = *modified >= low_water;
            if !stays {
                metrics.passed_over.inc();
                tracing::error!("{url} is not tried any longer: {why}");
            }
            stays
        });
        (before - self.failing.len()) as u64
    }

    /// Remembered objects that are listed no longer.
    fn gone(&mut self, mut seen: Vec<u128>) -> Vec<u128> {
        seen.sort_unstable();
        let mut missed = BTreeMap::new();
        let mut gone = Vec::new();
        for key in self.ledger.keys().filter(|key| seen.binary_search(key).is_err()) {
            let times = self.missed.get(&key).map_or(1, |times| times + 1);
            if times < GONE_AFTER {
                missed.insert(key, times);
            } else {
                gone.push(key);
            }
        }
        self.missed = missed;
        gone
    }
}

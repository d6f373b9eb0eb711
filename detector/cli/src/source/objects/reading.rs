//! Reading what is wanted.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ambit_ingest::{Delivery, Reason};
use futures_util::{StreamExt, stream};

use super::{Poll, Wanted, mark};
use crate::intake;
use crate::objects::{Fetched, why};
use crate::run::ledger::Entry;
use crate::run::message::{Data, Signal};
use crate::source::{Closed, Outlet, piece};

/// Objects that are read together, so that small ones share a batch; and bytes of them, as they are stored.
const TOGETHER: usize = 512;
const TOGETHER_BYTES: u64 = 16 << 20;
/// After so many failures in one round the rest of it waits: a store that refuses everything is not asked for everything.
const MOST_FAILURES: usize = 64;

/// Objects that were handed to the reader and are not handed on wholly, in order.
#[derive(Debug, Default)]
struct Group {
    wanted: VecDeque<Wanted>,
    /// Those that the store did not give to their end.
    broken: BTreeSet<u128>,
    bytes: u64,
}

#[expect(clippy::multiple_inherent_impl, reason = "as above: reading by itself")]
impl Poll {
    /// Reads objects.
    pub(super) fn read_all(&mut self, wanted: Vec<Wanted>, outlet: &Outlet) -> Result<(), Closed> {
        if wanted.is_empty() {
            return Ok(());
        }
        outlet.signal(Signal::Unordered(Arc::clone(&self.partition)))?;
        self.reader.plausible_until(intake::latest());
        let metas = wanted.iter().map(|one| Ok(one.meta.clone())).collect::<Vec<_>>();
        let mut fetched = self.objects.fetch(stream::iter(metas).boxed());
        let mut wanted = VecDeque::from(wanted);
        let failed_before = self.metrics.failures.get();
        loop {
            let mut group = self.gather(&mut fetched, &mut wanted, outlet)?;
            if group.wanted.is_empty() {
                return Ok(());
            }
            self.read_group(&mut group, outlet)?;
            self.metrics.unread.set(super::whole(wanted.len()));
            if self.metrics.failures.get() - failed_before >= MOST_FAILURES as u64 {
                return Ok(());
            }
        }
    }

    /// The next objects that go to the reader together.
    fn gather(
        &mut self,
        fetched: &mut Fetched,
        wanted: &mut VecDeque<Wanted>,
        outlet: &Outlet,
    ) -> Result<Group, Closed> {
        let stop = || outlet.control.is_stopping();
        let mut group = Group::default();
        while group.wanted.len() < TOGETHER && group.bytes < TOGETHER_BYTES {
            let Some(found) = fetched.next_unless(&stop) else {
                return if stop() { Err(Closed) } else { Ok(group) };
            };
            // What is fetched comes in the order in which it was asked for.
            let Some(one) = wanted.pop_front() else { return Ok(group) };
            // Where it was handed on in part before, it is read from there.
            let from = self.partial.get(&(one.entry.key, one.entry.version)).copied().unwrap_or(0);
            let input = found.map_err(|error| why(&error));
            match input.and_then(|found| found.into_input(from).map_err(|unread| unread.1.to_string())) {
                Err(why) => self.fails(&one, why, outlet.health.now()),
                Ok(input) => {
                    self.reader.push(input);
                    group.bytes += one.meta.size;
                    group.wanted.push_back(one);
                }
            }
        }
        Ok(group)
    }

    fn read_group(&mut self, group: &mut Group, outlet: &Outlet) -> Result<(), Closed> {
        let mut ended = self.reader.ended();
        let mut bytes = self.reader.progress().bytes_read;
        while let Some(delivery) = self.reader.next() {
            let now = self.reader.progress().bytes_read;
            let done = self.reader.ended() - std::mem::replace(&mut ended, self.reader.ended());
            self.hand_on(
                Some(delivery),
                (&mut *group, done),
                now - std::mem::replace(&mut bytes, now),
                outlet,
            )?;
            if outlet.control.is_stopping() {
                return Err(Closed);
            }
        }
        let done = self.reader.ended() - ended;
        self.hand_on(None, (group, done), self.reader.progress().bytes_read - bytes, outlet)
    }

    /// Hands on a delivery, with the objects that it completes.
    fn hand_on(
        &mut self,
        delivery: Option<Delivery>,
        (group, done): (&mut Group, u64),
        bytes: u64,
        outlet: &Outlet,
    ) -> Result<(), Closed> {
        let now = outlet.health.now();
        let (batch, rejects) =
            delivery.map_or((None, Vec::new()), |found| (Some(found.batch), found.rejects));
        // What the store did not give is no fault of the record: the object is read again.
        let (faults, rejects) = rejects.into_iter().partition::<Vec<_>, _>(|reject| {
            matches!(reject.reason, Reason::Io(_)) && self.is_ours(group, &reject.position.origin)
        });
        for fault in faults {
            let at = group
                .wanted
                .iter()
                .find(|one| *self.objects.url_of(&one.meta.location) == *fault.position.origin);
            if let Some(one) = at.cloned() {
                group.broken.insert(one.entry.key);
                self.partial.insert((one.entry.key, one.entry.version), fault.position.offset);
                self.fails(&one, fault.reason.to_string(), now);
            }
        }
        let mut read = Vec::new();
        for one in group.wanted.drain(..usize::try_from(done).unwrap_or(0).min(group.wanted.len())) {
            if !group.broken.contains(&one.entry.key) {
                read.push(one.entry);
            }
        }
        self.took(&read);
        let within = group.wanted.front().map(|one| (one.entry, self.reader.reached()));
        let within = within.filter(|(entry, offset)| *offset > 0 && !group.broken.contains(&entry.key));
        if let Some((entry, offset)) = within {
            self.partial.insert((entry.key, entry.version), offset);
        }
        let data = piece(Arc::clone(&self.partition), Some(mark(&self.partition, within)));
        outlet.data(Data { batch, rejects, bytes, objects: read, ..data })
    }

    /// Whether a place is that of an object which is being read.
    fn is_ours(&self, group: &Group, origin: &str) -> bool {
        group.wanted.iter().any(|one| self.objects.url_of(&one.meta.location) == origin)
    }

    /// Objects were handed on wholly.
    fn took(&mut self, read: &[Entry]) {
        for entry in read {
            self.ledger.add(*entry);
            self.failing.remove(&entry.key);
            self.partial.remove(&(entry.key, entry.version));
        }
        self.metrics.read.inc_by(read.len() as u64);
    }

    /// Takes what is there as read, without reading it.
    pub(super) fn pass_over(&mut self, wanted: Vec<Wanted>, outlet: &Outlet) -> Result<(), Closed> {
        let objects = wanted.into_iter().map(|one| one.entry).collect::<Vec<_>>();
        for entry in &objects {
            self.ledger.add(*entry);
        }
        let data = piece(Arc::clone(&self.partition), Some(mark(&self.partition, None)));
        outlet.data(Data { objects, ..data })
    }
}

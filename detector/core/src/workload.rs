//! What is known of each workload: its age, its maturity and the atoms it has been seen to reach.

mod sightings;

use std::collections::BTreeSet;

use ambit_schemas::finding::BaselineState;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{EventTime, Inventory, RuleSet};

use crate::baseline::burst::BurstHistory;
use crate::codec::codec_struct;
use crate::habits::Habits;
use crate::symbol::{Symbol, Symbols};

pub(crate) use sightings::{Sighting, Sightings};

/// A workload by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WorkloadId(pub(crate) u32);

/// No workload has this symbol.
const NONE: u32 = u32::MAX;

/// One workload.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: Symbol,
    /// Its place in the inventory; looked up anew on restore, because the inventory may have changed.
    pub(crate) registered: Option<u32>,
    /// A person: findings of drift and hygiene are not for people.
    pub(crate) human: bool,
    pub(crate) first: EventTime,
    pub(crate) last: EventTime,
    pub(crate) last_day: i64,
    pub(crate) active_days: u32,
    pub(crate) maturity: Maturity,
    pub(crate) mature_since: Option<EventTime>,
    pub(crate) sightings: Sightings,
    /// Sightings that found the table full.
    pub(crate) overflowed: u64,
    pub(crate) burst: BurstHistory,
    pub(crate) habits: Habits,
}
codec_struct!(Workload {
    name,
    registered,
    human,
    first,
    last,
    last_day,
    active_days,
    maturity,
    mature_since,
    sightings,
    overflowed,
    burst,
    habits,
});

impl Workload {
    fn new(name: Symbol, registered: Option<u32>, time: EventTime) -> Self {
        Self {
            name,
            registered,
            human: false,
            first: time,
            last: time,
            last_day: i64::MIN,
            active_days: 0,
            maturity: Maturity::Learning,
            mature_since: None,
            sightings: Sightings::default(),
            overflowed: 0,
            burst: BurstHistory::default(),
            habits: Habits::default(),
        }
    }

    /// How far the baseline has come, for a finding.
    pub(crate) const fn baseline(&self) -> BaselineState {
        BaselineState { maturity: self.maturity, mature_since: self.mature_since, version: self.active_days }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.sightings.bytes() + self.burst.bytes() + self.habits.bytes()
    }
}

/// All workloads, bounded; the one least recently active goes first.
#[derive(Debug)]
pub(crate) struct Workloads {
    list: Vec<Option<Workload>>,
    by_name: Vec<u32>,
    /// By last active day, then name, which a restart does not renumber.
    ages: BTreeSet<(i64, Symbol)>,
    free: Vec<u32>,
    most: usize,
    /// Workloads that were forgotten for want of room.
    pub(crate) evicted: u64,
}

impl Workloads {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        Self {
            list: Vec::new(),
            by_name: Vec::new(),
            ages: BTreeSet::new(),
            free: Vec::new(),
            most: rules.count(Parameter::Workloads).max(1),
            evicted: 0,
        }
    }

    /// The workload of a name, made if it is new; the flag says that it was.
    pub(crate) fn get_or_add(
        &mut self,
        name: Symbol,
        time: EventTime,
        registered: impl FnOnce() -> Option<u32>,
    ) -> (WorkloadId, bool) {
        let slot = name.0 as usize;
        if slot >= self.by_name.len() {
            self.by_name.resize(slot + 1, NONE);
        }
        if self.by_name[slot] != NONE {
            return (WorkloadId(self.by_name[slot]), false);
        }
        if self.list.len() - self.free.len() >= self.most {
            self.evict();
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.list.push(None);
            u32::try_from(self.list.len() - 1).unwrap_or(NONE)
        });
        self.list[id as usize] = Some(Workload::new(name, registered(), time));
        self.by_name[slot] = id;
        self.ages.insert((i64::MIN, name));
        (WorkloadId(id), true)
    }

    fn evict(&mut self) {
        let Some((_, name)) = self.ages.pop_first() else { return };
        let id = std::mem::replace(&mut self.by_name[name.0 as usize], NONE);
        self.list[id as usize] = None;
        self.free.push(id);
        self.evicted += 1;
    }

    /// Notes activity at an event time; the flag says that it is the first of its UTC day.
    pub(crate) fn touch(&mut self, id: WorkloadId, time: EventTime) -> bool {
        let Some(workload) = self.list[id.0 as usize].as_mut() else { return false };
        workload.first = workload.first.min(time);
        workload.last = workload.last.max(time);
        if time.day() <= workload.last_day {
            return false;
        }
        self.ages.remove(&(workload.last_day, workload.name));
        workload.last_day = time.day();
        workload.active_days += 1;
        self.ages.insert((workload.last_day, workload.name));
        true
    }

    pub(crate) fn get(&self, id: WorkloadId) -> Option<&Workload> {
        self.list.get(id.0 as usize).and_then(Option::as_ref)
    }

    pub(crate) fn get_mut(&mut self, id: WorkloadId) -> Option<&mut Workload> {
        self.list.get_mut(id.0 as usize).and_then(Option::as_mut)
    }

    /// The workload of a name, if it is known.
    pub(crate) fn by_name(&self, name: Symbol) -> Option<&Workload> {
        let id = self.by_name.get(name.0 as usize).copied().filter(|id| *id != NONE)?;
        self.get(WorkloadId(id))
    }

    /// The same, to be changed.
    pub(crate) fn by_name_mut(&mut self, name: Symbol) -> Option<&mut Workload> {
        let id = self.by_name.get(name.0 as usize).copied().filter(|id| *id != NONE)?;
        self.get_mut(WorkloadId(id))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Workload> {
        self.list.iter().flatten()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Workload> {
        self.list.iter_mut().flatten()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.iter().map(Workload::bytes).sum::<usize>() + self.by_name.capacity() * 4 + self.ages.len() * 24
    }

    /// Puts back what a snapshot held, registered anew.
    pub(crate) fn restore(
        &mut self,
        workloads: Vec<Workload>,
        evicted: u64,
        inventory: &Inventory,
        symbols: &Symbols,
    ) {
        self.evicted = evicted;
        for mut workload in workloads {
            workload.registered = registered(inventory, symbols.text(workload.name));
            let id = u32::try_from(self.list.len()).unwrap_or(NONE);
            let slot = workload.name.0 as usize;
            if slot >= self.by_name.len() {
                self.by_name.resize(slot + 1, NONE);
            }
            self.by_name[slot] = id;
            self.ages.insert((workload.last_day, workload.name));
            self.list.push(Some(workload));
        }
    }
}

/// The place of a workload in the inventory.
pub(crate) fn registered(inventory: &Inventory, name: &str) -> Option<u32> {
    let index = inventory.workloads.iter().position(|workload| workload.name == name)?;
    u32::try_from(index).ok()
}

//! What is known of each workload: its age, its maturity and the atoms it has been seen to reach.

mod sightings;

use std::collections::{BTreeSet, VecDeque};

use ambit_schemas::finding::BaselineState;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{EventTime, RuleSet};

use crate::atom::AtomId;
use crate::baseline::burst::BurstHistory;
use crate::baseline::drift::DriftHistory;
use crate::baseline::peers::{EVERYBODY, PeerKey};
use crate::baseline::probing::ProbingHistory;
use crate::baseline::shift::ShiftHistory;
use crate::checks::NewAtom;
use crate::codec::codec_struct;
use crate::habits::Habits;
use crate::symbol::Symbol;

pub(crate) use sightings::{Mark, Sighting, Sightings, day_number};

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
    /// Its group of peers.
    pub(crate) peers: PeerKey,
    /// What it met since it matured and has not used again, oldest first.
    pub(crate) young: VecDeque<NewAtom>,
    pub(crate) burst: BurstHistory,
    pub(crate) drift: DriftHistory,
    pub(crate) shift: ShiftHistory,
    pub(crate) probing: ProbingHistory,
    /// The ratchet's score of the origin snapshot, in tenths.
    pub(crate) origin_tenths: Option<i64>,
    /// When a person last made the reach of then the origin.
    pub(crate) resealed: Option<EventTime>,
    /// The step of the ratchet that was told last.
    pub(crate) ratchet: u8,
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
    peers,
    young,
    burst,
    drift,
    shift,
    probing,
    origin_tenths,
    resealed,
    ratchet,
    habits,
});

impl Workload {
    pub(crate) fn new(name: Symbol, registered: Option<u32>, time: EventTime) -> Self {
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
            peers: EVERYBODY,
            young: VecDeque::new(),
            burst: BurstHistory::default(),
            drift: DriftHistory::default(),
            shift: ShiftHistory::default(),
            probing: ProbingHistory::default(),
            origin_tenths: None,
            resealed: None,
            ratchet: 0,
            habits: Habits::default(),
        }
    }

    /// How far the baseline has come, for a finding.
    pub(crate) const fn baseline(&self) -> BaselineState {
        BaselineState { maturity: self.maturity, mature_since: self.mature_since, version: self.active_days }
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.sightings.bytes()
            + self.young.iter().map(NewAtom::bytes).sum::<usize>()
            + self.burst.bytes()
            + self.drift.bytes()
            + self.shift.bytes()
            + self.probing.bytes()
            + self.habits.bytes()
    }

    /// Whether anything about it is so suspicious that nothing may be learnt from it.
    pub(crate) fn is_suspicious(&self, rules: &RuleSet) -> bool {
        self.drift.is_elevated(rules) || self.shift.is_elevated(rules) || self.probing.is_elevated(rules)
    }

    /// The atoms that its peers count as held.
    pub(crate) fn held(&self) -> impl Iterator<Item = AtomId> {
        self.sightings.iter().filter(|sighting| sighting.is(Mark::Consolidated)).map(|sighting| sighting.atom)
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

    /// The workload of a name, if it is known.
    pub(crate) fn find(&self, name: Symbol) -> Option<WorkloadId> {
        self.by_name.get(name.0 as usize).copied().filter(|id| *id != NONE).map(WorkloadId)
    }

    /// Adds a workload that is not known yet, and gives the one that had to go for it.
    pub(crate) fn add(
        &mut self,
        name: Symbol,
        time: EventTime,
        registered: Option<u32>,
        peers: PeerKey,
    ) -> (WorkloadId, Option<Workload>) {
        let evicted = if self.list.len() - self.free.len() >= self.most { self.evict() } else { None };
        let slot = name.0 as usize;
        if slot >= self.by_name.len() {
            self.by_name.resize(slot + 1, NONE);
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.list.push(None);
            u32::try_from(self.list.len() - 1).unwrap_or(NONE)
        });
        self.list[id as usize] = Some(Workload { peers, ..Workload::new(name, registered, time) });
        self.by_name[slot] = id;
        self.ages.insert((i64::MIN, name));
        (WorkloadId(id), evicted)
    }

    fn evict(&mut self) -> Option<Workload> {
        let (_, name) = self.ages.pop_first()?;
        let id = std::mem::replace(&mut self.by_name[name.0 as usize], NONE);
        self.free.push(id);
        self.evicted += 1;
        self.list[id as usize].take()
    }

    /// Notes activity at an event time.
    pub(crate) fn touch(&mut self, id: WorkloadId, time: EventTime) {
        let Some(workload) = self.list[id.0 as usize].as_mut() else { return };
        workload.first = workload.first.min(time);
        workload.last = workload.last.max(time);
        if time.day() <= workload.last_day {
            return;
        }
        self.ages.remove(&(workload.last_day, workload.name));
        workload.last_day = time.day();
        workload.active_days += 1;
        self.ages.insert((workload.last_day, workload.name));
    }

    pub(crate) fn get(&self, id: WorkloadId) -> Option<&Workload> {
        self.list.get(id.0 as usize).and_then(Option::as_ref)
    }

    pub(crate) fn get_mut(&mut self, id: WorkloadId) -> Option<&mut Workload> {
        self.list.get_mut(id.0 as usize).and_then(Option::as_mut)
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

    /// Puts back a workload that a snapshot held.
    pub(crate) fn put_back(&mut self, workload: Workload) {
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

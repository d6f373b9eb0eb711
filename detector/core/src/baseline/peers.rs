//! Peers: the workloads of one component and environment. What they do is summed by day, sealed when the day is closed,
//! and used from the next day on, so that any sharding gives the same numbers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ambit_schemas::RuleSet;
use ambit_schemas::ruleset::Parameter;
use hashbrown::HashMap;

use super::counts::Moments;
use super::drift::DriftHistory;
use crate::atom::AtomId;
use crate::codec::{Codec, CodecError, Reader, codec_struct};
use crate::symbol::Symbol;

/// Marks above zero: 1 to 4.
pub(crate) const LEVELS: usize = 4;
/// Sealed days that a rate is taken over.
pub(crate) const MEMORY_DAYS: usize = 30;
/// What stands in for peers until there are some: so many days with this chance of a mark, spread over the marks so.
const PRIOR_DAYS: f64 = 60.0;
const PRIOR_CHANCE: f64 = 0.06;
const PRIOR_LEVELS: [f64; LEVELS] = [0.3, 0.3, 0.25, 0.15];
const PRIOR_MARKS: f64 = 10.0;

/// A group of peers: the symbol of its name, or [`EVERYBODY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeerKey(pub(crate) u32);
/// The whole fleet.
pub(crate) const EVERYBODY: PeerKey = PeerKey(u32::MAX);

impl Codec for PeerKey {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match Self(u32::take(reader)?) {
            EVERYBODY => Ok(EVERYBODY),
            Self(number) => reader.symbol(number).map(Self),
        }
    }
}

/// How often peers are marked, and how gravely.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate {
    /// P(mark > 0) a day.
    pub(crate) chance: f64,
    /// P(mark | mark > 0).
    pub(crate) levels: [f64; LEVELS],
}

/// What a group did on one day.
#[derive(Debug, Default, Clone)]
struct GroupDay {
    /// Mature, unsuspicious workloads.
    days: u32,
    /// Those of them with each mark.
    marks: Vec<u32>,
}
codec_struct!(GroupDay { days, marks });

impl GroupDay {
    fn marked(&self, level: usize) -> u32 {
        self.marks.get(level).copied().unwrap_or(0)
    }

    fn note(&mut self, mark: u8) {
        self.days += 1;
        if let Some(level) = usize::from(mark).checked_sub(1) {
            self.marks.resize(LEVELS, 0);
            self.marks[level.min(LEVELS - 1)] += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.days += other.days;
        if !other.marks.is_empty() {
            self.marks.resize(LEVELS, 0);
            for (mine, theirs) in self.marks.iter_mut().zip(&other.marks) {
                *mine += theirs;
            }
        }
    }
}

/// What changed in a group's membership and holdings on one day.
#[derive(Debug, Default, Clone)]
struct GroupChange {
    day: GroupDay,
    members: i32,
    holders: BTreeMap<AtomId, i32>,
}
codec_struct!(GroupChange { day, members, holders });

/// What one part of the fleet has to say about a day; parts are added up when the day is sealed.
#[derive(Debug, Default, Clone)]
pub(crate) struct DaySummary {
    /// New atoms a day.
    pub(crate) burst_day: Moments,
    /// New atoms, weighted, in three hours.
    pub(crate) burst_window: Moments,
    /// Distinct denied atoms a day.
    pub(crate) denied: Moments,
    groups: BTreeMap<PeerKey, GroupChange>,
}
codec_struct!(DaySummary { burst_day, burst_window, denied, groups });

impl DaySummary {
    fn group(&mut self, key: PeerKey) -> &mut GroupChange {
        self.groups.entry(key).or_default()
    }

    /// A member joins or leaves, with what it holds.
    pub(crate) fn member(&mut self, key: PeerKey, change: i32, held: impl Iterator<Item = AtomId>) {
        self.group(key).members += change;
        for atom in held {
            self.holds(key, atom, change);
        }
    }

    /// A member holds an atom from now on, or no more.
    pub(crate) fn holds(&mut self, key: PeerKey, atom: AtomId, change: i32) {
        *self.group(key).holders.entry(atom).or_default() += change;
    }

    /// A mature, unsuspicious day of a member.
    pub(crate) fn marked(&mut self, key: PeerKey, mark: u8) {
        self.group(key).day.note(mark);
    }

    /// The names of groups and the atoms that it speaks of.
    pub(crate) fn speaks_of(&self) -> (Vec<Symbol>, BTreeSet<AtomId>) {
        let groups = self.groups.keys().filter(|key| **key != EVERYBODY).map(|key| Symbol(key.0));
        let atoms = self.groups.values().flat_map(|change| change.holders.keys().copied());
        (groups.collect(), atoms.collect())
    }

    /// Adds what another part says.
    pub(crate) fn add(&mut self, other: &Self) {
        self.burst_day.add(&other.burst_day);
        self.burst_window.add(&other.burst_window);
        self.denied.add(&other.denied);
        for (key, change) in &other.groups {
            let mine = self.group(*key);
            mine.day.add(&change.day);
            mine.members += change.members;
            for (atom, holders) in &change.holders {
                *mine.holders.entry(*atom).or_default() += holders;
            }
        }
    }
}

/// The sealed past of one group.
#[derive(Debug, Default)]
struct Group {
    members: i32,
    days: VecDeque<GroupDay>,
    sum: GroupDay,
    holders: Holders,
}
codec_struct!(Group { members, days, sum, holders });

/// How many members hold an atom.
#[derive(Debug, Default)]
struct Holders(HashMap<AtomId, i32, foldhash::fast::FixedState>);

impl Codec for Holders {
    fn put(&self, out: &mut Vec<u8>) {
        let mut held = self.0.iter().map(|(atom, holders)| (*atom, *holders)).collect::<Vec<_>>();
        held.sort_unstable();
        held.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(Vec::<(AtomId, i32)>::take(reader)?.into_iter().collect()))
    }
}

impl Group {
    fn seal(&mut self, change: Option<&GroupChange>) {
        let today = change.map(|change| change.day.clone()).unwrap_or_default();
        self.sum.add(&today);
        self.days.push_back(today);
        if self.days.len() > MEMORY_DAYS
            && let Some(old) = self.days.pop_front()
        {
            self.sum.days -= old.days;
            for (sum, old) in self.sum.marks.iter_mut().zip(&old.marks) {
                *sum -= old;
            }
        }
        let Some(change) = change else { return };
        self.members += change.members;
        for (atom, holders) in &change.holders {
            let held = self.holders.0.entry(*atom).or_default();
            *held += holders;
            if *held <= 0 {
                self.holders.0.remove(atom);
            }
        }
    }
}

/// The sealed past of the whole fleet and of each group of peers.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    /// New atoms a day.
    pub(crate) burst_day: Moments,
    /// New atoms, weighted, in three hours.
    pub(crate) burst_window: Moments,
    /// Distinct denied atoms a day.
    pub(crate) denied: Moments,
    groups: BTreeMap<PeerKey, Group>,
}
codec_struct!(Fleet { burst_day, burst_window, denied, groups });

impl Fleet {
    /// Seals a day: what all parts said of it counts from the next day on.
    pub(crate) fn seal(&mut self, day: &DaySummary) {
        self.burst_day.add(&day.burst_day);
        self.burst_window.add(&day.burst_window);
        self.denied.add(&day.denied);
        let mut everybody = GroupChange::default();
        for change in day.groups.values() {
            everybody.day.add(&change.day);
            everybody.members += change.members;
            for (atom, holders) in &change.holders {
                *everybody.holders.entry(*atom).or_default() += holders;
            }
        }
        for key in day.groups.keys() {
            self.groups.entry(*key).or_default();
        }
        self.groups.entry(EVERYBODY).or_default();
        for (key, group) in &mut self.groups {
            let change = if *key == EVERYBODY { Some(&everybody) } else { day.groups.get(key) };
            group.seal(change);
        }
    }

    /// What a member is judged against: whether it is its own group, and how many others that are.
    pub(crate) fn company(&self, key: PeerKey, rules: &RuleSet) -> (bool, u32) {
        let least = i32::try_from(rules.count(Parameter::PeersLeast)).unwrap_or(i32::MAX);
        let own = key != EVERYBODY && self.groups.get(&key).is_some_and(|group| group.members > least);
        let members = self.peers(key, rules).map_or(0, |group| group.members);
        (own, u32::try_from(members - 1).unwrap_or(0))
    }

    /// The peers of a member: its group, or everybody where the group is too small.
    fn peers(&self, key: PeerKey, rules: &RuleSet) -> Option<&Group> {
        let least = i32::try_from(rules.count(Parameter::PeersLeast)).unwrap_or(i32::MAX);
        let own = self.groups.get(&key).filter(|group| group.members > least);
        own.or_else(|| self.groups.get(&EVERYBODY))
    }

    /// How often a member's peers are marked, the member itself left out.
    pub(crate) fn rate(&self, key: PeerKey, member: &DriftHistory, rules: &RuleSet) -> Rate {
        let Some(group) = self.peers(key, rules) else {
            return Rate { chance: PRIOR_CHANCE, levels: PRIOR_LEVELS };
        };
        let (own_days, own_marks) = member.recent();
        let marks = (0..LEVELS).map(|level| group.sum.marked(level)).sum::<u32>();
        let others = f64::from(marks.saturating_sub(own_marks)) + PRIOR_DAYS * PRIOR_CHANCE;
        let days = f64::from(group.sum.days.saturating_sub(own_days)) + PRIOR_DAYS;
        let levels = std::array::from_fn(|level| {
            (f64::from(group.sum.marked(level)) + PRIOR_MARKS * PRIOR_LEVELS[level])
                / (f64::from(marks) + PRIOR_MARKS * PRIOR_LEVELS.iter().sum::<f64>())
        });
        Rate { chance: others / days, levels }
    }

    /// Whether at least half of enough peers hold an atom that a member has not held so far.
    pub(crate) fn mostly_hold(&self, key: PeerKey, atom: AtomId, rules: &RuleSet) -> bool {
        let Some(group) = self.peers(key, rules) else { return false };
        let others = group.members - 1;
        let enough = usize::try_from(others).is_ok_and(|others| others >= rules.count(Parameter::PeersLeast));
        enough && group.holders.0.get(&atom).is_some_and(|holders| holders * 2 >= others)
    }

    /// Whether any workload held an atom when the last day was sealed.
    pub(crate) fn anybody_holds(&self, atom: AtomId) -> bool {
        self.groups.get(&EVERYBODY).is_some_and(|all| all.holders.0.contains_key(&atom))
    }

    /// The share of peers that hold an atom, never quite none and never all.
    pub(crate) fn share_of_holders(&self, key: PeerKey, atom: AtomId, rules: &RuleSet) -> f64 {
        let Some(group) = self.peers(key, rules) else { return 0.5 };
        let holders = group.holders.0.get(&atom).copied().unwrap_or(0);
        (f64::from(holders.max(0)) + 0.5) / (f64::from(group.members.max(0)) + 1.0)
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        let groups = self.groups.values();
        groups.map(|group| group.holders.0.capacity() * 9 + group.days.len() * 40).sum()
    }
}

//! Baselines in shards: each owns its workloads and what they have to say of the open day. At the end of a day the parts
//! are added up and sealed, and from the next day on every shard judges by the same sealed past. In one process the
//! shards are lists side by side; the numbers do not depend on how many there are.

use ambit_schemas::hash::stable_hash128;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::{EventTime, RuleSet, inventory};

use crate::atom::Atoms;
use crate::baseline::close::Close;
use crate::baseline::peers::{DaySummary, EVERYBODY, Fleet, PeerKey};
use crate::register::Register;
use crate::symbol::{Symbol, Symbols};
use crate::workload::{Workload, WorkloadId, Workloads};

/// A workload's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    shard: usize,
    id: WorkloadId,
}

#[derive(Debug)]
struct Shard {
    workloads: Workloads,
    summary: DaySummary,
}

/// All baselines.
#[derive(Debug)]
pub(crate) struct Shards {
    list: Vec<Shard>,
    /// The sealed past.
    pub(crate) fleet: Fleet,
}

impl Shards {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        let shard = || Shard { workloads: Workloads::new(rules), summary: DaySummary::default() };
        let count = rules.count(Parameter::Shards).max(1);
        Self { list: (0..count).map(|_| shard()).collect(), fleet: Fleet::default() }
    }

    /// The shard of a name; by its text, because symbols are numbered anew in every process.
    fn shard(&self, name: &str) -> usize {
        match self.list.len() {
            1 => 0,
            count => (stable_hash128([name.as_bytes()]) % count as u128) as usize,
        }
    }

    /// The workload of a name, made if it is new; the flag says that it was.
    pub(crate) fn get_or_add(
        &mut self,
        name: Symbol,
        time: EventTime,
        inventory: &Register,
        symbols: &mut Symbols,
    ) -> (Place, bool) {
        let shard = self.shard(symbols.text(name));
        let Shard { workloads, summary } = &mut self.list[shard];
        if let Some(id) = workloads.find(name) {
            return (Place { shard, id }, false);
        }
        let index = inventory.place(symbols.text(name));
        let peers = peer_key(index.and_then(|index| inventory.workloads.get(index as usize)), symbols);
        let (id, evicted) = workloads.add(name, time, index, peers);
        if let Some(evicted) = evicted {
            summary.member(evicted.peers, -1, evicted.held());
        }
        summary.member(peers, 1, std::iter::empty());
        (Place { shard, id }, true)
    }

    /// Notes activity at an event time.
    pub(crate) fn touch(&mut self, place: Place, time: EventTime) {
        self.list[place.shard].workloads.touch(place.id, time);
    }

    pub(crate) fn get(&self, place: Place) -> Option<&Workload> {
        self.list[place.shard].workloads.get(place.id)
    }

    /// A workload, the sealed past it is judged by, and what its shard has to say of the open day.
    pub(crate) fn open(&mut self, place: Place) -> Option<(&mut Workload, &Fleet, &mut DaySummary)> {
        let Shard { workloads, summary } = &mut self.list[place.shard];
        Some((workloads.get_mut(place.id)?, &self.fleet, summary))
    }

    /// Where the workload of a name is, if it is known.
    pub(crate) fn place_of(&self, name: Symbol, symbols: &Symbols) -> Option<Place> {
        let shard = self.shard(symbols.text(name));
        Some(Place { shard, id: self.list[shard].workloads.find(name)? })
    }

    /// The workload of a name, if it is known.
    pub(crate) fn by_name(&self, name: Symbol, symbols: &Symbols) -> Option<&Workload> {
        self.get(self.place_of(name, symbols)?)
    }

    /// All workloads, in no order that may leave.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Workload> {
        self.list.iter().flat_map(|shard| shard.workloads.iter())
    }

    /// The same, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Workload> {
        self.list.iter_mut().flat_map(|shard| shard.workloads.iter_mut())
    }

    /// Closes a UTC day: every workload is judged by the past before the day, and only then does the past move.
    pub(crate) fn close_day(&mut self, day: i64, atoms: &Atoms, rules: &RuleSet) {
        let mut sealed = DaySummary::default();
        for Shard { workloads, summary } in &mut self.list {
            let mut close = Close { day, fleet: &self.fleet, atoms, rules, summary };
            for workload in workloads.iter_mut().filter(|workload| !workload.human) {
                close.workload(workload);
            }
            sealed.add(&std::mem::take(summary));
        }
        self.fleet.seal(&sealed);
    }

    /// Workloads that were forgotten for want of room.
    pub(crate) fn evicted(&self) -> u64 {
        self.list.iter().map(|shard| shard.workloads.evicted).sum()
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.list.iter().map(|shard| shard.workloads.bytes()).sum::<usize>() + self.fleet.bytes()
    }

    /// What the shards have to say of the open day, added up.
    pub(crate) fn summary(&self) -> DaySummary {
        let mut sum = DaySummary::default();
        for shard in &self.list {
            sum.add(&shard.summary);
        }
        sum
    }

    /// Puts back what a snapshot held: workloads go to the shards of today, registered anew.
    pub(crate) fn restore(
        &mut self,
        workloads: Vec<Workload>,
        (fleet, summary, evicted): (Fleet, DaySummary, u64),
        inventory: &Register,
        symbols: &mut Symbols,
    ) {
        self.fleet = fleet;
        self.list[0].summary = summary;
        self.list[0].workloads.evicted = evicted;
        for mut workload in workloads {
            let index = inventory.place(symbols.text(workload.name));
            let peers = peer_key(index.and_then(|index| inventory.workloads.get(index as usize)), symbols);
            let shard = self.shard(symbols.text(workload.name));
            let Shard { workloads, summary } = &mut self.list[shard];
            if peers != workload.peers {
                summary.member(workload.peers, -1, workload.held());
                summary.member(peers, 1, workload.held());
            }
            workload.registered = index;
            workload.peers = peers;
            workloads.put_back(workload);
        }
    }
}

/// The group of peers: the component and the home environment. Who is not registered has the whole fleet for peers.
fn peer_key(entry: Option<&inventory::Workload>, symbols: &mut Symbols) -> PeerKey {
    let Some(component) = entry.and_then(|entry| entry.component.as_deref()) else { return EVERYBODY };
    let home = entry.and_then(|entry| entry.environment.as_deref()).unwrap_or("-");
    symbols.intern(&format!("{component} of {home}")).0
}

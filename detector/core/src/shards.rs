//! Baselines in shards: each owns its workloads and what they have to say of the open day. At the end of a day the parts
//! are added up and sealed, and from the next day on every shard judges by the same sealed past. In one process the
//! shards are lists side by side; the numbers do not depend on how many there are. Of several detectors each owns some
//! shards; of the workloads of the others it knows the names, and whether they are people.

use std::collections::BTreeMap;

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::Maturity;
use ambit_schemas::{EventTime, RuleSet, inventory};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::atom::Atoms;
use crate::baseline::close::Close;
use crate::baseline::peers::{DaySummary, EVERYBODY, Fleet, PeerKey};
use crate::codec::codec_struct;
use crate::counts::Alarms;
use crate::part::{self, Part, ShardDay, Standing};
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
    tally: Tally,
    is_ours: bool,
}

/// What a shard counts.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) atoms_overflowed: u64,
    pub(crate) alarms: Alarms,
    pub(crate) mature_days: u64,
}
codec_struct!(Tally { atoms_overflowed, alarms, mature_days });

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.alarms += other.alarms;
        self.mature_days += other.mature_days;
        self.atoms_overflowed += other.atoms_overflowed;
    }
}

/// A workload of a shard that is another detector's.
#[derive(Debug, Clone, Copy)]
struct Ghost {
    human: bool,
    registered: Option<u32>,
}

/// All baselines.
#[derive(Debug)]
pub(crate) struct Shards {
    list: Vec<Shard>,
    /// The sealed past.
    pub(crate) fleet: Fleet,
    /// Bounded by the table of names.
    ghosts: HashMap<Symbol, Ghost, FixedState>,
}

impl Shards {
    pub(crate) fn new(rules: &RuleSet) -> Self {
        Self::in_part(rules, &Part::whole(rules.count(Parameter::Shards).max(1)))
    }

    /// The shards of which some are ours.
    pub(crate) fn in_part(rules: &RuleSet, part: &Part) -> Self {
        let shard = |number| Shard {
            workloads: Workloads::new(rules),
            summary: DaySummary::default(),
            tally: Tally::default(),
            is_ours: part.has(number),
        };
        let list = (0..part.shards()).map(shard).collect();
        Self { list, fleet: Fleet::default(), ghosts: HashMap::default() }
    }

    /// The shard of a name; by its text, because symbols are numbered anew in every process.
    fn shard(&self, name: &str) -> usize {
        part::shard_of(name, self.list.len())
    }

    /// Whether what is found of a name is ours to tell.
    pub(crate) fn are_ours(&self, name: &str) -> bool {
        self.list[self.shard(name)].is_ours
    }

    /// The workload of a name, made if it is new; the flag says that it was. `None` where another detector has it.
    pub(crate) fn get_or_add(
        &mut self,
        name: Symbol,
        time: EventTime,
        inventory: &Register,
        symbols: &mut Symbols,
    ) -> Option<(Place, bool)> {
        let shard = self.shard(symbols.text(name));
        let Shard { workloads, summary, is_ours, .. } = &mut self.list[shard];
        if !*is_ours {
            return None;
        }
        if let Some(id) = workloads.find(name) {
            return Some((Place { shard, id }, false));
        }
        let index = inventory.place(symbols.text(name));
        let peers = peer_key(index.and_then(|index| inventory.workloads.get(index as usize)), symbols);
        let (id, evicted) = workloads.add(name, time, index, peers);
        if let Some(evicted) = evicted {
            summary.member(evicted.peers, -1, evicted.held());
        }
        summary.member(peers, 1, std::iter::empty());
        Some((Place { shard, id }, true))
    }

    /// What is known here of a workload that another detector has: its name, and whether it is a person, which its first
    /// event says.
    pub(crate) fn ghost(
        &mut self,
        name: Symbol,
        (time, human): (EventTime, bool),
        (inventory, symbols): (&Register, &Symbols),
    ) -> Workload {
        let new = || Ghost { human, registered: inventory.place(symbols.text(name)) };
        let ghost = *self.ghosts.entry(name).or_insert_with(new);
        Workload { human: ghost.human, ..Workload::new(name, ghost.registered, time) }
    }

    /// Whether a workload that another detector has is a person, if it is known.
    pub(crate) fn ghost_is_human(&self, name: Symbol) -> Option<bool> {
        self.ghosts.get(&name).map(|ghost| ghost.human)
    }

    /// What the shard of a workload counts.
    pub(crate) fn tally_mut(&mut self, place: Place) -> &mut Tally {
        &mut self.list[place.shard].tally
    }

    /// What all shards have counted.
    pub(crate) fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        self.list.iter().for_each(|shard| sum += shard.tally);
        sum
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
        let Shard { workloads, summary, .. } = &mut self.list[place.shard];
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

    /// Closes a UTC day: every workload is judged by the past before the day. The past itself moves when all shards, whoever
    /// has them, have said what there is to say of the day.
    pub(crate) fn close_day(&mut self, day: i64, atoms: &Atoms, rules: &RuleSet) {
        for Shard { workloads, summary, tally, .. } in &mut self.list {
            let mut close = Close { day, fleet: &self.fleet, atoms, rules, summary };
            for workload in workloads.iter_mut().filter(|workload| !workload.human) {
                close.workload(workload);
                tally.mature_days += u64::from(workload.maturity == Maturity::Mature);
            }
        }
    }

    /// What our shards have to say of a closed day, each for itself.
    pub(crate) fn take_days(&mut self) -> Vec<(usize, ShardDay)> {
        let ours = self.list.iter_mut().enumerate().filter(|(_, shard)| shard.is_ours);
        let days = ours.map(|(number, shard)| {
            let (summary, tally) = (std::mem::take(&mut shard.summary), shard.tally);
            let (mut workloads, evicted) = (BTreeMap::new(), shard.workloads.evicted);
            for workload in shard.workloads.iter().filter(|workload| !workload.human) {
                *workloads.entry(workload.maturity).or_default() += 1;
            }
            (number, ShardDay { summary, standing: Standing { tally, evicted, workloads } })
        });
        days.collect()
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
        self.put_back(workloads, inventory, symbols);
    }

    /// Puts back the workloads that a snapshot held; those that are another detector's become ghosts.
    pub(crate) fn put_back(&mut self, workloads: Vec<Workload>, inventory: &Register, symbols: &mut Symbols) {
        for mut workload in workloads {
            let index = inventory.place(symbols.text(workload.name));
            let peers = peer_key(index.and_then(|index| inventory.workloads.get(index as usize)), symbols);
            let shard = self.shard(symbols.text(workload.name));
            let Shard { workloads, summary, is_ours, .. } = &mut self.list[shard];
            if !*is_ours {
                self.ghosts.insert(workload.name, Ghost { human: workload.human, registered: index });
                continue;
            }
            if peers != workload.peers {
                summary.member(workload.peers, -1, workload.held());
                summary.member(peers, 1, workload.held());
            }
            workload.registered = index;
            workload.peers = peers;
            workloads.put_back(workload);
        }
    }

    /// What a snapshot of a part holds of each of our shards beside its workloads.
    pub(crate) fn states(&self) -> Vec<ShardState> {
        let ours = self.list.iter().enumerate().filter(|(_, shard)| shard.is_ours);
        let states = ours.map(|(number, shard)| ShardState {
            number,
            of: self.list.len(),
            summary: shard.summary.clone(),
            tally: shard.tally,
            evicted: shard.workloads.evicted,
        });
        states.collect()
    }

    /// Goes on with a shard of ours where another detector, or we ourselves, left it.
    pub(crate) fn resume(&mut self, state: ShardState) {
        if let Some(shard) = self.list.get_mut(state.number) {
            (shard.summary, shard.tally, shard.workloads.evicted) =
                (state.summary, state.tally, state.evicted);
        }
    }

    /// Names of workloads that other detectors have, and whether they are people.
    pub(crate) fn ghosts(&self) -> BTreeMap<Symbol, bool> {
        self.ghosts.iter().map(|(name, ghost)| (*name, ghost.human)).collect()
    }

    /// Puts them back, but for those that are ours now.
    pub(crate) fn put_back_ghosts(
        &mut self,
        ghosts: BTreeMap<Symbol, bool>,
        inventory: &Register,
        symbols: &Symbols,
    ) {
        for (name, human) in ghosts {
            let text = symbols.text(name);
            if !self.are_ours(text) {
                self.ghosts.insert(name, Ghost { human, registered: inventory.place(text) });
            }
        }
    }
}

/// A shard in a snapshot of a part, its workloads left out.
#[derive(Debug)]
pub(crate) struct ShardState {
    pub(crate) number: usize,
    /// How many shards there are.
    pub(crate) of: usize,
    summary: DaySummary,
    tally: Tally,
    evicted: u64,
}
codec_struct!(ShardState { number, of, summary, tally, evicted });

/// The group of peers: the component and the home environment. Who is not registered has the whole fleet for peers.
fn peer_key(entry: Option<&inventory::Workload>, symbols: &mut Symbols) -> PeerKey {
    let Some(component) = entry.and_then(|entry| entry.component.as_deref()) else { return EVERYBODY };
    let home = entry.and_then(|entry| entry.environment.as_deref()).unwrap_or("-");
    PeerKey(symbols.intern(&format!("{component} of {home}")).0)
}

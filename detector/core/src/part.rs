//! A detector among several: each owns some shards of the workloads, and all see every event. What crosses workloads, each
//! of them works out for itself, so no verdict goes between them. What does is the sum of a day: a shard's part of what
//! the fleet is judged by from the next day on. A day is sealed when every shard has had its say.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ambit_schemas::hash::stable_hash128;
use ambit_schemas::vocabulary::Maturity;

use crate::atom::{AtomKey, Atoms};
use crate::baseline::peers::DaySummary;
use crate::codec::{Codec, CodecError, Numbers, codec_struct, decode, decode_of, encode};
use crate::shards::Tally;
use crate::symbol::Symbols;

/// The shards that a detector owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    ours: Vec<bool>,
}

impl Part {
    /// Some of `shards` shards, by number; numbers beyond them are none.
    pub fn new(shards: usize, ours: &BTreeSet<usize>) -> Self {
        Self { ours: (0..shards.max(1)).map(|number| ours.contains(&number)).collect() }
    }

    /// All of them.
    pub(crate) fn whole(shards: usize) -> Self {
        Self { ours: vec![true; shards.max(1)] }
    }

    /// How many shards there are, whoever owns them.
    pub const fn shards(&self) -> usize {
        self.ours.len()
    }

    /// Whether a shard is owned.
    pub fn has(&self, shard: usize) -> bool {
        self.ours.get(shard).copied().unwrap_or(false)
    }
}

/// The shard of a workload, of `shards`: by its name alone, so that every detector agrees.
pub(crate) fn shard_of(name: &str, shards: usize) -> usize {
    match shards {
        0 | 1 => 0,
        shards => (stable_hash128([name.as_bytes()]) % shards as u128) as usize,
    }
}

/// What one shard has to say of a closed UTC day, for every other detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOfDay {
    /// The day, in days since 1970.
    pub day: i64,
    /// The shard.
    pub shard: usize,
    /// What it says; the same bytes mean the same to every detector.
    pub bytes: Vec<u8>,
}

/// What a shard says of a closed day.
#[derive(Debug, Default)]
pub(crate) struct ShardDay {
    pub(crate) summary: DaySummary,
    pub(crate) standing: Standing,
}
codec_struct!(ShardDay { summary, standing });

/// How a shard stands at the end of a day: what the detector says of its own health is about all of them.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) tally: Tally,
    pub(crate) evicted: u64,
    /// By maturity.
    pub(crate) workloads: BTreeMap<Maturity, u64>,
}
codec_struct!(Standing { tally, evicted, workloads });

impl Standing {
    fn add(&mut self, other: &Self) {
        self.tally += other.tally;
        self.evicted += other.evicted;
        for (maturity, count) in &other.workloads {
            *self.workloads.entry(*maturity).or_default() += count;
        }
    }
}

/// The names and atoms that a part of a day speaks of, by their numbers with whoever says it.
#[derive(Debug)]
struct Glossary {
    names: Vec<(u32, String)>,
    atoms: Vec<(u32, AtomKey)>,
}
codec_struct!(Glossary { names, atoms });

/// What a shard says, with the words that are needed to understand it.
pub(crate) fn tell(day: &ShardDay, atoms: &Atoms, symbols: &Symbols) -> Vec<u8> {
    let (groups, spoken) = day.summary.speaks_of();
    let keys = spoken.iter().map(|atom| (atom.0, *atoms.key(*atom))).collect::<Vec<_>>();
    let words = keys.iter().flat_map(|(_, key)| key.symbols()).chain(groups).collect::<BTreeSet<_>>();
    let names = words.into_iter().map(|symbol| (symbol.0, symbols.text(symbol).to_owned())).collect();
    let mut bytes = encode(&Glossary { names, atoms: keys });
    let said = encode(day);
    said.put(&mut bytes);
    bytes
}

/// Understands what a shard said.
pub(crate) fn hear(bytes: &[u8], atoms: &mut Atoms, symbols: &mut Symbols) -> Result<ShardDay, CodecError> {
    let (glossary, said) = decode::<(Glossary, Vec<u8>)>(bytes)?;
    let mut numbers = Numbers::default();
    for (number, name) in &glossary.names {
        numbers.symbols.insert(*number, symbols.intern(name).0);
    }
    for (number, key) in &glossary.atoms {
        numbers.atoms.insert(*number, atoms.adopt(key, &numbers)?.0);
    }
    decode_of(&said, &numbers)
}

/// How everything is numbered with another detector, in our numbers.
pub(crate) fn numbers(
    (their_atoms, their_symbols): (&Atoms, &Symbols),
    (atoms, symbols): (&mut Atoms, &mut Symbols),
) -> Result<Numbers, CodecError> {
    let mut numbers = Numbers::default();
    for (symbol, text) in their_symbols.iter() {
        numbers.symbols.insert(symbol.0, symbols.intern(text).0);
    }
    for (atom, key) in their_atoms.iter() {
        numbers.atoms.insert(atom.0, atoms.adopt(key, &numbers)?.0);
    }
    Ok(numbers)
}

/// What is said of days between the detectors.
#[derive(Debug)]
pub(crate) struct Peers {
    part: Part,
    /// What others have said of days that are not sealed here yet, by day and shard.
    heard: BTreeMap<i64, BTreeMap<usize, ShardDay>>,
    /// The day that is closed here and waits for others.
    closing: Option<Closing>,
    /// The first day here, unless we went on from others, and days before it that others have and we do not.
    first: Option<i64>,
    excused: BTreeSet<i64>,
    /// What ours have to say.
    pub(crate) outbox: VecDeque<PartOfDay>,
    /// How all shards stood when the last day was sealed.
    pub(crate) standing: Standing,
}

/// A day that is closed here, with what our own shards say of it.
#[derive(Debug)]
struct Closing {
    day: i64,
    own: Vec<ShardDay>,
}

impl Peers {
    pub(crate) fn new(part: Part) -> Self {
        let standing = Standing::default();
        Self {
            part,
            heard: BTreeMap::new(),
            closing: None,
            first: None,
            excused: BTreeSet::new(),
            outbox: VecDeque::new(),
            standing,
        }
    }

    /// All begins with a day.
    pub(crate) const fn begin(&mut self, first: i64) {
        self.first = Some(first);
    }

    /// Whether a day is closed here and not everywhere.
    pub(crate) const fn are_awaited(&self) -> bool {
        self.closing.is_some()
    }

    /// The day that is closed here, and the shards that have said nothing of it.
    pub(crate) fn missing(&self) -> Option<(i64, Vec<usize>)> {
        let day = self.closing.as_ref()?.day;
        let heard = self.heard.get(&day);
        let is_missing =
            |shard: &usize| !self.part.has(*shard) && heard.is_none_or(|heard| !heard.contains_key(shard));
        Some((day, (0..self.part.shards()).filter(is_missing).collect()))
    }

    /// Takes in what a shard said. What is said again is the same.
    ///
    /// # Errors
    /// When the bytes are not what a shard says.
    pub(crate) fn hear(
        &mut self,
        said: &PartOfDay,
        open: Option<i64>,
        (atoms, symbols): (&mut Atoms, &mut Symbols),
    ) -> Result<(), CodecError> {
        let is_needed = said.shard < self.part.shards() && !self.part.has(said.shard);
        if is_needed && open.is_none_or(|open| said.day >= open) {
            let day = hear(&said.bytes, atoms, symbols)?;
            self.heard.entry(said.day).or_default().insert(said.shard, day);
        } else if is_needed
            && self.first.is_some_and(|first| said.day < first)
            && self.excused.insert(said.day)
        {
            // An event of that day came too late for us: others would wait for what we shall never say.
            let bytes = tell(&ShardDay::default(), atoms, symbols);
            let ours = (0..self.part.shards()).filter(|shard| self.part.has(*shard));
            let ours = ours.map(|shard| PartOfDay { day: said.day, shard, bytes: bytes.clone() });
            self.outbox.extend(ours);
        }
        Ok(())
    }

    /// Says what our shards have to say of a day.
    pub(crate) fn close(&mut self, day: i64, own: Vec<(usize, ShardDay)>, atoms: &Atoms, symbols: &Symbols) {
        let said = own.iter().map(|(shard, said)| PartOfDay {
            day,
            shard: *shard,
            bytes: tell(said, atoms, symbols),
        });
        self.outbox.extend(said);
        self.closing = Some(Closing { day, own: own.into_iter().map(|(_, said)| said).collect() });
    }

    /// Everything that was said of the day that is closed here, once every shard has said its part.
    pub(crate) fn sum(&mut self) -> Option<(i64, DaySummary)> {
        let day = self.closing.as_ref()?.day;
        let others = (0..self.part.shards()).filter(|shard| !self.part.has(*shard)).count();
        if others > 0 && self.heard.get(&day).map_or(0, BTreeMap::len) < others {
            return None;
        }
        let closing = self.closing.take()?;
        let mut heard = self.heard.split_off(&(day + 1));
        std::mem::swap(&mut heard, &mut self.heard);
        let others = heard.remove(&day).unwrap_or_default().into_values();
        let (mut sum, mut standing) = (DaySummary::default(), Standing::default());
        for said in closing.own.into_iter().chain(others) {
            sum.add(&said.summary);
            standing.add(&said.standing);
        }
        self.standing = standing;
        Some((day, sum))
    }
}

//! Checkpoints of daemons that share the shards of one state. Each writes its own shards, and the sum is a checkpoint where
//! all of them were written at one watermark. So they are made at moments of event time on which all agree, and whoever
//! has a shard next goes on from there, whoever had it before.

use std::collections::BTreeMap;

use ambit_core::{Part, Snapshot};
use ambit_schemas::EventTime;
use anyhow::Context;

use super::shelf::{SUFFIX, Shelf};
use super::{Loaded, Packed, Saved, read, writer};
use crate::config::{Checkpoint, Kept};

/// How the names begin.
const PREFIX: &str = "cut-";

/// What one of them wrote, by its name: when, which shards, and who.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    at: EventTime,
    /// How many shards there are.
    of: usize,
    /// A bit for each that it holds.
    shards: u128,
    name: String,
}

impl Cut {
    fn name(at: EventTime, (of, shards): (usize, u128), writer: u64) -> String {
        format!("{PREFIX}{:018}-{of:03}-{shards:032x}-{writer:016x}{SUFFIX}", at.micros())
    }

    fn of(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split('-');
        let at = EventTime(parts.next()?.parse().ok()?);
        let of = parts.next()?.parse().ok()?;
        let shards = u128::from_str_radix(parts.next()?, 16).ok()?;
        Some(Self { at, of, shards, name: name.to_owned() })
    }
}

/// The most shards that there may be: those that a name has room for.
pub(crate) const MOST_SHARDS: usize = u128::BITS as usize;

/// Shards as bits.
fn bits(shards: impl Iterator<Item = usize>) -> u128 {
    shards.filter(|shard| *shard < MOST_SHARDS).fold(0, |bits, shard| bits | 1 << shard)
}

/// Whether every shard is in one of those of a moment.
fn is_whole(cuts: &[Cut]) -> bool {
    let all = cuts.first().map_or(0, |cut| bits(0..cut.of));
    all != 0 && cuts.iter().fold(0, |shards, cut| shards | cut.shards) & all == all
}

/// What was written, by its moment and the number of shards then.
type Moments = BTreeMap<(EventTime, usize), Vec<Cut>>;

fn list(shelf: &Shelf) -> anyhow::Result<Moments> {
    let mut moments = Moments::new();
    for cut in shelf.list(PREFIX)?.iter().filter_map(|item| Cut::of(&item.name)) {
        moments.entry((cut.at, cut.of)).or_default().push(cut);
    }
    Ok(moments)
}

/// The place of such checkpoints, for one who has some shards.
#[derive(Debug)]
pub(crate) struct Cuts {
    shelf: Shelf,
    keep: usize,
    /// How many shards there are, and which are ours.
    ours: (usize, u128),
    writer: u64,
}

impl Cuts {
    /// Opens a place, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(config: &Checkpoint, part: &Part) -> anyhow::Result<Self> {
        let shelf = Shelf::share(&config.kept)?;
        let ours = (part.shards(), bits((0..part.shards()).filter(|shard| part.has(*shard))));
        Ok(Self { shelf, keep: config.keep.max(1), ours, writer: writer() })
    }

    /// The number of this process, for the checkpoints that it makes.
    pub(crate) const fn writer(&self) -> u64 {
        self.writer
    }

    /// What is needed to go on with our shards from the newest moment of which every shard was written and ours can be
    /// read. Nothing where there is none; the count is of those that were damaged.
    ///
    /// # Errors
    /// When the place cannot be looked at, and when there are such moments and none of them can be read.
    pub(crate) fn load(&self) -> anyhow::Result<Option<(Vec<Loaded>, u64)>> {
        load(&self.shelf, self.ours.1)
    }

    /// Writes one: a crash leaves it whole or not at all. Then what is older than the oldest whole moment that is kept goes,
    /// whoever wrote it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&self, packed: &Packed) -> anyhow::Result<Saved> {
        self.shelf.put(&Cut::name(packed.at, self.ours, self.writer), &packed.bytes)?;
        let moments = list(&self.shelf)?;
        let mut whole = moments.iter().rev().filter(|(_, cuts)| is_whole(cuts)).map(|(moment, _)| *moment);
        if let Some(oldest) = whole.nth(self.keep - 1) {
            for cut in moments.range(..oldest).flat_map(|(_, cuts)| cuts) {
                self.shelf.remove(&cut.name)?;
            }
        }
        Ok(Saved { bytes: packed.bytes.len() as u64, covered: None, is_all: true })
    }
}

fn load(shelf: &Shelf, ours: u128) -> anyhow::Result<Option<(Vec<Loaded>, u64)>> {
    let (mut damaged, mut last) = (0, None);
    for cuts in list(shelf)?.into_values().rev().filter(|cuts| is_whole(cuts)) {
        match read_all(shelf, (&cuts, ours), &mut damaged) {
            Ok(parts) => return Ok(Some((parts, damaged))),
            Err(error) => last = Some(error),
        }
    }
    last.map_or(Ok(None), Err)
}

/// Reads as many as some shards need; at least one, because all have in common what no workload owns.
fn read_all(shelf: &Shelf, (cuts, ours): (&[Cut], u128), damaged: &mut u64) -> anyhow::Result<Vec<Loaded>> {
    let (mut parts, mut missing) = (Vec::new(), ours & cuts.first().map_or(0, |cut| bits(0..cut.of)));
    for cut in cuts {
        if !parts.is_empty() && cut.shards & missing == 0 {
            continue;
        }
        match shelf.read(&cut.name).and_then(|bytes| read(&bytes)) {
            Ok(loaded) => {
                missing &= !cut.shards;
                parts.push(loaded);
            }
            Err(error) => {
                *damaged += 1;
                tracing::error!("{}: {error:#}; an earlier one is taken", shelf.shown(&cut.name));
            }
        }
    }
    let first = cuts.first().map_or_else(String::new, |cut| shelf.shown(&cut.name));
    let whole = Some(parts).filter(|parts| missing == 0 && !parts.is_empty());
    whole.with_context(|| {
        format!("{first} and those of its moment cannot be read: restore them from a backup")
    })
}

/// The moments of a place of which every shard was written, newest first, each with how many wrote it, for those who only
/// look.
///
/// # Errors
/// When it cannot be looked at.
pub(crate) fn look(kept: &Kept) -> anyhow::Result<Vec<(EventTime, usize)>> {
    let moments = list(&Shelf::look(kept)?)?.into_iter().rev();
    Ok(moments.filter(|(_, cuts)| is_whole(cuts)).map(|((at, _), cuts)| (at, cuts.len())).collect())
}

/// The parts of the newest moment of which all can be read, for those who only look.
///
/// # Errors
/// When there are such moments and none of them can be read.
pub(super) fn newest(kept: &Kept) -> anyhow::Result<Option<Vec<Snapshot>>> {
    let loaded = load(&Shelf::look(kept)?, u128::MAX)?;
    Ok(loaded.map(|(parts, _)| parts.into_iter().map(|part| part.snapshot).collect()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Made;
    use super::*;
    use crate::run::partitions::Partitions;

    #[test]
    fn a_name_says_when_which_and_by_whom() {
        let at = EventTime::from_secs(1_772_409_600);
        let name = Cut::name(at, (3, 0b101), 7);
        let expected = Cut { at, of: 3, shards: 0b101, name: name.clone() };
        assert_eq!(Cut::of(&name), Some(expected));
        assert!(name < Cut::name(at.plus_micros(1), (0, 0), 0));
        for other in ["checkpoint-00000000000000000001.ambit", "cut-1.ambit", "cut-x-1-1-1.ambit"] {
            assert_eq!(Cut::of(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_kept_can_be_gone_on_from_by_whoever_has_a_shard() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("state");
        let config =
            Checkpoint { kept: Kept::Folder(folder.clone()), local: None, interval: Duration::ZERO, keep: 2 };
        let cuts =
            |ours: &[usize]| Cuts::open(&config, &Part::new(3, &ours.iter().copied().collect())).unwrap();
        let save = |cuts: &Cuts, secs| {
            let snapshot = (Snapshot::of_nothing(), EventTime::from_secs(secs));
            let partitions = Partitions::new((Duration::ZERO, Duration::ZERO), 0);
            let made = Made::new(snapshot, (&partitions, &[]), &[], cuts.writer()).unwrap();
            cuts.save(&made.pack().unwrap()).unwrap();
        };
        let (one, two, all) = (cuts(&[0, 1]), cuts(&[2]), cuts(&[0, 1, 2]));
        save(&one, 10);
        assert!(one.load().unwrap().is_none(), "nobody has written the third shard");
        save(&two, 10);
        save(&all, 20);
        save(&two, 30);
        save(&one, 30);
        // Of the last moment nobody has written the third.
        save(&one, 40);
        let at = EventTime::from_secs;
        assert_eq!(look(&config.kept).unwrap(), [(at(30), 2), (at(20), 1)]);
        assert_eq!(one.load().unwrap().unwrap().0.len(), 1);
        assert_eq!(all.load().unwrap().unwrap().0.len(), 2);
        assert_eq!(newest(&config.kept).unwrap().unwrap().len(), 2);
        // A damaged one leads back to the moment before, but not those who have no need of it.
        let moments = list(&two.shelf).unwrap();
        let third = moments[&(at(30), 3)].iter().find(|cut| cut.shards == 0b100).unwrap();
        std::fs::write(folder.join(&third.name), "torn").unwrap();
        let (parts, damaged) = two.load().unwrap().unwrap();
        assert_eq!((parts.len(), damaged), (1, 1));
        assert_eq!(one.load().unwrap().unwrap().1, 0);
    }
}

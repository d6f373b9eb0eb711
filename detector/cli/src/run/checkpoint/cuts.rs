//! Checkpoints of daemons that share the shards of one state. Each writes its own shards, and the sum is a checkpoint where
//! all of them were written at one watermark. So they are made at moments of event time on which all agree, and whoever
//! has a shard next goes on from there, whoever had it before.

use std::collections::{BTreeMap, BTreeSet};

use ambit_core::Part;
use ambit_schemas::EventTime;
use anyhow::Context;

use super::shelf::{SUFFIX, Shelf};
use super::{Loaded, Packed, Saved, read, writer};
use crate::config::Checkpoint;

/// How the names begin.
const PREFIX: &str = "cut-";

/// What one of them wrote, by its name: when, which shards, and who.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    at: EventTime,
    /// A bit for each shard.
    shards: u128,
    name: String,
}

impl Cut {
    fn name(at: EventTime, shards: u128, writer: u64) -> String {
        format!("{PREFIX}{:018}-{shards:032x}-{writer:016x}{SUFFIX}", at.micros())
    }

    fn of(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split('-');
        let at = EventTime(parts.next()?.parse().ok()?);
        let shards = u128::from_str_radix(parts.next()?, 16).ok()?;
        Some(Self { at, shards, name: name.to_owned() })
    }
}

/// The most shards that there may be: those that a name has room for.
pub(crate) const MOST_SHARDS: usize = u128::BITS as usize;

/// Shards as bits.
fn bits(part: &Part) -> u128 {
    (0..part.shards().min(MOST_SHARDS))
        .filter(|shard| part.has(*shard))
        .fold(0, |bits, shard| bits | 1 << shard)
}

/// The place of such checkpoints, for one who has some shards.
#[derive(Debug)]
pub(crate) struct Cuts {
    shelf: Shelf,
    keep: usize,
    ours: u128,
    all: u128,
    writer: u64,
}

impl Cuts {
    /// Opens a place, which need not be there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(config: &Checkpoint, part: &Part) -> anyhow::Result<Self> {
        let shelf = Shelf::share(&config.kept)?;
        let everyone = Part::new(part.shards(), &(0..part.shards()).collect());
        Ok(Self { shelf, keep: config.keep.max(1), ours: bits(part), all: bits(&everyone), writer: writer() })
    }

    /// The number of this process, for the checkpoints that it makes.
    pub(crate) const fn writer(&self) -> u64 {
        self.writer
    }

    /// What was written, by its moment.
    fn list(&self) -> anyhow::Result<BTreeMap<EventTime, Vec<Cut>>> {
        let mut moments = BTreeMap::<_, Vec<_>>::new();
        for cut in self.shelf.list(PREFIX)?.iter().filter_map(|item| Cut::of(&item.name)) {
            moments.entry(cut.at).or_default().push(cut);
        }
        Ok(moments)
    }

    fn is_whole(&self, cuts: &[Cut]) -> bool {
        cuts.iter().fold(0, |shards, cut| shards | cut.shards) & self.all == self.all
    }

    /// What is needed to go on with our shards from the newest moment of which every shard was written and ours can be
    /// read. Nothing where there is none; the count is of those that were damaged.
    ///
    /// # Errors
    /// When the place cannot be looked at, and when there are such moments and none of them can be read.
    pub(crate) fn load(&self) -> anyhow::Result<Option<(Vec<Loaded>, u64)>> {
        let (mut damaged, mut last) = (0, None);
        for cuts in self.list()?.into_values().rev().filter(|cuts| self.is_whole(cuts)) {
            match self.read(&cuts, &mut damaged) {
                Ok(parts) => return Ok(Some((parts, damaged))),
                Err(error) => last = Some(error),
            }
        }
        last.map_or(Ok(None), Err)
    }

    /// Reads as many as our shards need; at least one, because all have in common what no workload owns.
    fn read(&self, cuts: &[Cut], damaged: &mut u64) -> anyhow::Result<Vec<Loaded>> {
        let (mut parts, mut missing) = (Vec::new(), self.ours);
        for cut in cuts {
            if !parts.is_empty() && cut.shards & missing == 0 {
                continue;
            }
            match self.shelf.read(&cut.name).and_then(|bytes| read(&bytes)) {
                Ok(loaded) => {
                    missing &= !cut.shards;
                    parts.push(loaded);
                }
                Err(error) => {
                    *damaged += 1;
                    tracing::error!("{}: {error:#}; an earlier one is taken", self.shelf.shown(&cut.name));
                }
            }
        }
        let first = cuts.first().map_or_else(String::new, |cut| self.shelf.shown(&cut.name));
        let whole = Some(parts).filter(|parts| missing == 0 && !parts.is_empty());
        whole.with_context(|| {
            format!("{first} and those of its moment cannot be read: restore them from a backup")
        })
    }

    /// Writes one: a crash leaves it whole or not at all. Then what is older than the oldest whole moment that is kept goes,
    /// whoever wrote it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&self, packed: &Packed) -> anyhow::Result<Saved> {
        self.shelf.put(&Cut::name(packed.at, self.ours, self.writer), &packed.bytes)?;
        let moments = self.list()?;
        let whole = moments.iter().filter(|(_, cuts)| self.is_whole(cuts)).map(|(at, _)| *at);
        let whole = whole.collect::<BTreeSet<_>>();
        if let Some(oldest) = whole.iter().rev().nth(self.keep - 1) {
            for cut in moments.range(..oldest).flat_map(|(_, cuts)| cuts) {
                self.shelf.remove(&cut.name)?;
            }
        }
        Ok(Saved { bytes: packed.bytes.len() as u64, covered: None, is_all: true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_which_and_by_whom() {
        let at = EventTime::from_secs(1_772_409_600);
        let name = Cut::name(at, 0b101, 7);
        let expected = Cut { at, shards: 0b101, name: name.clone() };
        assert_eq!(Cut::of(&name), Some(expected));
        assert!(name < Cut::name(at.plus_micros(1), 0, 0));
        for other in ["checkpoint-00000000000000000001.ambit", "cut-1.ambit", "cut-x-1-1.ambit"] {
            assert_eq!(Cut::of(other), None, "{other}");
        }
    }
}

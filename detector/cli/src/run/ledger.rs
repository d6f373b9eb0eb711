//! Which objects of a store were read. The source decides by it, and the loop keeps another that is part of the checkpoint:
//! that one holds exactly the objects whose events the state beside it holds.
//!
//! It remembers each object that is still listed, until it was changed longer before the latest one than the window. Below
//! the low-water mark everything counts as read; how many are listed there is kept too, so that one that came too late to be
//! told from those is noticed all the same.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};

/// The bytes of an object in a checkpoint: the hash of its key, that of its version, when it was changed.
const ENTRY_BYTES: usize = 16 + 8 + 8;

/// An object that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// 128 bits of the hash of its key.
    pub(crate) key: u128,
    /// 64 bits of the hash of what the store says of its contents.
    pub(crate) version: u64,
    /// When the store says that it was changed, in microseconds.
    pub(crate) modified: i64,
}

/// The objects of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ledger {
    entries: BTreeMap<u128, Known>,
    /// What was changed before is not remembered one by one; it counts as read.
    low_water: i64,
    /// How many objects below the low-water mark are known to have been read.
    below: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    version: u64,
    modified: i64,
}

/// What is known of an object that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// It was read, and was changed since.
    Changed,
    Read,
    /// It is older than what is remembered.
    Below,
}

/// What is forgotten after a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forgotten {
    /// Objects that are listed no longer.
    pub(crate) gone: Vec<u128>,
    /// Where the low-water mark is from now on.
    pub(crate) low_water: i64,
    /// How many objects are listed below the mark as it was before.
    pub(crate) below: u64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), low_water: i64::MIN, below: 0 }
    }
}

impl Ledger {
    /// How many objects it remembers.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What is known of an object.
    pub(crate) fn standing(&self, entry: &Entry) -> Standing {
        match self.entries.get(&entry.key) {
            Some(known) if known.version == entry.version => Standing::Read,
            Some(_) => Standing::Changed,
            None if entry.modified < self.low_water => Standing::Below,
            None => Standing::New,
        }
    }

    /// An object was read.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.entries.insert(entry.key, Known { version: entry.version, modified: entry.modified });
    }

    /// The keys that are remembered, in order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = u128> {
        self.entries.keys().copied()
    }

    /// Objects that are known to be below the low-water mark.
    pub(crate) const fn below(&self) -> u64 {
        self.below
    }

    /// The mark that leaves what was changed since `oldest`, and at most so many, and what was changed since `unread`.
    pub(crate) fn mark(&self, oldest: i64, most: usize, unread: i64) -> i64 {
        let mut mark = oldest.max(self.low_water);
        if self.entries.len() > most {
            let mut times = self.entries.values().map(|known| known.modified).collect::<Vec<_>>();
            times.sort_unstable();
            // Behind the last one that must go.
            mark = mark.max(times[times.len() - most - 1].saturating_add(1));
        }
        mark.min(unread).max(self.low_water)
    }

    /// Forgets what is gone, and what is below the mark; `true` if that changes anything.
    pub(crate) fn forget(&mut self, forgotten: &Forgotten) -> bool {
        let held = (self.entries.len(), self.below, self.low_water);
        for key in &forgotten.gone {
            self.entries.remove(key);
        }
        let before = self.entries.len();
        self.entries.retain(|_, known| known.modified >= forgotten.low_water);
        self.below = forgotten.below + (before - self.entries.len()) as u64;
        self.low_water = forgotten.low_water;
        held != (self.entries.len(), self.below, self.low_water)
    }

    /// All of it, as a checkpoint holds it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((self.entries.len() + 1) * ENTRY_BYTES);
        bytes.extend(self.low_water.to_le_bytes());
        bytes.extend(self.below.to_le_bytes());
        for (key, known) in &self.entries {
            bytes.extend(key.to_le_bytes());
            bytes.extend(known.version.to_le_bytes());
            bytes.extend(known.modified.to_le_bytes());
        }
        bytes
    }

    /// The ledger of such bytes.
    ///
    /// # Errors
    /// When they are not what was written.
    pub(crate) fn of(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut rest = bytes;
        let low_water = i64::from_le_bytes(*take(&mut rest)?);
        let below = u64::from_le_bytes(*take(&mut rest)?);
        ensure!(rest.len().is_multiple_of(ENTRY_BYTES), "the list of objects is cut off");
        let mut entries = BTreeMap::new();
        while !rest.is_empty() {
            let key = u128::from_le_bytes(*take(&mut rest)?);
            let version = u64::from_le_bytes(*take(&mut rest)?);
            let modified = i64::from_le_bytes(*take(&mut rest)?);
            entries.insert(key, Known { version, modified });
        }
        Ok(Self { entries, low_water, below })
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> anyhow::Result<&'a [u8; N]> {
    let (first, others) = rest.split_first_chunk::<N>().context("the list of objects is cut off")?;
    *rest = others;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn entry(key: u128, modified: i64) -> Entry {
        Entry { key, version: 1, modified }
    }

    fn ledger(entries: &[(u128, i64)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (key, modified) in entries {
            ledger.add(entry(*key, *modified));
        }
        ledger
    }

    #[test]
    fn each_object_stands_where_it_should() {
        let mut ledger = ledger(&[(1, 10), (2, 20), (3, 30)]);
        ledger.forget(&Forgotten { gone: vec![3], low_water: 15, below: 0 });
        assert_eq!((ledger.len(), ledger.below()), (1, 1));
        for (seen, expected) in [
            (entry(2, 20), Standing::Read),
            (Entry { version: 9, ..entry(2, 40) }, Standing::Changed),
            (entry(1, 10), Standing::Below),
            (entry(7, 14), Standing::Below),
            (entry(7, 15), Standing::New),
            (entry(3, 30), Standing::New),
        ] {
            assert_eq!(ledger.standing(&seen), expected, "{seen:?}");
        }
    }

    #[test]
    fn the_mark_leaves_the_window_and_at_most_so_many() {
        let mut ledger = ledger(&[(1, 10), (2, 20), (3, 30), (4, 40)]);
        for (oldest, most, unread, expected) in
            [(5, 4, 99, 5), (25, 4, 99, 25), (5, 2, 99, 21), (35, 2, 99, 35), (5, 0, 99, 41), (35, 2, 12, 12)]
        {
            assert_eq!(ledger.mark(oldest, most, unread), expected);
        }
        ledger.forget(&Forgotten { gone: Vec::new(), low_water: 25, below: 0 });
        assert_eq!(ledger.mark(5, 4, 12), 25, "what was forgotten is not known again");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut written = ledger(&[(1, 10), (u128::MAX, i64::MAX), (3, -30)]);
        written.forget(&Forgotten { gone: Vec::new(), low_water: -7, below: 5 });
        let bytes = written.bytes();
        assert_eq!(Ledger::of(&bytes).unwrap(), written);
        assert!(Ledger::of(&bytes[..bytes.len() - 1]).is_err());
        assert!(Ledger::of(&[]).is_err());
    }
}

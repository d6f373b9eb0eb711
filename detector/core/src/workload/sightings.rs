//! The atoms of one workload, found by number in one probe.

use ambit_schemas::EventTime;
use hashbrown::HashTable;

use crate::atom::AtomId;
use crate::codec::{Codec, CodecError, Reader, codec_struct};

/// A gap between two uses from which on an atom may belong to a job of its own rhythm, in days.
const LEAST_PERIOD_DAYS: u8 = 5;
/// How much two gaps of one rhythm may differ, in days: months have 28 to 31.
const PERIOD_SLACK_DAYS: u8 = 3;

/// What is known of a sighting, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Part of the origin snapshot.
    Origin = 1,
    /// Used on two distinct days, or so sensitive that one is enough.
    Consolidated = 2,
    /// First seen inside an approved change.
    Explained = 4,
    /// Part of the baseline.
    Learned = 8,
    /// Used in a rhythm of a week or a month.
    Periodic = 16,
}

/// One atom of one workload.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) first_seen: EventTime,
    pub(crate) atom: AtomId,
    /// The last UTC day it was used, in days since 1970.
    pub(crate) last_day: u16,
    /// Distinct UTC days of use.
    pub(crate) days: u16,
    /// Uses on the last day.
    pub(crate) uses_today: u16,
    /// Days between the last two days of use.
    gap_days: u8,
    /// The greatest sensitivity it was seen with.
    pub(crate) sensitivity: u8,
    marks: u8,
    /// One more than its place among the atoms whose uses are watched; 0 for none.
    watch: u8,
}
codec_struct!(Sighting { first_seen, atom, last_day, days, uses_today, gap_days, sensitivity, marks, watch });

/// A UTC day as a sighting keeps it.
pub(crate) fn day_number(day: i64) -> u16 {
    u16::try_from(day.max(0)).unwrap_or(u16::MAX)
}

impl Sighting {
    pub(crate) fn new(atom: AtomId, time: EventTime, sensitivity: u8) -> Self {
        let last_day = day_number(time.day());
        Self {
            first_seen: time,
            atom,
            last_day,
            days: 1,
            uses_today: 1,
            gap_days: 0,
            sensitivity,
            marks: 0,
            watch: 0,
        }
    }

    pub(crate) const fn is(&self, mark: Mark) -> bool {
        self.marks & mark as u8 != 0
    }

    pub(crate) const fn mark(&mut self, mark: Mark) {
        self.marks |= mark as u8;
    }

    pub(crate) const fn unmark(&mut self, mark: Mark) {
        self.marks &= !(mark as u8);
    }

    /// Its place among the atoms whose uses are watched.
    pub(crate) fn watched(&self) -> Option<usize> {
        usize::from(self.watch).checked_sub(1)
    }

    /// Its uses are watched from now on.
    pub(crate) fn watch(&mut self, index: usize) {
        self.watch = u8::try_from(index + 1).unwrap_or(0);
    }

    /// Notes another use; gives the days since the last one if it is the first of its day.
    pub(crate) fn used(&mut self, day: i64, sensitivity: u8) -> Option<u16> {
        self.sensitivity = self.sensitivity.max(sensitivity);
        let day = day_number(day);
        if day <= self.last_day {
            self.uses_today = self.uses_today.saturating_add(1);
            return None;
        }
        let gap = day - self.last_day;
        let gap_days = u8::try_from(gap).unwrap_or(u8::MAX);
        let rhythmic = gap_days >= LEAST_PERIOD_DAYS && gap_days.abs_diff(self.gap_days) <= PERIOD_SLACK_DAYS;
        if rhythmic {
            self.mark(Mark::Periodic);
        } else if gap_days >= LEAST_PERIOD_DAYS || self.gap_days < LEAST_PERIOD_DAYS {
            self.unmark(Mark::Periodic);
        }
        self.gap_days = gap_days;
        self.last_day = day;
        self.days = self.days.saturating_add(1);
        self.uses_today = 1;
        Some(gap)
    }

    /// Whether it is part of the live reach on a day: used within the memory, which is longer for what has a rhythm.
    pub(crate) fn is_live(&self, day: i64, reach_days: i64, periodic_days: i64) -> bool {
        let memory = if self.is(Mark::Periodic) { reach_days.max(periodic_days) } else { reach_days };
        i64::from(self.last_day) > day - memory
    }
}

/// Sightings in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    list: Vec<Sighting>,
    index: HashTable<u32>,
}

impl Sightings {
    /// The place of an atom.
    pub(crate) fn slot(&self, atom: AtomId) -> Option<u32> {
        let list = &self.list;
        self.index.find(spread(atom), |slot| list[*slot as usize].atom == atom).copied()
    }

    pub(crate) fn at(&self, slot: u32) -> Option<&Sighting> {
        self.list.get(slot as usize)
    }

    pub(crate) fn at_mut(&mut self, slot: u32) -> Option<&mut Sighting> {
        self.list.get_mut(slot as usize)
    }

    /// Adds an atom that is not there yet; gives its place.
    pub(crate) fn add(&mut self, sighting: Sighting) -> u32 {
        let slot = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let hash = spread(sighting.atom);
        if self.list.len() == self.list.capacity() {
            // Thousands of workloads hold some hundred atoms each: doubling would waste a third of all state.
            self.list.reserve_exact(8 + self.list.len() / 8);
        }
        self.list.push(sighting);
        let list = &self.list;
        self.index.insert_unique(hash, slot, |slot| spread(list[*slot as usize].atom));
        slot
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Sighting> {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Sighting> {
        self.list.iter_mut()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Sighting>() + self.index.capacity() * 6
    }
}

/// Atoms are numbered densely; multiplying by the golden ratio spreads them over the table.
fn spread(atom: AtomId) -> u64 {
    u64::from(atom.0).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Codec for Sightings {
    fn put(&self, out: &mut Vec<u8>) {
        self.list.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let mut sightings = Self::default();
        for sighting in Vec::<Sighting>::take(reader)? {
            sightings.add(sighting);
        }
        Ok(sightings)
    }
}

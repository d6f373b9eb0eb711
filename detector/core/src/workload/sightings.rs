//! The atoms of one workload, found by number in one probe.

use ambit_schemas::EventTime;
use hashbrown::HashTable;

use crate::atom::AtomId;
use crate::codec::{Codec, CodecError, Reader, codec_struct};

/// One atom of one workload.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub(crate) atom: AtomId,
    /// The last UTC day it was used.
    pub(crate) last_day: i32,
    pub(crate) first_seen: EventTime,
    /// Distinct UTC days of use.
    pub(crate) days: u16,
    /// The greatest sensitivity it was seen with.
    pub(crate) sensitivity: u8,
    /// Part of the origin snapshot.
    pub(crate) origin: bool,
}
codec_struct!(Sighting { atom, last_day, first_seen, days, sensitivity, origin });

/// Sightings in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    list: Vec<Sighting>,
    index: HashTable<u32>,
}

impl Sightings {
    pub(crate) fn get_mut(&mut self, atom: AtomId) -> Option<&mut Sighting> {
        let list = &self.list;
        let slot = *self.index.find(spread(atom), |slot| list[*slot as usize].atom == atom)?;
        self.list.get_mut(slot as usize)
    }

    /// Adds an atom that is not there yet.
    pub(crate) fn add(&mut self, sighting: Sighting) {
        let slot = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let hash = spread(sighting.atom);
        self.list.push(sighting);
        let list = &self.list;
        self.index.insert_unique(hash, slot, |slot| spread(list[*slot as usize].atom));
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

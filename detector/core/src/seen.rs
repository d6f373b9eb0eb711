//! Event ids seen lately, so that a repeat is told from a second event.

use ambit_schemas::EventTime;
use ambit_schemas::hash::event_id_key;
use ambit_schemas::vocabulary::Source;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::codec::{Codec, CodecError, Reader, codec_struct};

/// Keys for which a table has room from the start: pages that nothing was written to cost nothing, and a table that has them
/// need not move.
const ROOM: usize = 1 << 20;
/// Bits of a moment that the source takes.
const SOURCE_BITS: u32 = 5;
const _: () = assert!(Source::ALL.len() <= 1 << SOURCE_BITS, "each source has a number of its own");

/// What a repeat has in common with its first: the id, the moment, the source. Some callers may choose the ids of their
/// events; none can choose the moment that a server writes down, so none can hide one event behind another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// The greater half first. A `u128` would align the key to 16 bytes, and a third of every table would be empty.
    id: [u64; 2],
    /// Microseconds since 1970, up to the year 11,000, above the source.
    moment: u64,
}

impl Key {
    /// A Vault chooses its own ids, and a response is asked for without its moment.
    fn of(source: Source, event_id: &str, time: EventTime) -> Self {
        let micros = if source == Source::VaultAudit { 0 } else { time.micros() };
        Self::new(event_id_key(event_id), micros, source as u8)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the halves are taken one by one")]
    const fn new(id: u128, micros: i64, source: u8) -> Self {
        let moment = (micros << SOURCE_BITS).cast_unsigned() | source as u64;
        Self { id: [(id >> 64) as u64, id as u64], moment }
    }

    const fn micros(self) -> i64 {
        self.moment.cast_signed() >> SOURCE_BITS
    }

    const fn source(self) -> u8 {
        (self.moment & ((1 << SOURCE_BITS) - 1)) as u8
    }

    /// The id is a UUID or a cryptographic hash, so folding it is hash enough.
    fn spread(&self) -> u64 {
        (self.id[0] ^ self.id[1]).wrapping_add(u64::from(self.source())).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Codec for Key {
    fn put(&self, out: &mut Vec<u8>) {
        let id = (u128::from(self.id[0]) << 64) | u128::from(self.id[1]);
        (id, self.micros(), self.source()).put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let (id, micros, source) = <(u128, i64, u8)>::take(reader)?;
        if usize::from(source) >= Source::ALL.len() {
            return Err(CodecError::Malformed("source"));
        }
        Ok(Self::new(id, micros, source))
    }
}

/// Event ids seen lately, in two generations: when the younger is full it becomes the older, and the older is
/// forgotten. So a duplicate is known for at least half of the bound, counted in events.
#[derive(Debug)]
pub(crate) struct Seen {
    young: HashTable<Key>,
    old: HashTable<Key>,
    half: usize,
}

impl Seen {
    pub(crate) fn new(most: usize) -> Self {
        let half = (most / 2).max(1);
        Self { young: table(half, half), old: HashTable::new(), half }
    }

    /// Notes an event; false if it was seen before.
    pub(crate) fn insert(&mut self, source: Source, event_id: &str, time: EventTime) -> bool {
        let key = Key::of(source, event_id, time);
        if self.young.len() >= self.half {
            // What the older had room for the younger needs again.
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        let hash = key.spread();
        match self.young.entry(hash, |held| *held == key, Key::spread) {
            Entry::Occupied(_) => return false,
            Entry::Vacant(room) => room.insert(key),
        };
        self.old.find(hash, |held| *held == key).is_none()
    }

    /// Whether an event was seen.
    pub(crate) fn contains(&self, source: Source, event_id: &str, time: EventTime) -> bool {
        self.holds(&Key::of(source, event_id, time))
    }

    /// Whether an event of a Vault was seen.
    pub(crate) fn contains_of_vault(&self, event_id: &str) -> bool {
        self.holds(&Key::of(Source::VaultAudit, event_id, EventTime::MIN))
    }

    fn holds(&self, key: &Key) -> bool {
        let same = |held: &Key| held == key;
        self.young.find(key.spread(), same).is_some() || self.old.find(key.spread(), same).is_some()
    }

    /// Bytes of what is held, with the part of a table that stays empty: an eighth, and a byte for each slot.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * (size_of::<Key>() + 1) * 8 / 7
    }

    /// Events that are remembered.
    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    pub(crate) fn state(&self) -> SeenState {
        let keys = |table: &HashTable<Key>| {
            let mut keys = table.iter().copied().collect::<Vec<_>>();
            keys.sort_unstable();
            keys
        };
        SeenState { young: keys(&self.young), old: keys(&self.old), half: self.half }
    }

    /// Goes on from a state, with the bound of today: rules may have changed since.
    pub(crate) fn from_state(state: SeenState, most: usize) -> Self {
        let half = (most / 2).max(1);
        let filled = |keys: Vec<Key>| {
            let mut table = table(keys.len(), half);
            for key in keys {
                table.insert_unique(key.spread(), key, Key::spread);
            }
            table
        };
        Self { young: filled(state.young), old: filled(state.old), half }
    }
}

/// A table with room for what it is to hold now, and for all that it may hold if that is not too much.
fn table(now: usize, most: usize) -> HashTable<Key> {
    HashTable::with_capacity(now.max(most.min(ROOM)))
}

/// [`Seen`] in a snapshot: sorted, so that equal states are equal bytes.
#[derive(Debug)]
pub(crate) struct SeenState {
    young: Vec<Key>,
    old: Vec<Key>,
    half: usize,
}
codec_struct!(SeenState { young, old, half });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{decode, encode};

    #[test]
    fn a_key_comes_back_from_a_state_as_it_was() {
        let last = u8::try_from(Source::ALL.len() - 1).unwrap();
        for micros in [0, -1, 1_770_000_000_000_001, -62_135_596_800_000_000, 253_402_300_799_999_999] {
            for (id, source) in [(0, 0), (u128::MAX, last), (1 << 64, 3), ((1 << 64) - 1, 0)] {
                let key = Key::new(id, micros, source);
                assert_eq!((key.micros(), key.source()), (micros, source));
                let bytes = encode(&key);
                assert_eq!(bytes, encode(&(id, micros, source)), "as states from before have it");
                assert_eq!(decode::<Key>(&bytes), Ok(key));
            }
        }
        assert_eq!(size_of::<Key>(), 24);
    }

    #[test]
    fn what_is_older_than_two_generations_is_forgotten() {
        let mut seen = Seen::new(4);
        let mut insert = |n: i64| seen.insert(Source::AwsCloudtrail, &format!("{n}"), EventTime(n));
        assert!(insert(0) && insert(1) && insert(2));
        assert!(!insert(1), "of the older generation");
        assert!(insert(3) && insert(0), "the older generation was forgotten");
        assert_eq!(seen.len(), 4);
        let again = Seen::from_state(seen.state(), 4);
        assert_eq!((again.len(), encode(&again.state())), (4, encode(&seen.state())));
        // Whoever remembers less from now on forgets with the next event.
        let mut fewer = Seen::from_state(seen.state(), 2);
        assert!(fewer.insert(Source::AwsCloudtrail, "5", EventTime(5)));
        assert_eq!(fewer.len(), 3);
    }
}

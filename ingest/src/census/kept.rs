//! A bounded table that keeps the same entries whatever the order of arrival.

use std::collections::BTreeMap;

/// The entries with the smallest keys. A key that is among them at the end was never out, because fewer than the
/// bound were smaller at any time; so its value is whole, and the same for any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept<K, V> {
    entries: BTreeMap<K, V>,
    most: usize,
    overflowed: bool,
}

impl<K: Ord, V: Default> Kept<K, V> {
    pub(super) const fn new(most: usize) -> Self {
        Self { entries: BTreeMap::new(), most, overflowed: false }
    }

    /// The value of a key, if it may stay.
    pub(super) fn entry(&mut self, key: K) -> Option<&mut V> {
        if self.entries.len() >= self.most && !self.entries.contains_key(&key) {
            self.overflowed = true;
            if self.entries.last_key_value().is_none_or(|(last, _)| *last < key) {
                return None;
            }
            self.entries.pop_last();
        }
        Some(self.entries.entry(key).or_default())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// Whether more keys came than may stay.
    pub(super) const fn overflowed(&self) -> bool {
        self.overflowed
    }
}

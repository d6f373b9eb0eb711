//! A dictionary column under construction: each distinct text once, a key a row.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::keys::Keys;

/// Interns texts into dense keys. The hash only finds entries; the order of keys is the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct DictBuilder {
    keys: Keys,
    ends: Vec<i32>,
    text: Vec<u8>,
    index: HashTable<(u64, i32)>,
    last: Option<i32>,
}

impl DictBuilder {
    fn value(&self, key: i32) -> &[u8] {
        let slot = usize::try_from(key).unwrap_or(0);
        let start = if slot == 0 { 0 } else { usize::try_from(self.ends[slot - 1]).unwrap_or(0) };
        let end = usize::try_from(self.ends[slot]).unwrap_or(0);
        &self.text[start..end]
    }

    fn intern(&mut self, value: &[u8]) -> i32 {
        // The bytes alone: `hash_one` would mix in the length by a step of its own.
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(value);
        let hash = hasher.finish();
        let found = self.index.find(hash, |(stored, key)| *stored == hash && self.value(*key) == value);
        if let Some((_, key)) = found {
            return *key;
        }
        let key = i32::try_from(self.ends.len()).unwrap_or(i32::MAX);
        self.text.extend_from_slice(value);
        self.ends.push(i32::try_from(self.text.len()).unwrap_or(i32::MAX));
        self.index.insert_unique(hash, (hash, key), |(stored, _)| *stored);
        key
    }

    /// The value of a row; rows are given in order. Neighbouring rows often repeat it, so the last one is tried before
    /// the table. Not inlined, so that a row's two dozen columns are two dozen tests for an empty one and few calls.
    #[inline(never)]
    pub(super) fn set(&mut self, row: usize, value: &str) {
        let key = match self.last {
            Some(last) if self.value(last) == value.as_bytes() => last,
            _ => self.intern(value.as_bytes()),
        };
        self.last = Some(key);
        self.keys.set(row, key);
    }

    /// Bytes of text held, for the bound on a batch.
    pub(super) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The column of so many rows; the builder is empty afterwards, with room for another batch like this one.
    pub(super) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        let keys = self.keys.finish(rows);
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let room = Vec::with_capacity(self.text.len());
        let text = Buffer::from_vec(std::mem::replace(&mut self.text, room));
        let values = StringArray::try_new(offsets, text, None)?;
        self.index.clear();
        self.last = None;
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }
}

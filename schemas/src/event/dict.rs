//! A dictionary column under construction: each distinct text once, a key a row.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// The key of a row without a value, until the column is finished.
const NULL_KEY: i32 = -1;

/// Interns texts into dense keys. The hash only finds entries; the order of keys is the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct DictBuilder {
    keys: Vec<i32>,
    nulls: usize,
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
        let hash = FixedState::default().hash_one(value);
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

    /// Appends a value. Neighbouring rows often repeat it, so the last one is tried before the table.
    pub(super) fn push(&mut self, value: Option<&str>) {
        let Some(value) = value else {
            self.push_null();
            return;
        };
        let key = match self.last {
            Some(last) if self.value(last) == value.as_bytes() => last,
            _ => self.intern(value.as_bytes()),
        };
        self.last = Some(key);
        self.keys.push(key);
    }

    /// Appends a row without a value.
    pub(super) fn push_null(&mut self) {
        self.nulls += 1;
        self.keys.push(NULL_KEY);
    }

    /// Bytes of text held, for the bound on a batch.
    pub(super) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The finished column; the builder is empty afterwards and keeps its allocations where it can.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let keys = std::mem::take(&mut self.keys);
        let keys = if self.nulls == 0 {
            Int32Array::new(ScalarBuffer::from(keys), None)
        } else {
            let valid = keys.iter().map(|key| *key != NULL_KEY).collect::<NullBuffer>();
            let keys = keys.into_iter().map(|key| key.max(0)).collect::<Vec<_>>();
            Int32Array::new(ScalarBuffer::from(keys), Some(valid))
        };
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let values = StringArray::try_new(offsets, Buffer::from_vec(std::mem::take(&mut self.text)), None)?;
        self.index.clear();
        self.nulls = 0;
        self.last = None;
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }
}

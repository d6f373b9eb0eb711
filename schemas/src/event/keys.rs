//! The keys of a dictionary column under construction.

use arrow::array::Int32Array;
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

/// The key of a row without a value, until the column is finished.
const NULL_KEY: i32 = -1;

/// A key a row. Most columns are empty in most rows, so an empty row costs nothing: the rows before the next key, and
/// those behind the last, are filled in when it comes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: Vec<i32>,
    given: usize,
}

impl Keys {
    /// The key of a row; rows are given in order.
    pub(super) fn set(&mut self, row: usize, key: i32) {
        self.keys.resize(row, NULL_KEY);
        self.keys.push(key);
        self.given += 1;
    }

    /// The keys of so many rows; afterwards there are none.
    pub(super) fn finish(&mut self, rows: usize) -> Int32Array {
        let given = std::mem::take(&mut self.given);
        if given == 0 {
            return Int32Array::new(ScalarBuffer::from(vec![0; rows]), Some(NullBuffer::new_null(rows)));
        }
        // The next batch will be as long.
        let mut keys = std::mem::replace(&mut self.keys, Vec::with_capacity(rows));
        keys.resize(rows, NULL_KEY);
        if given == rows {
            return Int32Array::new(ScalarBuffer::from(keys), None);
        }
        // Many bits at once: to collect them goes bit by bit.
        let valid = NullBuffer::new(BooleanBuffer::collect_bool(rows, |row| keys[row] != NULL_KEY));
        for key in &mut keys {
            *key = (*key).max(0);
        }
        Int32Array::new(ScalarBuffer::from(keys), Some(valid))
    }
}

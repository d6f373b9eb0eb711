//! Work once for each distinct combination of a few columns, then a plain copy for each row.

use std::sync::Arc;

use ambit_schemas::{Column, EventBatch};
use arrow::array::{Array, ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::datatypes::Int32Type;
use arrow::error::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The key of a row without a value.
const NULL: i32 = -1;

/// The distinct combinations of dictionary keys in a batch, numbered by first appearance.
#[derive(Debug)]
pub(crate) struct Distinct<const N: usize> {
    combinations: Vec<[i32; N]>,
    /// The combination of each row.
    rows: Vec<usize>,
}

impl<const N: usize> Distinct<N> {
    pub(crate) fn of(batch: &EventBatch, columns: [Column; N]) -> Self {
        let keys = columns.map(|column| batch.dict(column).keys);
        let key = |column: usize, row: usize| {
            if keys[column].is_null(row) { NULL } else { keys[column].value(row) }
        };
        let mut index = HashMap::with_hasher(FixedState::default());
        let mut distinct = Self { combinations: Vec::new(), rows: Vec::with_capacity(batch.len()) };
        let mut last: Option<([i32; N], usize)> = None;
        for row in 0..batch.len() {
            let combination = std::array::from_fn(|column| key(column, row));
            let number = match last {
                Some((held, number)) if held == combination => number,
                _ => *index.entry(combination).or_insert_with(|| {
                    distinct.combinations.push(combination);
                    distinct.combinations.len() - 1
                }),
            };
            last = Some((combination, number));
            distinct.rows.push(number);
        }
        distinct
    }

    /// What `work` makes of each combination; it is given the texts and the number of rows.
    pub(crate) fn answers<'b, T>(
        &self,
        batch: &'b EventBatch,
        columns: [Column; N],
        mut work: impl FnMut([Option<&'b str>; N], u64) -> T,
    ) -> Vec<T> {
        let mut counts = vec![0_u64; self.combinations.len()];
        for number in &self.rows {
            counts[*number] += 1;
        }
        self.texts(batch, columns).zip(counts).map(|(texts, count)| work(texts, count)).collect()
    }

    /// The texts of each combination.
    pub(crate) fn texts<'b>(
        &self,
        batch: &'b EventBatch,
        columns: [Column; N],
    ) -> impl Iterator<Item = [Option<&'b str>; N]> {
        let values = columns.map(|column| batch.dict(column).values);
        let text =
            move |column: usize, key: i32| usize::try_from(key).ok().map(|key| values[column].value(key));
        self.combinations.iter().map(move |keys| std::array::from_fn(|column| text(column, keys[column])))
    }

    /// What all rows of a combination add up to, by combination.
    pub(crate) fn sums<T: Clone + Default>(&self, mut add: impl FnMut(&mut T, usize)) -> Vec<T> {
        let mut sums = vec![T::default(); self.combinations.len()];
        for (row, number) in self.rows.iter().enumerate() {
            add(&mut sums[*number], row);
        }
        sums
    }

    /// A dictionary column with each row's answer.
    pub(crate) fn column<T: AsRef<str>>(&self, answers: &[Option<T>]) -> Result<ArrayRef, ArrowError> {
        let mut words: Vec<&str> = Vec::new();
        let mut index = HashMap::with_hasher(FixedState::default());
        let mut keys = Vec::with_capacity(answers.len());
        for answer in answers {
            keys.push(answer.as_ref().map(|answer| {
                let text = answer.as_ref();
                *index.entry(text).or_insert_with(|| {
                    words.push(text);
                    i32::try_from(words.len() - 1).unwrap_or(i32::MAX)
                })
            }));
        }
        let rows = self.rows.iter().map(|number| keys[*number]).collect::<Int32Array>();
        let words = StringArray::from_iter_values(words);
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(rows, Arc::new(words))?))
    }

    /// The number of each row's combination.
    pub(crate) fn rows(&self) -> &[usize] {
        &self.rows
    }
}

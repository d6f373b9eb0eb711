//! A record batch whose schema was checked once; afterwards the type is the proof.

use arrow::array::{
    Array, AsArray, BooleanArray, DictionaryArray, Int32Array, ListArray, RecordBatch, StringArray,
    UInt8Array,
};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type};
use arrow::error::ArrowError;

use super::column::{Column, ColumnKind, identity_event_schema};
use super::memory;
use crate::position::Position;
use crate::time::EventTime;
use crate::vocabulary::{self, Vocabulary};

/// Why a record batch is no batch of canonical events.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A column is absent, or has another type.
    #[error("column {index} must be `{expected}`, found {found}")]
    Column {
        /// Its place in the schema.
        index: usize,
        /// What stands there in `identity_event.v1`.
        expected: String,
        /// What stands there in the batch.
        found: String,
    },
    /// A column that every row must fill has an empty row.
    #[error("column `{column}` has an empty row")]
    Empty {
        /// The column's name.
        column: &'static str,
    },
    /// A closed vocabulary has a word that this version does not know. It is not quoted: in a file of somebody else it
    /// may be anything.
    #[error("column `{column}` has a word that is not known")]
    Word {
        /// The column's name.
        column: &'static str,
    },
    /// Arrow refused the columns.
    #[error("arrow: {0}")]
    Arrow(#[from] ArrowError),
}

/// Canonical events, one row each. The columns have the names, order and types of [`identity_event_schema`].
#[derive(Debug, Clone, PartialEq)]
pub struct EventBatch(RecordBatch);

/// A dictionary column to read: distinct texts, and a key a row.
#[derive(Debug, Clone, Copy)]
pub struct DictColumn<'a> {
    /// A key into `values` a row; null where the row has no value.
    pub keys: &'a Int32Array,
    /// The distinct texts.
    pub values: &'a StringArray,
}

impl<'a> DictColumn<'a> {
    /// The key of a row as an index into `values`.
    pub fn key(&self, row: usize) -> Option<usize> {
        if self.keys.is_null(row) { None } else { usize::try_from(self.keys.value(row)).ok() }
    }

    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        self.key(row).map(|key| self.values.value(key))
    }
}

impl EventBatch {
    /// Checks the schema and the closed vocabularies of a record batch.
    ///
    /// # Errors
    /// Names the first column or word that is not of `identity_event.v1`.
    pub fn try_new(batch: RecordBatch) -> Result<Self, SchemaError> {
        let (expected, found) = (identity_event_schema(), batch.schema());
        for (index, field) in expected.fields().iter().enumerate() {
            let other = found.fields().get(index);
            let same = other.is_some_and(|other| {
                other.name() == field.name() && other.data_type().equals_datatype(field.data_type())
            });
            if !same {
                let found = other
                    .map_or_else(|| "nothing".to_owned(), |f| format!("`{}: {}`", f.name(), f.data_type()));
                return Err(SchemaError::Column {
                    index,
                    expected: format!("{}: {}", field.name(), field.data_type()),
                    found,
                });
            }
        }
        if let Some(extra) = found.fields().get(expected.fields().len()) {
            let found = format!("`{}: {}`", extra.name(), extra.data_type());
            return Err(SchemaError::Column {
                index: expected.fields().len(),
                expected: "nothing".into(),
                found,
            });
        }
        for column in Column::ALL.iter().filter(|column| !column.nullable()) {
            if batch.column(column.index()).null_count() > 0 {
                return Err(SchemaError::Empty { column: column.name() });
            }
        }
        let (_, columns, _) = batch.into_parts();
        let batch = Self(RecordBatch::try_new(expected, columns)?);
        batch.check_words()?;
        Ok(batch)
    }

    fn check_words(&self) -> Result<(), SchemaError> {
        self.words::<vocabulary::Source>(Column::Source)?;
        self.words::<vocabulary::ActionClass>(Column::ActionClass)?;
        self.words::<vocabulary::AccessLevel>(Column::AccessLevel)?;
        self.words::<vocabulary::Outcome>(Column::Outcome)?;
        self.words::<vocabulary::PrincipalKind>(Column::PrincipalKind)?;
        self.words::<vocabulary::CredentialKind>(Column::CredentialKind)?;
        self.words::<vocabulary::CredentialKind>(Column::IssuedKind)?;
        Ok(())
    }

    /// Bytes that the batch holds in memory.
    pub fn memory_bytes(&self) -> usize {
        memory::bytes(self.0.columns())
    }

    /// The values of a closed vocabulary by dictionary key, for a column of that vocabulary.
    ///
    /// # Errors
    /// When the dictionary has a word outside the vocabulary; never for the right column of a checked batch.
    pub fn words<V: Vocabulary>(&self, column: Column) -> Result<Vec<V>, SchemaError> {
        let dict = self.dict(column);
        (0..dict.values.len())
            .map(|key| {
                let word = dict.values.value(key);
                V::NAMES
                    .iter()
                    .position(|name| *name == word)
                    .and_then(V::from_index)
                    .ok_or(SchemaError::Word { column: column.name() })
            })
            .collect()
    }

    /// The columns.
    pub const fn as_record_batch(&self) -> &RecordBatch {
        &self.0
    }

    /// The columns, given away.
    pub fn into_record_batch(self) -> RecordBatch {
        self.0
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.0.num_rows()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of the rows, without copying; `offset + len` must not pass the end.
    #[must_use]
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        Self(self.0.slice(offset, len))
    }

    /// A dictionary column.
    pub fn dict(&self, column: Column) -> DictColumn<'_> {
        debug_assert_eq!(column.kind(), ColumnKind::Dict);
        let array: &DictionaryArray<Int32Type> = self.0.column(column.index()).as_dictionary();
        DictColumn { keys: array.keys(), values: array.values().as_string() }
    }

    /// The event ids.
    pub fn event_ids(&self) -> &StringArray {
        self.0.column(Column::EventId.index()).as_string()
    }

    /// The event times in microseconds.
    pub fn times(&self) -> &[i64] {
        self.0.column(Column::Time.index()).as_primitive::<TimestampMicrosecondType>().values()
    }

    /// The time of a row in a time column.
    pub fn time(&self, column: Column, row: usize) -> Option<EventTime> {
        debug_assert_eq!(column.kind(), ColumnKind::Time);
        let times = self.0.column(column.index()).as_primitive::<TimestampMicrosecondType>();
        (!times.is_null(row)).then(|| EventTime(times.value(row)))
    }

    /// The column `sensitivity`.
    pub fn sensitivity(&self) -> &UInt8Array {
        self.0.column(Column::Sensitivity.index()).as_primitive::<UInt8Type>()
    }

    /// The column `interactive`.
    pub fn interactive(&self) -> &BooleanArray {
        self.0.column(Column::Interactive.index()).as_boolean()
    }

    /// The column `on_behalf_of`: lists of texts.
    pub fn on_behalf_of(&self) -> &ListArray {
        self.0.column(Column::OnBehalfOf.index()).as_list()
    }

    /// Where the record of a row stands.
    pub fn position(&self, row: usize) -> Position {
        let (partition, offset) = self.place(row);
        Position { origin: self.dict(Column::Origin).get(row).unwrap_or_default().into(), partition, offset }
    }

    /// Where the record of a row stands in its origin: partition and offset.
    pub fn place(&self, row: usize) -> (Option<i32>, i64) {
        let partition: &Int32Array = self.0.column(Column::OriginPartition.index()).as_primitive();
        let offset = self.0.column(Column::OriginOffset.index()).as_primitive::<Int64Type>();
        ((!partition.is_null(row)).then(|| partition.value(row)), offset.value(row))
    }
}

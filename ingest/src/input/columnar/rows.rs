//! Rows of a Parquet file as events, each of them looked at by itself.

use std::sync::Arc;

use ambit_schemas::event::{self, ColumnKind, identity_event_schema};
use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_schemas::{Column, DictColumn, EventBatch};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int32Array, ListBuilder, RecordBatch,
    StringBuilder, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, filter};
use arrow::datatypes::{DataType, Field, Int32Type, UInt8Type};
use arrow::error::ArrowError;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::number;
use crate::decode::{Decoder, MAX_EVENT_ID, MAX_TEXT};
use crate::record::{RawRecord, Reason};

/// The most sensitive.
const MAX_SENSITIVITY: u8 = 3;

/// Rows of a file, of which some may be no events.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The number of the first row in the file.
    first: i64,
    /// Those that are events.
    events: EventBatch,
    /// What is wrong with each row.
    faults: Vec<Option<Reason>>,
    /// The source of each row that names one.
    sources: Vec<Option<Source>>,
    /// Rows that were handed on, and events among them.
    done: (usize, usize),
}

impl Rows {
    /// Puts the columns in the order and types of `identity_event.v1`: other writers keep texts plain rather than in
    /// dictionaries, and an older file lacks a column that came later.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub(super) fn of(batch: &RecordBatch, first: i64) -> Result<Self, String> {
        let mut faults = vec![None; batch.num_rows()];
        let restored = Column::ALL.iter().map(|column| restore(batch, *column, &mut faults));
        let restored = restored.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let source = restored[Column::Source.index()].as_dictionary::<Int32Type>();
        let source = DictColumn { keys: source.keys(), values: source.values().as_string() };
        let sources = (0..faults.len()).map(|row| source.get(row).and_then(Source::parse)).collect();
        let good = faults.iter().map(|fault| Some(fault.is_none())).collect::<BooleanArray>();
        let kept = restored.iter().map(|array| filter(array, &good)).collect::<Result<Vec<_>, _>>();
        let events = kept.and_then(|kept| RecordBatch::try_new(identity_event_schema(), kept));
        let events = EventBatch::try_new(events.map_err(|error| error.to_string())?);
        let events = events.map_err(|error| error.to_string())?;
        Ok(Self { first, events, faults, sources, done: (0, 0) })
    }

    /// How many they are.
    pub(super) const fn len(&self) -> usize {
        self.faults.len()
    }

    /// Whether some are left to be handed on.
    pub(crate) const fn is_left(&self) -> bool {
        self.done.0 < self.faults.len()
    }

    /// Hands on those whose number is not below `begin`, until the decoder has enough; gives the number behind the last.
    pub(crate) fn push(&mut self, decoder: &mut Decoder, origin: &Arc<str>, begin: i64) -> i64 {
        let Self { first, events, faults, sources, done } = self;
        let events = event::Rows::new(events);
        while done.0 < faults.len() && !decoder.is_full() {
            let record = RawRecord::of_file(&[], origin, first.saturating_add(number(done.0)));
            let fault = faults[done.0].take();
            let is_event = fault.is_none();
            if record.offset >= begin {
                let source = sources[done.0];
                match (fault, &events) {
                    (Some(reason), _) => decoder.push_event(Err((source, reason)), &record),
                    (None, Ok(events)) => decoder.push_event(Ok(&events.get(done.1)), &record),
                    (None, Err(error)) => {
                        decoder.push_event(Err((source, Reason::Columns(error.to_string()))), &record);
                    }
                }
            }
            *done = (done.0 + 1, done.1 + usize::from(is_event));
        }
        first.saturating_add(number(done.0))
    }
}

/// A column in its type. A value that cannot be read leaves its row empty and is noted, unless the row has a fault already.
fn restore(
    batch: &RecordBatch,
    column: Column,
    faults: &mut [Option<Reason>],
) -> Result<ArrayRef, ArrowError> {
    let (name, kind) = (column.name(), column.data_type());
    let Some(array) = batch.column_by_name(name) else {
        return Ok(new_null_array(&kind, batch.num_rows()));
    };
    let restored = match array.data_type() {
        DataType::Null => new_null_array(&kind, batch.num_rows()),
        DataType::Dictionary(..) => cast(&texts(array, |text| is_fit(column, text))?, &kind)?,
        _ if column.kind() == ColumnKind::List => chains(array)?,
        _ => cast(array, &kind)?,
    };
    let empty = array.logical_nulls();
    let is_whole = restored.null_count() == empty.as_ref().map_or(0, NullBuffer::null_count);
    if is_whole && column.nullable() {
        return Ok(restored);
    }
    let levels = restored.as_primitive_opt::<UInt8Type>();
    for (row, fault) in faults.iter_mut().enumerate().filter(|(_, fault)| fault.is_none()) {
        let was_empty = empty.as_ref().is_some_and(|empty| empty.is_null(row));
        if restored.is_null(row) && was_empty && !column.nullable() {
            *fault = Some(Reason::Missing(name));
        } else if restored.is_null(row) && !was_empty
            || levels.is_some_and(|levels| levels.value(row) > MAX_SENSITIVITY)
        {
            *fault = Some(Reason::Unreadable(name));
        }
    }
    Ok(restored)
}

/// Texts that were read as bytes; where they are none, or do not fit, the row is left empty.
fn texts(array: &ArrayRef, is_fit: impl Fn(&str) -> bool) -> Result<ArrayRef, ArrowError> {
    let array = array.as_dictionary_opt::<Int32Type>();
    let (keys, values) = array
        .and_then(|array| Some((array.keys(), array.values().as_binary_opt::<i32>()?)))
        .ok_or_else(|| ArrowError::CastError("a dictionary of another kind".into()))?;
    // A dictionary is that of a whole row group: most of it may be of other rows.
    let mut known = HashMap::with_hasher(FixedState::default());
    let (mut texts, mut count) = (StringBuilder::new(), 0);
    let mut renewed = |key: i32| {
        let slot = usize::try_from(key).ok().filter(|slot| *slot < values.len())?;
        let text = str::from_utf8(values.value(slot)).ok().filter(|text| is_fit(text))?;
        texts.append_value(text);
        count += 1;
        Some(count - 1)
    };
    let keys = keys.iter().map(|key| key.and_then(|key| *known.entry(key).or_insert_with(|| renewed(key))));
    let keys = keys.collect::<Int32Array>();
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(texts.finish()))?))
}

fn is_fit(column: Column, text: &str) -> bool {
    let is_word = match column {
        Column::Source => Source::parse(text).is_some(),
        Column::ActionClass => ActionClass::parse(text).is_some(),
        Column::AccessLevel => AccessLevel::parse(text).is_some(),
        Column::Outcome => Outcome::parse(text).is_some(),
        Column::PrincipalKind => PrincipalKind::parse(text).is_some(),
        Column::CredentialKind | Column::IssuedKind => CredentialKind::parse(text).is_some(),
        _ => true,
    };
    is_word && text.len() <= if column == Column::EventId { MAX_EVENT_ID } else { MAX_TEXT }
}

/// Lists of texts that were read as bytes; where one of them is none, the row is left empty.
fn chains(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let lists = array.as_list_opt::<i32>();
    let (lists, names) = lists
        .and_then(|lists| Some((lists, lists.values().as_binary_opt::<i32>()?)))
        .ok_or_else(|| ArrowError::CastError("a list of another kind".into()))?;
    let item = Field::new("item", DataType::Utf8, false);
    let mut chains = ListBuilder::new(StringBuilder::new()).with_field(item);
    for (row, bounds) in lists.offsets().windows(2).enumerate() {
        let slots = [bounds[0], bounds[1]].map(|bound| usize::try_from(bound).unwrap_or(0));
        let name = |slot: usize| names.is_valid(slot).then(|| str::from_utf8(names.value(slot)).ok())?;
        let chain = (slots[0]..slots[1]).map(|slot| name(slot).filter(|name| name.len() <= MAX_TEXT));
        let chain = chain.collect::<Option<Vec<_>>>().filter(|_| lists.is_valid(row));
        chain.iter().flatten().for_each(|name| chains.values().append_value(name));
        chains.append(chain.is_some());
    }
    Ok(Arc::new(chains.finish()))
}

//! What columns a Parquet file has, and how they are read: texts as bytes, so that one that is no text costs its row and not
//! the page it stands in.

use std::fs::File;
use std::sync::Arc;

use ambit_schemas::Column;
use ambit_schemas::event::ColumnKind;
use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type};

/// Reads the index of a file, and which of its columns are wanted.
///
/// # Errors
/// When it cannot be read, or a column is absent or of a type that is never an event's.
pub(super) fn read(file: &File) -> Result<(ArrowReaderMetadata, ProjectionMask), ParquetError> {
    let options = ArrowReaderOptions::new();
    let found = ArrowReaderMetadata::load(file, options.clone())?;
    let schema = found.schema();
    let mut wanted = Vec::new();
    for column in Column::ALL {
        match schema.fields().find(column.name()) {
            Some((index, field)) if fits(*column, field.data_type()) => wanted.push(index),
            Some((_, field)) => {
                let (name, kind) = (column.name(), field.data_type());
                return Err(refused(format!("column `{name}` is of the type {kind}")));
            }
            None if column.nullable() => {}
            None => return Err(refused(format!("no column `{}`", column.name()))),
        }
    }
    let as_bytes = |(index, field): (usize, &FieldRef)| match bytes(field.data_type()) {
        Some(kind) if wanted.contains(&index) => Arc::new(field.as_ref().clone().with_data_type(kind)),
        _ => Arc::clone(field),
    };
    let fields = schema.fields().iter().enumerate().map(as_bytes).collect::<Fields>();
    let bare = bare(found.parquet_schema(), schema, &fields)?;
    let hints = Schema::new_with_metadata(fields, schema.metadata().clone());
    let options = options.with_parquet_schema(Arc::new(bare)).with_schema(Arc::new(hints));
    let metadata = ArrowReaderMetadata::load(file, options)?;
    let projection = ProjectionMask::roots(metadata.parquet_schema(), wanted);
    Ok((metadata, projection))
}

fn refused(what: String) -> ParquetError {
    ParquetError::General(what)
}

/// Whether a column of a type can be made the event's.
fn fits(column: Column, kind: &DataType) -> bool {
    match column.kind() {
        ColumnKind::List => *kind == DataType::Null || matches!(bytes(kind), Some(DataType::List(_))),
        _ if is_text(kind) => can_cast_types(&ColumnKind::Dict.data_type(), &column.data_type()),
        _ => !kind.is_nested() && can_cast_types(kind, &column.data_type()),
    }
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView => true,
        DataType::Dictionary(_, of) => !matches!(**of, DataType::Dictionary(..)) && is_text(of),
        _ => false,
    }
}

/// The type as which texts, and lists of texts, are read: a text that stands in many rows stays one.
fn bytes(kind: &DataType) -> Option<DataType> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) if is_text(item.data_type()) => {
            let item = Field::clone(item).with_data_type(DataType::Binary);
            Some(DataType::List(Arc::new(item)))
        }
        kind if is_text(kind) => {
            Some(DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Binary)))
        }
        _ => None,
    }
}

/// The schema of a file without a word that the columns which are read as bytes hold texts.
fn bare(
    parquet: &SchemaDescriptor,
    found: &Schema,
    fields: &Fields,
) -> Result<SchemaDescriptor, ParquetError> {
    let changed = |name: &str| fields.find(name).is_some_and(|(index, field)| found.field(index) != &**field);
    let root = parquet.root_schema();
    let roots = root
        .get_fields()
        .iter()
        .map(|root| if changed(root.name()) { plain(root).map(Arc::new) } else { Ok(Arc::clone(root)) });
    let roots = roots.collect::<Result<Vec<_>, _>>()?;
    Ok(SchemaDescriptor::new(Arc::new(Type::group_type_builder(root.name()).with_fields(roots).build()?)))
}

fn plain(kind: &Type) -> Result<Type, ParquetError> {
    let info = kind.get_basic_info();
    if !info.has_repetition() {
        return Err(refused("a column without its repetition".to_owned()));
    }
    if kind.is_primitive() {
        return Type::primitive_type_builder(info.name(), kind.get_physical_type())
            .with_repetition(info.repetition())
            .build();
    }
    let inner = kind.get_fields().iter().map(|inner| plain(inner).map(Arc::new));
    Type::group_type_builder(info.name())
        .with_repetition(info.repetition())
        .with_converted_type(info.converted_type())
        .with_logical_type(info.logical_type_ref().cloned())
        .with_fields(inner.collect::<Result<Vec<_>, _>>()?)
        .build()
}

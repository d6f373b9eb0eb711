//! `identity_event.v1`: one row per action by an identity, as an Arrow schema and as a checked batch.

mod batch;
mod builder;
mod column;
mod dict;
mod keys;
mod memory;
mod row;
mod rows;

pub use batch::{DictColumn, EventBatch, SchemaError};
pub use builder::{EventBatchBuilder, MAX_TEXT};
pub use column::{Column, ColumnKind, identity_event_schema};
pub use row::EventRow;
pub use rows::Rows;

#[cfg(test)]
mod tests;

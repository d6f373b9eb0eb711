//! `identity_event.v1`: one row per action by an identity, as an Arrow schema and as a checked batch.

mod batch;
mod builder;
mod column;
mod dict;
mod row;

pub use batch::{DictColumn, EventBatch, SchemaError};
pub use builder::EventBatchBuilder;
pub use column::{Column, ColumnKind, identity_event_schema};
pub use row::EventRow;

#[cfg(test)]
mod tests;

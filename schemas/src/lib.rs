//! The vocabulary of Ambit: what every room of the house means by an event, a time, a place in a log, a workload, a
//! rule and a finding. No IO, no parsing, no clock.

pub mod decisions;
pub mod event;
pub mod finding;
pub mod hash;
pub mod inventory;
pub mod position;
pub mod ruleset;
pub mod time;
pub mod vocabulary;

pub use decisions::Decisions;
pub use event::{Column, DictColumn, EventBatch, EventBatchBuilder, EventRow, MAX_TEXT, SchemaError};
pub use finding::{Finding, FindingUid};
pub use inventory::Inventory;
pub use position::Position;
pub use ruleset::RuleSet;
pub use time::EventTime;

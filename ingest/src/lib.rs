//! Bytes to canonical events: inputs, framing, format detection and one decoder a source. What cannot be read is a
//! [`Reject`] with its place and reason, and costs only itself.

pub mod actions;
pub mod census;
pub mod decode;
mod distinct;
pub mod frame;
pub mod input;
pub mod inventory;
mod json;
pub mod reader;
pub mod record;
mod remembered;
pub mod resolve;
pub mod source;
mod subject;

pub use decode::{Decoder, Format, Labels, Settings, Signal, TimeBounds};
pub use input::{Input, InputError};
pub use inventory::{InventoryError, read_inventory};
pub use reader::{Progress, Reader};
pub use record::{Counts, Delivery, RawRecord, Reason, Reject, Tally};
pub use resolve::{ResolveCounts, Resolver};

//! Bytes to canonical events: inputs, framing, format detection and one decoder a source. What cannot be read is a
//! [`Reject`] with its place and reason, and costs only itself.

pub mod actions;
pub mod decode;
pub mod inventory;
pub mod record;

pub use decode::{Decoder, Format, Settings};
pub use record::{Counts, Delivery, RawRecord, Reason, Reject, Tally};

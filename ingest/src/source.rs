//! Inputs that do not end: what a daemon reads, and how far it came. Nothing here knows a clock, a thread or a network:
//! the caller says when it is, and asks for the next piece.

mod tail;

pub use tail::{Begin, News, Read, Tail, TailSettings};

/// How far a partition of a source was handed on: a file, a topic's partition, a spool. A checkpoint holds it beside the
/// state that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The partition's name, which is unique within its source.
    pub partition: String,
    /// The first place that was not handed on: a byte, an offset, a number.
    pub offset: i64,
    /// What else the source needs to find the place again, in its own words.
    pub proof: String,
}

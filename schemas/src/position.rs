//! Where a record stands, so that an analyst can open it and a restart can go on from it.

use std::fmt;
use std::sync::Arc;

/// The place of a record: a file (after decompression) and a byte offset, or a topic, partition and offset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The file's path or URL, or the topic's name.
    pub origin: Arc<str>,
    /// The topic's partition; `None` for a file.
    pub partition: Option<i32>,
    /// Bytes from the start of the decompressed file, or the message's offset.
    pub offset: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition {
            Some(partition) => write!(f, "{}[{partition}]@{}", self.origin, self.offset),
            None => write!(f, "{}@{}", self.origin, self.offset),
        }
    }
}

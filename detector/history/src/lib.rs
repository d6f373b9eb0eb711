//! What is kept of the past: the archive of canonical events as Parquet, and SQL over it. The archive makes files and
//! says where they belong; whoever calls it puts them there.

mod archive;
#[cfg(feature = "sql")]
mod hunt;

pub use archive::{Archive, ArchiveError, Naming, Part};
#[cfg(feature = "sql")]
pub use hunt::{EVENTS, Hunt, HuntError, Rows};

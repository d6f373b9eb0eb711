//! Files, folders and standard input: found in a fixed order, opened by what they begin with, decompressed as they
//! flow.

mod columnar;
mod stream;
mod walk;

pub(crate) use columnar::{Columnar, Piece};
pub(crate) use stream::{Opened, Stream, open};
pub use walk::{Input, InputError, Walk, is_taken, walk};

#[cfg(test)]
mod tests;

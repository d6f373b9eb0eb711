//! Texts that decoders put together.

use std::fmt::{Arguments, Write};

/// Appends to a buffer. Writing into a string cannot fail.
pub(crate) fn push(text: &mut String, words: Arguments<'_>) {
    if text.write_fmt(words).is_err() {
        text.clear();
    }
}

/// A text that is not empty.
pub(crate) fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

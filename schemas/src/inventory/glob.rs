//! `*` matches any characters, `/` and `:` included; everything else is literal and case-sensitive.

use std::fmt;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    text: String,
    literals: usize,
}

impl Glob {
    /// Every text is a valid pattern.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let literals = text.chars().filter(|c| *c != '*').count();
        Self { text, literals }
    }

    /// Characters that are no `*`: the more, the more exact.
    pub const fn literals(&self) -> usize {
        self.literals
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `text` fits. Linear in the text for each `*`.
    pub fn matches(&self, text: &str) -> bool {
        let mut pieces = self.text.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(mut piece) = pieces.next() else { return rest.is_empty() };
        for next in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
            piece = next;
        }
        rest.ends_with(piece)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

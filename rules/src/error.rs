//! One error for every text of this crate: where, which field, what is wrong, what to do.

use serde_saphyr::Spanned;

/// A rule text that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {field}: {problem}; {fix}")]
pub struct RuleError {
    /// The file's name as it was given.
    pub file: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The field, `-` where the text is no YAML at all.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

/// The file that is being read, to make errors with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
}

impl Place<'_> {
    pub(crate) fn error(self, line: u64, field: &str, problem: String, fix: &str) -> RuleError {
        RuleError { file: self.file.into(), line, field: field.into(), problem, fix: fix.into() }
    }

    /// The YAML reader's own complaint: syntax, an unknown key, a wrong type.
    pub(crate) fn yaml(self, error: &serde_saphyr::Error) -> RuleError {
        let line = error.location().map_or(0, |location| location.line());
        let text = error.without_snippet().to_string();
        self.error(line, "-", text, "correct the text at this line")
    }
}

/// The line of a value.
pub(crate) fn line_of<T>(value: &Spanned<T>) -> u64 {
    value.referenced.line()
}

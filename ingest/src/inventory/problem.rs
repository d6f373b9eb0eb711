//! What is wrong with an inventory, where, and how to put it right.

use std::fmt;

use serde_saphyr::{MessageFormatter, UserMessageFormatter};

/// Problems that are told one by one; the rest is only counted.
pub(super) const TOLD: usize = 100;

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column, in characters.
    pub column: u64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where; `None` if the parser cannot say.
    pub place: Option<Place>,
    /// The field, as a path from the top: `workloads[2].boundary.allow[0].action`. Empty for the file as a whole.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// What the YAML parser complains about.
    pub(super) fn of_yaml(error: &serde_saphyr::Error) -> Self {
        let error = error.without_snippet();
        let location = error.location().filter(|location| location.line() > 0);
        let place = location.map(|location| Place { line: location.line(), column: location.column() });
        let message = one_line(&UserMessageFormatter.format_message(error));
        Self { place, field: String::new(), message: format!("cannot be read as YAML: {message}") }
    }
}

/// A text of the file as an error may show it: nothing that a terminal would obey, and not too long.
pub(super) fn one_line(text: &str) -> String {
    const MOST: usize = 160;
    let mut line = String::new();
    for c in text.chars().take(MOST) {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    if text.chars().nth(MOST).is_some() {
        line.push('…');
    }
    line
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Place { line, column }) = self.place {
            write!(f, "{line}:{column}: ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a file, in the order in which it was found. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InventoryError {
    /// The file's name, as given.
    pub file: String,
    /// The first hundred problems.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub untold: usize,
}

/// A line for each problem: `workloads.yaml:14:9: workloads[0].environment: …`.
impl fmt::Display for InventoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let (end, colon) =
                (if index == 0 { "" } else { "\n" }, if problem.place.is_some() { ":" } else { ": " });
            write!(f, "{end}{}{colon}{problem}", self.file)?;
        }
        if self.untold > 0 {
            write!(f, "\n{}: and {} more problems", self.file, self.untold)?;
        }
        Ok(())
    }
}

/// Collects problems, so that one run tells them all.
#[derive(Debug, Default)]
pub(super) struct Problems {
    told: Vec<Problem>,
    untold: usize,
}

impl Problems {
    pub(super) fn add(&mut self, place: Place, field: &str, message: impl Into<String>) {
        self.push(Problem { place: Some(place), field: field.to_owned(), message: message.into() });
    }

    pub(super) fn push(&mut self, problem: Problem) {
        if self.told.len() < TOLD {
            self.told.push(problem);
        } else {
            self.untold += 1;
        }
    }

    /// The error that these problems make, if there are any.
    pub(super) fn into_error(self, file: &str) -> Option<InventoryError> {
        let Self { told, untold } = self;
        (!told.is_empty()).then(|| InventoryError { file: file.to_owned(), problems: told, untold })
    }
}

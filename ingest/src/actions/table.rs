//! The form of the tables: columns separated by blanks, the last takes the rest of its line, `#` begins a comment.

use ambit_schemas::inventory::Glob;

/// A line that is not what its table wants. Such a line is left out, and a test keeps the list of them empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadLine {
    pub(crate) table: &'static str,
    pub(crate) line: usize,
    pub(crate) text: &'static str,
}

/// Reads the lines of a table; `row` returns `None` for a line that it cannot understand.
pub(crate) fn read<const COLUMNS: usize>(
    table: &'static str,
    text: &'static str,
    bad: &mut Vec<BadLine>,
    mut row: impl FnMut([&'static str; COLUMNS]) -> Option<()>,
) {
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if columns(line).and_then(&mut row).is_none() {
            bad.push(BadLine { table, line: index + 1, text: line });
        }
    }
}

fn columns<const COLUMNS: usize>(line: &'static str) -> Option<[&'static str; COLUMNS]> {
    let mut pieces = line.splitn(COLUMNS, ' ');
    let mut columns = [""; COLUMNS];
    for column in &mut columns {
        *column = pieces.next().map(str::trim).filter(|piece| !piece.is_empty())?;
    }
    Some(columns)
}

/// Patterns with a value each: the one with the most literal characters wins, then the first.
#[derive(Debug)]
pub(crate) struct Patterns<V>(Vec<(Glob, V)>);

impl<V> Default for Patterns<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Patterns<V> {
    /// Adds a pattern; `None` if the same one stands there already with a value that `clashes`.
    pub(crate) fn add(&mut self, pattern: &str, value: V, clashes: impl Fn(&V) -> bool) -> Option<()> {
        if self.0.iter().any(|(glob, held)| glob.as_str() == pattern && clashes(held)) {
            return None;
        }
        self.0.push((Glob::new(pattern), value));
        Some(())
    }

    /// The best pattern for a text among those whose value `fits`.
    pub(crate) fn best(&self, text: &str, fits: impl Fn(&V) -> bool) -> Option<&V> {
        let mut best: Option<&(Glob, V)> = None;
        for entry in self.0.iter().filter(|(glob, value)| glob.matches(text) && fits(value)) {
            if best.is_none_or(|held| entry.0.literals() > held.0.literals()) {
                best = Some(entry);
            }
        }
        best.map(|(_, value)| value)
    }
}

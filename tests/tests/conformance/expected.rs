//! What the raw records say, written by people who read them: `tests/conformance/<source>.txt`.
//!
//! A case is a line `<file> <record> [<row>]`, and below it indented lines `column=value; column=value`. `-` is no
//! value, and `@/a/pointer` the record's own text at that place.

use ambit_schemas::Column;
use ambit_schemas::vocabulary::Source;
use ambit_tests::provided::root;
use serde_json::Value;

/// One record and what its row must hold.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) file: String,
    pub(super) record: usize,
    pub(super) row: usize,
    pub(super) columns: Vec<(String, String)>,
}

impl Case {
    /// The value that a column must have in the row of this record; `None` for no value.
    pub(super) fn value(&self, raw: &Value, value: &str) -> Option<String> {
        match value.strip_prefix('@') {
            Some(pointer) => {
                let text = raw.pointer(pointer).and_then(Value::as_str);
                Some(text.unwrap_or_else(|| panic!("{}: no {pointer}", self.file)).to_owned())
            }
            None => (value != "-").then(|| value.to_owned()),
        }
    }
}

/// The cases of a source.
pub(super) fn of_source(source: Source) -> Vec<Case> {
    let path = root().join(format!("tests/conformance/{source}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let Some(columns) = line.strip_prefix("  ") else {
            let mut words = line.split(' ');
            let file = words.next().unwrap().to_owned();
            let mut number = || words.next().map(|word| word.parse().unwrap());
            let record = number().unwrap_or_else(|| panic!("{source}: {line}"));
            cases.push(Case { file, record, row: number().unwrap_or(0), columns: Vec::new() });
            continue;
        };
        for pair in columns.split("; ") {
            let (column, value) = pair.split_once('=').unwrap_or_else(|| panic!("{source}: {pair}"));
            assert!(Column::ALL.iter().any(|known| known.name() == column), "{source}: no column {column}");
            cases.last_mut().unwrap().columns.push((column.to_owned(), value.to_owned()));
        }
    }
    cases
}

//! Findings as they were written: one OCSF Detection Finding a line.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use ambit_schemas::EventTime;
use anyhow::{Context, anyhow};
use serde_json::{Value, json};

/// What two replays may say differently of one finding, and where it stands.
const FIELDS: [(&str, &str); 8] = [
    ("severity", "/severity"),
    ("confidence", "/confidence"),
    ("status", "/status"),
    ("count", "/count"),
    ("sentence", "/message"),
    ("change", "/unmapped/change"),
    ("decision", "/unmapped/decision"),
    ("path", "/unmapped/path"),
];

/// A finding, as its last line tells it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) uid: String,
    pub(super) check: String,
    pub(super) workload: String,
    pub(super) severity: String,
    pub(super) severity_id: i64,
    pub(super) sentence: String,
    pub(super) created: EventTime,
    line: Value,
}

/// The findings of a file by uid.
///
/// # Errors
/// When the file cannot be read, or a line of it is no finding; it is named with its line.
pub(super) fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Told>> {
    let file = File::open(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let mut findings = BTreeMap::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let at = || format!("{}:{}", path.display(), index + 1);
        let line = line.with_context(at)?;
        if line.trim().is_empty() {
            continue;
        }
        let line = serde_json::from_str::<Value>(&line).with_context(at)?;
        let told = Told::of(line).ok_or_else(|| {
            anyhow!("{}: no finding of Ambit; give files that `ambit replay --findings` wrote", at())
        })?;
        findings.insert(told.uid.clone(), told);
    }
    Ok(findings)
}

impl Told {
    fn of(line: Value) -> Option<Self> {
        let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            uid: text("/finding_info/uid")?,
            check: text("/finding_info/analytic/uid")?,
            workload: text("/resources/0/name")?,
            severity: text("/severity")?,
            severity_id: line.get("severity_id")?.as_i64()?,
            sentence: text("/message").unwrap_or_default(),
            created: EventTime::from_millis(line.pointer("/finding_info/created_time")?.as_i64()?),
            line,
        })
    }

    pub(super) fn in_time(&self, other: &Self) -> Ordering {
        (self.created, &self.uid).cmp(&(other.created, &other.uid))
    }

    /// The fields that another telling of the same finding has otherwise.
    pub(super) fn fields_unlike(&self, other: &Self) -> BTreeMap<&'static str, (Value, Value)> {
        let named = FIELDS.iter().map(|(name, pointer)| {
            let value = |told: &Self| told.line.pointer(pointer).cloned().unwrap_or(Value::Null);
            (*name, (value(other), value(self)))
        });
        let lists = [("added", "/unmapped/added"), ("removed", "/unmapped/removed")];
        let lists =
            lists.into_iter().map(|(name, pointer)| (name, (other.atoms(pointer), self.atoms(pointer))));
        named.chain(lists).filter(|(_, (one, other))| one != other).collect()
    }

    /// The words of the atoms of a list.
    fn atoms(&self, pointer: &str) -> Value {
        let atoms = self.line.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
        atoms.map(|atom| atom["atom"].clone()).collect()
    }

    pub(super) fn document(&self) -> Value {
        json!({
            "uid": self.uid,
            "check": self.check,
            "workload": self.workload,
            "severity": self.severity,
            "created_time": self.created.to_string(),
            "sentence": self.sentence,
        })
    }
}

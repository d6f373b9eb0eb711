//! Fixtures: a short description that expands into raw records in the sources' own formats, and what the detector
//! must say about them. They prove a catalogue file, decoders included.

mod aws;
mod otlp;
mod schedule;
mod text;
mod vault;

use std::collections::BTreeMap;

use ambit_schemas::EventTime;
use ambit_schemas::hash::stable_hash128;
use ambit_schemas::vocabulary::{Check, Confidence, Severity};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Place, RuleError, line_of};
use schedule::Occurrence;
use text::{ExpectText, FixtureText, NearlyText, RecordText, Shorts};

/// Most records that one fixture may expand into.
const MAX_RECORDS: usize = 1_000_000;

/// An expanded fixture.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// What happens in it, in a sentence.
    pub story: String,
    /// The text of `workloads.yaml`; `None` runs without an inventory.
    pub inventory: Option<String>,
    /// Raw logs: file name and bytes. The names end as those of real logs do.
    pub files: Vec<(String, Vec<u8>)>,
    /// Records in all files.
    pub records: usize,
    /// What must be found.
    pub expect: Vec<Expectation>,
    /// Checks that may also fire, for a reason that the fixture gives.
    pub allow: Vec<Check>,
    /// The same text with one small change each, after which the check must fire: they show how close an innocent
    /// history comes.
    pub nearly: Vec<String>,
}

/// A finding that must be there. What is `None` is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The finding's id.
    pub check: Check,
    /// The workload's name.
    pub workload: Option<String>,
    /// A part of the subject's value.
    pub subject: Option<String>,
    /// The count of its last transition.
    pub count: Option<u64>,
    /// The severity of its last transition.
    pub severity: Option<Severity>,
    /// The confidence of its last transition.
    pub confidence: Option<Confidence>,
    /// How many findings (distinct uids) fit.
    pub findings: usize,
}

/// A raw record and when it was written.
struct Line {
    time: EventTime,
    json: Value,
}

/// The formats, each with the file that it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Aws,
    Vault,
    Otlp,
}

impl Fixture {
    /// Reads a fixture and expands it.
    ///
    /// # Errors
    /// Unknown keys, times and durations that cannot be read, records without a source, too many records.
    pub fn read(file: &str, source: &str) -> Result<Self, RuleError> {
        let place = Place { file };
        let text: FixtureText = serde_saphyr::from_str(source).map_err(|error| place.yaml(&error))?;
        let mut lines: BTreeMap<Format, Vec<Line>> = BTreeMap::new();
        let mut records = 0;
        for (index, record) in text.records.iter().enumerate() {
            for occurrence in schedule::occurrences(place, record)? {
                let seed = Seed { file, record: index, occurrence: occurrence.index };
                let (format, made) = expand(place, &text.defaults, record, &occurrence, seed)?;
                records += made.len();
                lines.entry(format).or_default().extend(made);
                if records > MAX_RECORDS {
                    let problem = format!("the fixture has more than {MAX_RECORDS} records");
                    return Err(place.error(line_of(&record.at), "records", problem, "make it smaller"));
                }
            }
        }
        let expect = text.expect.iter().map(|one| expectation(place, one)).collect::<Result<_, _>>()?;
        let allow = text
            .allow
            .iter()
            .map(|id| check(place, line_of(id), "allow", &id.value))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            nearly: text.nearly.iter().map(|one| changed(place, source, one)).collect::<Result<_, _>>()?,
            story: text.story,
            inventory: text.inventory,
            files: lines.into_iter().map(|(format, lines)| format.write(lines)).collect(),
            records,
            expect,
            allow,
        })
    }
}

impl Format {
    /// One file in the source's own framing, in the order of time.
    fn write(self, mut lines: Vec<Line>) -> (String, Vec<u8>) {
        lines.sort_by_key(|line| line.time);
        let records = lines.into_iter().map(|line| line.json);
        match self {
            Self::Aws => {
                let records: Vec<Value> = records.collect();
                ("cloudtrail.json".into(), serde_json::json!({ "Records": records }).to_string().into_bytes())
            }
            Self::Vault => ("vault-audit.log".into(), ndjson(records)),
            Self::Otlp => ("otlp-spans.jsonl".into(), ndjson(records)),
        }
    }
}

fn ndjson(records: impl Iterator<Item = Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(record.to_string().as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// What makes the ids of a record its own.
#[derive(Clone, Copy)]
struct Seed<'a> {
    file: &'a str,
    record: usize,
    occurrence: usize,
}

impl Seed<'_> {
    /// 32 hexadecimal digits for a purpose.
    fn hex(self, purpose: &str) -> String {
        let numbers = format!("{}.{}", self.record, self.occurrence);
        format!("{:032x}", stable_hash128([self.file, numbers.as_str(), purpose].map(str::as_bytes)))
    }

    /// The shape of a UUID.
    fn uuid(self, purpose: &str) -> String {
        let hex = self.hex(purpose);
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// The lines of one occurrence: the defaults, under the record's fields, under what varies.
fn expand(
    place: Place<'_>,
    defaults: &Shorts,
    record: &RecordText,
    occurrence: &Occurrence,
    seed: Seed<'_>,
) -> Result<(Format, Vec<Line>), RuleError> {
    let line = line_of(&record.at);
    let (format, default, own) = match (&record.shorts.aws, &record.shorts.vault, &record.shorts.otlp) {
        (Some(own), None, None) => (Format::Aws, &defaults.aws, own),
        (None, Some(own), None) => (Format::Vault, &defaults.vault, own),
        (None, None, Some(own)) => (Format::Otlp, &defaults.otlp, own),
        _ => {
            let problem = "a record has exactly one of aws, vault and otlp".into();
            return Err(place.error(line, "records", problem, "keep one"));
        }
    };
    let mut merged = default.clone().unwrap_or_default();
    merged.extend(own.clone());
    for (field, values) in &record.vary {
        let Some(value) = values.get(occurrence.index % values.len().max(1)) else { continue };
        merged.insert(field.clone(), value.clone());
    }
    let merged = numbered(Value::Object(merged), occurrence.index);
    let time = occurrence.time;
    let lines = match format {
        Format::Aws => aws::lines(&fields(place, line, "aws", merged)?, time, seed),
        Format::Vault => vault::lines(&fields(place, line, "vault", merged)?, time, seed),
        Format::Otlp => otlp::lines(fields(place, line, "otlp", merged)?, time, seed),
    };
    Ok((format, lines))
}

/// `{n}` in any text becomes the number of the occurrence, from 0.
fn numbered(value: Value, number: usize) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("{n}", &number.to_string())),
        Value::Array(items) => items.into_iter().map(|item| numbered(item, number)).collect(),
        Value::Object(map) => map.into_iter().map(|(key, item)| (key, numbered(item, number))).collect(),
        other => other,
    }
}

fn fields<T: DeserializeOwned>(
    place: Place<'_>,
    line: u64,
    name: &str,
    value: Value,
) -> Result<T, RuleError> {
    serde_json::from_value(value)
        .map_err(|error| place.error(line, name, error.to_string(), "correct the fields of the record"))
}

/// The fixture's own text, with the first place that fits changed.
fn changed(place: Place<'_>, source: &str, nearly: &NearlyText) -> Result<String, RuleError> {
    let line = line_of(&nearly.change);
    let (head, tail) = source.split_once("\nnearly:").unwrap_or((source, ""));
    if tail.is_empty() || !head.contains(&nearly.change.value) {
        let problem = format!("`{}` is nowhere above `nearly`", nearly.change.value);
        return Err(place.error(
            line,
            "nearly",
            problem,
            "write `nearly` last, and a part of what stands above it",
        ));
    }
    Ok(head.replacen(&nearly.change.value, &nearly.to, 1))
}

fn expectation(place: Place<'_>, text: &ExpectText) -> Result<Expectation, RuleError> {
    let line = line_of(&text.check);
    let wrong = |field: &str, value: &str| {
        place.error(line, field, format!("`{value}` is unknown"), "write it as the catalogue does")
    };
    let severity = match &text.severity {
        Some(name) => Some(Severity::parse(name).ok_or_else(|| wrong("severity", name))?),
        None => None,
    };
    let confidence = match &text.confidence {
        Some(name) => Some(Confidence::parse(name).ok_or_else(|| wrong("confidence", name))?),
        None => None,
    };
    Ok(Expectation {
        check: check(place, line, "check", &text.check.value)?,
        workload: text.workload.clone(),
        subject: text.subject.clone(),
        count: text.count,
        severity,
        confidence,
        findings: text.findings.unwrap_or(1),
    })
}

fn check(place: Place<'_>, line: u64, field: &str, id: &str) -> Result<Check, RuleError> {
    let unknown = || place.error(line, field, format!("`{id}` is not in the catalogue"), "name a finding");
    Check::parse(id).ok_or_else(unknown)
}

/// One text, or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// Puts a value under a key where there is one.
fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.into(), value.into());
    }
}

#[cfg(test)]
mod tests;

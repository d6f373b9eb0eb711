//! Makes few records of any source into many: whatever looks like an id or a time is another one in each copy, of the
//! same length, so that the records stay as long and as varied as the real ones.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ambit_ingest::{Decoder, Format, RawRecord, Settings};
use ambit_schemas::EventTime;
use serde_json::Value;

/// Copies of one record differ by this much time.
const STEP_SECS: i64 = 60;
/// Places of the logs that the project carries.
const PLACES: &[&str] = &["replay-data/third-party", "tests/conformance/records", "ingest/tests/fixtures"];
/// A time that a record of the rule tests is given where its author left it out.
const GIVEN: &str = "2026-01-01T00:00:00Z";

/// What is another one in each copy.
#[derive(Debug, Clone, Copy)]
enum Part {
    Id,
    Time,
    /// Nanoseconds since 1970 as decimal digits.
    Nanos,
}

/// A record as text, with the places that change, in order.
#[derive(Debug)]
struct Template {
    text: String,
    places: Vec<(usize, usize, Part)>,
}

/// At least so many bytes of records of a format, one a line.
pub(crate) fn of(format: Format, least: usize) -> Vec<u8> {
    let templates = real(format).into_iter().map(Template::new).collect::<Vec<_>>();
    assert!(!templates.is_empty(), "the project has records of {}", format.as_str());
    let mut out = Vec::with_capacity(least + (1 << 20));
    let mut round = 0;
    while out.len() < least {
        for template in &templates {
            template.write(&mut out, round);
        }
        round += 1;
    }
    out
}

/// The records of a format that can be read.
fn real(format: Format) -> Vec<String> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|path| path.join("replay-data").is_dir());
    let root = root.expect("the workspace has replay-data");
    let mut files = Vec::new();
    for place in PLACES {
        walk(&root.join(place), &mut files);
    }
    files.sort();
    let records = files.iter().flat_map(|file| records(file));
    records.filter(|record| Format::of(record.as_bytes()) == Some(format) && is_read(record)).collect()
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is shipped") {
        let path = entry.expect("a folder entry").path();
        let is_schema = path.to_string_lossy().contains("ocsf-schema");
        if path.is_dir() && !is_schema {
            walk(&path, into);
        } else if ["json", "jsonl", "ndjson", "gz"]
            .iter()
            .any(|end| path.extension().is_some_and(|e| e == *end))
        {
            into.push(path);
        }
    }
}

fn records(file: &Path) -> Vec<String> {
    let mut bytes = std::fs::read(file).expect("a shipped file can be read");
    if file.extension().is_some_and(|ending| ending == "gz") {
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("a shipped file is whole");
        bytes = plain;
    }
    let documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
    documents
        .flat_map(|document| flat(document.expect("a shipped file is JSON")))
        .map(|r| r.to_string())
        .collect()
}

/// The elements of an array; the log inside of a rule test, with a time.
fn flat(document: Value) -> Vec<Value> {
    match document {
        Value::Array(records) => records,
        Value::Object(mut members) if members.contains_key("rule_id") => {
            let mut log = members.remove("log").unwrap_or_default();
            let times = ["timestamp", "requestReceivedTimestamp", "time", "eventTime"];
            if let Some(log) =
                log.as_object_mut().filter(|log| times.iter().all(|time| !log.contains_key(*time)))
            {
                log.extend(times.map(|time| (time.to_owned(), GIVEN.into())));
            }
            vec![log]
        }
        record => vec![record],
    }
}

fn is_read(record: &str) -> bool {
    let origin = Arc::from("bench");
    let mut decoder = Decoder::new(Settings::default());
    decoder.push(&RawRecord::of_file(record.as_bytes(), &origin, 0));
    decoder.flush().is_some_and(|delivery| delivery.rejects.is_empty() && !delivery.batch.is_empty())
}

impl Template {
    fn new(text: String) -> Self {
        let record = serde_json::from_str::<Value>(&text).expect("a record is JSON");
        let mut words = Vec::new();
        find(&record, &mut words);
        words.sort_by(|(one, _), (other, _)| one.cmp(other));
        words.dedup_by(|(one, _), (other, _)| one == other);
        let found = words.iter().flat_map(|(word, part)| {
            text.match_indices(word.as_str()).map(move |(at, _)| (at, at + word.len(), *part))
        });
        let mut places = found.collect::<Vec<_>>();
        places.sort_unstable_by_key(|(start, end, _)| (*start, *end));
        Self { text, places }
    }

    fn write(&self, out: &mut Vec<u8>, round: u64) {
        let mut from = 0;
        for (start, end, part) in &self.places {
            if *start < from {
                continue;
            }
            out.extend_from_slice(&self.text.as_bytes()[from..*start]);
            out.extend_from_slice(other(&self.text[*start..*end], *part, round).as_bytes());
            from = *end;
        }
        out.extend_from_slice(&self.text.as_bytes()[from..]);
        out.push(b'\n');
    }
}

/// The texts that look like an id or a time.
fn find(value: &Value, into: &mut Vec<(String, Part)>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| find(value, into)),
        Value::Array(elements) => elements.iter().for_each(|value| find(value, into)),
        Value::String(text) => into.extend(part(text).map(|part| (text.clone(), part))),
        _ => {}
    }
}

fn part(text: &str) -> Option<Part> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if EventTime::parse_rfc3339(text).is_some() && text.is_ascii() {
        Some(Part::Time)
    } else if text.len() == 19 && digits == 19 {
        Some(Part::Nanos)
    } else {
        // Twelve digits are an account.
        (text.len() >= 16 && is_hex && digits > 3).then_some(Part::Id)
    }
}

/// Another text of the same form and length.
fn other(old: &str, part: Part, round: u64) -> String {
    let secs = i64::try_from(round).unwrap_or(0) * STEP_SECS;
    match part {
        _ if round == 0 => old.to_owned(),
        Part::Id => {
            let mut state =
                old.bytes().fold(round, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
            let mut digit = |old: char| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let index = usize::try_from(state >> 60).unwrap_or(0);
                if old.is_ascii_alphanumeric() { char::from(b"0123456789abcdef"[index]) } else { old }
            };
            old.chars().map(&mut digit).collect()
        }
        Part::Nanos => {
            let nanos = old.parse::<i64>().unwrap_or(0).saturating_add(secs.saturating_mul(1_000_000_000));
            nanos.to_string()
        }
        Part::Time => {
            let Some(time) = EventTime::parse_rfc3339(old) else { return old.to_owned() };
            let later = time.plus_micros(secs * 1_000_000).to_string();
            let stem = later.split(['.', 'Z']).next().unwrap_or_default().to_owned();
            // The zone may not be UTC: then the fraction and the zone are dropped with it.
            match old.find(['.', 'Z']).filter(|_| old.ends_with('Z')) {
                Some(at) => stem + &old[at..],
                None => stem + "Z",
            }
        }
    }
}

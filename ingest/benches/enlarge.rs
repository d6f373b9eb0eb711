//! Makes few real logs into many: every record again and again, with other event ids, identities and times. Texts of
//! the same length take the place of the old ones, so that the records stay as long and as varied as the real ones.

use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;

/// Copies of one record differ by this much time.
const STEP_SECS: i64 = 3_600;
/// Identities: copies of a record go through so many accounts in turn.
const ACCOUNTS: u64 = 50;

/// What stands at a place of a record and is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    EventId,
    Account,
    AccessKey,
    Time,
}

/// A record as text, with the places that change.
#[derive(Debug)]
struct Template {
    text: String,
    /// In order, without overlap.
    places: Vec<(usize, usize, Part)>,
}

/// A document without the white space between its tokens; the order of its keys stays.
fn on_one_line(document: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    document
        .chars()
        .filter(|c| {
            let kept = inside || !c.is_whitespace();
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = inside,
                '"' => inside = !inside,
                _ => {}
            }
            kept
        })
        .collect()
}

/// The real CloudTrail records that the project ships, in a fixed order.
pub(crate) fn real_cloudtrail() -> Vec<String> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|path| path.join("replay-data").is_dir());
    let root = root.expect("the workspace has replay-data").join("replay-data/third-party");
    let mut records = Vec::new();
    for folder in ["cloudtrail-stratus", "cloudtrail-traildiscover", "cloudtrail-otrf"] {
        let mut files = std::fs::read_dir(root.join(folder))
            .expect("the folder is shipped")
            .map(|entry| entry.expect("a folder entry").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json" || ending == "ndjson"))
            .collect::<Vec<PathBuf>>();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(file).expect("a shipped file is text");
            for document in serde_json::Deserializer::from_str(&text).into_iter::<&RawValue>() {
                let document = document.expect("a shipped file is JSON").get();
                if document.starts_with('[') {
                    let elements = serde_json::from_str::<Vec<&RawValue>>(document).expect("an array");
                    records.extend(elements.iter().map(|element| on_one_line(element.get())));
                } else {
                    records.push(on_one_line(document));
                }
            }
        }
    }
    records
}

/// At least so many records as NDJSON, and how many there are.
pub(crate) fn cloudtrail_ndjson(least: usize) -> (Vec<u8>, usize) {
    let templates = real_cloudtrail().into_iter().map(Template::new).collect::<Vec<_>>();
    let mut out = Vec::new();
    let mut count = 0;
    let mut round = 0;
    while count < least {
        for template in &templates {
            template.write(&mut out, round);
            count += 1;
        }
        round += 1;
    }
    (out, count)
}

impl Template {
    fn new(text: String) -> Self {
        let record = serde_json::from_str::<Value>(&text).expect("a shipped record is JSON");
        let mut places = Vec::new();
        let mut add = |value: Option<&Value>, part: Part| {
            let Some(word) = value.and_then(Value::as_str).filter(|word| word.len() >= 12) else { return };
            places.extend(text.match_indices(word).map(|(at, _)| (at, at + word.len(), part)));
        };
        let identity = &record["userIdentity"];
        add(record.get("eventID"), Part::EventId);
        for time in ["eventTime", "@timestamp"] {
            add(record.get(time), Part::Time);
        }
        add(identity.pointer("/sessionContext/attributes/creationDate"), Part::Time);
        add(record.get("recipientAccountId"), Part::Account);
        add(identity.get("accountId"), Part::Account);
        add(identity.get("accessKeyId"), Part::AccessKey);
        add(record.pointer("/responseElements/credentials/accessKeyId"), Part::AccessKey);
        places.sort_unstable_by_key(|(start, end, _)| (*start, *end));
        places.dedup_by_key(|(start, ..)| *start);
        Self { text, places }
    }

    fn write(&self, out: &mut Vec<u8>, round: u64) {
        let mut from = 0;
        for (start, end, part) in self.places.iter().copied().filter(|(start, ..)| *start > 0) {
            if start < from {
                continue;
            }
            out.extend_from_slice(&self.text.as_bytes()[from..start]);
            out.extend_from_slice(replaced(&self.text[start..end], part, round).as_bytes());
            from = end;
        }
        out.extend_from_slice(&self.text.as_bytes()[from..]);
        out.push(b'\n');
    }
}

fn replaced(old: &str, part: Part, round: u64) -> String {
    let mut state = old
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum: u64, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    state ^= if part == Part::EventId { round } else { round % ACCOUNTS };
    let mut digits = |alphabet: &[u8], old: &str| {
        old.chars()
            .map(|kept| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let index = usize::try_from(state >> 33).unwrap_or(0) % alphabet.len();
                if kept.is_ascii_alphanumeric() { char::from(alphabet[index]) } else { kept }
            })
            .collect::<String>()
    };
    match part {
        _ if round == 0 => old.to_owned(),
        Part::EventId => digits(b"0123456789abcdef", old),
        Part::Account => digits(b"0123456789", old),
        Part::AccessKey => format!("{}{}", &old[..4], digits(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", &old[4..])),
        Part::Time => shifted(old, round),
    }
}

/// An RFC 3339 time later by so many steps, in the same form.
fn shifted(old: &str, round: u64) -> String {
    use ambit_schemas::EventTime;
    let Some(time) = EventTime::parse_rfc3339(old) else { return old.to_owned() };
    let step = i64::try_from(round).unwrap_or(0) * STEP_SECS;
    let later = time.plus_micros(step * 1_000_000).to_string();
    match old.split_once('.') {
        Some((_, fraction)) => format!("{}.{fraction}", later.split(['.', 'Z']).next().unwrap_or_default()),
        None => later,
    }
}

//! How a day's records arrive. A trail's files are late by minutes, some records by hours, some come twice; the file of a
//! day holds what arrived on it. Vault writes its own file at once; collectors write spans when a run ends, and one
//! line in 500 twice, because an exporter tried again.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;

use super::perform::Logs;
use super::vault::Line;
use crate::calendar::{Day, day_of};
use crate::cloudtrail::arrivals;
use crate::rng::Rng;

/// A log file, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its place below the folder of logs: `cloudtrail/<account>/<region>/<day>.json`, `vault/<day>.log`,
    /// `otel/<day>.jsonl`.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// The files of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFiles {
    /// The day.
    pub day: Day,
    /// The files, by path.
    pub files: Vec<LogFile>,
    /// Records in them.
    pub records: usize,
}

/// A record on its way.
#[derive(Debug)]
struct Arrival {
    at: EventTime,
    shuffle: u64,
    text: String,
}

/// Records by the file in which they will lie.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: BTreeMap<(Day, String), Vec<Arrival>>,
}

impl Mailbox {
    /// Takes a day's records, each with its arrivals.
    pub(super) fn post(&mut self, logs: Logs, seed: u64) {
        for entry in logs.trail.entries {
            // A stream per event: what one actor does never changes how another's events arrive.
            let mut rng = Rng::stream(seed, &entry.event_id);
            let text = entry.record.line();
            for (region, at) in arrivals(&entry, &mut rng) {
                let day = day_of(at);
                let path = format!("cloudtrail/{}/{region}/{}.json", entry.account.id, day.iso());
                self.put(
                    day,
                    path,
                    Arrival { at: whole_minutes(at), shuffle: rng.bits(), text: text.clone() },
                );
            }
        }
        for line in logs.vault {
            self.line("vault", "log", line, 0);
        }
        for line in logs.spans {
            let mut rng = Rng::stream(seed, &line.text);
            let again = rng.chance(2).then(|| line.clone());
            self.line("otel", "jsonl", line, rng.bits());
            if let Some(again) = again {
                self.line("otel", "jsonl", again, rng.bits());
            }
        }
    }

    fn line(&mut self, folder: &str, ending: &str, line: Line, shuffle: u64) {
        let day = day_of(line.time);
        let path = format!("{folder}/{}.{ending}", day.iso());
        self.put(day, path, Arrival { at: line.time, shuffle, text: line.text });
    }

    fn put(&mut self, day: Day, path: String, arrival: Arrival) {
        self.waiting.entry((day, path)).or_default().push(arrival);
    }

    /// The files of a day, which nothing more will come into; nothing if there are none.
    pub(super) fn collect(&mut self, day: Day) -> DayFiles {
        let later = self.waiting.split_off(&(Day(day.0 + 1), String::new()));
        let due = std::mem::replace(&mut self.waiting, later);
        let mut collected = DayFiles { day, files: Vec::new(), records: 0 };
        for ((_, path), mut arrivals) in due {
            arrivals.sort_by_key(|arrival| (arrival.at, arrival.shuffle));
            collected.records += arrivals.len();
            let bytes = if path.starts_with("cloudtrail/") { document(arrivals) } else { lines(arrivals) };
            collected.files.push(LogFile { path, bytes });
        }
        collected
    }
}

/// `{"Records":[…]}`.
fn document(arrivals: Vec<Arrival>) -> Vec<u8> {
    let mut bytes = b"{\"Records\":[".to_vec();
    for (index, arrival) in arrivals.into_iter().enumerate() {
        if index > 0 {
            bytes.push(b',');
        }
        bytes.extend_from_slice(arrival.text.as_bytes());
    }
    bytes.extend_from_slice(b"]}");
    bytes
}

fn lines(arrivals: Vec<Arrival>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for arrival in arrivals {
        bytes.extend_from_slice(arrival.text.as_bytes());
        bytes.push(b'\n');
    }
    bytes
}

/// Files are delivered every five minutes; within one, records lie in any order.
const fn whole_minutes(time: EventTime) -> EventTime {
    const WIDTH: i64 = 300_000_000;
    EventTime(time.0.div_euclid(WIDTH) * WIDTH)
}

//! How records arrive: in files by account and region, minutes late and out of order, some a second time.

use std::collections::BTreeMap;

use ambit_schemas::EventTime;

use super::trail::Entry;
use crate::calendar::{Day, after, day_of};
use crate::json::Json;
use crate::rng::Rng;

/// The other region in which a trail of all regions writes global events once more.
const SECOND_REGION: &str = "us-west-2";

/// A file as it would lie in the bucket of a trail.
#[derive(Debug, Clone)]
pub struct DeliveredFile {
    /// `<account>/<region>/<first day>.json.gz`.
    pub path: String,
    /// The records, in the order in which they arrived.
    pub records: Vec<Json>,
}

struct Arrival<'a> {
    at: EventTime,
    shuffle: u64,
    record: &'a Json,
}

/// Delivers all entries into files of so many days, counted from `first`; what is older gets files of its own days.
pub fn deliver(entries: &[Entry], seed: u64, first: Day, days_per_file: i64) -> Vec<DeliveredFile> {
    let mut files: BTreeMap<(&str, &str, Day), Vec<Arrival<'_>>> = BTreeMap::new();
    for entry in entries {
        // A stream per event: what one actor does never changes how another's events arrive.
        let mut rng = Rng::stream(seed, &entry.event_id);
        for (region, at) in arrivals(entry, &mut rng) {
            let day = first_day(day_of(at), first, days_per_file);
            let arrival = Arrival { at: whole_five_minutes(at), shuffle: rng.bits(), record: &entry.record };
            files.entry((entry.account.id, region, day)).or_default().push(arrival);
        }
    }
    files
        .into_iter()
        .map(|((account, region, day), mut arrivals)| {
            arrivals.sort_by_key(|arrival| (arrival.at, arrival.shuffle));
            DeliveredFile {
                path: format!("{account}/{region}/{}.json.gz", day.iso()),
                records: arrivals.into_iter().map(|arrival| arrival.record.clone()).collect(),
            }
        })
        .collect()
}

/// Where and when an entry arrives: once as a rule, seconds to minutes after it happened.
pub(crate) fn arrivals(entry: &Entry, rng: &mut Rng) -> Vec<(&'static str, EventTime)> {
    let delay = match rng.below(1_000) {
        0..=1 => rng.range(6 * 3_600, 30 * 3_600),
        2..=9 => rng.range(1_200, 5_400),
        _ => rng.range(60, 600),
    };
    let mut arrivals = vec![(entry.region, after(entry.time, delay))];
    if rng.chance(5) {
        arrivals.push((entry.region, after(entry.time, delay + rng.range(300, 7_200))));
    }
    if entry.global && rng.chance(400) {
        arrivals.push((SECOND_REGION, after(entry.time, rng.range(60, 600))));
    }
    arrivals
}

const fn whole_five_minutes(time: EventTime) -> EventTime {
    const WIDTH: i64 = 300_000_000;
    EventTime(time.0.div_euclid(WIDTH) * WIDTH)
}

const fn first_day(day: Day, first: Day, days_per_file: i64) -> Day {
    let since = day.0 - first.0;
    if since < 0 { day } else { Day(first.0 + since / days_per_file * days_per_file) }
}

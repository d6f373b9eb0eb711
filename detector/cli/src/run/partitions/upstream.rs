//! What one daemon tells another of the partitions that it reads: the one that detects sees only the topic between them,
//! where events of partitions that are far ahead stand beside those of partitions that are behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ambit_schemas::EventTime;
use serde::{Deserialize, Serialize};

use super::{Partition, Partitions, Stage};

/// The header of a message that tells it, as a list in JSON; the message itself is empty.
pub(crate) const PROGRESS: &str = "ambit.progress";

/// What is told of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upstream {
    /// The source and the partition, the same from whichever daemon reads it.
    pub(crate) name: String,
    /// Its latest event, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latest_micros: Option<i64>,
    pub(crate) lateness_micros: i64,
    pub(crate) standing: Standing,
}

/// How it stands with a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It holds the watermark where its latest event is.
    Holds,
    /// Nothing has come for a while.
    Idle,
    /// It is there and is not ours to read.
    Elsewhere,
    /// It was read for good.
    Finished,
}

/// All that is to be told, by the names of the sources.
pub(crate) fn told(partitions: &Partitions, names: &[String], now: Duration) -> Vec<Upstream> {
    let name = |source: usize, partition: &str| format!("{}/{partition}", names[source]);
    let known = partitions
        .all
        .iter()
        .filter(|(_, partition)| !matches!(partition.stage, Stage::Finished | Stage::Carrier));
    let known = known.map(|((source, partition), known)| {
        let (latest, standing) = match known.stage {
            Stage::Unordered(before) => (before, Standing::Holds),
            Stage::Live if now >= known.heard + partitions.idle => (known.latest, Standing::Idle),
            // A partition without events holds nobody.
            Stage::Live if known.latest.is_none() => (None, Standing::Idle),
            Stage::Carried { idle: true } => (known.latest, Standing::Idle),
            _ => (known.latest, Standing::Holds),
        };
        Upstream {
            name: name(*source, partition),
            latest_micros: latest.map(EventTime::micros),
            lateness_micros: known.lateness_micros,
            standing,
        }
    });
    known.collect()
}

/// Takes in what was told through a partition of the topic between the daemons.
pub(crate) fn hear(
    partitions: &mut Partitions,
    (source, carrier): (usize, &Arc<str>),
    upstreams: &[Upstream],
    now: Duration,
) {
    let carrying = partitions.of(source, carrier, now);
    (carrying.stage, carrying.latest) = (Stage::Carrier, None);
    for upstream in upstreams {
        let name = Arc::<str>::from(format!("{carrier} {}", upstream.name));
        let key = (source, Arc::clone(&name));
        let idle = match upstream.standing {
            Standing::Finished => {
                partitions.all.remove(&key);
                continue;
            }
            // Whoever reads it knows better.
            Standing::Elsewhere if partitions.all.contains_key(&key) => continue,
            Standing::Holds | Standing::Elsewhere => false,
            Standing::Idle => true,
        };
        let Partition { latest, lateness_micros, stage, .. } = partitions.of(source, &name, now);
        *latest = (*latest).max(upstream.latest_micros.map(EventTime));
        *lateness_micros = (*lateness_micros).max(upstream.lateness_micros);
        *stage = Stage::Carried { idle };
    }
}

/// After so long a partition that holds the others, and of which nobody tells any longer, is a fault to be said.
const UNTOLD: Duration = Duration::from_secs(30);

/// Of each source that carries others' partitions, what is wrong with those: the first that holds the watermark though
/// nobody tells of it any longer.
pub(crate) fn untold(partitions: &Partitions, now: Duration) -> BTreeMap<usize, Option<String>> {
    let mut wrong = BTreeMap::new();
    for ((source, name), partition) in &partitions.all {
        let Stage::Carried { idle } = partition.stage else { continue };
        let first = wrong.entry(*source).or_insert(None);
        let silence = now.saturating_sub(partition.heard);
        if !idle && silence > UNTOLD && silence < partitions.outage {
            first.get_or_insert(format!("nobody tells of {name} any longer: does a daemon ingest it?"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(name: &str, secs: Option<i64>, standing: Standing) -> Upstream {
        let latest_micros = secs.map(|secs| secs * 1_000_000);
        Upstream { name: name.to_owned(), latest_micros, lateness_micros: 5_000_000, standing }
    }

    /// The watermark, in seconds, after each message through one of two partitions.
    fn check(steps: &[(&str, &[Upstream], u64, Option<i64>)]) {
        let mut partitions = Partitions::new((Duration::from_mins(1), Duration::from_mins(3)), 1);
        partitions.heard_of(0);
        let mut now = Duration::ZERO;
        for carrier in ["0", "1"] {
            partitions.found(0, &carrier.into(), now);
        }
        for (number, (carrier, upstreams, wait_secs, expected)) in steps.iter().enumerate() {
            hear(&mut partitions, (0, &(*carrier).into()), upstreams, now);
            // What is read of the carrier itself says nothing of time.
            partitions.took((0, &(*carrier).into()), None, (Some(EventTime::from_secs(9_999)), 0), now);
            partitions.caught_up(0, &(*carrier).into(), now);
            now += Duration::from_secs(*wait_secs);
            let secs =
                partitions.watermark(now, EventTime::MAX).map(|watermark| watermark.micros() / 1_000_000);
            assert_eq!(secs, *expected, "after step {number}");
        }
    }

    #[test]
    fn the_slowest_of_those_that_are_told_of_holds() {
        use Standing::{Finished, Holds, Idle};
        let slow = upstream("raw/a", Some(100), Holds);
        let fast = upstream("raw/b", Some(900), Holds);
        check(&[
            ("0", &[slow.clone(), fast.clone()], 0, None),
            ("1", &[slow.clone(), fast.clone()], 0, Some(95)),
            ("0", &[upstream("raw/a", Some(400), Holds)], 0, Some(95)),
            ("1", &[upstream("raw/a", Some(400), Holds)], 0, Some(395)),
            ("0", &[upstream("raw/a", Some(300), Idle)], 0, Some(395)),
            ("1", &[upstream("raw/a", Some(300), Idle)], 0, Some(895)),
            ("0", &[upstream("raw/a", None, Holds)], 0, Some(395)),
            ("0", &[upstream("raw/a", None, Finished)], 0, Some(895)),
        ]);
    }

    #[test]
    fn one_that_nobody_tells_of_any_longer_holds_for_an_outage() {
        use Standing::{Elsewhere, Holds};
        let all = [upstream("raw/a", Some(100), Holds), upstream("raw/c", None, Elsewhere)];
        let others = [upstream("raw/b", Some(900), Holds)];
        let mut partitions = Partitions::new((Duration::from_mins(1), Duration::from_mins(3)), 1);
        hear(&mut partitions, (0, &"0".into()), &all, Duration::ZERO);
        assert_eq!(untold(&partitions, Duration::from_secs(30)), [(0, None)].into());
        let told = "nobody tells of 0 raw/a any longer: does a daemon ingest it?";
        assert_eq!(untold(&partitions, Duration::from_secs(31)), [(0, Some(told.to_owned()))].into());
        check(&[
            ("0", &all, 0, None),
            ("1", &all, 0, None),
            ("0", &[upstream("raw/c", Some(800), Holds)], 0, None),
            ("1", &[upstream("raw/c", Some(800), Holds)], 0, Some(95)),
            ("0", &[upstream("raw/c", None, Elsewhere)], 0, Some(95)),
            ("0", &others, 100, Some(95)),
            ("1", &others, 70, Some(95)),
            ("0", &others, 9, Some(95)),
            ("1", &others, 2, Some(895)),
        ]);
    }

    #[test]
    fn what_is_told_is_what_holds_here() {
        let mut partitions = Partitions::new((Duration::from_mins(1), Duration::from_mins(3)), 2);
        let names = ["vault".to_owned(), "raw".to_owned()];
        let now = Duration::from_secs(1);
        partitions.heard_of(0);
        assert!(partitions.is_awaiting(now));
        partitions.heard_of(1);
        assert!(!partitions.is_awaiting(now));
        partitions.took((0, &"a".into()), None, (Some(EventTime::from_secs(7)), 5), now);
        partitions.took((0, &"b".into()), None, (Some(EventTime::from_secs(9)), 5), now);
        partitions.finished(0, &"b".into(), now);
        let told_at = |partitions: &Partitions, now| {
            let told = told(partitions, &names, now).into_iter();
            told.map(|one| (one.name, one.latest_micros, one.standing)).collect::<Vec<_>>()
        };
        let seven = ("vault/a".to_owned(), Some(7_000_000), Standing::Holds);
        let nine = ("vault/".to_owned(), Some(9_000_000), Standing::Holds);
        assert_eq!(told_at(&partitions, now), [nine.clone(), seven.clone()]);
        let idle = |one: (String, Option<i64>, Standing)| (one.0, one.1, Standing::Idle);
        assert_eq!(told_at(&partitions, Duration::from_secs(70)), [idle(nine), idle(seven)]);
        let json = serde_json::to_string(&told(&partitions, &names, now)[1]).unwrap();
        assert_eq!(
            json,
            r#"{"name":"vault/a","latest_micros":7000000,"lateness_micros":5,"standing":"holds"}"#
        );
    }
}

//! What the role of a daemon asks for, and what it has no use for.

use super::{Problems, kafka};
use crate::config::raw::{RawConfig, RawSink, RawSource};
use crate::config::{Events, Peers, Role};

/// The role, with what it needs.
pub(super) fn role(raw: &RawConfig, problems: &mut Problems) -> Role {
    match raw.role.as_str() {
        "all" => all(raw, problems),
        "ingest" => return ingest(raw, problems).unwrap_or(Role::All),
        "detect" => return detect(raw, problems).unwrap_or(Role::All),
        _ => problems.add("role", "write `all`, `ingest` or `detect`"),
    }
    Role::All
}

fn all(raw: &RawConfig, problems: &mut Problems) {
    detects(raw, problems);
    if raw.peers.is_some() {
        problems.add("peers", "is for `role: detect`");
    }
}

/// What goes for all that detect.
fn detects(raw: &RawConfig, problems: &mut Problems) {
    if raw.sinks.is_empty() {
        problems.add(
            "sinks",
            "there is none; findings must go somewhere, such as `- ndjson: {path: findings.ndjson}`",
        );
    }
    if raw.events.is_some() {
        problems.add("events", "is for `role: ingest`");
    }
}

const SECS_PER_DAY: u32 = 86_400;

fn detect(raw: &RawConfig, problems: &mut Problems) -> Option<Role> {
    detects(raw, problems);
    if !matches!(raw.sources.as_slice(), [RawSource::Kafka(_)]) {
        problems.add(
            "sources",
            "with `role: detect` there is one, the topic of what others hand on: all who detect must see the same events",
        );
    }
    if raw.archive.is_some() {
        problems
            .add("archive", "every daemon that detects sees every event: one of `role: all` may keep them");
    }
    for (index, sink) in raw.sinks.iter().enumerate() {
        if matches!(sink, RawSink::Kafka(sink) if sink.transactional) {
            problems.add(
                format!("sinks[{index}].kafka.transactional"),
                "with `role: detect` who takes over a workload may write a transition again; leave it out",
            );
        }
    }
    if raw.checkpoint.local.is_some() {
        problems.add(
            "checkpoint.local",
            "decisions must be the same for all of `role: detect`: keep them and the checkpoints in a folder that all mount",
        );
    }
    let interval_secs = raw.checkpoint.interval_secs;
    let Some(raw) = &raw.peers else {
        problems
            .add("peers", "say by which topic the work is shared, such as `peers: {brokers: \"host:9092\"}`");
        return None;
    };
    if !SECS_PER_DAY.is_multiple_of(raw.cut_secs) {
        problems.add("peers.cut_secs", "give a part of a day without a rest, such as 900");
    }
    if interval_secs * 2.0 > f64::from(raw.cut_secs) {
        problems.add(
            "peers.cut_secs",
            "give at least twice `checkpoint.interval_secs`, or the moments of some are not those of others",
        );
    }
    let properties = (&raw.properties, &raw.property_files);
    let kafka = kafka::properties("peers", &raw.brokers, properties, kafka::OURS, problems)?;
    let (topic, group) = (raw.topic.clone(), raw.group.clone());
    Some(Role::Detect(Peers { kafka, topic, group, cut_micros: i64::from(raw.cut_secs) * 1_000_000 }))
}

fn ingest(raw: &RawConfig, problems: &mut Problems) -> Option<Role> {
    let given = [
        ("sinks", !raw.sinks.is_empty()),
        ("archive", raw.archive.is_some()),
        ("peers", raw.peers.is_some()),
    ];
    for (field, is_given) in given {
        if is_given {
            problems.add(field, "is for the daemon that detects: with `role: ingest` remove it");
        }
    }
    let Some(raw) = &raw.events else {
        problems.add("events", "say where canonical events go, such as `events: {brokers: \"host:9092\"}`");
        return None;
    };
    let properties = (&raw.properties, &raw.property_files);
    let kafka = kafka::properties("events", &raw.brokers, properties, kafka::TRANSACTIONS, problems)?;
    Some(Role::Ingest(Events { kafka, topic: raw.topic.clone() }))
}

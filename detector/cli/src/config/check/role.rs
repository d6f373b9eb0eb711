//! What the role of a daemon asks for, and what it has no use for.

use super::{Problems, kafka};
use crate::config::raw::RawConfig;
use crate::config::{Events, Role};

/// The role, with what it needs.
pub(super) fn role(raw: &RawConfig, problems: &mut Problems) -> Role {
    match raw.role.as_str() {
        "all" => all(raw, problems),
        "ingest" => return ingest(raw, problems).unwrap_or(Role::All),
        _ => problems.add("role", "write `all` or `ingest`"),
    }
    Role::All
}

fn all(raw: &RawConfig, problems: &mut Problems) {
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

fn ingest(raw: &RawConfig, problems: &mut Problems) -> Option<Role> {
    for (field, is_given) in [("sinks", !raw.sinks.is_empty()), ("archive", raw.archive.is_some())] {
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

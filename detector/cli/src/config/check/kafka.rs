//! What goes with a topic of Kafka.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Problems;
use crate::config::raw::{RawKafkaSink, RawKafkaSource};
use crate::config::{Encoding, From, Kafka, KafkaSink, Kept, Secret};

/// A topic as a source.
pub(super) fn source(at: &str, raw: &RawKafkaSource, problems: &mut Problems) -> Option<From> {
    if raw.topic.is_empty() {
        problems.add(format!("{at}.topic"), "is empty");
    }
    let kafka = properties(at, &raw.brokers, (&raw.properties, &raw.property_files), OURS, problems)?;
    Some(From::Kafka {
        kafka,
        topic: raw.topic.clone(),
        group: raw.group.clone().unwrap_or_else(|| format!("ambit.{}", raw.name)),
        registry: raw.registry.clone(),
        dead_letters: raw.dead_letters.clone(),
    })
}

/// What Ambit itself says to librdkafka, so that nothing is lost; see docs/run.md.
pub(super) const OURS: &[&str] =
    &["bootstrap.servers", "enable.auto.commit", "enable.auto.offset.store", "group.id"];

/// What Ambit itself says where it writes transactions.
pub(super) const TRANSACTIONS: &[&str] =
    &["bootstrap.servers", "group.id", "transactional.id", "enable.idempotence"];

/// What librdkafka is told, of which `ours` is not the operator's to say.
pub(super) fn properties(
    at: &str,
    brokers: &str,
    (properties, files): (&BTreeMap<String, String>, &BTreeMap<String, PathBuf>),
    ours: &[&str],
    problems: &mut Problems,
) -> Option<Kafka> {
    if !cfg!(feature = "kafka") {
        problems.add(at, "this program was built without Kafka: build it with `--features kafka`");
        return None;
    }
    let mut all = BTreeMap::new();
    for (name, value) in properties {
        all.insert(name.clone(), Secret::new(value.clone()));
    }
    for (name, file) in files {
        let read = Secret::read(Some(file), None);
        let read = problems.take(&format!("{at}.property_files.{name}"), read)?;
        all.extend(read.map(|read| (name.clone(), read)));
    }
    for name in ours.iter().filter(|name| all.contains_key(**name)) {
        problems
            .add(at, format!("`{name}` is not yours to set: nothing would keep findings from being lost"));
    }
    all.insert("bootstrap.servers".to_owned(), Secret::new(brokers.to_owned()));
    problems.take(&format!("{at}.properties"), Kafka::new(all))
}

/// A topic as a sink; the place of the checkpoints tells its transactions from others'.
pub(super) fn sink(at: &str, raw: &RawKafkaSink, kept: &Kept, problems: &mut Problems) -> Option<KafkaSink> {
    let ours: &[&str] = if raw.transactional { TRANSACTIONS } else { OURS };
    let kafka = properties(at, &raw.brokers, (&raw.properties, &raw.property_files), ours, problems)?;
    let encoding = match (raw.encoding.as_str(), &raw.registry) {
        ("json", None) => Encoding::Json,
        ("avro", registry) => Encoding::Avro { registry: registry.clone() },
        ("json", Some(_)) => {
            problems.add(format!("{at}.registry"), "is for `encoding: avro`");
            return None;
        }
        _ => {
            problems.add(format!("{at}.encoding"), "write `json` or `avro`");
            return None;
        }
    };
    let id = || format!("ambit.findings.{}.{:032x}", raw.topic, kept.id());
    Some(KafkaSink {
        kafka,
        topic: raw.topic.clone(),
        encoding,
        transactional_id: raw.transactional.then(id),
    })
}

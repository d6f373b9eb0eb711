//! What happens around the consumer: partitions come and go, brokers too, and statistics are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ambit_ingest::source::Mark;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use crate::run::message::Signal;
use crate::source::Outlet;

/// The name of a partition of a topic.
pub(super) fn name(topic: &str, partition: i32) -> Arc<str> {
    format!("{topic}[{partition}]").into()
}

/// The number of a partition by its name.
pub(super) fn number(topic: &str, name: &str) -> Option<i32> {
    name.strip_prefix(topic)?.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The context of the consumer.
#[derive(Debug)]
pub(super) struct Group {
    topic: String,
    part: String,
    /// The first offset of each partition that was not handed on.
    next: Mutex<BTreeMap<i32, i64>>,
    outlet: Outlet,
}

impl Group {
    pub(super) fn new(topic: &str, marks: &[Mark], part: &str, outlet: &Outlet) -> Self {
        let known = marks.iter().filter_map(|mark| Some((number(topic, &mark.partition)?, mark.offset)));
        Self {
            topic: topic.to_owned(),
            part: part.to_owned(),
            next: Mutex::new(known.collect()),
            outlet: outlet.clone(),
        }
    }

    /// Everything before an offset was handed on.
    pub(super) fn reached(&self, partition: i32, next: i64) {
        self.next.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, next);
    }

    /// Takes partitions, each from where it was left.
    fn assign(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        let mut placed = TopicPartitionList::new();
        for element in partitions.elements() {
            let number = element.partition();
            let known = self.next.lock().unwrap_or_else(PoisonError::into_inner).get(&number).copied();
            let offset = known.map_or(Offset::Invalid, Offset::Offset);
            placed.add_partition_offset(element.topic(), number, offset)?;
            // Nobody to tell means that the daemon ends.
            drop(self.outlet.signal(Signal::Found(name(&self.topic, number))));
        }
        consumer.assign(&placed)
    }

    fn revoke(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        for element in partitions.elements() {
            drop(self.outlet.signal(Signal::CaughtUp(name(&self.topic, element.partition()))));
        }
        consumer.unassign()
    }
}

impl ClientContext for Group {
    fn stats(&self, statistics: Statistics) {
        let up = statistics.brokers.values().any(|broker| broker.state == "UP");
        let changed = if up {
            self.outlet.health.well(&self.part)
        } else {
            self.outlet.health.ill(&self.part, "no broker answers")
        };
        if changed {
            tracing::warn!(
                "{}: {}",
                self.part,
                if up { "a broker answers again" } else { "no broker answers" }
            );
        }
        let Some(topic) = statistics.topics.get(&self.topic) else { return };
        let known =
            self.next.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect::<Vec<_>>();
        for partition in known {
            if let Some(found) = topic.partitions.get(&partition).filter(|found| found.consumer_lag >= 0) {
                let labels = [self.topic.as_str(), &partition.to_string()];
                self.outlet.metrics.kafka.lag.with_label_values(&labels).set(found.consumer_lag);
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // To have read everything is no error.
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::PartitionEOF) {
            return;
        }
        self.outlet.metrics.kafka.errors.with_label_values(&[self.part.as_str()]).inc();
        tracing::warn!("{}: {error}: {reason}", self.part);
    }
}

impl ConsumerContext for Group {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        self.outlet.metrics.kafka.rebalances.with_label_values(&[self.part.as_str()]).inc();
        let done = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, partitions),
            _ => self.revoke(consumer, partitions),
        };
        if let Err(error) = done {
            tracing::error!("{}: a rebalance failed: {error}", self.part);
        }
    }
}

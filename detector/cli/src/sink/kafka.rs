//! Findings as messages: keyed by uid, so that a compacted topic keeps the last transition of each.

use super::{DeliveryError, Line};
use crate::config;
use crate::kafka::{Outgoing, Producer};
use crate::run::metrics::Metrics;

/// A topic.
#[derive(Debug)]
pub(super) struct KafkaSink(Producer);

impl KafkaSink {
    pub(super) fn new(
        kafka: &config::Kafka,
        topic: &str,
        part: &str,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        Producer::new(kafka, topic, part, metrics).map(Self)
    }

    pub(super) fn deliver(&self, lines: &[Line]) -> Result<usize, DeliveryError> {
        let messages = lines.iter().map(|line| Outgoing {
            key: &line.uid,
            payload: line.json.as_bytes(),
            headers: vec![("content-type", "application/json".to_owned())],
        });
        self.0.write(messages).map_err(DeliveryError::Retry)?;
        Ok(lines.len())
    }
}

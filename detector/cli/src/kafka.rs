//! What the Kafka source and the Kafka sink share: how librdkafka is told what the configuration says, and a producer that
//! comes back when everything it was given is acknowledged.

#![cfg(feature = "kafka")]

pub(crate) mod avro;
pub(crate) mod finding;
pub(crate) mod transaction;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext, PurgeConfig};

use crate::config;
use crate::run::metrics::Metrics;
use crate::run::partitions::upstream::{PROGRESS, Upstream};

/// Longer than librdkafka itself tries.
const PATIENCE: Duration = Duration::from_secs(35);
const TRIES_MILLIS: &str = "30000";
/// How long to wait for room in the queue of the producer.
const ROOM: Duration = Duration::from_millis(50);

/// The configuration as librdkafka takes it. What is said there goes before what Ambit would say.
pub(crate) fn client(kafka: &config::Kafka, ours: &[(&str, &str)]) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("client.id", "ambit").set("statistics.interval.ms", "1000");
    for (name, value) in ours {
        client.set(*name, *value);
    }
    for (name, value) in &kafka.properties {
        client.set(name, value.reveal());
    }
    client
}

/// What a message tells of the partitions that another daemon reads, if it is such a message: it is no event then.
pub(crate) fn progress(message: &BorrowedMessage<'_>) -> Option<Vec<Upstream>> {
    let headers = message.headers()?;
    let header = headers.iter().find(|header| header.key == PROGRESS)?;
    serde_json::from_slice(header.value?).ok()
}

/// What became of the messages.
#[derive(Debug, Clone)]
struct Deliveries {
    failed: Arc<Mutex<Option<String>>>,
    metrics: Metrics,
    part: String,
}

impl Deliveries {
    fn new(part: &str, metrics: &Metrics) -> Self {
        // A counter that appears with its first count hides it.
        metrics.kafka.errors.with_label_values(&[part]).inc_by(0);
        Self { failed: Arc::default(), metrics: metrics.clone(), part: part.to_owned() }
    }
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        self.metrics.kafka.errors.with_label_values(&[self.part.as_str()]).inc();
        tracing::warn!("{}: {error}: {reason}", self.part);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
    }
}

/// A message to write.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) key: &'a str,
    pub(crate) payload: &'a [u8],
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// Writes to one topic.
pub(crate) struct Producer {
    inner: BaseProducer<Deliveries>,
    deliveries: Deliveries,
    topic: String,
}

impl std::fmt::Debug for Producer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Producer").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Producer {
    /// Makes one; it connects when it is used.
    ///
    /// # Errors
    /// When librdkafka does not take the configuration.
    pub(crate) fn new(
        kafka: &config::Kafka,
        topic: &str,
        part: &str,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        let deliveries = Deliveries::new(part, metrics);
        let ours = [("enable.idempotence", "true"), ("message.timeout.ms", TRIES_MILLIS), ("linger.ms", "5")];
        let inner = client(kafka, &ours)
            .create_with_context(deliveries.clone())
            .with_context(|| format!("{part}: librdkafka does not take its properties"))?;
        Ok(Self { inner, deliveries, topic: topic.to_owned() })
    }

    /// Writes messages; all of them are acknowledged when this comes back.
    ///
    /// # Errors
    /// When one was not acknowledged; then any of them may have been.
    pub(crate) fn write<'a>(&self, messages: impl Iterator<Item = Outgoing<'a>>) -> Result<(), String> {
        *self.deliveries.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        for message in messages {
            self.send(&message)?;
        }
        let flushed = self.inner.flush(PATIENCE);
        if let Err(error) = flushed {
            self.inner.purge(PurgeConfig::default().queue().inflight());
            return Err(error.to_string());
        }
        match self.deliveries.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn send(&self, message: &Outgoing<'_>) -> Result<(), String> {
        let headers = message.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value.as_str()) })
        });
        let record = BaseRecord::to(&self.topic).key(message.key).payload(message.payload).headers(headers);
        let mut refused = self.inner.send(record);
        while let Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) = refused {
            self.inner.poll(ROOM);
            refused = self.inner.send(record);
        }
        refused.map_err(|(error, _)| error.to_string())
    }
}

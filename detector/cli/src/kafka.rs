//! What the Kafka source and the Kafka sink share: how librdkafka is told what the configuration says, and a producer that
//! comes back when everything it was given is acknowledged.

#![cfg(feature = "kafka")]

pub(crate) mod avro;
pub(crate) mod finding;
pub(crate) mod token;
pub(crate) mod transaction;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::ClientContext;
use rdkafka::client::OAuthToken;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, DeliveryResult, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext, PurgeConfig};

use self::token::Tokens;
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

/// A consumer that can be asked at once: it has its token, if it needs one.
///
/// # Errors
/// When librdkafka does not take the configuration.
pub(crate) fn consumer<C: ConsumerContext>(
    kafka: &config::Kafka,
    ours: &[(&str, &str)],
    context: C,
) -> Result<BaseConsumer<C>, KafkaError> {
    let consumer = client(kafka, ours).create_with_context(context)?;
    refresh(&consumer);
    Ok(consumer)
}

/// Lets a consumer that reads nothing take a new token, if it is time to: who only asks does not poll.
pub(crate) fn refresh<C: ConsumerContext>(consumer: &BaseConsumer<C>) {
    drop(consumer.poll(Duration::ZERO));
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
    tokens: Tokens,
}

impl Deliveries {
    fn new(kafka: &config::Kafka, part: &str, metrics: &Metrics) -> Self {
        // A counter that appears with its first count hides it.
        metrics.kafka.errors.with_label_values(&[part]).inc_by(0);
        let tokens = Tokens::new(kafka);
        Self { failed: Arc::default(), metrics: metrics.clone(), part: part.to_owned(), tokens }
    }
}

impl ClientContext for Deliveries {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.tokens.get()
    }

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

/// A producer that can be asked at once, as [`consumer`].
fn producer(
    kafka: &config::Kafka,
    ours: &[(&str, &str)],
    deliveries: Deliveries,
) -> Result<BaseProducer<Deliveries>, KafkaError> {
    let producer: BaseProducer<Deliveries> = client(kafka, ours).create_with_context(deliveries)?;
    producer.poll(Duration::ZERO);
    Ok(producer)
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
        let deliveries = Deliveries::new(kafka, part, metrics);
        let ours = [("enable.idempotence", "true"), ("message.timeout.ms", TRIES_MILLIS), ("linger.ms", "5")];
        let inner = producer(kafka, &ours, deliveries.clone())
            .with_context(|| format!("{part}: librdkafka does not take its properties"))?;
        Ok(Self { inner, deliveries, topic: topic.to_owned() })
    }

    /// Hears what the client has to say, and gives it a new token if it wants one: who writes nothing does not poll.
    pub(crate) fn tend(&self) {
        self.inner.poll(Duration::ZERO);
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

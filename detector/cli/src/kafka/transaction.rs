//! Writing to a topic and saying how far was read for it, as one: both are so, or neither. What a daemon wrote that was
//! killed before the end of a transaction is seen by nobody, and what it had read is read again.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, PurgeConfig};

use super::{Deliveries, ROOM, producer};
use crate::config;
use crate::run::metrics::Metrics;

/// After so long the broker itself ends a transaction, so that one of a daemon that was killed holds up readers no longer.
const LIFE_MILLIS: &str = "10000";
const PATIENCE: Duration = Duration::from_secs(15);

/// As what a group knows one of its members.
pub(crate) struct Membership(pub(crate) ConsumerGroupMetadata);

impl fmt::Debug for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Membership")
    }
}

/// A message for the topic.
#[derive(Debug)]
pub(crate) struct Letter {
    /// Nothing for the one that librdkafka would choose by the key.
    pub(crate) partition: Option<i32>,
    pub(crate) key: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) header: Option<(&'static str, String)>,
}

/// How far a member of a group has read.
#[derive(Debug)]
pub(crate) struct ReadUpTo<'a> {
    pub(crate) membership: &'a Membership,
    pub(crate) offsets: TopicPartitionList,
}

/// Why nothing was written.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It may work the next time.
    Retry(String),
    /// A group, by its place in what was given, no longer knows us: what was read for it is others' to read.
    Left(usize),
    /// This daemon cannot write any longer.
    Fatal(String),
}

impl Fault {
    fn of(error: &KafkaError) -> Self {
        match error {
            KafkaError::Transaction(inner) if inner.is_fatal() => Self::Fatal(inner.string()),
            error => Self::Retry(error.to_string()),
        }
    }
}

/// A writer of transactions to one topic.
pub(crate) struct Transactions {
    inner: BaseProducer<Deliveries>,
    topic: String,
    /// How many partitions the topic has; nothing before the broker was asked.
    partitions: Option<i32>,
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactions").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Transactions {
    /// Makes one. Of two with one `id` the older is refused by the broker from then on.
    ///
    /// # Errors
    /// When librdkafka does not take the configuration.
    pub(crate) fn new(
        kafka: &config::Kafka,
        (topic, id): (&str, &str),
        part: &str,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        let ours = [("transactional.id", id), ("transaction.timeout.ms", LIFE_MILLIS), ("linger.ms", "5")];
        let inner = producer(kafka, &ours, Deliveries::new(kafka, part, metrics))
            .with_context(|| format!("{part}: librdkafka does not take its properties"))?;
        Ok(Self { inner, topic: topic.to_owned(), partitions: None })
    }

    /// As [`super::Producer::tend`].
    pub(crate) fn tend(&self) {
        self.inner.poll(Duration::ZERO);
    }

    /// How many partitions the topic has; at the first call the broker is asked.
    pub(crate) fn open(&mut self) -> Result<i32, Fault> {
        if let Some(partitions) = self.partitions {
            return Ok(partitions);
        }
        let found = self.inner.client().fetch_metadata(Some(&self.topic), PATIENCE);
        let found = found.map_err(|error| Fault::of(&error))?;
        let topic = found.topics().iter().find(|topic| topic.name() == self.topic);
        let count = topic.filter(|topic| topic.error().is_none()).map_or(0, |topic| topic.partitions().len());
        if count == 0 {
            return Err(Fault::Retry(format!("there is no topic {}: make it", self.topic)));
        }
        self.inner.init_transactions(PATIENCE).map_err(|error| Fault::of(&error))?;
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        self.partitions = Some(count);
        Ok(count)
    }

    /// Writes letters and how far was read for them. When this comes back all of it is so; after a fault none of it. An end
    /// of a transaction that is not answered is asked for again, as long as `goes_on`.
    pub(crate) fn write<'a>(
        &self,
        letters: impl Iterator<Item = &'a Letter>,
        read: &[ReadUpTo<'_>],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        let Err(fault) = self.attempt(letters, read, goes_on) else { return Ok(()) };
        if matches!(fault, Fault::Fatal(_)) {
            return Err(fault);
        }
        self.inner.purge(PurgeConfig::default().queue().inflight());
        match answered(|| self.inner.abort_transaction(PATIENCE), goes_on).map_err(|error| Fault::of(&error))
        {
            Err(Fault::Fatal(why)) => Err(Fault::Fatal(why)),
            Ok(()) | Err(_) => Err(fault),
        }
    }

    fn attempt<'a>(
        &self,
        letters: impl Iterator<Item = &'a Letter>,
        read: &[ReadUpTo<'_>],
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), Fault> {
        self.inner.begin_transaction().map_err(|error| Fault::of(&error))?;
        for letter in letters {
            self.send(letter)?;
        }
        for (place, ReadUpTo { membership, offsets }) in read.iter().enumerate() {
            self.inner
                .send_offsets_to_transaction(offsets, &membership.0, PATIENCE)
                .map_err(|error| if has_left(&error) { Fault::Left(place) } else { Fault::of(&error) })?;
        }
        answered(|| self.inner.commit_transaction(PATIENCE), goes_on).map_err(|error| Fault::of(&error))
    }

    fn send(&self, letter: &Letter) -> Result<(), Fault> {
        let mut record =
            BaseRecord::to(&self.topic).key(letter.key.as_str()).payload(letter.payload.as_slice());
        if let Some(partition) = letter.partition {
            record = record.partition(partition);
        }
        if let Some((key, value)) = &letter.header {
            record = record.headers(OwnedHeaders::new().insert(Header { key, value: Some(value.as_str()) }));
        }
        let mut refused = self.inner.send(record);
        while let Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), record)) = refused {
            self.inner.poll(ROOM);
            refused = self.inner.send(record);
        }
        refused.map_err(|(error, _)| Fault::of(&error))
    }
}

/// Asks for the end of a transaction until it is answered: before that it may have come about or not.
fn answered(
    mut ask: impl FnMut() -> Result<(), KafkaError>,
    goes_on: &dyn Fn() -> bool,
) -> Result<(), KafkaError> {
    loop {
        match ask() {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && goes_on() => {}
            answer => return answer,
        }
    }
}

/// Whether an error says that the group has gone on without us.
fn has_left(error: &KafkaError) -> bool {
    let KafkaError::Transaction(error) = error else { return false };
    matches!(
        error.code(),
        RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::FencedInstanceId
    )
}

//! A topic of Kafka. Where to read is a matter of the checkpoint: the group's offsets are committed after it, for others
//! to see, and are only used for partitions that no checkpoint knows.

mod group;

pub(crate) use self::group::number;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use ambit_ingest::source::Mark;
use ambit_ingest::{Decoder, RawRecord, Reason};
use ambit_schemas::EventTime;
use anyhow::Context;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset, TopicPartitionList};

use self::group::Group;
use super::{Closed, Outlet, piece, settings};
use crate::config::{From, Kafka, Source};
use crate::intake;
use crate::kafka::avro::{Avro, AvroError};
use crate::kafka::token::Tokens;
use crate::kafka::{Outgoing, Producer, consumer, progress};
use crate::run::message::{Data, Signal};
use crate::run::partitions::upstream::Upstream;

/// How long to wait for a message before what was read is handed on.
const POLL: Duration = Duration::from_millis(100);
/// How long records may wait to be handed on while more of them come.
const FLUSH: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_secs(1);
const SESSION: Duration = Duration::from_secs(45);
/// Bytes of messages after which what was read of a partition is handed on.
const FULL_BYTES: u64 = 64 << 20;
/// Bytes of a message that its dead letter has. A topic takes a megabyte unless it was told otherwise, with the headers; a
/// letter that no topic takes would hold up the source for ever.
const LETTER_BYTES: usize = 900_000;

/// Which partitions of the topic are read, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Those that a group gives, each from its mark.
    Kept,
    /// Those that a group gives, each from where the group is: others may have read them meanwhile.
    OfGroup,
    /// All, whoever else reads them, each from its mark.
    Everything,
}

/// The source.
pub(super) struct Consumer {
    inner: BaseConsumer<Group>,
    share: Share,
    avro: Avro,
    covered: Receiver<Vec<Mark>>,
    dead: Producer,
    source: Source,
    topic: Arc<str>,
    /// What was read of each partition and is not handed on yet.
    open: BTreeMap<i32, Open>,
    flushed: Duration,
}

/// What was read of a partition.
struct Open {
    decoder: Decoder,
    /// The offset behind the last message.
    next: i64,
    bytes: u64,
    /// Messages that could not be read.
    dead: Vec<Dead>,
}

/// A message that could not be read.
struct Dead {
    offset: i64,
    /// Its first bytes.
    payload: Vec<u8>,
    /// How many it has.
    bytes: usize,
}

impl Consumer {
    /// Joins the group, if it gives the partitions.
    ///
    /// # Errors
    /// When librdkafka does not take the configuration.
    pub(super) fn new(
        source: &Source,
        (marks, share): (&[Mark], Share),
        covered: Receiver<Vec<Mark>>,
        outlet: &Outlet,
    ) -> anyhow::Result<Self> {
        let From::Kafka { kafka, topic, group, registry, dead_letters } = &source.from else {
            anyhow::bail!("source {} is none of Kafka", source.name)
        };
        let part = format!("source {}", source.name);
        // A counter that appears with its first count hides it.
        outlet.metrics.outside.dead_letters.with_label_values(&[source.name.as_str()]).inc_by(0);
        outlet.metrics.kafka.rebalances.with_label_values(&[part.as_str()]).inc_by(0);
        let context =
            Group::new(topic, (marks, share), (&part, session(kafka)), (outlet, Tokens::new(kafka)));
        let inner = connect(kafka, (topic, group), context, share)
            .with_context(|| format!("{part}: librdkafka does not take its properties"))?;
        let dead = Producer::new(kafka, dead_letters, &part, &outlet.metrics)?;
        let (source, topic) = (source.clone(), topic.as_str().into());
        let avro = Avro::new(registry.as_deref())?;
        Ok(Self {
            inner,
            share,
            avro,
            covered,
            dead,
            source,
            topic,
            open: BTreeMap::new(),
            flushed: Duration::ZERO,
        })
    }

    /// Reads until the daemon is asked to stop.
    pub(super) fn run(mut self, outlet: &Outlet) {
        if self.share == Share::Everything && self.take_everything(outlet).is_err() {
            return;
        }
        while !outlet.control.is_stopping() {
            if self.round(outlet).is_err() {
                return;
            }
        }
        drop(self.flush(outlet));
    }

    /// Takes all partitions, once a broker says which there are.
    fn take_everything(&self, outlet: &Outlet) -> Result<(), Closed> {
        loop {
            match self.inner.context().take_everything(&self.inner) {
                Ok(()) => return Ok(()),
                Err(why) => outlet.signal(Signal::Trouble(why))?,
            }
            if outlet.control.wait(PAUSE) {
                return Err(Closed);
            }
        }
    }

    fn round(&mut self, outlet: &Outlet) -> Result<(), Closed> {
        self.commit();
        let now = outlet.health.now();
        let mut full = false;
        let polled = self.inner.poll(POLL);
        if self.inner.context().was_taken() {
            // Whoever has the partitions next reads it again.
            self.open.clear();
        }
        match polled {
            Some(Ok(message)) => {
                if let Some(upstreams) = progress(&message) {
                    let (partition, next) = (message.partition(), message.offset().saturating_add(1));
                    drop(message);
                    return self.carry(partition, next, upstreams, outlet);
                }
                let json = read(&mut self.avro, &message, (outlet, self.inner.context()))?;
                full = take(&mut self.open, (&self.source, &self.topic), &message, &json);
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                self.flush(outlet)?;
                let name = group::name(&self.topic, partition);
                // Of a group that is shared, others know what there was.
                let is_empty = self.share != Share::OfGroup && !self.inner.context().has_had(partition);
                return outlet.signal(if is_empty { Signal::Empty(name) } else { Signal::CaughtUp(name) });
            }
            Some(Err(error)) => {
                outlet.signal(Signal::Trouble(error.to_string()))?;
                // Of the others an outage leaves hundreds, and what was read waits behind them.
                if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
                    outlet.control.wait(PAUSE);
                }
            }
            None => {
                full = true;
                self.dead.tend();
            }
        }
        if full || now > self.flushed + FLUSH {
            self.flushed = now;
            self.flush(outlet)?;
        }
        Ok(())
    }

    /// Hands on what was read of others' partitions through one of this topic, and then how far those have come.
    fn carry(
        &mut self,
        partition: i32,
        next: i64,
        upstreams: Vec<Upstream>,
        outlet: &Outlet,
    ) -> Result<(), Closed> {
        self.flush(outlet)?;
        let name = group::name(&self.topic, partition);
        outlet.signal(Signal::Carries(Arc::clone(&name), upstreams))?;
        let mark = Mark { partition: name.to_string(), offset: next, proof: String::new() };
        outlet.data(piece(name, Some(mark)))?;
        self.inner.context().reached(partition, next);
        Ok(())
    }

    /// Hands on what was read, after what could not be read is safe.
    fn flush(&mut self, outlet: &Outlet) -> Result<(), Closed> {
        for (partition, open) in &mut self.open {
            let Some(delivery) = open.decoder.flush() else { continue };
            let reason = |offset: i64| {
                let mut rejects = delivery.rejects.iter();
                let found = rejects.find(|reject| reject.position.offset == offset);
                found.map_or_else(String::new, |reject| reject.reason.to_string())
            };
            let dead = std::mem::take(&mut open.dead);
            while !dead.is_empty() {
                let letters = dead.iter().map(|dead| Outgoing {
                    key: &self.topic,
                    payload: &dead.payload,
                    headers: vec![
                        ("source.topic", self.topic.to_string()),
                        ("source.partition", partition.to_string()),
                        ("source.offset", dead.offset.to_string()),
                        ("reason", reason(dead.offset)),
                        ("payload.bytes", dead.bytes.to_string()),
                    ],
                });
                let Err(error) = self.dead.write(letters) else {
                    let count =
                        outlet.metrics.outside.dead_letters.with_label_values(&[self.source.name.as_str()]);
                    count.inc_by(dead.len() as u64);
                    break;
                };
                // What cannot be put aside must not be passed: it is tried again, and nothing after it is handed on.
                outlet.signal(Signal::Trouble(format!("dead letters cannot be written: {error}")))?;
                self.inner.context().held_up();
                if outlet.control.wait(PAUSE) {
                    return Err(Closed);
                }
            }
            let name = group::name(&self.topic, *partition);
            let mark = Mark { partition: name.to_string(), offset: open.next, proof: String::new() };
            let bytes = std::mem::take(&mut open.bytes);
            let (batch, rejects) = (Some(delivery.batch), delivery.rejects);
            outlet.data(Data { batch, rejects, bytes, ..piece(name, Some(mark)) })?;
            self.inner.context().reached(*partition, open.next);
        }
        Ok(())
    }

    /// Commits what every checkpoint that is kept covers.
    fn commit(&self) {
        let Some(marks) = self.covered.try_iter().last() else { return };
        let mut offsets = TopicPartitionList::new();
        for mark in &marks {
            if let Some(partition) = number(&self.topic, &mark.partition)
                && let Err(error) =
                    offsets.add_partition_offset(&self.topic, partition, Offset::Offset(mark.offset))
            {
                tracing::warn!("source {}: {error}", self.source.name);
            }
        }
        if offsets.count() > 0
            && let Err(error) = self.inner.commit(&offsets, CommitMode::Async)
        {
            tracing::warn!("source {}: the group's offsets were not committed: {error}", self.source.name);
        }
    }
}

/// How long the group keeps a member that is silent, as librdkafka is told or by itself.
fn session(kafka: &Kafka) -> Duration {
    let told = kafka.properties.get("session.timeout.ms").and_then(|millis| millis.reveal().parse().ok());
    told.map_or(SESSION, Duration::from_millis)
}

fn connect(
    kafka: &Kafka,
    (topic, group): (&str, &str),
    context: Group,
    share: Share,
) -> Result<BaseConsumer<Group>, KafkaError> {
    let ours = [
        ("group.id", group),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("enable.partition.eof", "true"),
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "earliest"),
        // What waits there takes memory, and counts as heard by nobody. At its default the client would look for room in the
        // queue once a second only.
        ("queued.max.messages.kbytes", "16384"),
        ("fetch.queue.backoff.ms", "50"),
        // Eager: all partitions are given up before any is taken.
        ("partition.assignment.strategy", "range,roundrobin"),
    ];
    let consumer = consumer(kafka, &ours, context)?;
    if share != Share::Everything {
        consumer.subscribe(&[topic])?;
    }
    Ok(consumer)
}

/// What stands in a message as JSON, or why nothing does.
type Content = Result<Option<Vec<u8>>, &'static str>;

/// Reads a message that is Avro. A registry that does not answer is asked again: nothing behind the message is read before.
fn read(
    avro: &mut Avro,
    message: &BorrowedMessage<'_>,
    (outlet, group): (&Outlet, &Group),
) -> Result<Content, Closed> {
    loop {
        match avro.json(message.payload().unwrap_or_default()) {
            Ok(json) => return Ok(Ok(json)),
            Err(AvroError::Unreadable(why)) => return Ok(Err(why)),
            Err(AvroError::Retry(why)) => outlet.signal(Signal::Trouble(why))?,
        }
        group.held_up();
        if outlet.control.wait(PAUSE) {
            return Err(Closed);
        }
    }
}

/// Decodes a message; `true` if there is enough to hand on.
fn take(
    open: &mut BTreeMap<i32, Open>,
    (source, topic): (&Source, &Arc<str>),
    message: &BorrowedMessage<'_>,
    content: &Content,
) -> bool {
    let (partition, offset) = (message.partition(), message.offset());
    let open = open.entry(partition).or_insert_with(|| Open {
        decoder: Decoder::new(settings(source)),
        next: 0,
        bytes: 0,
        dead: Vec::new(),
    });
    open.next = offset.saturating_add(1);
    let bytes = message.payload().unwrap_or_default();
    open.bytes += bytes.len() as u64;
    let observed_at = message.timestamp().to_millis().map(EventTime::from_millis);
    open.decoder.plausible_until(intake::latest());
    let before = open.decoder.counts().total().rejected;
    let record = |bytes| RawRecord { bytes, origin: topic, partition: Some(partition), offset, observed_at };
    match content {
        Ok(json) => open.decoder.push(&record(json.as_deref().unwrap_or(bytes))),
        Err(why) => open.decoder.reject(None, record(bytes).position(), Reason::Unsupported(why)),
    }
    if open.decoder.counts().total().rejected > before {
        let payload = bytes[..bytes.len().min(LETTER_BYTES)].to_vec();
        open.dead.push(Dead { offset, payload, bytes: bytes.len() });
    }
    open.decoder.is_full() || open.bytes >= FULL_BYTES
}

//! Asks brokers what there is to read of a topic: which partitions, from where, and to where.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ambit_schemas::EventTime;
use rdkafka::client::OAuthToken;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::Topic;
use crate::clock::Stopwatch;
use crate::kafka::token::Tokens;

/// How long to wait for an answer to a question.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// How long to wait for it at once.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait for a word of the client.
const WORD: Duration = Duration::from_millis(20);

/// Keeps the last word of the client.
#[derive(Debug)]
pub(super) struct Listener(Mutex<Word>, Tokens);

#[derive(Debug, Default)]
struct Word {
    last: Option<String>,
    /// Whether we are not let in, and waiting does not help.
    is_refused: bool,
}

impl Listener {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self(Mutex::default(), tokens)
    }

    /// What the client said last.
    pub(super) fn last(&self) -> Option<String> {
        self.word().last.clone()
    }

    fn word(&self) -> MutexGuard<'_, Word> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Listener {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.1.get()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let (mut word, code) = (self.word(), error.rdkafka_error_code());
        word.is_refused |= code == Some(RDKafkaErrorCode::Authentication);
        match code {
            Some(RDKafkaErrorCode::PartitionEOF) => {}
            // That nobody is left says less than why one went.
            Some(RDKafkaErrorCode::AllBrokersDown) if word.last.is_some() => {}
            _ => word.last = Some(reason.to_owned()),
        }
    }
}

impl ConsumerContext for Listener {}

pub(super) type Consumer = BaseConsumer<Listener>;

/// What is still to be read of a partition: from an offset on, before another. Neither need exist.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) next: i64,
    pub(super) end: i64,
}

/// Why a question has no answer.
fn why(consumer: &Consumer, error: &KafkaError) -> String {
    // What the client met while it tried is told to those who look, and soon after.
    let stopwatch = Stopwatch::start();
    while matches!(consumer.poll(WORD), Some(Err(_)))
        || (consumer.context().last().is_none() && stopwatch.elapsed() < LOOK)
    {}
    match consumer.context().last() {
        Some(last) => format!("{error}: {last}"),
        None => error.to_string(),
    }
}

/// Asks what partitions there are.
fn metadata(consumer: &Consumer, topic: &Topic) -> Result<Metadata, String> {
    let stopwatch = Stopwatch::start();
    loop {
        let error = match consumer.fetch_metadata(Some(&topic.name), LOOK) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        let why = why(consumer, &error);
        let is_slow = error.rdkafka_error_code() == Some(RDKafkaErrorCode::OperationTimedOut);
        if !is_slow || consumer.context().word().is_refused || stopwatch.elapsed() >= ANSWER {
            return Err(format!("no broker answers: {why}"));
        }
    }
}

/// What there is to read, by partition.
pub(super) type Spans = BTreeMap<i32, Result<Span, String>>;

/// Asks where the partitions begin and end.
pub(super) fn spans(consumer: &Consumer, topic: &Topic) -> Result<Spans, String> {
    let metadata = metadata(consumer, topic)?;
    let found = metadata.topics().iter().find(|found| found.name() == topic.name);
    let found = found.ok_or("no broker knows the topic")?;
    match found.error().map(RDKafkaErrorCode::from) {
        None => {}
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            return Err("there is no such topic".to_owned());
        }
        Some(error) => return Err(format!("the topic cannot be read: {error}")),
    }
    let mut spans = Spans::new();
    for partition in found.partitions() {
        // One without a leader is waited for no longer than any other answer.
        let marks = consumer.fetch_watermarks(&topic.name, partition.id(), ANSWER);
        let span = marks.map(|(next, end)| Span { next, end }).map_err(|error| why(consumer, &error));
        spans.insert(partition.id(), span);
    }
    if let Some(from) = topic.from {
        limit(consumer, topic, from, (&mut spans, &|span, offset| span.next = span.next.max(offset)))?;
    }
    if let Some(to) = topic.to {
        limit(consumer, topic, to, (&mut spans, &|span, offset| span.end = span.end.min(offset)))?;
    }
    Ok(spans)
}

/// Limits a span by an offset.
type Limit<'a> = &'a dyn Fn(&mut Span, i64);

/// Asks for the first offset at or after a moment in each partition, and limits the partitions by it.
fn limit(
    consumer: &Consumer,
    topic: &Topic,
    moment: EventTime,
    (spans, set): (&mut Spans, Limit<'_>),
) -> Result<(), String> {
    let failed =
        |error: KafkaError| format!("the offsets of {moment} are not told: {}", why(consumer, &error));
    // Kafka counts milliseconds: what is between two of them is at the later.
    let millis = Offset::Offset(moment.plus_micros(999).millis());
    let mut asked = TopicPartitionList::new();
    for partition in spans.iter().filter(|(_, span)| span.is_ok()).map(|(partition, _)| *partition) {
        asked.add_partition_offset(&topic.name, partition, millis).map_err(failed)?;
    }
    let told = consumer.offsets_for_times(asked, ANSWER).map_err(failed)?;
    for element in told.elements() {
        let Some(span) = spans.get_mut(&element.partition()) else { continue };
        let offset = match (element.error(), element.offset()) {
            (Err(error), _) => {
                *span = Err(failed(error));
                continue;
            }
            (Ok(()), Offset::Offset(offset)) => offset,
            // Everything is before the moment.
            (Ok(()), _) => i64::MAX,
        };
        if let Ok(span) = span {
            set(span, offset);
        }
    }
    Ok(())
}

//! Reads a topic once: every partition from its beginning to where it ended when the reading began, so that it ends on a
//! topic that is written to. No group is joined and nothing is committed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ambit_ingest::{Decoder, RawRecord, Reason, Settings};
use ambit_schemas::{EventTime, Position};
use rdkafka::consumer::Consumer as _;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::Topic;
use super::asking::{ANSWER, Consumer, Listener, Span, spans};
use crate::exit::usage;
use crate::intake::{Intake, RejectLine};
use crate::kafka::avro::{Avro, AvroError};
use crate::kafka::token::Tokens;
use crate::kafka::{consumer, progress};

/// How long to wait for a message at once.
const LOOK: Duration = Duration::from_secs(1);
/// Looks without a message after which the rest is given up.
const LOOKS: u32 = 60;
/// How often the schema registry is asked, with a look between.
const ASKED: u32 = 15;
/// No group of this name ever has a member; brokers want to be told one.
const GROUP: &str = "ambit.replay";

/// Reads a topic.
///
/// # Errors
/// When librdkafka does not take the properties, or what is read cannot be taken up. What cannot be read is a reject.
pub(in crate::intake) fn take(
    topic: &Topic,
    settings: Settings,
    intake: &mut Intake<'_>,
) -> anyhow::Result<()> {
    let ours = [
        ("group.id", GROUP),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("enable.partition.eof", "true"),
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "error"),
        ("statistics.interval.ms", "0"),
    ];
    let listener = Listener::new(Tokens::new(&topic.kafka));
    let consumer = consumer(&topic.kafka, &ours, listener);
    let consumer = consumer.map_err(|error| usage(format!("{}: {}", topic.shown, refusal(&error))))?;
    let spans = match spans(&consumer, topic) {
        Ok(spans) => spans,
        Err(why) => return intake.listing.refuse(RejectLine::whole(&topic.shown, why)),
    };
    let mut records = Records {
        avro: Avro::new(topic.registry.as_deref())?,
        decoder: Decoder::new(settings),
        origin: topic.name.as_str().into(),
        open: BTreeMap::new(),
        bytes: 0,
    };
    for (partition, span) in spans {
        match span {
            Ok(span) if span.next < span.end => drop(records.open.insert(partition, span)),
            Ok(_) => {}
            Err(why) => refuse(topic, partition, 0, &why, intake)?,
        }
    }
    let why = match assign(&consumer, topic, &records.open) {
        Ok(()) => read(&consumer, topic, &mut records, intake)?,
        Err(error) => error.to_string(),
    };
    for (partition, span) in &records.open {
        refuse(topic, *partition, span.next, &why, intake)?;
    }
    deliver(&mut records, intake)?;
    intake.taken.counts.add(records.decoder.counts());
    Ok(())
}

/// Lists the rest of a partition as unread.
fn refuse(
    topic: &Topic,
    partition: i32,
    offset: i64,
    why: &str,
    intake: &mut Intake<'_>,
) -> anyhow::Result<()> {
    let reason = format!("cannot be read from here on: {why}");
    intake.listing.refuse(RejectLine {
        file: topic.shown.clone(),
        partition: Some(partition),
        offset,
        reason,
    })
}

/// What librdkafka says of properties that it does not take, without their values.
fn refusal(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, what, name, _) => format!("`{name}`: {what}"),
        other => other.to_string(),
    }
}

/// Begins to fetch what is open.
fn assign(consumer: &Consumer, topic: &Topic, open: &BTreeMap<i32, Span>) -> Result<(), KafkaError> {
    let mut places = TopicPartitionList::new();
    for (partition, span) in open {
        places.add_partition_offset(&topic.name, *partition, Offset::Offset(span.next))?;
    }
    consumer.assign(&places)
}

/// Reads until nothing is open; why something is, otherwise.
fn read(
    consumer: &Consumer,
    topic: &Topic,
    records: &mut Records,
    intake: &mut Intake<'_>,
) -> anyhow::Result<String> {
    let (mut looks, mut trouble) = (0, "no message comes".to_owned());
    while !records.open.is_empty() {
        match consumer.poll(LOOK) {
            Some(Ok(message)) => {
                looks = 0;
                let partition = message.partition();
                if let Err(why) = records.take(&message) {
                    return Ok(why);
                }
                if !records.open.contains_key(&partition) {
                    rest(consumer, topic, partition);
                }
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                looks = 0;
                records.open.remove(&partition);
                rest(consumer, topic, partition);
            }
            Some(Err(error)) => {
                trouble = consumer.context().last().unwrap_or_else(|| error.to_string());
                if error.rdkafka_error_code() == Some(RDKafkaErrorCode::AutoOffsetReset) {
                    go_on(consumer, topic, records, intake)?;
                }
                looks += 1;
                thread::park_timeout(LOOK);
            }
            None => looks += 1,
        }
        if looks >= LOOKS {
            break;
        }
        if records.decoder.is_full() {
            deliver(records, intake)?;
        }
    }
    Ok(trouble)
}

/// Fetches no more of a partition that was read.
fn rest(consumer: &Consumer, topic: &Topic, partition: i32) {
    let mut places = TopicPartitionList::new();
    places.add_partition(&topic.name, partition);
    if let Err(error) = consumer.pause(&places) {
        tracing::debug!("{}[{partition}] is read on for nothing: {error}", topic.shown);
    }
}

/// Goes on behind what the broker has removed before it could be read, and lists that.
fn go_on(
    consumer: &Consumer,
    topic: &Topic,
    records: &mut Records,
    intake: &mut Intake<'_>,
) -> anyhow::Result<()> {
    for (partition, span) in &mut records.open {
        let Ok((low, _)) = consumer.fetch_watermarks(&topic.name, *partition, ANSWER) else { continue };
        if span.next < low {
            let reason = format!("removed by the broker before it was read, up to offset {low}");
            let (file, offset) = (topic.shown.clone(), span.next);
            intake.listing.refuse(RejectLine { file, partition: Some(*partition), offset, reason })?;
            span.next = low;
        }
    }
    records.open.retain(|_, span| span.next < span.end);
    if let Err(error) = assign(consumer, topic, &records.open) {
        tracing::debug!("{}: {error}", topic.shown);
    }
    Ok(())
}

fn deliver(records: &mut Records, intake: &mut Intake<'_>) -> anyhow::Result<()> {
    let bytes = std::mem::take(&mut records.bytes);
    intake.taken.bytes_read += bytes;
    intake.progress.advance(bytes);
    match records.decoder.flush() {
        Some(delivery) => intake.deliver(&delivery),
        None => Ok(()),
    }
}

/// Messages become events here.
struct Records {
    avro: Avro,
    decoder: Decoder,
    origin: Arc<str>,
    /// Partitions that were not read to their end.
    open: BTreeMap<i32, Span>,
    /// Of messages that were not delivered yet.
    bytes: u64,
}

impl Records {
    /// Decodes a message.
    ///
    /// # Errors
    /// When it cannot be told now whether it can be read.
    fn take(&mut self, message: &BorrowedMessage<'_>) -> Result<(), String> {
        let (partition, offset) = (message.partition(), message.offset());
        // What came after the end had been reached is none of ours.
        let Some(span) = self.open.get_mut(&partition) else { return Ok(()) };
        if offset < span.end && progress(message).is_some() {
            span.next = offset.saturating_add(1);
        } else if offset < span.end {
            let bytes = message.payload().unwrap_or_default();
            let json = json(&mut self.avro, bytes)?;
            let observed_at = message.timestamp().to_millis().map(EventTime::from_millis);
            let origin = &self.origin;
            let record = |bytes| RawRecord { bytes, origin, partition: Some(partition), offset, observed_at };
            match json {
                Ok(json) => self.decoder.push(&record(json.as_deref().unwrap_or(bytes))),
                Err(why) => {
                    let position =
                        Position { origin: Arc::clone(origin), partition: Some(partition), offset };
                    self.decoder.reject(None, position, Reason::Unsupported(why));
                }
            }
            self.bytes += bytes.len() as u64;
            span.next = offset.saturating_add(1);
        } else {
            span.next = span.end;
        }
        // The last offsets may be those of marks of transactions, which no reader sees: then the broker says where the end is.
        if span.next >= span.end {
            self.open.remove(&partition);
        }
        Ok(())
    }
}

/// A message of Avro as JSON; nothing for any other, or why it can never be read.
fn json(avro: &mut Avro, message: &[u8]) -> Result<Result<Option<Vec<u8>>, &'static str>, String> {
    let mut trouble = String::new();
    for _ in 0..ASKED {
        match avro.json(message) {
            Ok(json) => return Ok(Ok(json)),
            Err(AvroError::Unreadable(why)) => return Ok(Err(why)),
            Err(AvroError::Retry(why)) => trouble = why,
        }
        thread::park_timeout(LOOK);
    }
    Err(trouble)
}

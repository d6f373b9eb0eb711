//! What shards say of days, as messages of the topic that the daemons share. It is as long as the fleet is large, so it is
//! packed, and cut into pieces that a broker takes.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use ambit_core::PartOfDay;
use ambit_schemas::hash::stable_hash128;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Offset, TopicPartitionList};
use serde::{Deserialize, Serialize};

use crate::config::Peers;
use crate::kafka::token::{Quiet, Tokens};
use crate::kafka::{Outgoing, Producer, consumer};
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::metrics::Metrics;

/// Bytes of a piece. A topic takes a megabyte unless it was told otherwise.
const PIECE_BYTES: usize = 700_000;
/// Bytes that a shard may have to say of a day, so that no message makes us ask for all memory.
const MOST_BYTES: u64 = 1 << 30;
/// Wholes of which pieces are missing that are remembered.
const MOST_BEGUN: usize = 4_096;
const ZSTD_LEVEL: i32 = 3;
/// The header that says what a piece is.
const PART: &str = "ambit.part";
const POLL: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(10);
/// Its name, for those who ask how the parts fare.
const LISTENER: &str = "listener to other shards";

/// What a piece is.
#[derive(Debug, Serialize, Deserialize)]
struct Piece {
    day: i64,
    shard: usize,
    /// What tells the whole from what others say of the same in other words.
    whole: String,
    number: usize,
    of: usize,
}

/// Tells the others.
#[derive(Debug)]
pub(super) struct Teller(Producer);

impl Teller {
    /// One for the topic.
    ///
    /// # Errors
    /// When librdkafka does not take the configuration.
    pub(super) fn new(peers: &Peers, metrics: &Metrics) -> anyhow::Result<Self> {
        Producer::new(&peers.kafka, &peers.topic, "word to other shards", metrics).map(Self)
    }

    /// Tells it; all of it is acknowledged when this comes back.
    ///
    /// # Errors
    /// When any of it may not have been taken.
    pub(super) fn tell(&self, said: &VecDeque<PartOfDay>) -> Result<(), String> {
        let mut messages = Vec::new();
        for part in said {
            messages.extend(pieces(part).map_err(|error| error.to_string())?);
        }
        self.0.write(messages.iter().map(|(key, header, payload)| Outgoing {
            key,
            payload,
            headers: vec![(PART, header.clone())],
        }))
    }
}

/// A part of a day as messages: key, header, payload.
fn pieces(part: &PartOfDay) -> io::Result<Vec<(String, String, Vec<u8>)>> {
    let packed = zstd::encode_all(part.bytes.as_slice(), ZSTD_LEVEL)?;
    let whole = format!("{:032x}", stable_hash128([packed.as_slice()]));
    let of = packed.len().div_ceil(PIECE_BYTES);
    let messages = packed.chunks(PIECE_BYTES).enumerate().map(|(number, payload)| {
        let (day, shard) = (part.day, part.shard);
        let header = serde_json::to_string(&Piece { day, shard, whole: whole.clone(), number, of })?;
        Ok((format!("{day}/{shard}/{number}/{whole}"), header, payload.to_vec()))
    });
    messages.collect()
}

/// Pieces that have come of what is not whole yet, by day, shard and whole: what is said again may be in other words, and
/// the pieces of both come in any order.
#[derive(Debug, Default)]
struct Heap(BTreeMap<(i64, usize, String), BTreeMap<usize, Vec<u8>>>);

impl Heap {
    /// Takes a piece; gives the whole with its last one.
    fn add(&mut self, piece: Piece, payload: &[u8]) -> io::Result<Option<PartOfDay>> {
        let key = (piece.day, piece.shard, piece.whole);
        let begun = self.0.entry(key.clone()).or_default();
        begun.insert(piece.number, payload.to_vec());
        if begun.len() < piece.of {
            while self.0.len() > MOST_BEGUN {
                self.0.pop_first();
            }
            return Ok(None);
        }
        let pieces = self.0.remove(&key).unwrap_or_default();
        let packed = pieces.into_values().collect::<Vec<_>>().concat();
        let mut bytes = Vec::new();
        let read = zstd::Decoder::new(packed.as_slice())?;
        io::Read::read_to_end(&mut io::Read::take(read, MOST_BYTES), &mut bytes)?;
        Ok(Some(PartOfDay { day: piece.day, shard: piece.shard, bytes }))
    }
}

/// What a message says it is.
fn header(message: &BorrowedMessage<'_>) -> Option<Piece> {
    let header = message.headers()?.iter().find(|header| header.key == PART)?;
    serde_json::from_slice(header.value?).ok()
}

/// Listens to what all say, from the beginning of the topic on, until it is time to end.
pub(super) fn listen(peers: &Peers, sender: &SyncSender<PartOfDay>, (control, health): (&Control, &Health)) {
    let ours = [
        ("group.id", peers.group.as_str()),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "earliest"),
        ("statistics.interval.ms", "0"),
    ];
    let mut heap = Heap::default();
    while !control.is_stopping() {
        let failed = match consumer(&peers.kafka, &ours, Quiet(Tokens::new(&peers.kafka))) {
            Ok(consumer) => match everything(&consumer, &peers.topic) {
                Ok(()) => {
                    health.well(LISTENER);
                    return hear(&consumer, &mut heap, (sender, control));
                }
                Err(why) => why,
            },
            Err(error) => error.to_string(),
        };
        if health.ill(LISTENER, failed.as_str()) {
            tracing::warn!("{LISTENER}: {failed}");
        }
        control.wait(PAUSE);
    }
}

/// Takes all partitions from their beginning.
fn everything(consumer: &BaseConsumer<Quiet>, topic: &str) -> Result<(), String> {
    let found = consumer.fetch_metadata(Some(topic), PATIENCE).map_err(|error| error.to_string())?;
    let mut all = TopicPartitionList::new();
    for partition in found.topics().iter().flat_map(MetadataTopic::partitions) {
        let added = all.add_partition_offset(topic, partition.id(), Offset::Beginning);
        added.map_err(|error| error.to_string())?;
    }
    consumer.assign(&all).map_err(|error| error.to_string())
}

/// Hands on what is said, until it is time to end.
fn hear(
    consumer: &BaseConsumer<Quiet>,
    heap: &mut Heap,
    (sender, control): (&SyncSender<PartOfDay>, &Control),
) {
    while !control.is_stopping() {
        let message = match consumer.poll(POLL) {
            None => continue,
            Some(Err(error)) => {
                tracing::debug!("{LISTENER}: {error}");
                control.wait(POLL);
                continue;
            }
            Some(Ok(message)) => message,
        };
        let Some(piece) = header(&message) else { continue };
        let shard = piece.shard;
        let said = match heap.add(piece, message.payload().unwrap_or_default()) {
            Ok(Some(said)) => said,
            Ok(None) => continue,
            Err(error) => {
                tracing::error!("what shard {shard} says of a day cannot be read: {error}");
                continue;
            }
        };
        // Nobody to tell means that the term is over.
        if sender.send(said).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_put_together_again_in_any_order() {
        // What cannot be packed: several pieces.
        let bytes = (0..200_000_u64).flat_map(|n| stable_hash128([&n.to_le_bytes()[..]]).to_le_bytes());
        let part = PartOfDay { day: 20_000, shard: 3, bytes: bytes.collect() };
        let mut messages = pieces(&part).unwrap();
        assert!(messages.len() > 3);
        messages.reverse();
        // What another says of the same in other words, piece by piece between them, but for its last.
        let other = PartOfDay { bytes: part.bytes.iter().rev().copied().collect(), ..part.clone() };
        let others = pieces(&other).unwrap();
        let count = others.len() - 1;
        let messages = messages
            .into_iter()
            .zip(others)
            .enumerate()
            .flat_map(|(index, (one, other))| if index < count { vec![other, one] } else { vec![one] });
        let messages = messages.collect::<Vec<_>>();
        let mut heap = Heap::default();
        let mut heard = Vec::new();
        for (_, header, payload) in &messages {
            heard.extend(heap.add(serde_json::from_str(header).unwrap(), payload).unwrap());
        }
        assert_eq!(heard, [part]);
        assert_eq!(heap.0.len(), 1);
    }
}

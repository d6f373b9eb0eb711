//! Each transition of a finding once, as readers of committed messages see the topic.
//!
//! Every delivery is a transaction. What was delivered after the last stored checkpoint is found again after a crash; so the
//! topic is read back from where it was at a checkpoint before, and what stands there is not written again. Where that is,
//! the broker keeps as the offsets of a group that nobody joins.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use ambit_schemas::hash::stable_hash128;
use anyhow::Context as _;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::metadata::MetadataTopic;
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::{Offset, TopicPartitionList};

use super::Message;
use crate::config;
use crate::kafka::token::{Quiet, Tokens};
use crate::kafka::transaction::{Fault, Letter, Transactions};
use crate::kafka::{consumer, refresh};
use crate::run::control::Control;
use crate::run::metrics::Metrics;

const PATIENCE: Duration = Duration::from_secs(10);
/// Checkpoints after a start by which all that will be found again has been.
const FOUND_BY: u32 = 100;

/// A topic that is written to so.
pub(super) struct Once {
    config: config::KafkaSink,
    id: String,
    part: String,
    control: Control,
    metrics: Metrics,
    /// Nothing after the broker refused it: then another is made.
    topic: Option<Transactions>,
    /// Reads back, and keeps where from.
    reader: BaseConsumer<Quiet>,
    /// What stands in the topic and may be found again; nothing before it was read back.
    written: Option<BTreeSet<u128>>,
    /// What of it was not found again yet, and where it stands: a checkpoint that is made before it is found again does not
    /// cover it.
    unfound: BTreeMap<u128, (i32, i64)>,
    /// Checkpoints since it was read back.
    settled: u32,
    /// Where the topic ended at checkpoints that may not be stored yet.
    ends: BTreeMap<u64, TopicPartitionList>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Once {
    pub(super) fn new(
        sink: &config::KafkaSink,
        id: &str,
        part: &str,
        (control, metrics): (&Control, &Metrics),
    ) -> anyhow::Result<Self> {
        let ours = [
            ("group.id", id),
            ("enable.auto.commit", "false"),
            ("enable.partition.eof", "true"),
            ("isolation.level", "read_committed"),
        ];
        let reader = consumer(&sink.kafka, &ours, Quiet(Tokens::new(&sink.kafka)))
            .with_context(|| format!("{part}: librdkafka does not take its properties"))?;
        Ok(Self {
            topic: Some(transactions(sink, id, part, metrics)?),
            config: sink.clone(),
            id: id.to_owned(),
            part: part.to_owned(),
            control: control.clone(),
            metrics: metrics.clone(),
            reader,
            written: None,
            unfound: BTreeMap::new(),
            settled: 0,
            ends: BTreeMap::new(),
        })
    }

    /// Writes what does not stand in the topic yet; all of it is there when this comes back.
    pub(super) fn write(&mut self, messages: Vec<Message>) -> Result<(), String> {
        self.read_back()?;
        let written = self.written.get_or_insert_default();
        let unfound = &mut self.unfound;
        let fresh = messages.into_iter().filter(|message| {
            let mark = mark(&message.key, &message.payload);
            unfound.remove(&mark);
            !written.contains(&mark)
        });
        let letters = fresh.map(|Message { key, payload, kind }| Letter {
            partition: None,
            key,
            payload,
            header: Some(("content-type", kind.to_owned())),
        });
        let letters = letters.collect::<Vec<_>>();
        if letters.is_empty() {
            return Ok(());
        }
        let control = self.control.clone();
        let done = self.topic()?.write(letters.iter(), &[], &move || !control.is_stopping());
        done.map_err(|fault| self.refused(fault))
    }

    /// Lets reader and writer take new tokens.
    pub(super) fn tend(&self) {
        refresh(&self.reader);
        if let Some(topic) = &self.topic {
            topic.tend();
        }
    }

    /// The writer; after the broker refused one for good, another.
    fn topic(&mut self) -> Result<&Transactions, String> {
        let mut topic = match self.topic.take() {
            Some(topic) => topic,
            None => transactions(&self.config, &self.id, &self.part, &self.metrics)
                .map_err(|error| format!("{error:#}"))?,
        };
        let opened = topic.open();
        self.topic = Some(topic);
        if let Err(fault) = opened {
            return Err(self.refused(fault));
        }
        self.topic.as_ref().ok_or_else(|| "there is no writer".to_owned())
    }

    /// What to say of a fault.
    fn refused(&mut self, fault: Fault) -> String {
        match fault {
            Fault::Retry(why) => why,
            Fault::Left(_) => "the broker speaks of a group that there is not".to_owned(),
            Fault::Fatal(why) => {
                self.topic = None;
                why
            }
        }
    }

    /// Reads what was written after the checkpoint before the last, the first time that it is needed. What an older process
    /// of this name has begun is ended by then.
    fn read_back(&mut self) -> Result<(), String> {
        if self.written.is_some() {
            return Ok(());
        }
        self.topic()?;
        let told =
            |error: KafkaError| format!("what stands in {} cannot be read: {error}", self.config.topic);
        let places = self.reader.committed_offsets(self.partitions()?, PATIENCE).map_err(told)?;
        if places.elements().iter().all(|place| place.offset() == Offset::Invalid) {
            // Nobody was here before: all that is ours comes from here on.
            let end = self.end()?;
            self.reader.commit(&end, CommitMode::Sync).map_err(told)?;
            self.written = Some(BTreeSet::new());
            return Ok(());
        }
        for place in &mut places.elements_for_topic(&self.config.topic) {
            if place.offset() == Offset::Invalid {
                place.set_offset(Offset::Beginning).map_err(told)?;
            }
        }
        self.reader.assign(&places).map_err(told)?;
        let (mut written, mut unfound) = (BTreeSet::new(), BTreeMap::new());
        let mut open =
            places.elements().iter().map(TopicPartitionListElem::partition).collect::<BTreeSet<_>>();
        while !open.is_empty() {
            match self.reader.poll(PATIENCE) {
                Some(Ok(message)) => {
                    let key = String::from_utf8_lossy(message.key().unwrap_or_default());
                    let mark = mark(&key, message.payload().unwrap_or_default());
                    written.insert(mark);
                    unfound.insert(mark, (message.partition(), message.offset()));
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => drop(open.remove(&partition)),
                Some(Err(error)) => return Err(told(error)),
                None => return Err(format!("what stands in {} does not come", self.config.topic)),
            }
        }
        self.reader.unassign().map_err(told)?;
        tracing::info!("{}: {} transitions are read back", self.part, written.len());
        (self.written, self.unfound) = (Some(written), unfound);
        Ok(())
    }

    fn partitions(&self) -> Result<TopicPartitionList, String> {
        refresh(&self.reader);
        let found = self.reader.fetch_metadata(Some(&self.config.topic), PATIENCE);
        let found = found.map_err(|error| error.to_string())?;
        let mut list = TopicPartitionList::new();
        for partition in found.topics().iter().flat_map(MetadataTopic::partitions) {
            list.add_partition(&self.config.topic, partition.id());
        }
        if list.count() == 0 {
            return Err(format!("there is no topic {}: make it", self.config.topic));
        }
        Ok(list)
    }

    /// Where the topic ends now; before what was not found again yet.
    fn end(&self) -> Result<TopicPartitionList, String> {
        let told = |error: KafkaError| format!("the end of {} is not told: {error}", self.config.topic);
        let end = self.partitions()?;
        for place in &mut end.elements_for_topic(&self.config.topic) {
            let marks = self.reader.fetch_watermarks(place.topic(), place.partition(), PATIENCE);
            let unfound = self.unfound.values().filter(|(partition, _)| *partition == place.partition());
            let offset = unfound.map(|(_, offset)| *offset).fold(marks.map_err(told)?.1, i64::min);
            place.set_offset(Offset::Offset(offset)).map_err(told)?;
        }
        Ok(end)
    }

    /// Notes where the topic ends at a checkpoint, and has the broker keep where it ended at the last one that is stored.
    pub(super) fn settle(&mut self, checkpoint: u64, stored: u64) -> Result<(), String> {
        self.tend();
        self.read_back()?;
        self.settled = self.settled.saturating_add(1);
        if self.settled > FOUND_BY {
            // Rules or inventory have changed since, or it was told early of events that now come in another order.
            self.unfound.clear();
        }
        self.ends.insert(checkpoint, self.end()?);
        let done = self.ends.range(..=stored).next_back().map(|(checkpoint, end)| (*checkpoint, end));
        if let Some((done, end)) = done {
            self.reader.commit(end, CommitMode::Sync).map_err(|error| error.to_string())?;
            self.ends.retain(|checkpoint, _| *checkpoint > done);
        }
        Ok(())
    }
}

fn transactions(
    sink: &config::KafkaSink,
    id: &str,
    part: &str,
    metrics: &Metrics,
) -> anyhow::Result<Transactions> {
    Transactions::new(&sink.kafka, (&sink.topic, id), part, metrics)
}

/// What tells one message from another.
fn mark(key: &str, payload: &[u8]) -> u128 {
    stable_hash128([key.as_bytes(), payload])
}

//! What happens around the consumer: partitions come and go, brokers too, and statistics are told.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ambit_ingest::source::Mark;
use rdkafka::client::OAuthToken;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::{MetadataPartition, MetadataTopic};
use rdkafka::statistics::{Broker, Statistics};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::Share;
use crate::kafka::token::Tokens;
use crate::kafka::transaction::Membership;
use crate::run::message::Signal;
use crate::source::Outlet;

/// The name of a partition of a topic.
pub(super) fn name(topic: &str, partition: i32) -> Arc<str> {
    format!("{topic}[{partition}]").into()
}

/// The number of a partition by its name.
pub(crate) fn number(topic: &str, name: &str) -> Option<i32> {
    name.strip_prefix(topic)?.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// A leader that has sent nothing for so long does not answer: a consumer is answered twice a second.
const ANSWER_MICROS: i64 = 5_000_000;
/// Statistics in turn, one a second, by which a leader that answers again has sent what it has, or begun to.
const SETTLED: u32 = 3;
/// For a broker to say what partitions there are, and for the loop to hand on what was read. Less than a session lasts.
const PATIENCE: Duration = Duration::from_secs(8);

/// The context of the consumer.
#[derive(Debug)]
pub(super) struct Group {
    topic: String,
    part: String,
    known: Mutex<Known>,
    /// Whether the group itself says where partitions are read from, because others may have read them meanwhile.
    is_shared: bool,
    /// Where partitions are read from that no mark knows.
    otherwise: Offset,
    /// How long the group keeps a member that is silent.
    session: Duration,
    outlet: Outlet,
    tokens: Tokens,
}

/// What is known of the partitions.
#[derive(Debug, Default)]
struct Known {
    /// The first offset of each that was not handed on.
    next: BTreeMap<i32, i64>,
    assigned: BTreeSet<i32>,
    /// Those that are not ours, until it is sure that they are another's: they may be ours again, with something unread.
    revoked: BTreeSet<i32>,
    /// When we were given what is ours; nothing while the group decides.
    assigned_at: Option<Duration>,
    /// Those that cannot be read now, or have had a leader for a moment only.
    silent: BTreeSet<i32>,
    /// How often in turn the leader of each was found to answer.
    answers: BTreeMap<i32, u32>,
    was_taken: bool,
}

impl Group {
    pub(super) fn new(
        topic: &str,
        (marks, share): (&[Mark], Share),
        (part, session): (&str, Duration),
        (outlet, tokens): (&Outlet, Tokens),
    ) -> Self {
        let is_shared = share == Share::OfGroup;
        let marks = if is_shared { &[] } else { marks };
        let known = marks.iter().filter_map(|mark| Some((number(topic, &mark.partition)?, mark.offset)));
        Self {
            topic: topic.to_owned(),
            part: part.to_owned(),
            known: Mutex::new(Known { next: known.collect(), ..Known::default() }),
            is_shared,
            // Of a group that is in this for itself the broker knows how far it was.
            otherwise: if share == Share::Everything { Offset::Beginning } else { Offset::Invalid },
            session,
            outlet: outlet.clone(),
            tokens,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether partitions were taken from us since the last call.
    pub(super) fn was_taken(&self) -> bool {
        std::mem::take(&mut self.known().was_taken)
    }

    /// Everything before an offset was handed on.
    pub(super) fn reached(&self, partition: i32, next: i64) {
        self.known().next.insert(partition, next);
    }

    /// Whether anything of a partition was handed on, now or before a start.
    pub(super) fn has_had(&self, partition: i32) -> bool {
        self.known().next.contains_key(&partition)
    }

    /// None of the partitions can be read now, for a reason of our own.
    pub(super) fn held_up(&self) {
        let mut known = self.known();
        let assigned = known.assigned.clone();
        // Statistics will tell that they answer again.
        known.silent.extend(&assigned);
        drop(known);
        for partition in assigned {
            self.tell(Signal::Silent(name(&self.topic, partition)));
        }
    }

    /// Nobody to tell means that the daemon ends.
    fn tell(&self, signal: Signal) {
        drop(self.outlet.signal(signal));
    }

    /// Says which partitions have a leader that does not answer, and which have one again.
    fn tell_silence(&self, statistics: &Statistics) {
        let answers = |broker: &Broker| broker.state == "UP" && broker.rxidle < ANSWER_MICROS;
        let anybody = statistics.brokers.values().any(answers);
        let leader_answers = |partition: i32| {
            let topic = statistics.topics.get(&self.topic);
            let leader = topic.and_then(|topic| topic.partitions.get(&partition)).map(|found| found.leader);
            statistics.brokers.values().any(|broker| Some(broker.nodeid) == leader && answers(broker))
        };
        let mut known = self.known();
        // Where a partition is that is not ours is for others to say, unless nobody at all can be asked.
        let is_silent = |partition: &i32| {
            if known.assigned.contains(partition) {
                !leader_answers(*partition)
            } else {
                !anybody || known.revoked.contains(partition)
            }
        };
        let all = known.next.keys().chain(&known.assigned).chain(&known.revoked).copied();
        let all = all.collect::<BTreeSet<_>>();
        let quiet = all.into_iter().filter(is_silent).collect::<BTreeSet<_>>();
        // A leader that has just come back has not sent yet what it has.
        let mut silent = quiet.clone();
        for one in known.silent.clone().difference(&quiet) {
            let answers = known.answers.entry(*one).or_default();
            *answers += 1;
            if *answers < SETTLED {
                silent.insert(*one);
            }
        }
        known.answers.retain(|one, _| silent.contains(one) && !quiet.contains(one));
        let before = std::mem::replace(&mut known.silent, silent.clone());
        drop(known);
        for partition in &silent {
            self.tell(Signal::Silent(name(&self.topic, *partition)));
        }
        for partition in before.difference(&silent) {
            self.tell(Signal::Answers(name(&self.topic, *partition)));
        }
    }

    /// Takes partitions, each from where it was left.
    fn assign(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        let (mut placed, mut answers) = (TopicPartitionList::new(), true);
        for element in partitions.elements() {
            let number = element.partition();
            let known = self.known().next.get(&number).copied().filter(|_| !self.is_shared);
            let offset = match known {
                Some(next) => self.place(consumer, (number, next), &mut answers),
                None => self.otherwise,
            };
            // A counter that appears with its first count hides it.
            let labels = [self.topic.as_str(), &number.to_string()];
            self.outlet.metrics.kafka.removed.with_label_values(&labels).inc_by(0);
            placed.add_partition_offset(element.topic(), number, offset)?;
            self.known().assigned.insert(number);
            self.tell(Signal::Found(name(&self.topic, number)));
        }
        self.known().assigned_at = Some(self.outlet.health.now());
        consumer.assign(&placed)?;
        let others = self.others(consumer);
        if !self.is_shared {
            self.wait_for(others);
        } else if let Some(membership) = consumer.group_metadata() {
            self.tell(Signal::Joined(Membership(membership)));
            let names = others.into_iter().map(|partition| name(&self.topic, partition));
            self.tell(Signal::Elsewhere(names.collect()));
        }
        Ok(())
    }

    /// Where a partition is gone on with. What a broker removed before it was read is lost, and so is what a topic held that was
    /// made anew; both are said. A broker that does not answer is asked once (`answers`): librdkafka
    /// will find out itself.
    fn place(
        &self,
        consumer: &BaseConsumer<Self>,
        (partition, next): (i32, i64),
        answers: &mut bool,
    ) -> Offset {
        let part = &self.part;
        let removed = self.outlet.metrics.kafka.removed.clone();
        let removed = removed.with_label_values(&[self.topic.as_str(), &partition.to_string()]);
        let marks = answers.then(|| consumer.fetch_watermarks(&self.topic, partition, PATIENCE));
        let Some(Ok((low, high))) = marks else {
            *answers = false;
            return Offset::Offset(next);
        };
        if next < low {
            removed.inc_by((low - next).unsigned_abs());
            tracing::error!(
                "{part}: the broker removed what stood between {next} and {low} in partition {partition} before it was read"
            );
        } else if next > high {
            tracing::error!(
                "{part}: partition {partition} ends at {high} and was read up to {next}: the topic was made anew, and is read \
                 from its beginning"
            );
            return Offset::Beginning;
        }
        Offset::Offset(next.max(low))
    }

    /// What the group gave to others may be ours in a moment: one that was killed while it joined is a member until its
    /// session ends. What lies unread there must not be late by then.
    fn wait_for(&self, others: Vec<i32>) {
        self.known().revoked.extend(&others);
        for partition in others {
            self.tell(Signal::Found(name(&self.topic, partition)));
        }
    }

    /// What was not ours for as long as a session lasts is read by another, who lives: of it nothing is unread here.
    fn let_go(&self) {
        let now = self.outlet.health.now();
        let mut known = self.known();
        if known.assigned_at.is_none_or(|at| now < at + self.session) {
            return;
        }
        let revoked = std::mem::take(&mut known.revoked);
        let gone = revoked.difference(&known.assigned).copied().collect::<Vec<_>>();
        drop(known);
        for partition in gone {
            self.tell(Signal::CaughtUp(name(&self.topic, partition)));
        }
    }

    /// Takes all partitions of the topic, each from where it was left, or from its beginning.
    ///
    /// # Errors
    /// When no broker says which there are.
    pub(super) fn take_everything(&self, consumer: &BaseConsumer<Self>) -> Result<(), String> {
        let found =
            consumer.fetch_metadata(Some(&self.topic), PATIENCE).map_err(|error| error.to_string())?;
        let partitions = found.topics().iter().flat_map(MetadataTopic::partitions);
        let mut all = TopicPartitionList::new();
        for partition in partitions {
            all.add_partition(&self.topic, partition.id());
        }
        if all.count() == 0 {
            return Err(format!("there is no topic {}: make it", self.topic));
        }
        self.assign(consumer, &all).map_err(|error| error.to_string())
    }

    /// Partitions of the topic that are not ours.
    fn others(&self, consumer: &BaseConsumer<Self>) -> Vec<i32> {
        let Ok(found) = consumer.fetch_metadata(Some(&self.topic), PATIENCE) else { return Vec::new() };
        let partitions = found.topics().iter().flat_map(MetadataTopic::partitions).map(MetadataPartition::id);
        let known = self.known();
        partitions.filter(|partition| !known.assigned.contains(partition)).collect()
    }

    /// What was read and is not handed on goes to whoever reads the partitions next: in time, or not at all.
    fn hand_over(&self) {
        let (sender, done) = std::sync::mpsc::sync_channel(1);
        self.tell(Signal::Left(sender));
        // Nobody to answer means that the daemon ends.
        let _answer = done.recv_timeout(PATIENCE);
        let mut known = self.known();
        known.next.clear();
        known.revoked.clear();
    }

    fn revoke(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &TopicPartitionList,
    ) -> Result<(), KafkaError> {
        let mut known = self.known();
        known.was_taken = true;
        known.assigned_at = None;
        drop(known);
        for element in partitions.elements() {
            let mut known = self.known();
            known.assigned.remove(&element.partition());
            known.revoked.insert(element.partition());
            drop(known);
            // Whoever has it next tells how far behind it is. It need not have been told yet.
            let labels = [self.topic.as_str(), &element.partition().to_string()];
            let _was_told = self.outlet.metrics.kafka.lag.remove_label_values(&labels);
        }
        if self.is_shared {
            self.hand_over();
        }
        consumer.unassign()
    }
}

impl ClientContext for Group {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.tokens.get()
    }

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
        self.let_go();
        self.tell_silence(&statistics);
        let Some(topic) = statistics.topics.get(&self.topic) else { return };
        let known = self.known().next.clone();
        for (partition, next) in known {
            // Who commits in transactions is not told by librdkafka's own lag, which looks at the consumer's commits.
            if let Some(found) = topic.partitions.get(&partition).filter(|found| found.ls_offset >= 0) {
                let labels = [self.topic.as_str(), &partition.to_string()];
                let lag = (found.ls_offset - next).max(0);
                self.outlet.metrics.kafka.lag.with_label_values(&labels).set(lag);
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

//! Which shards are ours: the partitions of the topic that the daemons share, as its group gives them.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ambit_core::Part;
use anyhow::Context as _;
use rdkafka::client::OAuthToken;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::MetadataTopic;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use crate::config::Peers;
use crate::kafka::consumer;
use crate::kafka::token::Tokens;
use crate::run::checkpoint::cuts::MOST_SHARDS;
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::metrics::Metrics;

/// Its name, for those who ask how the parts fare.
const GROUP: &str = "group of those that detect";
const POLL: Duration = Duration::from_millis(100);
const PAUSE: Duration = Duration::from_secs(1);
const ANSWER: Duration = Duration::from_secs(10);
/// How long what is under way may take to end before others go on with our shards. Less than a session lasts.
const PATIENCE: Duration = Duration::from_secs(8);

/// A time for which we have the same shards.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) part: Part,
    /// Ends it.
    pub(super) control: Control,
}

/// Our place in the group.
#[derive(Debug)]
pub(super) struct Membership {
    state: Arc<State>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    given: Mutex<Given>,
    changed: Condvar,
    control: Control,
    health: Health,
    metrics: Metrics,
}

/// What the group gave us.
#[derive(Debug, Default)]
struct Given {
    /// How many shards there are, once a broker has said so.
    shards: Option<usize>,
    /// Those that are ours; nothing while the group has not decided.
    ours: Option<BTreeSet<usize>>,
    /// The term that is under way.
    term: Option<Control>,
}

impl State {
    fn given(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ill(&self, why: &str) {
        if self.health.ill(GROUP, why) {
            tracing::warn!("{GROUP}: {why}");
        }
    }
}

/// The context of the consumer.
#[derive(Debug)]
struct Member(Arc<State>, Tokens);

impl ClientContext for Member {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn generate_oauth_token(&self, _config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.1.get()
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            self.0.metrics.kafka.errors.with_label_values(&[GROUP]).inc();
            tracing::warn!("{GROUP}: {error}: {reason}");
        }
    }
}

impl ConsumerContext for Member {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        code: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        self.0.metrics.kafka.rebalances.with_label_values(&[GROUP]).inc();
        let done = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.take(consumer, partitions),
            _ => self.give_up(consumer),
        };
        if let Err(error) = done {
            tracing::error!("{GROUP}: a rebalance failed: {error}");
        }
    }
}

impl Member {
    fn take(&self, consumer: &BaseConsumer<Self>, partitions: &TopicPartitionList) -> Result<(), KafkaError> {
        // What is said there all listen to, by another consumer: here it is about who has which.
        let mut placed = TopicPartitionList::new();
        let mut ours = BTreeSet::new();
        for element in partitions.elements() {
            placed.add_partition_offset(element.topic(), element.partition(), Offset::End)?;
            ours.extend(usize::try_from(element.partition()));
        }
        consumer.assign(&placed)?;
        consumer.pause(&placed)?;
        tracing::info!("{GROUP}: our shards are {ours:?}");
        self.0.metrics.detection.shards.set(i64::try_from(ours.len()).unwrap_or(i64::MAX));
        self.0.health.well(GROUP);
        self.0.given().ours = Some(ours);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Ends the term before others may begin theirs.
    fn give_up(&self, consumer: &BaseConsumer<Self>) -> Result<(), KafkaError> {
        self.0.metrics.detection.shards.set(0);
        self.0.is_ill("it has taken our shards and not said yet which are ours now");
        let mut given = self.0.given();
        given.ours = None;
        if let Some(term) = &given.term {
            term.stop();
        }
        let ended = self.0.changed.wait_timeout_while(given, PATIENCE, |given| given.term.is_some());
        drop(ended);
        consumer.unassign()
    }
}

impl Membership {
    /// Joins the group.
    ///
    /// # Errors
    /// When librdkafka does not take the configuration.
    pub(super) fn join(
        peers: &Peers,
        (control, health, metrics): (&Control, &Health, &Metrics),
    ) -> anyhow::Result<Self> {
        let state = Arc::new(State {
            given: Mutex::default(),
            changed: Condvar::new(),
            control: control.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
        });
        metrics.kafka.rebalances.with_label_values(&[GROUP]).inc_by(0);
        health.ill(GROUP, "it has not said yet which shards are ours");
        let ours = [
            ("group.id", peers.group.as_str()),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            // Eager: all are given up before any is taken.
            ("partition.assignment.strategy", "range,roundrobin"),
            ("statistics.interval.ms", "0"),
        ];
        let member = Member(Arc::clone(&state), Tokens::new(&peers.kafka));
        let consumer = consumer(&peers.kafka, &ours, member)
            .with_context(|| format!("{GROUP}: librdkafka does not take its properties"))?;
        let (watched, topic) = (Arc::clone(&state), peers.topic.clone());
        let thread = std::thread::Builder::new().name("membership".to_owned());
        let thread = thread.spawn(move || attend(&consumer, &topic, &watched));
        Ok(Self { state, thread: thread.context("the thread of the group cannot be started")? })
    }

    /// Waits for the next term. None when it is time to end.
    ///
    /// # Errors
    /// When there are more shards than there may be.
    pub(super) fn next(&self) -> anyhow::Result<Option<Term>> {
        while !self.state.control.is_stopping() {
            let mut given = self.state.given();
            if let (Some(shards), Some(ours)) = (given.shards, &given.ours) {
                anyhow::ensure!(
                    shards <= MOST_SHARDS,
                    "the topic of peers has {shards} partitions; there may be {MOST_SHARDS} shards"
                );
                if !ours.is_empty() {
                    let (part, control) = (Part::new(shards, ours), self.state.control.child());
                    given.term = Some(control.clone());
                    return Ok(Some(Term { part, control }));
                }
            }
            // Nobody wakes us at a stop.
            drop(self.state.changed.wait_timeout(given, POLL));
            self.state.health.beat();
        }
        Ok(None)
    }

    /// Says that the term that was given is over.
    pub(super) fn ended(&self) {
        self.state.given().term = None;
        self.state.changed.notify_all();
    }

    /// Leaves the group, so that others need not wait for us.
    pub(super) fn leave(self) {
        self.state.control.stop();
        if self.thread.join().is_err() {
            tracing::error!("{GROUP}: its thread ended by a fault of its own");
        }
    }
}

/// Stays in the group until it is time to end and nothing is under way.
fn attend(consumer: &BaseConsumer<Member>, topic: &str, state: &State) {
    while !state.control.is_stopping() {
        match count(consumer, topic) {
            Ok(shards) => {
                state.given().shards = Some(shards);
                break;
            }
            Err(why) => state.is_ill(&why),
        }
        state.control.wait(PAUSE);
    }
    if let Err(error) = consumer.subscribe(&[topic]) {
        state.is_ill(&error.to_string());
    }
    while !state.control.is_stopping() || state.given().term.is_some() {
        match consumer.poll(POLL) {
            Some(Err(error)) => {
                state.is_ill(&error.to_string());
                // Of the others an outage leaves hundreds, and the group waits behind them.
                if matches!(error, KafkaError::MessageConsumptionFatal(_)) {
                    state.control.wait(PAUSE);
                }
            }
            _ if state.given().ours.is_some() => drop(state.health.well(GROUP)),
            _ => {}
        }
    }
}

/// How many partitions the topic has.
fn count(consumer: &BaseConsumer<Member>, topic: &str) -> Result<usize, String> {
    let found = consumer.fetch_metadata(Some(topic), ANSWER).map_err(|error| error.to_string())?;
    match found.topics().iter().flat_map(MetadataTopic::partitions).count() {
        0 => Err(format!("there is no topic {topic}: make it")),
        shards => Ok(shards),
    }
}

//! Role `ingest`: what sources send is decoded, resolved and handed on to the topic of canonical events, for a daemon that
//! detects. Many of one group share the partitions of their topics.
//!
//! What was read and how far it was read are written in one transaction, with what is to be told of the partitions' times;
//! so a daemon that is killed hands nothing on twice, and whoever takes a partition over goes on where it ended. Sources
//! other than Kafka have their marks in a checkpoint after it: what is handed on twice then is told by its id.

mod held;
mod letters;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use ambit_core::Snapshot;
use ambit_ingest::Resolver;
use ambit_schemas::EventTime;
use anyhow::{Context, bail};

pub(super) use self::held::Held;
use super::checkpoint::Made;
use super::control::Control;
use super::health::Health;
use super::hearing::{self, Hearing};
use super::keeper::{Keeper, Stored};
use super::ledger::Ledger;
use super::listening::Listening;
use super::message::{Data, Message, Signal};
use super::metrics::Metrics;
use super::partitions::Partitions;
use super::turn::{DRAIN, LOOK, PAUSE};
use super::world::{Watch, World};
use super::{arrivals, partitions::upstream};
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::kafka::transaction::{Fault, Transactions};
use crate::source::Sources;

/// How often what was read is handed on: each time costs the broker a transaction.
const HAND_ON: Duration = Duration::from_millis(200);
/// How often the partitions' times are told where nothing else is.
const TELL: Duration = Duration::from_secs(1);
/// Bytes of messages after which they are handed on at once.
const FULL_BYTES: usize = 16 << 20;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The topic, as `/readyz` calls it.
pub(super) const PART: &str = "events";

/// Everything that the loop owns.
#[derive(Debug)]
pub(super) struct Relay<'a> {
    pub(super) config: &'a Config,
    /// The names of the sources.
    pub(super) names: Vec<String>,
    /// The same as others are told them: a topic is one for all, but a folder or a port is ours.
    pub(super) told_names: Vec<String>,
    pub(super) partitions: Partitions,
    pub(super) ledgers: Vec<Ledger>,
    pub(super) keeper: Keeper,
    pub(super) sources: Sources,
    pub(super) control: Control,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
    pub(super) topic: Transactions,
    pub(super) held: Held,
}

/// When things were done last.
#[derive(Debug, Default)]
struct Times {
    /// By which partitions are idle.
    listening: Listening,
    handed: Duration,
    told: Duration,
    looked: Duration,
    stored: Duration,
    /// Whether there is something that the last checkpoint does not hold.
    changed: bool,
}

/// Why a world's time is over.
enum Next {
    World(Box<World>),
    Stop,
}

impl Relay<'_> {
    /// Runs until the daemon is asked to stop.
    ///
    /// # Errors
    /// When another daemon writes in our place, or the broker refuses what we are.
    pub(super) fn run(mut self, receiver: Receiver<Message>, mut world: World) -> anyhow::Result<()> {
        let listening = Listening::since(self.health.now());
        let (mut watch, mut times) = (Watch::new(self.config), Times { listening, ..Times::default() });
        let ended = loop {
            match self.live_in(&world, &receiver, (&mut watch, &mut times)) {
                Ok(Next::World(new)) => world = *new,
                Ok(Next::Stop) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        // An end for any reason ends the sources and the server too.
        self.control.stop();
        drop(receiver);
        self.sources.join();
        ended
    }

    fn live_in(
        &mut self,
        world: &World,
        receiver: &Receiver<Message>,
        (watch, times): (&mut Watch, &mut Times),
    ) -> anyhow::Result<Next> {
        let resolvers = self.config.sources.iter();
        let mut resolvers = resolvers
            .map(|source| Resolver::new(&world.inventory, source.labels.clone()))
            .collect::<Vec<_>>();
        let mut stopping = None;
        loop {
            let Some(partitions) = self.open()? else { return Ok(Next::Stop) };
            let message = receiver.recv_timeout(PAUSE);
            let ended = matches!(message, Err(RecvTimeoutError::Disconnected));
            times.listening.listened(self.health.now());
            match message {
                Ok(Message::Data(data)) => {
                    self.partitions.heard_of(data.source);
                    self.take(*data, (&mut resolvers, partitions), times)?;
                }
                Ok(Message::Signal { source, signal }) => {
                    // What it has found is told at once: who detects must wait for it.
                    self.partitions.heard_of(source);
                    self.hear((source, signal), times)?;
                }
                Err(_) => {}
            }
            let now = self.health.now();
            self.health.beat();
            if self.control.is_stopping() {
                let since = *stopping.get_or_insert(now);
                if ended || now > since + DRAIN {
                    self.hand_on_in_time(times)?;
                    self.end(times)?;
                    return Ok(Next::Stop);
                }
                continue;
            }
            if ended {
                bail!("every source has ended by a fault of its own");
            }
            let is_due = now >= times.handed + HAND_ON && !self.held.is_empty();
            if is_due || self.held.bytes() > FULL_BYTES || now >= times.told + TELL {
                self.hand_on_in_time(times)?;
            }
            self.keep(times)?;
            if now >= times.looked + LOOK {
                times.looked = now;
                let asked = self.control.take_reload();
                if (watch.changed() || asked)
                    && let Some(world) = World::reload(self.config, &self.metrics)
                {
                    return Ok(Next::World(world));
                }
            }
        }
    }

    /// How many partitions the topic has; nothing if the daemon is asked to stop before the broker says so.
    fn open(&mut self) -> anyhow::Result<Option<i32>> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.topic.open() {
                Ok(partitions) => return Ok(Some(partitions)),
                Err(Fault::Fatal(why)) => bail!("the topic of events: {why}"),
                Err(Fault::Retry(why)) => self.ill(&why),
                Err(Fault::Left(_)) => {}
            }
            self.health.beat();
            if self.control.wait(pause) {
                return Ok(None);
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn ill(&self, why: &str) {
        if self.health.ill(PART, why) {
            tracing::error!("the topic of events: {why}; it is tried again");
        }
    }

    fn take(
        &mut self,
        data: Data,
        (resolvers, partitions): (&mut [Resolver<'_>], i32),
        times: &mut Times,
    ) -> anyhow::Result<()> {
        let Some((name, resolver)) = self.names.get(data.source).zip(resolvers.get_mut(data.source)) else {
            return Ok(());
        };
        arrivals::came(&data, name, &self.metrics);
        let mut reached = (None, 0);
        if let Some(batch) = data.batch.as_ref().filter(|batch| !batch.is_empty()) {
            let batch = resolver.resolve(batch).context("a batch cannot be resolved")?;
            reached = arrivals::note(&batch, (&self.metrics, self.config.lateness), EventTime::MIN);
            self.held.add(data.source, letters::of(&batch, partitions)?);
        }
        // Of a topic the group knows how far it was read.
        let mark = self.held.read_up_to((data.source, &self.config.sources), data.mark);
        times.changed |= mark.is_some() || !data.objects.is_empty();
        self.partitions.took((data.source, &data.partition), mark, reached, times.listening.now());
        if let Some(ledger) = self.ledgers.get_mut(data.source) {
            data.objects.into_iter().for_each(|entry| ledger.add(entry));
        }
        Ok(())
    }

    fn hear(&mut self, (source, signal): (usize, Signal), times: &mut Times) -> anyhow::Result<()> {
        match signal {
            Signal::Joined(membership) => self.held.join(source, membership),
            Signal::Elsewhere(partitions) => {
                let name = &self.told_names[source];
                let names = partitions.iter().map(|partition| format!("{name}/{partition}"));
                self.held.elsewhere(source, names.collect());
            }
            Signal::Left(done) => {
                self.hand_on_in_time(times)?;
                self.leave(source);
                // Who does not wait any longer need not be told.
                let _told = done.try_send(());
            }
            signal => {
                let Self { names, partitions, ledgers, health, metrics, .. } = self;
                let hearing = Hearing { names, partitions, ledgers, health, metrics };
                times.changed |= hearing::hear(hearing, (source, signal), times.listening.now());
            }
        }
        Ok(())
    }

    /// The partitions of a source are others' to read, and to tell of.
    fn leave(&mut self, source: usize) {
        self.held.leave(source, &self.told_names[source]);
        self.partitions.leave(source);
    }

    /// Hands on what is held, unless a source has said nothing yet: what it has may be older than what others have, and
    /// nobody would know of its partitions.
    fn hand_on_in_time(&mut self, times: &mut Times) -> anyhow::Result<()> {
        if self.partitions.is_awaiting(times.listening.now()) {
            return Ok(());
        }
        self.hand_on(times)
    }

    /// Hands on what is held, and tells how far the partitions have come; tries until it is done. Only a stop ends it
    /// before: then nothing of it was read.
    fn hand_on(&mut self, times: &mut Times) -> anyhow::Result<()> {
        let mut pause = FIRST_PAUSE;
        let partitions = self.topic.open().unwrap_or(0);
        loop {
            let now = self.health.now();
            self.health.beat();
            let told = upstream::told(&self.partitions, &self.told_names, times.listening.now());
            let upstreams = self.held.with_finished(told);
            let (health, control) = (self.health.clone(), self.control.clone());
            let goes_on = move || {
                health.beat();
                !control.is_stopping()
            };
            match self.held.write(&self.topic, (&upstreams, partitions), &self.config.sources, &goes_on) {
                Ok(()) => {
                    (times.handed, times.told) = (now, now);
                    if self.health.well(PART) {
                        tracing::info!("the topic of events works again");
                    }
                    self.metrics.kafka.handed_on.inc_by(self.held.clear(upstreams));
                    return Ok(());
                }
                Err(Fault::Fatal(why)) => bail!(
                    "the topic of events: {why}; nothing is lost: what is not handed on is read again at the next start"
                ),
                Err(Fault::Left(source)) => {
                    tracing::warn!("source {}: the group went on without us", self.names[source]);
                    self.leave(source);
                }
                Err(Fault::Retry(why)) => {
                    self.ill(&why);
                    if self.control.wait(pause) {
                        tracing::warn!(
                            "the topic of events does not take what was read: {why}; it is read again at the next start"
                        );
                        return Ok(());
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Stores how far the sources are that no group keeps, once all of it is handed on.
    fn keep(&mut self, times: &mut Times) -> anyhow::Result<()> {
        if let Some(stored) = self.keeper.poll() {
            self.stored(stored, times);
        }
        let due = self.health.now() >= times.stored + self.config.checkpoint.interval;
        if due && times.changed && self.held.is_empty() && !self.keeper.is_busy {
            self.store(times)?;
        }
        Ok(())
    }

    /// The same at the end. What is held still was not read, for whoever comes next.
    fn end(&mut self, times: &mut Times) -> anyhow::Result<()> {
        if let Some(stored) = self.keeper.wait(|| self.health.beat()) {
            self.stored(stored, times);
        }
        if times.changed && self.held.is_empty() {
            self.store(times)?;
        }
        if let Some(stored) = self.keeper.wait(|| self.health.beat()) {
            self.stored(stored, times);
        }
        Ok(())
    }

    fn store(&mut self, times: &mut Times) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        let state = (&self.partitions, self.ledgers.as_slice());
        let made = Made::new(
            (Snapshot::of_nothing(), EventTime::MIN),
            state,
            &self.config.sources,
            self.keeper.writer,
        )?;
        times.changed = false;
        self.keeper.pack(made, watch.elapsed());
        self.keeper.store();
        Ok(())
    }

    /// A checkpoint was stored: lets the sources forget.
    fn stored(&self, stored: Stored, times: &mut Times) {
        times.stored = self.health.now();
        match stored.told(&self.metrics, &self.health) {
            Some(saved) => {
                times.changed |= !saved.is_all;
                self.sources.may_forget(&saved, &self.names);
            }
            None => times.changed = true,
        }
    }
}

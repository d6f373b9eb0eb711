//! The loop. Its order is fixed: take up what sources send, advance the watermark, hand what was found to the sinks, make a
//! checkpoint, store it when every sink has all that was found before it, and only then tell the sources what they may
//! forget. A crash anywhere brings events and findings again, and loses none.

mod going;
mod storing;

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use ambit_core::{Counts, Detector};
use ambit_ingest::Resolver;
use anyhow::Context;

use super::arrivals;
use super::control::Control;
use super::health::Health;
use super::hearing::{self, Hearing};
use super::keeper::Keeper;
use super::kept::Kept;
use super::ledger::Ledger;
use super::lines::Lines;
use super::listening::Listening;
use super::message::{Data, Message};
use super::metrics::Metrics;
use super::partitions::Partitions;
#[cfg(feature = "kafka")]
use super::partitions::upstream;
#[cfg(feature = "kafka")]
use super::share::course::Course;
use super::world::{Watch, World};
use crate::clock;
use crate::config::Config;
use crate::intake;
use crate::ocsf::Ocsf;
use crate::sink::{Sinks, Told, Undelivered};
use crate::source::Sources;

/// How long the loop waits for a message before it looks around.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
/// How often the watermark is advanced: each time costs a look at everything that waits for it.
const ADVANCE: Duration = Duration::from_millis(250);
/// How often the world is looked at for changes, and the detector's counts are taken.
pub(super) const LOOK: Duration = Duration::from_secs(2);
/// How long sources may take to end.
pub(super) const DRAIN: Duration = Duration::from_secs(15);

/// Everything that the loop owns.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) config: &'a Config,
    /// The names of the sources.
    pub(super) names: Vec<String>,
    pub(super) detector: Detector,
    pub(super) partitions: Partitions,
    /// The objects that each source has read.
    pub(super) ledgers: Vec<Ledger>,
    pub(super) keeper: Keeper,
    pub(super) kept: Option<Kept>,
    pub(super) lines: Lines,
    pub(super) sinks: Sinks,
    /// Where others have some of the shards.
    #[cfg(feature = "kafka")]
    pub(super) course: Option<Course>,
    pub(super) sources: Sources,
    pub(super) control: Control,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
}

/// When things were done last, and what has changed since.
#[derive(Debug, Default)]
struct Times {
    /// By which partitions are idle.
    listening: Listening,
    advanced: Duration,
    looked: Duration,
    stored: Duration,
    /// Whether there is something that the last checkpoint does not hold.
    changed: bool,
    /// A checkpoint that waits for the sinks, by its number with them.
    made: Option<u64>,
    /// A checkpoint that is being stored, by that number.
    storing: Option<u64>,
    counted: Counts,
}

/// Why a world's time is over.
enum Next {
    /// Another one.
    World(Box<World>),
    Stop,
}

impl Turn<'_> {
    /// Runs until the daemon is asked to stop; `watch` was made before the world was read.
    ///
    /// # Errors
    /// When the detector itself fails.
    pub(super) fn run(
        mut self,
        receiver: Receiver<Message>,
        (mut world, mut watch): (World, Watch),
    ) -> anyhow::Result<()> {
        let listening = Listening::since(self.health.now());
        let mut times = Times { listening, counted: self.detector.counts(), ..Times::default() };
        let ended = loop {
            let begun = storing::begin_archive(&mut self, &mut times);
            match begun.and_then(|()| self.live_in(&world, &receiver, (&mut watch, &mut times))) {
                // Who has some of the shards begins a new term with it.
                Ok(Next::World(_)) if going::is_sharing(&self) => self.control.stop(),
                Ok(Next::World(new)) => {
                    // Some counts begin anew with a detector.
                    self.look(&mut times);
                    self.detector = self.moved_into(&new)?;
                    times.counted = self.detector.counts();
                    world = *new;
                }
                Ok(Next::Stop) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let asked = self.control.is_stopping();
        // An end for any reason ends the sources and the server too.
        self.control.stop();
        // A source that waits for the loop must not wait for ever.
        drop(receiver);
        self.sources.join();
        match ended {
            Err(error) if asked && error.is::<Undelivered>() => {
                tracing::warn!("{error}; at the next start they are found and delivered again");
                Ok(())
            }
            ended => ended,
        }
    }

    /// The detector with the same state under other rules.
    fn moved_into(&mut self, world: &World) -> anyhow::Result<Detector> {
        if let Some(kept) = &mut self.kept {
            // What it has taken up is no part of its state.
            kept.take(&mut self.detector)?;
        }
        let snapshot = self.detector.snapshot()?;
        let detector = Detector::restore(world.rules.clone(), world.inventory.clone(), &snapshot)?;
        let detector = detector.with_decisions(world.decisions.clone());
        Ok(detector.with_early(self.config.provisional).with_taken(self.kept.is_some()))
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
            let message = going::receive(self, receiver, times);
            let ended = matches!(message, Err(RecvTimeoutError::Disconnected));
            times.listening.listened(self.health.now());
            match message {
                Ok(Message::Data(data)) => {
                    self.partitions.heard_of(data.source);
                    self.take(*data, &mut resolvers, times)?;
                    // What needs no window need not wait for the watermark.
                    self.deliver(world)?;
                }
                Ok(Message::Signal { source, signal }) => {
                    self.partitions.told(source, &signal);
                    let Self { names, partitions, ledgers, health, metrics, .. } = self;
                    let hearing = Hearing { names, partitions, ledgers, health, metrics };
                    times.changed |= hearing::hear(hearing, (source, signal), times.listening.now());
                }
                Err(_) => {}
            }
            let now = self.health.now();
            self.health.beat();
            if self.control.is_stopping() {
                let since = *stopping.get_or_insert(now);
                if ended || now > since + DRAIN {
                    self.advance(world, times)?;
                    storing::end(self, times)?;
                    return Ok(Next::Stop);
                }
                continue;
            }
            if ended {
                anyhow::bail!("every source has ended by a fault of its own");
            }
            if now >= times.advanced + ADVANCE {
                self.advance(world, times)?;
            }
            storing::keep(self, times)?;
            if now >= times.looked + LOOK {
                self.look(times);
                let asked = self.control.take_reload();
                if (watch.changed() || asked)
                    && let Some(world) = World::reload(self.config, &self.metrics)
                {
                    return Ok(Next::World(world));
                }
            }
        }
    }

    fn take(&mut self, data: Data, resolvers: &mut [Resolver<'_>], times: &mut Times) -> anyhow::Result<()> {
        let Some((name, resolver)) = self.names.get(data.source).zip(resolvers.get_mut(data.source)) else {
            return Ok(());
        };
        arrivals::came(&data, name, &self.metrics);
        let mut reached = (None, 0);
        if let Some(batch) = data.batch.as_ref().filter(|batch| !batch.is_empty()) {
            let batch = resolver.resolve(batch).context("a batch cannot be resolved")?;
            reached =
                arrivals::note(&batch, (&self.metrics, self.config.lateness), self.detector.watermark());
            self.detector.push(&batch);
        }
        self.partitions.took((data.source, &data.partition), data.mark, reached, times.listening.now());
        if let Some(ledger) = self.ledgers.get_mut(data.source) {
            data.objects.into_iter().for_each(|entry| ledger.add(entry));
        }
        times.changed = true;
        Ok(())
    }

    /// Advances the watermark and delivers what is found.
    fn advance(&mut self, world: &World, times: &mut Times) -> anyhow::Result<()> {
        times.advanced = self.health.now();
        // One whose clock is ahead of ours does not make everybody else late: what it tells counts as told now.
        let ceiling = intake::now();
        let mut watermark = self.partitions.watermark(times.listening.now(), ceiling);
        let pending = self.detector.pending_bytes() as u64;
        // Who waits for others is not held up by events, and takes no more of them.
        if pending > self.config.pending_bytes && !self.detector.is_awaiting_parts() {
            // Room goes before patience: first without those who hold the others, then without the late.
            let forced = if pending > self.config.pending_bytes.saturating_mul(2) {
                self.partitions.furthest(ceiling)
            } else {
                self.partitions.forced(ceiling)
            };
            if forced > watermark {
                self.metrics.times.forced.inc();
                watermark = forced;
            }
        }
        if let Some(watermark) = watermark
            && (watermark > self.detector.watermark() || self.detector.is_awaiting_parts())
        {
            going::go_on_to(self, watermark, world, times)?;
            times.changed = true;
        }
        if let Some(kept) = &mut self.kept {
            kept.take(&mut self.detector)?;
        }
        self.deliver(world)
    }

    fn deliver(&mut self, world: &World) -> anyhow::Result<()> {
        let ocsf = Ocsf::new(&world.catalogue, &world.rules.tenant);
        let (mut told, mut lines) = (Vec::new(), Vec::new());
        loop {
            let early = self.detector.poll_early();
            let (early, finding) = match early.map(|finding| (true, finding)) {
                Some(early) => early,
                None => match self.detector.poll_finding() {
                    Some(finding) => (false, finding),
                    None => break,
                },
            };
            let ocsf = if early { ocsf.provisional() } else { ocsf };
            lines.push(self.lines.line(&ocsf, &finding)?);
            told.push(Told { finding, early });
        }
        if lines.is_empty() {
            return Ok(());
        }
        Ok(self.sinks.deliver(lines, told)?)
    }

    /// Takes the detector's counts and the age of the watermark.
    fn look(&self, times: &mut Times) {
        times.looked = self.health.now();
        let counts = self.detector.counts();
        self.metrics.counted(&times.counted, &counts, self.config.budget);
        times.counted = counts;
        let waiting = self.kept.as_ref().map_or(0, Kept::bytes);
        self.metrics.store.archive_bytes.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.metrics.advanced(self.detector.watermark(), clock::wall());
        #[cfg(feature = "kafka")]
        for (source, wrong) in upstream::untold(&self.partitions, times.listening.now()) {
            let part = format!("upstream of {}", self.names[source]);
            match wrong {
                None => {
                    self.health.well(&part);
                }
                Some(wrong) if self.health.ill(&part, wrong.as_str()) => tracing::warn!("{part}: {wrong}"),
                Some(_) => {}
            }
        }
    }
}

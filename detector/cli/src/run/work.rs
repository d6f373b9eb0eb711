//! What a daemon of each role does, and what it needs for it.

use std::sync::mpsc::Receiver;

use ambit_core::Detector;
use anyhow::Context;

use super::checkpoint::Loaded;
use super::control::Control;
use super::health::Health;
use super::keeper::Keeper;
use super::kept::Kept;
use super::ledger::Ledger;
use super::lines::Lines;
use super::message::Message;
use super::metrics::Metrics;
use super::partitions::Partitions;
#[cfg(feature = "kafka")]
use super::relay::{self, Relay};
use super::turn::Turn;
use super::world::{Watch, World};
#[cfg(feature = "kafka")]
use crate::config::From;
use crate::config::{Config, Role};
#[cfg(feature = "kafka")]
use crate::kafka::transaction::Transactions;
use crate::sink::Sinks;
use crate::source::Sources;

/// What every loop has around it.
#[derive(Debug)]
pub(super) struct Around<'a> {
    pub(super) config: &'a Config,
    /// The names of the sources.
    pub(super) names: Vec<String>,
    pub(super) partitions: Partitions,
    /// The objects that each source has read.
    pub(super) ledgers: Vec<Ledger>,
    pub(super) keeper: Keeper,
    pub(super) sources: Sources,
    pub(super) control: Control,
    pub(super) health: Health,
    pub(super) metrics: Metrics,
}

/// The work of a role.
#[derive(Debug)]
pub(super) enum Work {
    Detect(Box<Detecting>),
    #[cfg(feature = "kafka")]
    HandOn(Box<Transactions>),
}

/// What detection needs.
#[derive(Debug)]
pub(super) struct Detecting {
    detector: Detector,
    kept: Option<Kept>,
    sinks: Sinks,
}

impl Work {
    /// What the role of the configuration needs, going on from a checkpoint.
    ///
    /// # Errors
    /// When the checkpoint cannot be continued from, or a sink is not as it is configured.
    pub(super) fn new(
        config: &Config,
        (world, loaded): (&World, Option<Loaded>),
        (control, health, metrics): (&Control, &Health, &Metrics),
    ) -> anyhow::Result<Self> {
        match &config.role {
            Role::All => {
                let tables = loaded.as_ref().map(|loaded| loaded.snapshot.tables.as_slice());
                let kept = config.archive.as_ref().map(|archive| Kept::open(archive, tables)).transpose()?;
                let detector = detector(world, loaded)?
                    .with_early(config.provisional)
                    .with_taken(config.archive.is_some());
                let sinks = Sinks::new(config, control, health, metrics)?;
                Ok(Self::Detect(Box::new(Detecting { detector, kept, sinks })))
            }
            #[cfg(feature = "kafka")]
            Role::Ingest(events) => {
                // The same after a restart, so that the broker ends what the one before us began and did not end.
                let id = format!("ambit.{:032x}", config.checkpoint.kept.id());
                health.well(relay::PART);
                let topic = (events.topic.as_str(), id.as_str());
                let topic = Transactions::new(&events.kafka, topic, relay::PART, metrics)?;
                Ok(Self::HandOn(Box::new(topic)))
            }
            Role::Detect(_) => anyhow::bail!("those that share the shards detect in terms"),
            #[cfg(not(feature = "kafka"))]
            Role::Ingest(_) => anyhow::bail!("this program was built without Kafka"),
        }
    }

    /// Does it until the daemon is asked to stop.
    ///
    /// # Errors
    /// When it cannot go on.
    pub(super) fn run(
        self,
        around: Around<'_>,
        receiver: Receiver<Message>,
        world: World,
    ) -> anyhow::Result<()> {
        let Around { config, names, partitions, ledgers, keeper, sources, control, health, metrics } = around;
        match self {
            Self::Detect(detecting) => {
                let Detecting { detector, kept, sinks } = *detecting;
                let turn = Turn {
                    config,
                    names,
                    detector,
                    partitions,
                    ledgers,
                    keeper,
                    kept,
                    lines: Lines::new(config)?,
                    sinks,
                    #[cfg(feature = "kafka")]
                    course: None,
                    sources,
                    control,
                    health,
                    metrics,
                };
                turn.run(receiver, (world, Watch::new(config)))
            }
            #[cfg(feature = "kafka")]
            Self::HandOn(topic) => {
                let held = relay::Held::default();
                let own = config.checkpoint.kept.id() >> 96;
                let told_names = config.sources.iter().map(|source| match source.from {
                    From::Kafka { .. } => source.name.clone(),
                    _ => format!("{}@{own:08x}", source.name),
                });
                let relay = Relay {
                    config,
                    told_names: told_names.collect(),
                    names,
                    partitions,
                    ledgers,
                    keeper,
                    sources,
                    control,
                    health,
                    metrics,
                    topic: *topic,
                    held,
                };
                relay.run(receiver, world)
            }
        }
    }
}

fn detector(world: &World, loaded: Option<Loaded>) -> anyhow::Result<Detector> {
    let (rules, inventory) = (world.rules.clone(), world.inventory.clone());
    let detector = match loaded {
        None => Detector::new(rules, inventory),
        Some(loaded) => {
            let detector = Detector::restore(rules, inventory, &loaded.snapshot)
                .context("the checkpoint cannot be continued from")?;
            tracing::info!(
                "going on from a checkpoint, which knows everything before {}",
                detector.watermark()
            );
            detector
        }
    };
    Ok(detector.with_decisions(world.decisions.clone()))
}

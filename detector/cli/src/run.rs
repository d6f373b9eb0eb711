//! `ambit run`: the daemon. Sources run in threads and send what they read through one bounded channel; one loop owns the
//! detector and takes it from there.

mod arrivals;
pub(crate) mod checkpoint;
pub(crate) mod control;
pub(crate) mod health;
mod hearing;
mod keeper;
mod kept;
pub(crate) mod ledger;
mod lines;
mod listening;
pub(crate) mod message;
pub(crate) mod metrics;
mod notify;
pub(crate) mod partitions;
#[cfg(feature = "kafka")]
mod relay;
#[cfg(feature = "kafka")]
mod share;
mod turn;
mod work;
pub(crate) mod world;

use std::collections::BTreeSet;
use std::sync::mpsc;
use std::thread;

use tokio::runtime::Runtime;

use self::checkpoint::{Loaded, Store};
use self::control::Control;
use self::health::Health;
use self::keeper::{Keeper, Shelves};
use self::ledger::Ledger;
use self::metrics::Metrics;
use self::notify::Notifier;
use self::partitions::Partitions;
use self::work::{Around, Work};
use self::world::World;
use crate::args::RunArgs;
use crate::config::{self, Config, From, Overrides, Role};
use crate::exit::Exit;
use crate::logging::{self, LogFormat};
use crate::{http, sink, source};

/// Messages that may wait for the loop. Each holds a batch.
const QUEUE: usize = 8;

/// Runs the command.
pub(crate) fn run(args: &RunArgs, log: Option<LogFormat>) -> anyhow::Result<Exit> {
    let flags = Overrides {
        listen: args.listen.clone(),
        inventory: args.inventory.clone(),
        budget: args.budget,
        log,
    };
    let config = match config::load(&args.config, &flags) {
        Ok(config) => config,
        Err(error) => {
            logging::start(log.unwrap_or(LogFormat::Pretty));
            return Err(error);
        }
    };
    logging::start(config.log);
    daemon(&config)
}

fn daemon(config: &Config) -> anyhow::Result<Exit> {
    let (control, health, metrics) = (Control::default(), Health::new(), Metrics::new()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    control.obey_signals(&runtime)?;
    let names = config.sources.iter().map(|source| source.name.clone()).collect::<Vec<_>>();
    metrics.prime(&names, &sink::names(config));
    let around = (&control, &health, &metrics);
    #[cfg(feature = "kafka")]
    if let Role::Detect(peers) = &config.role {
        attend(config, (&runtime, Vec::new()), around, || share::run(config, peers, around))?;
        return Ok(Exit::Done);
    }
    let store = Store::open(&config.checkpoint)?;
    // Of many workloads each takes seconds, and neither needs the other.
    let (world, loaded) = thread::scope(|scope| {
        let world = scope.spawn(|| World::load(config));
        let loaded = store.load();
        (world.join(), loaded)
    });
    let world = world.map_err(|_fault| anyhow::anyhow!("reading the rules and the inventory stopped"))??;
    let loaded = loaded?;
    let mut partitions = Partitions::new((config.idle, config.outage), names.len()).started_at(health.now());
    let known = |source: &config::Source| {
        let is_objects = matches!(source.from, From::Objects(_));
        loaded.as_ref().filter(|_| is_objects).and_then(|loaded| loaded.ledgers.get(&source.name))
    };
    let ledgers = config.sources.iter().map(|source| known(source).cloned().unwrap_or_default());
    let ledgers = ledgers.collect::<Vec<Ledger>>();
    if let Some(loaded) = &loaded {
        metrics.store.damaged.inc_by(loaded.damaged);
        put_back(loaded, config, &mut partitions, &health);
    }
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let start = source::Start {
        config,
        sender,
        control: &control,
        health: &health,
        metrics: &metrics,
        ledgers: &ledgers,
    };
    let work = Work::new(config, (&world, loaded), around)?;
    let mut sources = source::start(&start, |source| partitions.marks(source))?;
    // The loop must see when the last source has ended.
    drop(start);
    let receivers = std::mem::take(&mut sources.receivers);
    let keeper = Keeper::new(Shelves::Own(store))?;
    let (ours, told, counted) = (control.clone(), health.clone(), metrics.clone());
    let around_loop = Around {
        config,
        names,
        partitions,
        ledgers,
        keeper,
        sources,
        control: ours,
        health: told,
        metrics: counted,
    };
    attend(config, (&runtime, receivers), around, || work.run(around_loop, receiver, world))?;
    Ok(Exit::Done)
}

/// Does the work with everything around it that is the same for every role: the HTTP server, and the word to systemd.
fn attend(
    config: &Config,
    (runtime, receivers): (&Runtime, Vec<source::Receiver>),
    (control, health, metrics): (&Control, &Health, &Metrics),
    work: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let server = http::serve(runtime, &config.http, receivers, health, metrics)?;
    tracing::info!("listening on http://{}", server.address);
    let mut notifier = Notifier::new();
    notifier.say("READY=1");
    // A stop ends the server first, so that senders are told at once; the loop then takes up what they sent before.
    thread::scope(|scope| {
        let closing = scope.spawn(move || {
            // Not in the loop, which may wait long for a sink.
            while !control.wait(turn::PAUSE) {
                if health.is_alive() {
                    notifier.beat(health.now());
                }
            }
            notifier.say("STOPPING=1");
            server.stop(runtime);
        });
        let ended = work();
        control.stop();
        closing.join().map_err(|_fault| anyhow::anyhow!("the HTTP server ended by a fault of its own"))?;
        ended
    })?;
    tracing::info!("ended");
    Ok(())
}

/// Puts back how far each source was read. One that is of another kind now begins anew: what was read of the one says nothing of
/// the other.
fn put_back(loaded: &Loaded, config: &Config, partitions: &mut Partitions, health: &Health) {
    let most_lateness_micros = config.lateness.cloud_micros.max(config.lateness.other_micros);
    let mut untaken = BTreeSet::new();
    for row in &loaded.partitions {
        let source = config.sources.iter().position(|source| is_of(source, &row.source, &row.kind));
        let Some(source) = source else {
            untaken.insert((&row.source, &row.kind));
            continue;
        };
        // How far a topic was read that is shared is known to its group.
        if matches!(config.role, Role::Ingest(_)) && matches!(config.sources[source].from, From::Kafka { .. })
        {
            continue;
        }
        let place = (source, row.name.as_str().into());
        partitions.restore(place, row.partition.clone(), most_lateness_micros, health.now());
    }
    for (name, kind) in untaken {
        match config.sources.iter().find(|source| source.name == *name) {
            Some(source) => tracing::warn!(
                "source {name} was of the kind {kind} and is now of the kind {}: it begins anew",
                source.from.kind()
            ),
            None => {
                tracing::warn!("the checkpoint knows a source `{name}`, which is not configured any longer");
            }
        }
    }
}

/// Whether a source is the one that a checkpoint knows; an older one does not say of which kind.
fn is_of(source: &config::Source, name: &str, kind: &str) -> bool {
    source.name == name && (kind.is_empty() || kind == source.from.kind())
}

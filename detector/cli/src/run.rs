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
pub(crate) mod message;
pub(crate) mod metrics;
mod notify;
pub(crate) mod partitions;
#[cfg(feature = "kafka")]
mod relay;
mod turn;
mod work;
pub(crate) mod world;

use std::sync::mpsc;
use std::thread;

use self::checkpoint::{Loaded, Store};
use self::control::Control;
use self::health::Health;
use self::keeper::Keeper;
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
    let store = Store::open(&config.checkpoint)?;
    let world = World::load(config)?;
    let loaded = store.load()?;
    let mut partitions = Partitions::new((config.idle, config.outage), names.len());
    let known = |name: &String| loaded.as_ref().and_then(|loaded| loaded.ledgers.get(name));
    let ledgers = names.iter().map(|name| known(name).cloned().unwrap_or_default()).collect::<Vec<Ledger>>();
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
    let work = Work::new(config, (&world, loaded), (&control, &health, &metrics))?;
    let mut sources = source::start(&start, |source| partitions.marks(source))?;
    // The loop must see when the last source has ended.
    drop(start);
    let receivers = std::mem::take(&mut sources.receivers);
    let keeper = Keeper::new(store)?;
    let server = http::serve(&runtime, &config.http, receivers, &health, &metrics)?;
    tracing::info!("listening on http://{}", server.address);
    let mut notifier = Notifier::new();
    notifier.say("READY=1");
    let (stopping, living) = (control.clone(), health.clone());
    let around = Around { config, names, partitions, ledgers, keeper, sources, control, health, metrics };
    // A stop ends the server first, so that senders are told at once; the loop then takes up what they sent before.
    let ended = thread::scope(|scope| {
        let runtime = &runtime;
        let closing = scope.spawn(move || {
            // Not in the loop, which may wait long for a sink.
            while !stopping.wait(turn::PAUSE) {
                if living.is_alive() {
                    notifier.beat(living.now());
                }
            }
            notifier.say("STOPPING=1");
            server.stop(runtime);
        });
        let ended = work.run(around, receiver, world);
        closing.join().map_err(|_fault| anyhow::anyhow!("the HTTP server ended by a fault of its own"))?;
        ended
    });
    ended?;
    tracing::info!("ended");
    Ok(Exit::Done)
}

fn put_back(loaded: &Loaded, config: &Config, partitions: &mut Partitions, health: &Health) {
    for row in &loaded.partitions {
        if let Some(source) = config.sources.iter().position(|source| source.name == row.source) {
            // How far a topic was read that is shared is known to its group.
            if matches!(config.role, Role::Ingest(_))
                && matches!(config.sources[source].from, From::Kafka { .. })
            {
                continue;
            }
            partitions.restore(source, row.name.as_str().into(), row.partition.clone(), health.now());
        } else {
            tracing::warn!(
                "the checkpoint knows a source `{}`, which is not configured any longer",
                row.source
            );
        }
    }
}

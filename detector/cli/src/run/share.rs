//! Role `detect`: daemons that see the same events, each with some shards of the workloads. Who has which, a group says; a
//! term lasts as long as that stays. Each term goes on from the newest moment at which every shard was stored, whoever had
//! it: what was found after it is found again, with the same uids and words.

pub(super) mod course;
mod membership;
mod said;

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use ambit_core::{Detector, Part, Snapshot};
use anyhow::Context;

use self::course::Course;
use self::membership::{Membership, Term};
use self::said::Teller;
use super::checkpoint::Loaded;
use super::checkpoint::cuts::Cuts;
use super::control::Control;
use super::health::Health;
use super::keeper::{Keeper, STORE, Shelves};
use super::ledger::Ledger;
use super::lines::Lines;
use super::metrics::Metrics;
use super::partitions::Partitions;
use super::turn::Turn;
use super::world::{Watch, World};
use super::{QUEUE, put_back};
use crate::config::{Config, Peers};
use crate::sink::Sinks;
use crate::source;

/// How long to wait before a place of checkpoints that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Detects, term after term, until the daemon is asked to stop.
///
/// # Errors
/// When it cannot go on: nothing but a change by people helps.
pub(super) fn run(
    config: &Config,
    peers: &Peers,
    (control, health, metrics): (&Control, &Health, &Metrics),
) -> anyhow::Result<()> {
    let mut world = World::load(config)?;
    let membership = Membership::join(peers, (control, health, metrics))?;
    let mut ended = Ok(());
    while ended.is_ok() {
        let term = match membership.next() {
            Ok(Some(term)) => term,
            Ok(None) => break,
            Err(error) => {
                ended = Err(error);
                break;
            }
        };
        // What is changed from here on is noticed in the term.
        let watch = Watch::new(config);
        // What is wrong is refused, and the term begins with what there was before.
        if let Some(new) = World::reload(config, metrics) {
            world = *new;
        }
        ended = serve(config, peers, term, ((world.clone(), watch), health, metrics));
        membership.ended();
    }
    membership.leave();
    ended
}

/// One term.
fn serve(
    config: &Config,
    peers: &Peers,
    Term { part, control }: Term,
    ((world, watch), health, metrics): ((World, Watch), &Health, &Metrics),
) -> anyhow::Result<()> {
    let names = config.sources.iter().map(|source| source.name.clone()).collect::<Vec<_>>();
    let cuts = Cuts::open(&config.checkpoint, &part)?;
    // With many workloads that takes minutes, in which the loop lives though it does not turn.
    let beating = Beating::start(health)?;
    let Some(loaded) = load(&cuts, &control, health) else { return Ok(()) };
    let partitions = Partitions::new((config.idle, config.outage), names.len());
    let mut partitions = partitions.started_at(health.now());
    if let Some((parts, damaged)) = &loaded {
        metrics.store.damaged.inc_by(*damaged);
        if let Some(first) = parts.first() {
            put_back(first, config, &mut partitions, health);
        }
    }
    let mut detector = detector(&world, part, loaded.map(|(parts, _)| parts))?.with_early(config.provisional);
    // What waits was read by one, and who told of it early was another.
    detector.look_again();
    drop(beating);
    let (said, words) = mpsc::sync_channel(QUEUE);
    let (sender, receiver) = mpsc::sync_channel(QUEUE);
    let ledgers = vec![Ledger::default(); names.len()];
    let start = source::Start { config, sender, control: &control, health, metrics, ledgers: &ledgers };
    let sources = source::start(&start, |source| partitions.marks(source))?;
    // The loop must see when the last source has ended.
    drop(start);
    let turn = Turn {
        config,
        names,
        detector,
        partitions,
        ledgers,
        keeper: Keeper::new(Shelves::Shared(cuts))?,
        kept: None,
        lines: Lines::new(config)?,
        sinks: Sinks::new(config, &control, health, metrics)?,
        course: Some(Course::new(Teller::new(peers, metrics)?, words, peers.cut_micros)),
        sources,
        control: control.clone(),
        health: health.clone(),
        metrics: metrics.clone(),
    };
    std::thread::scope(|scope| {
        let listening = control.clone();
        let listener = scope.spawn(move || said::listen(peers, &said, (&listening, health)));
        let ended = turn.run(receiver, (world, watch));
        control.stop();
        listener.join().map_err(|_fault| anyhow::anyhow!("the listener ended by a fault of its own"))?;
        ended
    })
}

/// Signs of life while the loop does not turn.
#[derive(Debug)]
struct Beating {
    control: Control,
    thread: Option<JoinHandle<()>>,
}

impl Beating {
    fn start(health: &Health) -> anyhow::Result<Self> {
        let (control, health) = (Control::default(), health.clone());
        let asked = control.clone();
        let thread = std::thread::Builder::new().name("restoring".to_owned());
        let thread = thread.spawn(move || {
            while !asked.wait(PAUSE) {
                health.beat();
            }
        });
        Ok(Self {
            control,
            thread: Some(thread.context("the thread that gives signs of life cannot be started")?),
        })
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        self.control.stop();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that gives signs of life ended by a fault of its own");
        }
    }
}

/// What there is to go on from; asked again until the place answers. None when the term ends before.
#[expect(clippy::option_option, reason = "there may be nothing yet to go on from")]
fn load(cuts: &Cuts, control: &Control, health: &Health) -> Option<Option<(Vec<Loaded>, u64)>> {
    loop {
        match cuts.load() {
            Ok(loaded) => {
                health.well(STORE);
                return Some(loaded);
            }
            Err(error) if health.ill(STORE, format!("{error:#}")) => {
                tracing::error!("nothing can be gone on from: {error:#}");
            }
            Err(_) => {}
        }
        if control.wait(PAUSE) {
            return None;
        }
    }
}

/// A detector of some shards, that goes on from what was stored of them.
fn detector(world: &World, part: Part, loaded: Option<Vec<Loaded>>) -> anyhow::Result<Detector> {
    let (rules, inventory) = (world.rules.clone(), world.inventory.clone());
    let detector = match loaded {
        None => Detector::in_part(rules, inventory, part),
        Some(parts) => {
            let snapshots = parts.into_iter().map(|loaded| loaded.snapshot).collect::<Vec<Snapshot>>();
            let detector = Detector::restore_part(rules, inventory, part, &snapshots)
                .context("the checkpoints cannot be continued from")?;
            tracing::info!(
                "going on from checkpoints, which know everything before {}",
                detector.watermark()
            );
            detector
        }
    };
    Ok(detector.with_decisions(world.decisions.clone()))
}

//! Where the daemon's events come from. Each source runs in a thread of its own: it reads, decodes, and sends what it has
//! through one bounded channel to the loop. So raw records, and the secrets in them, never leave their source.

mod file;
#[cfg(feature = "kafka")]
pub(crate) mod kafka;
#[cfg(feature = "objects")]
mod objects;
mod posted;
mod spool;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;

use ambit_ingest::Settings;
use ambit_ingest::decode::TimeBounds;
use ambit_ingest::source::{Mark, Tail, TailSettings};
use anyhow::Context;

use crate::config::{self, Config, From};
use crate::intake;
use crate::run::checkpoint::Saved;
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::ledger::Ledger;
use crate::run::message::{Data, Message, Signal};
use crate::run::metrics::Metrics;

pub(crate) use self::posted::{Answer, Post, Receiver};
use self::spool::Spool;

/// What a source thread works with.
#[derive(Debug, Clone)]
pub(crate) struct Outlet {
    /// The source's place in the configuration.
    source: usize,
    sender: SyncSender<Message>,
    pub(crate) control: Control,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
}

/// The loop is gone: there is nobody to send to.
#[derive(Debug)]
pub(crate) struct Closed;

impl Outlet {
    /// Hands a piece on; waits while the loop is busy.
    pub(crate) fn data(&self, data: Data) -> Result<(), Closed> {
        let data = Box::new(Data { source: self.source, ..data });
        self.sender.send(Message::Data(data)).map_err(|_gone| Closed)
    }

    /// Says something.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), Closed> {
        self.sender.send(Message::Signal { source: self.source, signal }).map_err(|_gone| Closed)
    }
}

/// How a source is told what a checkpoint covers.
#[derive(Debug)]
enum Covered {
    Spool(Spool),
    #[cfg(feature = "kafka")]
    Kafka(SyncSender<Vec<Mark>>),
    /// It does not need to know.
    Nobody,
}

/// The running sources.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    threads: Vec<JoinHandle<()>>,
    covered: Vec<Covered>,
    /// What is posted to the HTTP server, by the name of the source.
    pub(crate) receivers: Vec<Receiver>,
}

/// How the records of a source are read.
pub(crate) fn settings(source: &config::Source) -> Settings {
    Settings {
        format: source.format,
        times: TimeBounds { latest: Some(intake::latest()), ..TimeBounds::default() },
        labels: source.labels.clone(),
        ..Settings::default()
    }
}

/// What all sources are started with.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) config: &'a Config,
    pub(crate) sender: SyncSender<Message>,
    pub(crate) control: &'a Control,
    pub(crate) health: &'a Health,
    pub(crate) metrics: &'a Metrics,
    /// The objects that each source has read.
    pub(crate) ledgers: &'a [Ledger],
}

/// Starts every source where its marks say.
///
/// # Errors
/// When one cannot be started as it is configured.
pub(crate) fn start(start: &Start<'_>, marks: impl Fn(usize) -> Vec<Mark>) -> anyhow::Result<Sources> {
    let mut sources = Sources::default();
    for (index, source) in start.config.sources.iter().enumerate() {
        let outlet = Outlet {
            source: index,
            sender: start.sender.clone(),
            control: start.control.clone(),
            health: start.health.clone(),
            metrics: start.metrics.clone(),
        };
        start.health.well(&format!("source {}", source.name));
        let marks = marks(index);
        let covered = match &source.from {
            From::File { paths, begin, scan, settle } => {
                let decode = settings(source);
                let settings = TailSettings { paths: paths.clone(), decode, settle: *settle, begin: *begin };
                let (tail, scan) = (Tail::new(settings, &marks), *scan);
                sources.run(&source.name, move || file::run(tail, scan, &outlet))?;
                Covered::Nobody
            }
            From::Http { otlp, token, spool_bytes } => {
                let folder = start.config.checkpoint.local.as_deref().context("no `checkpoint.local`")?;
                let folder = folder.join("received").join(&source.name);
                let spool = Spool::open(&folder, *spool_bytes)?;
                let (receiver, posts) =
                    posted::channel(source, (*otlp, token.as_ref()), &spool, start.config.http.queue);
                sources.receivers.push(receiver);
                let posted = posted::Posted::new(source, spool.clone(), marks.first(), posts);
                sources.run(&source.name, move || posted.run(&outlet))?;
                Covered::Spool(spool)
            }
            #[cfg(feature = "kafka")]
            From::Kafka { .. } => {
                let (sender, covered) = std::sync::mpsc::sync_channel(4);
                let share = match start.config.role {
                    config::Role::All => kafka::Share::Kept,
                    config::Role::Ingest(_) => kafka::Share::OfGroup,
                    config::Role::Detect(_) => kafka::Share::Everything,
                };
                let consumer = kafka::Consumer::new(source, (&marks, share), covered, &outlet)?;
                sources.run(&source.name, move || consumer.run(&outlet))?;
                Covered::Kafka(sender)
            }
            #[cfg(not(feature = "kafka"))]
            From::Kafka { .. } => anyhow::bail!("this program was built without Kafka"),
            #[cfg(feature = "objects")]
            From::Objects(from) => {
                let ledger = start.ledgers.get(index).cloned().unwrap_or_default();
                let poll = objects::Poll::new(source, from, (&marks, ledger), &outlet)?;
                sources.run(&source.name, move || poll.run(&outlet))?;
                Covered::Nobody
            }
            #[cfg(not(feature = "objects"))]
            From::Objects(_) => anyhow::bail!("this program was built without object stores"),
        };
        sources.covered.push(covered);
    }
    Ok(sources)
}

impl Sources {
    fn run(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
        let thread = std::thread::Builder::new().name(format!("source {name}"));
        self.threads.push(thread.spawn(work).with_context(|| format!("source {name} cannot be started"))?);
        Ok(())
    }

    /// Tells each source what every checkpoint that is kept covers.
    pub(crate) fn may_forget(&self, saved: &Saved, names: &[String]) {
        for (source, name) in names.iter().enumerate() {
            let Some(rows) = &saved.covered else { break };
            let own = rows.iter().filter(|row| row.source == *name);
            self.covered(source, own.filter_map(|row| row.partition.mark.clone()).collect());
        }
    }

    fn covered(&self, source: usize, marks: Vec<Mark>) {
        match self.covered.get(source) {
            Some(Covered::Spool(spool)) => spool.forget(marks.first().map_or(0, |mark| mark.offset)),
            // A consumer that is busy is told the next time.
            #[cfg(feature = "kafka")]
            Some(Covered::Kafka(sender)) => drop(sender.try_send(marks)),
            Some(Covered::Nobody) | None => {}
        }
    }

    /// Waits for the threads, which end when the daemon is asked to stop.
    pub(crate) fn join(self) {
        drop((self.covered, self.receivers));
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a source ended by a fault of its own");
            }
        }
    }
}

/// A piece without a source, which the outlet fills in.
pub(crate) fn piece(partition: Arc<str>, mark: Option<Mark>) -> Data {
    Data { source: 0, partition, batch: None, rejects: Vec::new(), mark, bytes: 0, objects: Vec::new() }
}

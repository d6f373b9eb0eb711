//! Where the daemon's findings go. Each sink has a queue and a thread of its own, which tries until it is done; only when
//! every sink has a finding, a checkpoint may say that its events are dealt with. So nothing is lost when a receiver is
//! down, the others have everything meanwhile, and one that was told twice knows the uid.

mod courier;
mod dead;
#[cfg(feature = "kafka")]
mod kafka;
mod ndjson;
mod queue;
mod webhook;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ambit_schemas::Finding;
use anyhow::Context as _;

use crate::config::{self, Config, Role};
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::metrics::Metrics;

use self::courier::Courier;
use self::dead::DeadLetters;
#[cfg(feature = "kafka")]
use self::kafka::KafkaSink;
use self::ndjson::Ndjson;
use self::queue::{Batch, Offer, Queue};
use self::webhook::Webhook;

pub(crate) use self::webhook::agent;

/// How long the loop waits for room before it looks whether it is to end.
const ROOM: Duration = Duration::from_millis(100);

/// A finding as it is written out.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The finding's uid.
    pub(crate) uid: String,
    /// One JSON object without a line end.
    pub(crate) json: String,
    /// The same as a record of `finding.v1`, without what tells its schema; only where a sink wants it.
    pub(crate) avro: Option<Vec<u8>>,
}

/// A finding that is told, for those who count.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) finding: Finding,
    /// Whether it is told before the watermark has passed its event.
    pub(crate) early: bool,
}

/// Why a delivery failed, which says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// The receiver will never take this.
    #[error("{0}")]
    Refused(String),
}

/// A sink takes nothing any longer, because the daemon is to end or by a fault of its own.
#[derive(Debug, thiserror::Error)]
#[error("{sink} did not take every finding")]
pub(crate) struct Undelivered {
    sink: String,
}

#[derive(Debug)]
enum Receiver {
    Ndjson(Ndjson),
    Webhook(Box<Webhook>),
    #[cfg(feature = "kafka")]
    Kafka(Box<KafkaSink>),
}

impl Receiver {
    fn new(
        config: &config::Sink,
        part: &str,
        (control, metrics): (&Control, &Metrics),
    ) -> anyhow::Result<Self> {
        Ok(match config {
            config::Sink::Ndjson { path, fsync } => Self::Ndjson(Ndjson::new(path.clone(), *fsync)),
            config::Sink::Webhook(webhook) => Self::Webhook(Box::new(Webhook::new(webhook)?)),
            #[cfg(feature = "kafka")]
            config::Sink::Kafka(sink) => {
                Self::Kafka(Box::new(KafkaSink::new(sink, part, (control, metrics))?))
            }
            #[cfg(not(feature = "kafka"))]
            config::Sink::Kafka(_) => {
                let _unused = (part, control, metrics);
                anyhow::bail!("this program was built without Kafka")
            }
        })
    }

    /// Delivers some of the lines, from the first on; says how many.
    fn deliver(&mut self, lines: &[Line]) -> Result<usize, DeliveryError> {
        match self {
            Self::Ndjson(sink) => sink.deliver(lines),
            Self::Webhook(sink) => sink.deliver(lines),
            #[cfg(feature = "kafka")]
            Self::Kafka(sink) => sink.deliver(lines),
        }
    }

    /// Keeps its connection, or what proves who it is, from growing old while nothing is delivered.
    fn tend(&self) {
        match self {
            Self::Ndjson(_) | Self::Webhook(_) => {}
            #[cfg(feature = "kafka")]
            Self::Kafka(sink) => sink.tend(),
        }
    }

    /// Whether what it took must be made to stay.
    const fn keeps(&self) -> bool {
        match self {
            Self::Ndjson(_) => true,
            Self::Webhook(_) => false,
            #[cfg(feature = "kafka")]
            Self::Kafka(sink) => sink.keeps(),
        }
    }

    /// Makes it stay before a checkpoint; of those that are stored the last is told too.
    #[cfg_attr(not(feature = "kafka"), expect(unused_variables, reason = "only a topic has to know"))]
    fn settle(&mut self, checkpoint: u64, stored: u64) -> Result<(), DeliveryError> {
        match self {
            Self::Ndjson(sink) => sink.settle(),
            Self::Webhook(_) => Ok(()),
            #[cfg(feature = "kafka")]
            Self::Kafka(sink) => sink.settle(checkpoint, stored),
        }
    }
}

/// One sink, with what happens when it fails.
#[derive(Debug)]
struct Sink {
    name: String,
    part: String,
    receiver: Receiver,
    /// How many findings one delivery may hold.
    most: usize,
    dead: Option<DeadLetters>,
    give_up: Option<Duration>,
}

/// The loop's end of a sink.
#[derive(Debug)]
struct Outlet {
    name: String,
    part: String,
    queue: Queue,
    thread: Option<JoinHandle<()>>,
}

/// All sinks.
#[derive(Debug)]
pub(crate) struct Sinks {
    all: Vec<Outlet>,
    control: Control,
    health: Health,
    metrics: Metrics,
    /// Checkpoints that were asked to settle for.
    checkpoints: u64,
    /// The last of them that was stored.
    stored: Arc<AtomicU64>,
}

/// The names of the sinks in metrics and logs.
pub(crate) fn names(config: &Config) -> Vec<String> {
    let kind = |sink: &config::Sink| match sink {
        config::Sink::Ndjson { .. } => "ndjson",
        config::Sink::Webhook(_) => "webhook",
        config::Sink::Kafka(_) => "kafka",
    };
    config.sinks.iter().enumerate().map(|(index, sink)| format!("{index}-{}", kind(sink))).collect()
}

impl Sink {
    fn new(
        sink: &config::Sink,
        (name, part): (String, String),
        around: (&Control, &Metrics),
    ) -> anyhow::Result<Self> {
        let (most, dead, give_up) = match sink {
            config::Sink::Webhook(webhook) => (webhook.batch, webhook.dead_letters.clone(), webhook.give_up),
            _ => (usize::MAX, None, None),
        };
        let receiver = Receiver::new(sink, &part, around)?;
        Ok(Self { receiver, name, part, most, dead: dead.map(DeadLetters::new), give_up })
    }
}

impl Sinks {
    /// Makes them, and starts the thread of each.
    ///
    /// # Errors
    /// When one cannot be made as it is configured.
    pub(crate) fn new(
        config: &Config,
        control: &Control,
        health: &Health,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        let stored = Arc::<AtomicU64>::default();
        let sinks = config.sinks.iter().zip(names(config)).map(|(sink, name)| {
            let part = format!("sink {name}");
            let sink = Sink::new(sink, (name.clone(), part.clone()), (control, metrics))?;
            health.well(&part);
            let queue = Queue::default();
            let mut courier = Courier {
                sink,
                queue: queue.clone(),
                control: control.clone(),
                health: health.clone(),
                metrics: metrics.clone(),
                stored: Arc::clone(&stored),
                failing_since: None,
                // Others go on with our shards, and must not be overtaken by what we found before.
                lets_go: matches!(config.role, Role::Detect(_)),
            };
            let thread = std::thread::Builder::new().name(part.clone());
            let thread = thread.spawn(move || courier.run());
            let thread = Some(thread.with_context(|| format!("{part} cannot be started"))?);
            Ok(Outlet { name, part, queue, thread })
        });
        Ok(Self {
            all: sinks.collect::<anyhow::Result<_>>()?,
            control: control.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
            checkpoints: 0,
            stored,
        })
    }

    /// Hands findings to every sink. Waits while a queue is full, after all others have them.
    ///
    /// # Errors
    /// When the daemon is to end while a queue is full, or a sink takes nothing any longer.
    pub(crate) fn deliver(&self, lines: Vec<Line>, told: Vec<Told>) -> Result<(), Undelivered> {
        let count = i64::try_from(lines.len()).unwrap_or(i64::MAX);
        let batch = Arc::new(Batch::new(lines, told, self.all.len()));
        let offer = |outlet: &Outlet| {
            let offer = outlet.queue.offer(&batch);
            if offer == Offer::Taken {
                let queue = self.metrics.outside.sink_queue.with_label_values(&[outlet.name.as_str()]);
                queue.add(count);
            }
            offer
        };
        let first = self.all.iter().map(|outlet| (outlet, offer(outlet))).collect::<Vec<_>>();
        for (outlet, mut became) in first {
            while became == Offer::Full && !self.control.is_stopping() {
                self.health.beat();
                outlet.queue.wait(ROOM);
                became = offer(outlet);
            }
            if became != Offer::Taken {
                return Err(Undelivered { sink: outlet.part.clone() });
            }
        }
        Ok(())
    }

    /// Asks every sink to settle what it was given so far; [`Sinks::have_settled`] says when that is done.
    pub(crate) fn settle(&mut self) -> u64 {
        self.checkpoints += 1;
        self.all.iter().for_each(|outlet| outlet.queue.settle(self.checkpoints));
        self.checkpoints
    }

    /// Whether every sink has what it was given before a checkpoint, and will keep it.
    pub(crate) fn have_settled(&self, checkpoint: u64) -> bool {
        self.all.iter().all(|outlet| outlet.queue.has_settled(checkpoint))
    }

    /// A checkpoint that the sinks have settled for is stored: nothing before it is found again.
    pub(crate) fn stored(&self, checkpoint: u64) {
        self.stored.store(checkpoint, Ordering::Release);
    }

    /// Waits until every sink has settled everything, and ends them.
    ///
    /// # Errors
    /// When one does not work, and the daemon is to end.
    pub(crate) fn finish(&mut self) -> Result<(), Undelivered> {
        let checkpoint = self.settle();
        self.all.iter().for_each(|outlet| outlet.queue.close());
        let mut left = None;
        for outlet in &mut self.all {
            while outlet.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
                self.health.beat();
                outlet.queue.wait(ROOM);
            }
            if outlet.thread.take().is_some_and(|thread| thread.join().is_err()) {
                tracing::error!("{} ended by a fault of its own", outlet.part);
            }
            if !outlet.queue.has_settled(checkpoint) {
                left.get_or_insert(Undelivered { sink: outlet.part.clone() });
            }
        }
        left.map_or(Ok(()), Err)
    }
}

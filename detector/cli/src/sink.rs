//! Where the daemon's findings go. A delivery is tried until it is done: only then a checkpoint may say that its events
//! are dealt with. So nothing is lost when a receiver is down, and one that was told twice knows the uid.

mod dead;
#[cfg(feature = "kafka")]
mod kafka;
mod ndjson;
mod webhook;

use std::time::Duration;

use crate::config::{self, Config};
use crate::run::control::Control;
use crate::run::health::Health;
use crate::run::metrics::Metrics;

use self::dead::DeadLetters;
#[cfg(feature = "kafka")]
use self::kafka::KafkaSink;
use self::ndjson::Ndjson;
use self::webhook::Webhook;

pub(crate) use self::webhook::agent;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A finding as it is written out.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The finding's uid.
    pub(crate) uid: String,
    /// One JSON object without a line end.
    pub(crate) json: String,
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

/// The daemon is to end, and not everything was delivered.
#[derive(Debug, thiserror::Error)]
#[error("the daemon was asked to stop before {sink} took every finding")]
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
    fn new(config: &config::Sink, part: &str, metrics: &Metrics) -> anyhow::Result<Self> {
        Ok(match config {
            config::Sink::Ndjson { path, fsync } => Self::Ndjson(Ndjson::new(path.clone(), *fsync)),
            config::Sink::Webhook(webhook) => Self::Webhook(Box::new(Webhook::new(webhook)?)),
            #[cfg(feature = "kafka")]
            config::Sink::Kafka { kafka, topic } => {
                Self::Kafka(Box::new(KafkaSink::new(kafka, topic, part, metrics)?))
            }
            #[cfg(not(feature = "kafka"))]
            config::Sink::Kafka { .. } => anyhow::bail!("this program was built without Kafka"),
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

    fn settle(&mut self) -> Result<(), DeliveryError> {
        match self {
            Self::Ndjson(sink) => sink.settle(),
            Self::Webhook(_) => Ok(()),
            #[cfg(feature = "kafka")]
            Self::Kafka(_) => Ok(()),
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

/// All sinks.
#[derive(Debug)]
pub(crate) struct Sinks {
    all: Vec<Sink>,
    control: Control,
    health: Health,
    metrics: Metrics,
}

/// The names of the sinks in metrics and logs.
pub(crate) fn names(config: &Config) -> Vec<String> {
    let kind = |sink: &config::Sink| match sink {
        config::Sink::Ndjson { .. } => "ndjson",
        config::Sink::Webhook(_) => "webhook",
        config::Sink::Kafka { .. } => "kafka",
    };
    config.sinks.iter().enumerate().map(|(index, sink)| format!("{index}-{}", kind(sink))).collect()
}

impl Sinks {
    /// Makes them.
    ///
    /// # Errors
    /// When one cannot be made as it is configured.
    pub(crate) fn new(
        config: &Config,
        control: &Control,
        health: &Health,
        metrics: &Metrics,
    ) -> anyhow::Result<Self> {
        let sinks = config.sinks.iter().zip(names(config)).map(|(sink, name)| {
            let (most, dead, give_up) = match sink {
                config::Sink::Webhook(webhook) => {
                    (webhook.batch, webhook.dead_letters.clone(), webhook.give_up)
                }
                _ => (usize::MAX, None, None),
            };
            let part = format!("sink {name}");
            health.well(&part);
            Ok(Sink {
                receiver: Receiver::new(sink, &part, metrics)?,
                name,
                part,
                most,
                dead: dead.map(DeadLetters::new),
                give_up,
            })
        });
        Ok(Self {
            all: sinks.collect::<anyhow::Result<_>>()?,
            control: control.clone(),
            health: health.clone(),
            metrics: metrics.clone(),
        })
    }

    /// Delivers lines to every sink; comes back when all have them.
    ///
    /// # Errors
    /// When the daemon is to end while a sink does not work.
    pub(crate) fn deliver(&mut self, lines: &[Line]) -> Result<(), Undelivered> {
        let Self { all, control, health, metrics } = self;
        for sink in all {
            let queue = metrics.outside.sink_queue.with_label_values(&[sink.name.as_str()]);
            let mut rest = lines;
            while !rest.is_empty() {
                queue.set(i64::try_from(rest.len()).unwrap_or(i64::MAX));
                let batch = &rest[..rest.len().min(sink.most)];
                let tries = Tries { control, health, metrics };
                let done = tries.until_done(sink, |sink| sink.receiver.deliver(batch), batch)?;
                rest = &rest[done.min(rest.len())..];
            }
            queue.set(0);
        }
        Ok(())
    }

    /// Makes sure that what was delivered stays so: before a checkpoint.
    ///
    /// # Errors
    /// As [`Sinks::deliver`].
    pub(crate) fn settle(&mut self) -> Result<(), Undelivered> {
        let Self { all, control, health, metrics } = self;
        for sink in all.iter_mut().filter(|sink| matches!(sink.receiver, Receiver::Ndjson(_))) {
            let tries = Tries { control, health, metrics };
            tries.until_done(sink, |sink| sink.receiver.settle().map(|()| 0), &[])?;
        }
        Ok(())
    }
}

/// Tries until it works.
struct Tries<'a> {
    control: &'a Control,
    health: &'a Health,
    metrics: &'a Metrics,
}

impl Tries<'_> {
    fn until_done(
        &self,
        sink: &mut Sink,
        mut attempt: impl FnMut(&mut Sink) -> Result<usize, DeliveryError>,
        batch: &[Line],
    ) -> Result<usize, Undelivered> {
        let (mut pause, mut waited) = (FIRST_PAUSE, Duration::ZERO);
        loop {
            self.health.beat();
            self.metrics.outside.sink_attempts.with_label_values(&[sink.name.as_str()]).inc();
            let error = match attempt(sink) {
                Ok(done) => {
                    if self.health.well(&sink.part) {
                        tracing::info!("{} works again", sink.part);
                    }
                    return Ok(done);
                }
                Err(error) => error,
            };
            self.metrics.outside.sink_failures.with_label_values(&[sink.name.as_str()]).inc();
            let give_up =
                matches!(error, DeliveryError::Refused(_)) || sink.give_up.is_some_and(|most| waited >= most);
            if give_up && self.put_aside(sink, batch, &error) {
                return Ok(batch.len());
            }
            if self.health.ill(&sink.part, error.to_string()) {
                tracing::error!("{}: {error}; it is tried again", sink.part);
            }
            if self.control.wait(pause) {
                return Err(Undelivered { sink: sink.part.clone() });
            }
            waited += pause;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Keeps what a sink does not take; `false` if there is no place for it.
    fn put_aside(&self, sink: &Sink, batch: &[Line], error: &DeliveryError) -> bool {
        let Some(dead) = &sink.dead else { return false };
        match dead.add(batch, &error.to_string()) {
            Ok(()) => {
                let count = batch.len() as u64;
                self.metrics.outside.dead_letters.with_label_values(&[sink.name.as_str()]).inc_by(count);
                tracing::error!("{}: {error}; {count} findings were put aside", sink.part);
                true
            }
            Err(error) => {
                tracing::error!("{}: the dead letters cannot be written: {error}", sink.part);
                false
            }
        }
    }
}

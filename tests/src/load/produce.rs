//! Events into the topic, at a rate or as fast as it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::bail;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::clock;
use super::machine::per_sec;
use crate::broker::Broker;

/// Partitions of the topic, as [`Broker::topics`] makes it.
const PARTITIONS: u64 = 3;
const PATIENCE: Duration = Duration::from_mins(2);

/// A producer for one topic, one message to each partition in turn.
pub(super) struct Sender {
    inner: BaseProducer,
    topic: &'static str,
    sent: Arc<AtomicU64>,
}

impl Sender {
    pub(super) fn new(broker: &Broker, topic: &'static str) -> anyhow::Result<Self> {
        // What waits here would be memory of this process, and time that nobody sees.
        let inner = broker.client().set("queue.buffering.max.kbytes", "65536").create()?;
        Ok(Self { inner, topic, sent: Arc::default() })
    }

    /// How many were sent, for whoever looks from another thread.
    pub(super) fn sent(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.sent)
    }

    /// Sends a message; waits while too much is on its way.
    pub(super) fn send(&self, payload: &str) -> anyhow::Result<()> {
        let sent = self.sent.load(Ordering::Relaxed);
        let partition = i32::try_from(sent % PARTITIONS)?;
        loop {
            let record = BaseRecord::<(), str>::to(self.topic).partition(partition).payload(payload);
            match self.inner.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    self.inner.poll(Duration::from_millis(5));
                }
                Err((error, _)) => bail!("the broker does not take events: {error}"),
            }
        }
        if sent.is_multiple_of(256) {
            self.inner.poll(Duration::ZERO);
        }
        self.sent.store(sent + 1, Ordering::Relaxed);
        Ok(())
    }

    /// Sends `count` messages as fast as it goes.
    pub(super) fn all(&self, count: u64, make: impl Fn(u64) -> String) -> anyhow::Result<()> {
        (0..count).try_for_each(|number| self.send(&make(number)))?;
        self.flush()
    }

    /// Sends messages at a steady rate for some time; gives the rate that it came to.
    pub(super) fn steadily(
        &self,
        rate: u64,
        span: Duration,
        mut make: impl FnMut(u64) -> String,
    ) -> anyhow::Result<u64> {
        let (begun, mut sent) = (clock::now(), 0);
        while begun.elapsed() < span {
            let due = begun.elapsed().as_micros() * u128::from(rate) / 1_000_000;
            // A short round, so that the end is seen by one who has fallen behind.
            let round = u64::try_from(due)?.min(sent + rate / 10 + 1);
            while sent < round {
                self.send(&make(sent))?;
                sent += 1;
            }
            self.inner.poll(Duration::ZERO);
            clock::pause(Duration::from_millis(1));
        }
        Ok(per_sec(sent, begun.elapsed()))
    }

    /// Waits until the broker has everything.
    pub(super) fn flush(&self) -> anyhow::Result<()> {
        Ok(self.inner.flush(PATIENCE)?)
    }
}

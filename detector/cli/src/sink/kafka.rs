//! Findings as messages: keyed by uid, so that a compacted topic keeps the last transition of each.

mod once;

use super::{DeliveryError, Line};
use crate::config;
use crate::kafka::finding::Framing;
use crate::kafka::{Outgoing, Producer};
use crate::run::control::Control;
use crate::run::metrics::Metrics;

use self::once::Once;

/// A topic.
#[derive(Debug)]
pub(super) struct KafkaSink {
    way: Way,
    /// What stands before a record in Avro; nothing for JSON.
    framing: Option<Framing>,
}

#[derive(Debug)]
enum Way {
    /// What was written before a crash may be written again.
    AtLeastOnce(Box<Producer>),
    Once(Box<Once>),
}

impl KafkaSink {
    pub(super) fn new(
        sink: &config::KafkaSink,
        part: &str,
        (control, metrics): (&Control, &Metrics),
    ) -> anyhow::Result<Self> {
        let way = match &sink.transactional_id {
            None => Way::AtLeastOnce(Box::new(Producer::new(&sink.kafka, &sink.topic, part, metrics)?)),
            Some(id) => Way::Once(Box::new(Once::new(sink, id, part, (control, metrics))?)),
        };
        let framing = match &sink.encoding {
            config::Encoding::Json => None,
            config::Encoding::Avro { registry } => Some(Framing::new(registry.as_deref(), &sink.topic)?),
        };
        Ok(Self { way, framing })
    }

    pub(super) fn deliver(&mut self, lines: &[Line]) -> Result<usize, DeliveryError> {
        let messages = lines.iter().map(|line| self.message(line)).collect::<Result<Vec<_>, _>>()?;
        let done = match &mut self.way {
            Way::AtLeastOnce(producer) => producer.write(messages.iter().map(|message| Outgoing {
                key: &message.key,
                payload: &message.payload,
                headers: vec![("content-type", message.kind.to_owned())],
            })),
            Way::Once(once) => once.write(messages),
        };
        done.map_err(DeliveryError::Retry)?;
        Ok(lines.len())
    }

    fn message(&mut self, line: &Line) -> Result<Message, DeliveryError> {
        let (payload, kind) = match (&mut self.framing, &line.avro) {
            (Some(framing), Some(record)) => {
                let header = framing.header().map_err(DeliveryError::Retry)?;
                ([header, record.as_slice()].concat(), "application/avro")
            }
            _ => (line.json.clone().into_bytes(), "application/json"),
        };
        Ok(Message { key: line.uid.clone(), payload, kind })
    }

    pub(super) fn tend(&self) {
        match &self.way {
            Way::AtLeastOnce(producer) => producer.tend(),
            Way::Once(once) => once.tend(),
        }
    }

    /// Whether it must know of checkpoints.
    pub(super) const fn keeps(&self) -> bool {
        matches!(self.way, Way::Once(_))
    }

    pub(super) fn settle(&mut self, checkpoint: u64, stored: u64) -> Result<(), DeliveryError> {
        match &mut self.way {
            Way::AtLeastOnce(_) => Ok(()),
            Way::Once(once) => once.settle(checkpoint, stored).map_err(DeliveryError::Retry),
        }
    }
}

/// A finding as a message.
#[derive(Debug)]
struct Message {
    key: String,
    payload: Vec<u8>,
    kind: &'static str,
}

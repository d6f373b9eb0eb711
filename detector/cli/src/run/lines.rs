//! Findings as sinks take them.

use ambit_schemas::Finding;

use crate::config::{Config, Encoding, Sink};
#[cfg(feature = "kafka")]
use crate::kafka::finding::Records;
use crate::ocsf::Ocsf;
use crate::sink::Line;

/// Writes lines.
#[derive(Debug)]
pub(super) struct Lines {
    /// Where a sink wants Avro.
    #[cfg(feature = "kafka")]
    records: Option<Records>,
}

impl Lines {
    /// For the sinks of a configuration.
    ///
    /// # Errors
    /// Never: the schemas are part of the program.
    pub(super) fn new(config: &Config) -> anyhow::Result<Self> {
        let is_avro =
            |sink: &Sink| matches!(sink, Sink::Kafka(sink) if matches!(sink.encoding, Encoding::Avro { .. }));
        let wants_avro = config.sinks.iter().any(is_avro);
        #[cfg(feature = "kafka")]
        return Ok(Self { records: wants_avro.then(Records::new).transpose()? });
        #[cfg(not(feature = "kafka"))]
        {
            anyhow::ensure!(!wants_avro, "this program was built without Kafka");
            Ok(Self {})
        }
    }

    /// A finding as a line.
    ///
    /// # Errors
    /// Never, but the writers of JSON and Avro may say so.
    pub(super) fn line(&self, ocsf: &Ocsf<'_>, finding: &Finding) -> anyhow::Result<Line> {
        let json = serde_json::to_string(&ocsf.event(finding))?;
        #[cfg(feature = "kafka")]
        let avro = self.records.as_ref().map(|records| records.record(finding, &json)).transpose()?;
        #[cfg(not(feature = "kafka"))]
        let avro = None;
        Ok(Line { uid: finding.uid.to_string(), json, avro })
    }
}

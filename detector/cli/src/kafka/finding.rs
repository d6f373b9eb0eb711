//! Findings in Avro, as `schemas/avro/finding.v1.avsc` says.

use std::time::Duration;

use ambit_schemas::{EventTime, Finding};
use anyhow::{Context, bail};
use apache_avro::Schema;
use apache_avro::headers::{HeaderBuilder as _, RabinFingerprintHeader};
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::Value as Json;
use ureq::Agent;

use crate::ocsf::activity;
use crate::sink::agent;

const FINDING: &str = include_str!("../../../../schemas/avro/finding.v1.avsc");
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes records.
#[derive(Debug)]
pub(crate) struct Records {
    schema: Schema,
}

impl Records {
    /// A writer.
    ///
    /// # Errors
    /// Never: the schema is part of the program.
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { schema: Schema::parse_str(FINDING).context("the schema of findings")? })
    }

    /// A finding, with the words that its OCSF has for it, as a record without what tells its schema.
    ///
    /// # Errors
    /// When the schema has a field that no finding has.
    pub(crate) fn record(&self, finding: &Finding, ocsf: &str) -> anyhow::Result<Vec<u8>> {
        let words = serde_json::from_str::<Json>(ocsf)?;
        let word = |name: &str| words["finding_info"][name].as_str().unwrap_or_default().to_owned();
        let Schema::Record(record) = &self.schema else { bail!("the schema of findings is no record") };
        let maybe = |text: Option<&String>| match text {
            None => Value::Union(0, Box::new(Value::Null)),
            Some(text) => Value::Union(1, Box::new(Value::String(text.clone()))),
        };
        let time = |time: EventTime| Value::TimestampMicros(time.micros());
        let text = |text: &str| Value::String(text.to_owned());
        let fields = record.fields.iter().map(|field| {
            let value = match field.name.as_str() {
                "uid" => Value::String(finding.uid.to_string()),
                "check" => text(finding.check.as_str()),
                "activity" => Value::String(activity(finding.activity).1.to_lowercase()),
                "time" => time(finding.time),
                "created_time" => time(finding.created),
                "start_time" => time(finding.start),
                "end_time" => time(finding.end),
                "count" => Value::Long(i64::try_from(finding.count).unwrap_or(i64::MAX)),
                "severity" => text(finding.severity.as_str()),
                "confidence" => text(finding.confidence.as_str()),
                "workload" => text(&finding.workload),
                "owner" => maybe(finding.owner.as_ref()),
                "environment" => maybe(finding.environment.as_ref()),
                "subject_kind" => text(finding.subject.kind.as_str()),
                "subject" => text(&finding.subject.value),
                "correlation" => maybe(finding.correlation.as_ref()),
                "title" => Value::String(word("title")),
                "desc" => Value::String(word("desc")),
                "ocsf" => text(ocsf),
                other => bail!("no finding has a `{other}`"),
            };
            Ok((field.name.clone(), value))
        });
        let value = Value::Record(fields.collect::<anyhow::Result<_>>()?);
        let writer = GenericDatumWriter::builder(&self.schema).build()?;
        Ok(writer.write_value_to_vec(value)?)
    }
}

/// What stands before a record, so that readers know its schema.
#[derive(Debug)]
pub(crate) struct Framing {
    header: Option<Vec<u8>>,
    /// Where the number of the schema is asked for, by whom.
    registry: Option<(String, Agent)>,
}

impl Framing {
    /// Framing by the schema's fingerprint, or by its number in a registry under the name of a topic.
    ///
    /// # Errors
    /// Never: the schema is part of the program.
    pub(crate) fn new(registry: Option<&str>, topic: &str) -> anyhow::Result<Self> {
        let Some(registry) = registry else {
            let schema = Schema::parse_str(FINDING).context("the schema of findings")?;
            let header = RabinFingerprintHeader::from_schema(&schema).build_header();
            return Ok(Self { header: Some(header), registry: None });
        };
        let url = format!("{}/subjects/{topic}-value/versions", registry.trim_end_matches('/'));
        Ok(Self { header: None, registry: Some((url, agent(PATIENCE))) })
    }

    /// The bytes before a record. The registry is asked once; it gives a schema that it has the number that it has.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses the schema.
    pub(crate) fn header(&mut self) -> Result<&[u8], String> {
        if let (None, Some((url, agent))) = (&self.header, &self.registry) {
            self.header = Some(ask(url, agent).map_err(|why| format!("the schema registry {url}: {why}"))?);
        }
        Ok(self.header.as_deref().unwrap_or_default())
    }
}

fn ask(url: &str, agent: &Agent) -> Result<Vec<u8>, String> {
    let body = serde_json::json!({ "schema": FINDING }).to_string();
    let request = agent.post(url).header("content-type", "application/vnd.schemaregistry.v1+json");
    let mut answer = request.send(body).map_err(|error| error.to_string())?;
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(format!(
            "it answered {}: {}",
            answer.status(),
            text.chars().take(200).collect::<String>()
        ));
    }
    let answer = serde_json::from_str::<Json>(&text).map_err(|error| error.to_string())?;
    let number = answer["id"].as_u64().and_then(|id| u32::try_from(id).ok()).ok_or("it gives no number")?;
    Ok([&[0], number.to_be_bytes().as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use apache_avro::reader::datum::GenericDatumReader;

    use super::*;
    use crate::specimen;

    #[test]
    fn a_finding_is_read_back_as_it_was() {
        let finding = specimen::finding();
        let ocsf = r#"{"finding_info":{"title":"A title","desc":"What happened."},"unmapped":{}}"#;
        let bytes = Records::new().unwrap().record(&finding, ocsf).unwrap();
        let schema = Schema::parse_str(FINDING).unwrap();
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        let Value::Record(fields) = reader.read_value(&mut bytes.as_slice()).unwrap() else {
            panic!("no record")
        };
        let field = |name: &str| fields.iter().find(|(field, _)| field == name).unwrap().1.clone();
        assert_eq!(field("uid"), Value::String(finding.uid.to_string()));
        assert_eq!(field("check"), Value::String(finding.check.as_str().to_owned()));
        assert_eq!(field("time"), Value::TimestampMicros(finding.time.micros()));
        assert_eq!(field("title"), Value::String("A title".into()));
        assert_eq!(field("desc"), Value::String("What happened.".into()));
        assert_eq!(field("ocsf"), Value::String(ocsf.into()));
        let owner = finding.owner.map_or(Value::Union(0, Box::new(Value::Null)), |owner| {
            Value::Union(1, Box::new(Value::String(owner)))
        });
        assert_eq!(field("owner"), owner);
    }

    #[test]
    fn without_a_registry_a_record_is_a_single_object() {
        let mut framing = Framing::new(None, "findings").unwrap();
        let header = framing.header().unwrap();
        assert_eq!((header.len(), &header[..2]), (10, [0xC3, 0x01].as_slice()));
    }
}

//! Canonical events in Avro: with a schema's number from a registry before them, as Confluent frames them, or with the
//! fingerprint of the schema that this program knows (single-object encoding). They become the JSON that the decoder reads.

use std::collections::BTreeMap;
use std::time::Duration;

use ambit_schemas::EventTime;
use anyhow::Context;
use apache_avro::Schema;
use apache_avro::headers::{HeaderBuilder as _, RabinFingerprintHeader};
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use serde_json::{Map, Value as Json};
use ureq::Agent;

use crate::sink::agent;

const EVENT: &str = include_str!("../../../../schemas/avro/identity_event.v1.avsc");
const PATIENCE: Duration = Duration::from_secs(10);
/// The first byte of Confluent's framing; a number of four bytes follows.
const FRAMED: u8 = 0;
const FRAME_BYTES: usize = 5;

/// Reads Avro.
#[derive(Debug)]
pub(crate) struct Avro {
    registry: Option<(String, Agent)>,
    own: Schema,
    /// What stands before an event of our own schema.
    header: Vec<u8>,
    /// The schemas of the registry that were asked for, by number; nothing for one that it does not have.
    writers: BTreeMap<u32, Option<Schema>>,
}

/// Why a message gives no event.
#[derive(Debug)]
pub(crate) enum AvroError {
    /// The registry may answer later.
    Retry(String),
    /// It is no event that can be read.
    Unreadable(&'static str),
}

impl Avro {
    /// A reader that asks this registry, if there is one.
    ///
    /// # Errors
    /// Never: the schema is part of the program.
    pub(crate) fn new(registry: Option<&str>) -> anyhow::Result<Self> {
        let own = Schema::parse_str(EVENT).context("the schema of events")?;
        let header = RabinFingerprintHeader::from_schema(&own).build_header();
        let registry = registry.map(|url| (url.trim_end_matches('/').to_owned(), agent(PATIENCE)));
        Ok(Self { registry, own, header, writers: BTreeMap::new() })
    }

    /// The event of a message as JSON; `None` if the message is not Avro.
    ///
    /// # Errors
    /// When it is Avro and cannot be read.
    pub(crate) fn json(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, AvroError> {
        if let Some(datum) = message.strip_prefix(self.header.as_slice()) {
            return self.read(&self.own, datum).map(Some);
        }
        let (Some(FRAMED), Some(frame)) = (message.first().copied(), message.get(1..FRAME_BYTES)) else {
            return Ok(None);
        };
        let number = frame.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte));
        if !self.writers.contains_key(&number) {
            let schema = self.ask(number)?;
            self.writers.insert(number, schema);
        }
        let writer = self.writers.get(&number).and_then(Option::as_ref);
        let writer =
            writer.ok_or(AvroError::Unreadable("Avro of a schema that the registry does not have"))?;
        self.read(writer, &message[FRAME_BYTES..]).map(Some)
    }

    fn ask(&self, number: u32) -> Result<Option<Schema>, AvroError> {
        let Some((url, agent)) = &self.registry else {
            return Err(AvroError::Unreadable(
                "Avro with a schema's number, and no `registry` is configured",
            ));
        };
        let retry = |why: String| AvroError::Retry(format!("the schema registry {url}: {why}"));
        let mut answer = agent
            .get(format!("{url}/schemas/ids/{number}"))
            .call()
            .map_err(|error| retry(error.to_string()))?;
        match answer.status().as_u16() {
            200 => {}
            404 => return Ok(None),
            status => return Err(retry(format!("it answered {status}"))),
        }
        let text = answer.body_mut().read_to_string().map_err(|error| retry(error.to_string()))?;
        let answer = serde_json::from_str::<Json>(&text).map_err(|error| retry(error.to_string()))?;
        Ok(answer["schema"].as_str().and_then(|schema| Schema::parse_str(schema).ok()))
    }

    fn read(&self, writer: &Schema, mut datum: &[u8]) -> Result<Vec<u8>, AvroError> {
        let broken = AvroError::Unreadable("no canonical event in Avro");
        let reader = GenericDatumReader::builder(writer).reader_schema(&self.own).build();
        let value = reader.and_then(|reader| reader.read_value(&mut datum));
        let Ok(Value::Record(fields)) = value else { return Err(broken) };
        let members = fields.into_iter().filter_map(|(name, value)| Some((name, json(value)?)));
        serde_json::to_vec(&members.collect::<Map<_, _>>()).map_err(|_unwritten| broken)
    }
}

/// A field as canonical JSON has it; nothing for null.
fn json(value: Value) -> Option<Json> {
    Some(match value {
        Value::Union(_, inner) => return json(*inner),
        Value::String(text) => text.into(),
        Value::TimestampMicros(micros) => EventTime(micros).to_string().into(),
        Value::Boolean(truth) => truth.into(),
        Value::Int(number) => number.into(),
        Value::Long(number) => number.into(),
        Value::Array(items) => items.into_iter().filter_map(json).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use apache_avro::writer::datum::GenericDatumWriter;

    use super::*;

    /// An event in Avro, and the JSON that it must become.
    fn event() -> (Vec<u8>, Json) {
        let schema = Schema::parse_str(EVENT).unwrap();
        let Schema::Record(record) = &schema else { panic!("no record") };
        let expected = serde_json::json!({
            "event_id": "e1", "time": "2026-03-01T07:00:00.000001Z", "source": "aws.cloudtrail",
            "action": "aws:s3:GetObject", "action_class": "read", "access_level": "read", "outcome": "success",
            "principal": "arn:aws:iam::1:role/r", "on_behalf_of": ["near", "far"], "interactive": false,
            "sensitivity": 2, "origin": "f", "origin_offset": 7,
        });
        let value = |name: &str, schema: &Schema| {
            let plain = |schema: &Schema| match (&expected[name], schema) {
                (_, Schema::TimestampMicros) => Value::TimestampMicros(1_772_348_400_000_001),
                (Json::String(text), _) => Value::String(text.clone()),
                (Json::Bool(truth), _) => Value::Boolean(*truth),
                (Json::Number(number), Schema::Int) => {
                    Value::Int(number.as_i64().unwrap().try_into().unwrap())
                }
                (Json::Number(number), _) => Value::Long(number.as_i64().unwrap()),
                (Json::Array(items), _) => Value::Array(
                    items.iter().map(|item| Value::String(item.as_str().unwrap().into())).collect(),
                ),
                (other, schema) => panic!("{name}: {other} as {schema:?}"),
            };
            match schema {
                Schema::Union(_) if expected[name].is_null() => Value::Union(0, Box::new(Value::Null)),
                Schema::Union(union) => Value::Union(1, Box::new(plain(&union.variants()[1]))),
                schema => plain(schema),
            }
        };
        let fields =
            record.fields.iter().map(|field| (field.name.clone(), value(&field.name, &field.schema)));
        let datum = Value::Record(fields.collect());
        let bytes = GenericDatumWriter::builder(&schema).build().unwrap().write_value_to_vec(datum).unwrap();
        (bytes, expected)
    }

    #[test]
    fn a_single_object_becomes_the_json_of_its_event() {
        let (datum, expected) = event();
        let mut avro = Avro::new(None).unwrap();
        let message = [avro.header.clone(), datum.clone()].concat();
        let read = avro.json(&message).unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<Json>(&read).unwrap(), expected);
        assert!(avro.json(b"{}").unwrap().is_none());
        for (message, why) in [
            ([&[0, 0, 0, 0, 7][..], &datum].concat(), "no `registry`"),
            (message[..message.len() / 2].to_vec(), "no canonical event"),
        ] {
            let error = avro.json(&message).unwrap_err();
            assert!(matches!(error, AvroError::Unreadable(told) if told.contains(why)), "{error:?}");
        }
    }

    #[test]
    fn a_framed_event_is_read_by_the_schema_of_the_registry() {
        use std::io::{Read, Write};
        let (datum, expected) = event();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for (code, body) in
                [(503, String::new()), (200, serde_json::json!({ "schema": EVENT }).to_string())]
            {
                let mut stream = listener.accept().unwrap().0;
                let mut head = [0; 1024];
                let count = stream.read(&mut head).unwrap();
                asked.push(String::from_utf8_lossy(&head[..count]).lines().next().unwrap().to_owned());
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {code} So\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
            asked
        });
        let mut avro = Avro::new(Some(&url)).unwrap();
        let message = [&[0, 0, 0, 1, 4][..], &datum].concat();
        assert!(matches!(avro.json(&message), Err(AvroError::Retry(_))));
        // The third time nobody is asked.
        for _ in 0..2 {
            let read = avro.json(&message).unwrap().unwrap();
            assert_eq!(serde_json::from_slice::<Json>(&read).unwrap(), expected);
        }
        assert_eq!(asked.join().unwrap(), ["GET /schemas/ids/260 HTTP/1.1"; 2]);
    }
}

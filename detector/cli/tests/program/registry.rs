//! A double of a schema registry, as Confluent's answers, and events in Avro as producers frame them.

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ambit_schemas::EventTime;
use apache_avro::Schema;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use serde_json::{Value, json};

use super::double::Asked;

/// The number under which the double has the schema of events.
pub(crate) const NUMBER: u32 = 7;
const EVENT: &str = include_str!("../../../../schemas/avro/identity_event.v1.avsc");

/// The double. It answers 503 until it is told that it is well.
pub(crate) struct Registry {
    pub(crate) url: String,
    well: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
}

impl Registry {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (well, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let own = (Arc::clone(&well), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                own.1.fetch_add(1, Ordering::SeqCst);
                // Who asks may be gone by now.
                let _answered = answer(stream, own.0.load(Ordering::SeqCst));
            }
        });
        Self { url, well, asked }
    }

    pub(crate) fn heal(&self) {
        self.well.store(true, Ordering::SeqCst);
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(stream: TcpStream, well: bool) -> std::io::Result<()> {
    let asked = Asked::read(stream)?;
    let head = &asked.head;
    let (code, body) = if !well {
        (503, json!({ "error_code": 50_001 }))
    } else if head.starts_with(&format!("GET /schemas/ids/{NUMBER} ")) {
        (200, json!({ "schema": EVENT }))
    } else if head.starts_with("POST /subjects/ambit.findings.v1-value/versions ") {
        let posted = serde_json::from_slice::<Value>(&asked.body)?;
        assert!(Schema::parse_str(posted["schema"].as_str().unwrap_or_default()).is_ok());
        (200, json!({ "id": NUMBER }))
    } else {
        (404, json!({ "error_code": 40_403 }))
    };
    asked.answer(code, &body.to_string())
}

/// Canonical events in Avro, framed with a number.
pub(crate) fn framed(number: u32, events: &[String]) -> Vec<Vec<u8>> {
    let schema = Schema::parse_str(EVENT).unwrap();
    let Schema::Record(record) = &schema else { panic!("no record") };
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    let frame = |event: &String| {
        let event: Value = serde_json::from_str(event).unwrap();
        let fields =
            record.fields.iter().map(|field| (field.name.clone(), value(&event[&field.name], &field.schema)));
        let datum = writer.write_value_to_vec(Avro::Record(fields.collect())).unwrap();
        [&[0][..], &number.to_be_bytes(), &datum].concat()
    };
    events.iter().map(frame).collect()
}

fn value(json: &Value, schema: &Schema) -> Avro {
    match (schema, json) {
        (Schema::Union(_), Value::Null) => Avro::Union(0, Box::new(Avro::Null)),
        (Schema::Union(union), json) => Avro::Union(1, Box::new(value(json, &union.variants()[1]))),
        (Schema::TimestampMicros, Value::String(text)) => {
            Avro::TimestampMicros(EventTime::parse_rfc3339(text).unwrap().micros())
        }
        (_, Value::String(text)) => Avro::String(text.clone()),
        (_, Value::Bool(truth)) => Avro::Boolean(*truth),
        (Schema::Int, number) => Avro::Int(number.as_i64().unwrap_or(0).try_into().unwrap()),
        (Schema::Array(_), Value::Null) => Avro::Array(Vec::new()),
        (Schema::Array(items), Value::Array(found)) => {
            Avro::Array(found.iter().map(|item| value(item, &items.items)).collect())
        }
        (Schema::Boolean, Value::Null) => Avro::Boolean(false),
        (_, number) => Avro::Long(number.as_i64().unwrap_or(0)),
    }
}

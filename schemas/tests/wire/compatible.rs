//! `v1` as it was frozen, written and read back under the schema of today, and the other way round. The copies in
//! `frozen/` are never edited: whoever must break them makes a `v2`.

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{AvroResult, Schema};
use serde_json::json;

const EVENT_FROZEN: &str = include_str!("../frozen/identity_event.v1.avsc");
const EVENT: &str = include_str!("../../avro/identity_event.v1.avsc");
const FINDING_FROZEN: &str = include_str!("../frozen/finding.v1.avsc");
const FINDING: &str = include_str!("../../avro/finding.v1.avsc");

fn sample(schema: &Schema, full: bool) -> Value {
    match schema {
        Schema::String => Value::String("Ümlaut · αβγ".into()),
        Schema::Long => Value::Long(i64::MIN),
        Schema::TimestampMicros => Value::TimestampMicros(1_772_355_600_123_456),
        Schema::Int => Value::Int(3),
        Schema::Boolean => Value::Boolean(true),
        Schema::Array(array) => Value::Array(vec![sample(&array.items, full), sample(&array.items, full)]),
        Schema::Union(union) => {
            let index = u32::from(full);
            let inner = &union.variants()[usize::from(full)];
            Value::Union(index, Box::new(if full { sample(inner, full) } else { Value::Null }))
        }
        Schema::Record(record) => {
            let field =
                |field: &apache_avro::schema::RecordField| (field.name.clone(), sample(&field.schema, full));
            Value::Record(record.fields.iter().map(field).collect())
        }
        other => panic!("no sample for {other:?}"),
    }
}

fn through(writer: &str, reader: &str, full: bool) -> AvroResult<(Value, Value)> {
    let (writer, reader) = (Schema::parse_str(writer)?, Schema::parse_str(reader)?);
    let written = sample(&writer, full);
    let bytes = GenericDatumWriter::builder(&writer).build()?.write_value_to_vec(written.clone())?;
    let read = GenericDatumReader::builder(&writer).reader_schema(&reader).build()?;
    Ok((written, read.read_value(&mut bytes.as_slice())?))
}

/// Every field that both sides know must arrive as it was sent.
fn check(writer: &str, reader: &str) {
    for full in [false, true] {
        let (written, read) = through(writer, reader, full).unwrap();
        let (Value::Record(written), Value::Record(read)) = (written, read) else {
            panic!("records are read as records")
        };
        let mut shared = 0;
        for (name, value) in &read {
            let Some((_, sent)) = written.iter().find(|(sent, _)| sent == name) else { continue };
            assert_eq!(value, sent, "{name}");
            shared += 1;
        }
        assert_eq!(shared, written.len().min(read.len()));
    }
}

#[test]
fn events_of_frozen_v1_stay_readable_and_new_ones_suit_old_readers() {
    check(EVENT_FROZEN, EVENT);
    check(EVENT, EVENT_FROZEN);
}

#[test]
fn findings_of_frozen_v1_stay_readable_and_new_ones_suit_old_readers() {
    check(FINDING_FROZEN, FINDING);
    check(FINDING, FINDING_FROZEN);
}

/// The check must see the changes that it is there to prevent.
#[test]
fn a_breaking_change_is_seen() {
    let change = |edit: &dyn Fn(&mut Vec<serde_json::Value>)| {
        let mut schema: serde_json::Value = serde_json::from_str(EVENT_FROZEN).unwrap();
        edit(schema["fields"].as_array_mut().unwrap());
        through(EVENT_FROZEN, &schema.to_string(), true)
    };
    let nullable = json!({ "name": "device", "type": ["null", "string"], "default": null });
    change(&|fields| fields.push(nullable.clone())).unwrap();
    change(&|fields| fields.push(json!({ "name": "device", "type": "string" }))).unwrap_err();
    change(&|fields| fields[1]["type"] = json!("string")).unwrap_err();
    change(&|fields| fields[3]["name"] = json!("verb")).unwrap_err();
}

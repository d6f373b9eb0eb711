//! Avro and Arrow say the same: names, order, types, nullability.

use ambit_schemas::event::identity_event_schema;
use ambit_schemas::finding::finding_schema;
use arrow::datatypes::{DataType, Schema, TimeUnit};
use serde_json::{Value, json};

/// The Avro type that an Arrow type has on the wire. Avro has neither dictionaries nor small unsigned numbers.
fn avro_type(arrow: &DataType) -> Value {
    match arrow {
        DataType::Utf8 => json!("string"),
        DataType::Dictionary(_, value) => avro_type(value),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if zone.as_ref() == "UTC" => {
            json!({ "type": "long", "logicalType": "timestamp-micros" })
        }
        DataType::Boolean => json!("boolean"),
        DataType::UInt8 | DataType::Int32 => json!("int"),
        DataType::Int64 => json!("long"),
        DataType::List(item) if !item.is_nullable() => {
            json!({ "type": "array", "items": avro_type(item.data_type()) })
        }
        other => panic!("no Avro type is agreed for {other}"),
    }
}

fn avro_fields(arrow: &Schema) -> Vec<Value> {
    let field = |field: &arrow::datatypes::FieldRef| {
        let kind = avro_type(field.data_type());
        if field.is_nullable() {
            json!({ "name": field.name(), "type": ["null", kind], "default": null })
        } else {
            json!({ "name": field.name(), "type": kind })
        }
    };
    arrow.fields().iter().map(field).collect()
}

fn check(avsc: &str, name: &str, arrow: &Schema) {
    let mut avro: Value = serde_json::from_str(avsc).unwrap();
    assert_eq!(avro["type"], "record");
    assert_eq!(avro["name"], name);
    assert_eq!(avro["namespace"], "ambit.v1");
    let fields = avro["fields"].as_array_mut().unwrap();
    for field in fields.iter_mut() {
        let doc = field.as_object_mut().unwrap().remove("doc");
        assert!(doc.is_some_and(|doc| doc.as_str().unwrap().ends_with('.')), "{field} has no sentence");
    }
    assert_eq!(*fields, avro_fields(arrow));
}

#[test]
fn the_event_is_the_same_in_avro_and_arrow() {
    check(include_str!("../../avro/identity_event.v1.avsc"), "identity_event", &identity_event_schema());
}

#[test]
fn the_finding_is_the_same_in_avro_and_arrow() {
    check(include_str!("../../avro/finding.v1.avsc"), "finding", &finding_schema());
}

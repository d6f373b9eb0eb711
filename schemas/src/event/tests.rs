use super::*;
use crate::time::EventTime;
use crate::vocabulary::{ActionClass, Outcome, PrincipalKind, Source};
use arrow::array::{Array, RecordBatch};

fn row<'a>(id: &'a str, principal: Option<&'a str>, chain: &'a [&'a str]) -> EventRow<'a> {
    EventRow {
        action: "aws:s3:GetObject",
        action_class: ActionClass::Read,
        outcome: Outcome::Denied,
        principal,
        principal_kind: principal.map(|_| PrincipalKind::Role),
        on_behalf_of: chain,
        origin: "a.json",
        origin_offset: 7,
        ..EventRow::new(Source::AwsCloudtrail, id, EventTime(5))
    }
}

#[test]
fn rows_come_back_as_they_were_put_in() {
    let mut builder = EventBatchBuilder::new();
    for turn in 0..3 {
        let texts = [format!("r{turn}"), "r".to_owned()];
        builder.push(&row("e1", Some(&texts[0]), &["x", "y"]));
        builder.push(&row("e2", None, &[]));
        builder.push(&row("e3", Some(&texts[1]), &[]));
        builder.push(&row("e4", Some(&texts[0]), &[]));
        let batch = builder.finish().unwrap();
        let principals = batch.dict(Column::Principal);
        let read = (0..4).map(|row| principals.get(row)).collect::<Vec<_>>();
        assert_eq!(read, [Some(texts[0].as_str()), None, Some("r"), Some(texts[0].as_str())]);
        assert_eq!(principals.values.len(), 2);
        assert_eq!(batch.event_ids().value(2), "e3");
        assert_eq!(batch.on_behalf_of().value(0).len(), 2);
        assert!(batch.on_behalf_of().is_null(1));
        assert_eq!(batch.position(3).to_string(), "a.json@7");
        assert_eq!(batch.words::<Outcome>(Column::Outcome).unwrap(), Outcome::ALL);
    }
}

#[test]
fn an_empty_batch_is_a_batch() {
    assert!(EventBatchBuilder::new().finish().unwrap().is_empty());
}

#[test]
fn a_foreign_batch_is_refused_by_name() {
    let batch = EventBatchBuilder::new().finish().unwrap().into_record_batch();
    let short = batch.project(&(0..batch.num_columns() - 1).collect::<Vec<_>>()).unwrap();
    let error = EventBatch::try_new(short).unwrap_err().to_string();
    assert!(error.contains("observed_at") && error.contains("found nothing"), "{error}");
    let swapped = batch.project(&[1, 0]).unwrap();
    let error = EventBatch::try_new(swapped).unwrap_err().to_string();
    assert!(error.contains("column 0 must be `event_id: Utf8`"), "{error}");
    let _: &RecordBatch = &batch;
}

use super::*;
use crate::time::EventTime;
use crate::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
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

/// A row with something different in every column, so that a column read for another shows.
fn full(chain: &'static [&'static str]) -> EventRow<'static> {
    EventRow {
        event_id: "id",
        time: EventTime(1),
        source: Source::VaultAudit,
        action: "action",
        action_class: ActionClass::Exec,
        access_level: AccessLevel::Tagging,
        outcome: Outcome::Unknown,
        error_code: Some("error_code"),
        principal: Some("principal"),
        principal_kind: Some(PrincipalKind::Spiffe),
        principal_alias: Some("principal_alias"),
        workload: Some("workload"),
        on_behalf_of: chain,
        interactive: true,
        credential: Some("credential"),
        credential_kind: Some(CredentialKind::ApiKey),
        credential_issued_at: Some(EventTime(2)),
        credential_expires_at: Some(EventTime(3)),
        parent_credential: Some("parent_credential"),
        issued_credential: Some("issued_credential"),
        issued_kind: Some(CredentialKind::Lease),
        issued_expires_at: Some(EventTime(4)),
        auth_method: Some("auth_method"),
        resource: Some("resource"),
        resource_group: Some("resource_group"),
        resource_kind: Some("resource_kind"),
        target_workload: Some("target_workload"),
        sensitivity: 3,
        account: Some("account"),
        region: Some("region"),
        environment: Some("environment"),
        source_address: Some("source_address"),
        client: Some("client"),
        via_service: Some("via_service"),
        model_provider: Some("model_provider"),
        model: Some("model"),
        tool: Some("tool"),
        tool_server: Some("tool_server"),
        agent: Some("agent"),
        session: Some("session"),
        task: Some("task"),
        origin: "origin",
        origin_partition: Some(5),
        origin_offset: 6,
        observed_at: Some(EventTime(7)),
    }
}

#[test]
fn a_batch_rebuilt_from_its_rows_is_the_same_batch() {
    let (filled, plain) = (full(&["near", "far"]), EventRow::new(Source::OtelGenai, "e", EventTime(9)));
    let mut builder = EventBatchBuilder::new();
    for row in [&plain, &filled, &full(&[]), &plain, &filled] {
        builder.push(row);
    }
    let batch = builder.finish().unwrap();
    for part in [batch.clone(), batch.slice(1, 3), batch.slice(4, 1), batch.slice(0, 0)] {
        let rows = Rows::new(&part).unwrap();
        for row in 0..part.len() {
            builder.push(&rows.get(row));
        }
        assert_eq!(builder.finish().unwrap(), part);
    }
    assert_eq!(format!("{:?}", Rows::new(&batch).unwrap().get(1)), format!("{filled:?}"));
}

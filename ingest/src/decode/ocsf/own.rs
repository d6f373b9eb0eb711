//! What `ambit normalize --as ocsf` wrote: every column from where it was put. The row is that of the log from which it
//! was made; only the times of credentials lost what is finer than a millisecond.

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::{Outcome, Source};

use super::event::{Event, millis};
use crate::decode::Output;
use crate::decode::canonical::Values;
use crate::json::Json;
use crate::record::{RawRecord, Reason};

/// By which `transformation_info_list` says that Ambit made an event.
pub(super) const UID: &str = "ambit.normalize";

/// Decodes an event; returns the source of the record from which it was made.
pub(super) fn decode(
    event: &Event<'_>,
    record: &RawRecord<'_>,
    out: &mut Output<'_>,
) -> Result<Source, Reason> {
    let name = event.metadata.log_name.as_deref().ok_or(Reason::Missing("metadata.log_name"))?;
    let source = Source::parse(name).ok_or(Reason::Unreadable("metadata.log_name"))?;
    let id = event.metadata.id.as_deref().unwrap_or_default();
    let mut row = record.row(source, id, time(event)?);
    row.action = event.metadata.event_code.as_deref().ok_or(Reason::Missing("metadata.event_code"))?;
    let (user, session) = (&event.actor, &event.actor_session);
    row.principal = user.id.as_deref();
    row.principal_alias = user.other_id.as_deref();
    row.credential = user.credential.as_deref().or(session.credential.as_deref());
    (row.credential_issued_at, row.credential_expires_at) = session.times();
    row.session = session.id.as_deref();
    row.outcome = match (event.status_id.as_deref(), event.status_detail.as_deref()) {
        (Some("1"), _) => Outcome::Success,
        (Some("2"), Some("denied")) => Outcome::Denied,
        (Some("2"), _) => Outcome::Failure,
        _ => Outcome::Unknown,
    };
    row.error_code = event.status_code.as_deref();
    row.resource = event.resource.id.as_deref();
    row.resource_kind = event.resource.kind.as_deref();
    row.account = event.account.as_deref();
    row.region = event.region.as_deref();
    row.source_address = event.address.as_deref();
    row.client = event.user_agent.as_deref();
    row.via_service = event.invoked_by.as_deref();
    row.auth_method = event.protocol.as_deref();
    row.model_provider = event.model.provider.as_deref();
    row.model = event.model.name.as_deref();
    row.observed_at = millis(&event.metadata.logged_time).or(row.observed_at);
    let unmapped = unmapped(event.unmapped.unwrap_or_default())?;
    let chain = unmapped.chain();
    unmapped.lay_over(&chain, &mut row)?;
    out.row(&row)?;
    Ok(source)
}

/// The time as the log had it, if that is the event's: OCSF has milliseconds only.
fn time(event: &Event<'_>) -> Result<EventTime, Reason> {
    let time = event.time()?;
    let exact = event.metadata.original_time.as_deref().and_then(EventTime::parse_rfc3339);
    Ok(exact.filter(|exact| exact.millis() == time.millis()).unwrap_or(time))
}

/// The columns that OCSF has no place for.
fn unmapped(text: &str) -> Result<Values<'_>, Reason> {
    let mut values = Values::default();
    if !text.is_empty() {
        values.read(&mut Json::of_text(text)).map_err(|_fault| Reason::Unreadable("unmapped"))?;
    }
    Ok(values)
}

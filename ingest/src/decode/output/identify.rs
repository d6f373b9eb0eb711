//! An id for an event whose record has none: a hash of its columns, so that the same event has the same id wherever
//! and whenever it was read.

use ambit_schemas::hash::stable_hash128;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};
use ambit_schemas::{Column, EventRow, EventTime};

/// The texts of a row besides its id and place, in the order of the columns.
pub(super) fn texts<'r>(row: &EventRow<'r>) -> impl Iterator<Item = (Column, &'r str)> {
    let single = [
        (Column::Action, Some(row.action)),
        (Column::ErrorCode, row.error_code),
        (Column::Principal, row.principal),
        (Column::PrincipalAlias, row.principal_alias),
        (Column::Credential, row.credential),
        (Column::ParentCredential, row.parent_credential),
        (Column::IssuedCredential, row.issued_credential),
        (Column::AuthMethod, row.auth_method),
        (Column::Resource, row.resource),
        (Column::ResourceGroup, row.resource_group),
        (Column::ResourceKind, row.resource_kind),
        (Column::Account, row.account),
        (Column::Region, row.region),
        (Column::SourceAddress, row.source_address),
        (Column::Client, row.client),
        (Column::ViaService, row.via_service),
        (Column::ModelProvider, row.model_provider),
        (Column::Model, row.model),
        (Column::Tool, row.tool),
        (Column::ToolServer, row.tool_server),
        (Column::Agent, row.agent),
        (Column::Session, row.session),
        (Column::Task, row.task),
    ];
    let single = single.into_iter().filter_map(|(column, text)| Some((column, text?)));
    single.chain(row.on_behalf_of.iter().map(|name| (Column::OnBehalfOf, *name)))
}

/// The hash of the columns, without what resolution adds later and without origin and observation time.
pub(super) fn event_id(row: &EventRow<'_>) -> String {
    let names = texts(row).map(|(column, text)| format!("{}={text}", column.name()));
    let kinds = [
        Some(row.source.as_str()),
        Some(row.outcome.as_str()),
        row.principal_kind.map(PrincipalKind::as_str),
        row.credential_kind.map(CredentialKind::as_str),
        row.issued_kind.map(CredentialKind::as_str),
    ];
    let kinds = kinds.into_iter().map(|kind| kind.unwrap_or_default().to_owned());
    let times = [Some(row.time), row.credential_issued_at, row.credential_expires_at, row.issued_expires_at];
    let times = times
        .into_iter()
        .map(|time: Option<EventTime>| time.map(|time| time.to_string()).unwrap_or_default());
    let parts = names.chain(kinds).chain(times).collect::<Vec<_>>();
    format!("{:032x}", stable_hash128(parts.iter().map(String::as_bytes)))
}

//! An id for an event whose record has none: a hash of its columns, so that the same event has the same id wherever
//! and whenever it was read.

mod codes;

use ambit_schemas::hash::hash128;
use ambit_schemas::{Column, EventRow, EventTime};

use crate::decode::text::hex;

/// Visits the texts of a row besides its id and place, in the order of the columns. No iterator: it would put all of the
/// columns together to find the few that are there.
#[inline]
pub(super) fn texts<'r>(row: &EventRow<'r>, mut visit: impl FnMut(Column, &'r str)) {
    let mut text = |column, text: Option<&'r str>| {
        if let Some(text) = text {
            visit(column, text);
        }
    };
    text(Column::Action, Some(row.action));
    text(Column::ErrorCode, row.error_code);
    text(Column::Principal, row.principal);
    text(Column::PrincipalAlias, row.principal_alias);
    text(Column::Credential, row.credential);
    text(Column::ParentCredential, row.parent_credential);
    text(Column::IssuedCredential, row.issued_credential);
    text(Column::AuthMethod, row.auth_method);
    text(Column::Resource, row.resource);
    text(Column::ResourceGroup, row.resource_group);
    text(Column::ResourceKind, row.resource_kind);
    text(Column::Account, row.account);
    text(Column::Region, row.region);
    text(Column::SourceAddress, row.source_address);
    text(Column::Client, row.client);
    text(Column::ViaService, row.via_service);
    text(Column::ModelProvider, row.model_provider);
    text(Column::Model, row.model);
    text(Column::Tool, row.tool);
    text(Column::ToolServer, row.tool_server);
    text(Column::Agent, row.agent);
    text(Column::Session, row.session);
    text(Column::Task, row.task);
    for name in row.on_behalf_of {
        text(Column::OnBehalfOf, Some(name));
    }
}

/// Makes ids. Holds only buffers.
#[derive(Debug, Default)]
pub(in crate::decode) struct Identifier {
    bytes: Vec<u8>,
    id: String,
}

impl Identifier {
    /// The hash of the columns, without what resolution adds later and without origin and observation time.
    pub(super) fn event_id(&mut self, row: &EventRow<'_>) -> &str {
        write(&mut self.bytes, row);
        self.id.clear();
        hex(&mut self.id, hash128(&self.bytes), 32);
        &self.id
    }
}

/// The columns as bytes, few because every 64 of them are hashed for themselves: a byte for each kind, the time, and then
/// whatever else the row says, each behind the [`codes::column`] of its column. A time has eight bytes and a text its
/// length before it, so that two rows have the same bytes only if they say the same.
fn write(bytes: &mut Vec<u8>, row: &EventRow<'_>) {
    bytes.clear();
    bytes.extend_from_slice(&[
        codes::source(row.source),
        codes::outcome(row.outcome),
        row.principal_kind.map_or(codes::NONE, codes::principal),
        row.credential_kind.map_or(codes::NONE, codes::credential),
        row.issued_kind.map_or(codes::NONE, codes::credential),
    ]);
    bytes.extend_from_slice(&row.time.micros().to_le_bytes());
    for (column, time) in [
        (Column::CredentialIssuedAt, row.credential_issued_at),
        (Column::CredentialExpiresAt, row.credential_expires_at),
        (Column::IssuedExpiresAt, row.issued_expires_at),
    ] {
        if let Some(time) = time {
            put_time(bytes, column, time);
        }
    }
    texts(row, |column, text| put_text(bytes, codes::column(column), text));
}

fn put_time(bytes: &mut Vec<u8>, column: Column, time: EventTime) {
    bytes.push(codes::column(column));
    bytes.extend_from_slice(&time.micros().to_le_bytes());
}

/// A text behind its length, seven bits a byte, the lowest first, the highest bit set where more follow.
#[inline(never)]
fn put_text(bytes: &mut Vec<u8>, code: u8, text: &str) {
    let mut length = text.len();
    let mut before = code;
    while length >= 0x80 {
        bytes.push(before);
        before = length.to_le_bytes()[0] | 0x80;
        length >>= 7;
    }
    bytes.extend_from_slice(&[before, length.to_le_bytes()[0]]);
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests;

//! An id for an event whose record has none: a hash of its columns, so that the same event has the same id wherever
//! and whenever it was read.

use ambit_schemas::hash::Parts;
use ambit_schemas::vocabulary::{CredentialKind, PrincipalKind};
use ambit_schemas::{Column, EventRow};

use crate::decode::text::hex;

/// The texts of a row besides its id and place, in the order of the columns.
pub(super) fn texts<'r>(row: &EventRow<'r>) -> impl Iterator<Item = (Column, &'r str)> {
    let single = single(row).into_iter().filter_map(|(column, text)| Some((column, text?)));
    single.chain(row.on_behalf_of.iter().map(|name| (Column::OnBehalfOf, *name)))
}

#[inline]
fn single<'r>(row: &EventRow<'r>) -> [(Column, Option<&'r str>); 23] {
    [
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
    ]
}

/// Makes ids. Holds only buffers.
#[derive(Debug, Default)]
pub(in crate::decode) struct Identifier {
    parts: Parts,
    id: String,
}

impl Identifier {
    /// The hash of the columns, without what resolution adds later and without origin and observation time.
    pub(super) fn event_id(&mut self, row: &EventRow<'_>) -> &str {
        let parts = &mut self.parts;
        parts.clear();
        let mut named = |column: Column, text: &str| {
            parts.push_with(|out| {
                out.extend_from_slice(column.name().as_bytes());
                out.push(b'=');
                out.extend_from_slice(text.as_bytes());
            });
        };
        for (column, text) in single(row) {
            if let Some(text) = text {
                named(column, text);
            }
        }
        for name in row.on_behalf_of {
            named(Column::OnBehalfOf, name);
        }
        let kinds = [
            Some(row.source.as_str()),
            Some(row.outcome.as_str()),
            row.principal_kind.map(PrincipalKind::as_str),
            row.credential_kind.map(CredentialKind::as_str),
            row.issued_kind.map(CredentialKind::as_str),
        ];
        for kind in kinds {
            parts.push(kind.unwrap_or_default());
        }
        let times =
            [Some(row.time), row.credential_issued_at, row.credential_expires_at, row.issued_expires_at];
        for time in times {
            parts.push_with(|out| {
                if let Some(time) = time {
                    time.write_to(out);
                }
            });
        }
        self.id.clear();
        hex(&mut self.id, parts.hash(), 32);
        &self.id
    }
}

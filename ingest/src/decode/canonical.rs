//! Canonical events as NDJSON: the columns under their own names, what is empty left out, times in RFC 3339.

use std::borrow::Cow;

use ambit_schemas::event::ColumnKind;
use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_schemas::{Column, EventRow, EventTime};

use super::Output;
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// The values of a record, by column, as text.
#[derive(Debug)]
struct Values<'a> {
    by_column: Vec<Option<Cow<'a, str>>>,
    on_behalf_of: Vec<Cow<'a, str>>,
}

/// Decodes a record.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode(record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<Source, Reason> {
    let text = std::str::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
    let values = Values::read(text)?;
    let chain = values.on_behalf_of.iter().map(|name| &**name).collect::<Vec<_>>();
    let mut row = values.row(record)?;
    row.on_behalf_of = &chain;
    values.words(&mut row)?;
    values.times(&mut row)?;
    values.place(&mut row)?;
    out.row(&row)?;
    Ok(row.source)
}

impl<'a> Values<'a> {
    fn read(text: &'a str) -> Result<Self, Reason> {
        let mut values = Self { by_column: vec![None; Column::ALL.len()], on_behalf_of: Vec::new() };
        let mut json = Json::of_text(text);
        let result = json.object(|json, key| values.member(json, key)).and_then(|()| json.end());
        result.map(|()| values).map_err(|fault| super::reason(fault, json.at()))
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match Column::ALL.iter().find(|column| column.name().as_bytes() == key) {
            Some(column) if column.kind() == ColumnKind::List => {
                json.array(|json| json.text().map(|name| self.on_behalf_of.extend(name)))
            }
            Some(column) => json.text().map(|text| self.by_column[column.index()] = text),
            None => json.skip(),
        }
    }

    fn text(&self, column: Column) -> Option<&str> {
        self.by_column[column.index()].as_deref()
    }

    fn need<T>(&self, column: Column, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Reason> {
        let text = self.text(column).ok_or(Reason::Missing(column.name()))?;
        parse(text).ok_or(Reason::Unreadable(column.name()))
    }

    fn maybe<T>(&self, column: Column, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Reason> {
        self.text(column).map(|text| parse(text).ok_or(Reason::Unreadable(column.name()))).transpose()
    }

    fn row<'r>(&'r self, record: &RawRecord<'r>) -> Result<EventRow<'r>, Reason> {
        let source = self.need(Column::Source, Source::parse)?;
        let time = self.need(Column::Time, EventTime::parse_rfc3339)?;
        Ok(EventRow {
            action: self.text(Column::Action).ok_or(Reason::Missing("action"))?,
            error_code: self.text(Column::ErrorCode),
            principal: self.text(Column::Principal),
            principal_alias: self.text(Column::PrincipalAlias),
            workload: self.text(Column::Workload),
            credential: self.text(Column::Credential),
            parent_credential: self.text(Column::ParentCredential),
            issued_credential: self.text(Column::IssuedCredential),
            auth_method: self.text(Column::AuthMethod),
            resource: self.text(Column::Resource),
            resource_group: self.text(Column::ResourceGroup),
            resource_kind: self.text(Column::ResourceKind),
            target_workload: self.text(Column::TargetWorkload),
            account: self.text(Column::Account),
            region: self.text(Column::Region),
            environment: self.text(Column::Environment),
            source_address: self.text(Column::SourceAddress),
            client: self.text(Column::Client),
            via_service: self.text(Column::ViaService),
            model_provider: self.text(Column::ModelProvider),
            model: self.text(Column::Model),
            tool: self.text(Column::Tool),
            tool_server: self.text(Column::ToolServer),
            agent: self.text(Column::Agent),
            session: self.text(Column::Session),
            task: self.text(Column::Task),
            ..record.row(source, self.text(Column::EventId).unwrap_or_default(), time)
        })
    }

    fn words(&self, row: &mut EventRow<'_>) -> Result<(), Reason> {
        row.action_class = self.need(Column::ActionClass, ActionClass::parse)?;
        row.access_level = self.need(Column::AccessLevel, AccessLevel::parse)?;
        row.outcome = self.need(Column::Outcome, Outcome::parse)?;
        row.principal_kind = self.maybe(Column::PrincipalKind, PrincipalKind::parse)?;
        row.credential_kind = self.maybe(Column::CredentialKind, CredentialKind::parse)?;
        row.issued_kind = self.maybe(Column::IssuedKind, CredentialKind::parse)?;
        row.interactive = self.maybe(Column::Interactive, |text| text.parse().ok())?.unwrap_or(false);
        let level = |text: &str| text.parse().ok().filter(|level| *level <= 3);
        row.sensitivity = self.maybe(Column::Sensitivity, level)?.unwrap_or(0);
        Ok(())
    }

    fn times(&self, row: &mut EventRow<'_>) -> Result<(), Reason> {
        row.credential_issued_at = self.maybe(Column::CredentialIssuedAt, EventTime::parse_rfc3339)?;
        row.credential_expires_at = self.maybe(Column::CredentialExpiresAt, EventTime::parse_rfc3339)?;
        row.issued_expires_at = self.maybe(Column::IssuedExpiresAt, EventTime::parse_rfc3339)?;
        row.observed_at = self.maybe(Column::ObservedAt, EventTime::parse_rfc3339)?.or(row.observed_at);
        Ok(())
    }

    /// The place of the original record where the event names it: that is what an analyst wants to open.
    fn place<'r>(&'r self, row: &mut EventRow<'r>) -> Result<(), Reason> {
        if let Some(origin) = self.text(Column::Origin) {
            row.origin = origin;
            row.origin_partition = self.maybe(Column::OriginPartition, |text| text.parse().ok())?;
            row.origin_offset = self.need(Column::OriginOffset, |text| text.parse().ok())?;
        }
        Ok(())
    }
}

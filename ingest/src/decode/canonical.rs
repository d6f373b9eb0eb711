//! Canonical events as NDJSON: the columns under their own names, what is empty left out, times in RFC 3339.

use std::borrow::Cow;

use ambit_schemas::event::ColumnKind;
use ambit_schemas::vocabulary::{AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source};
use ambit_schemas::{Column, EventRow, EventTime};

use super::Output;
use crate::json::{Fault, Json};
use crate::record::{RawRecord, Reason};

/// What every event says.
const NEEDED: [Column; 4] = [Column::Action, Column::ActionClass, Column::AccessLevel, Column::Outcome];

/// Columns under their own names, as text.
#[derive(Debug)]
pub(super) struct Values<'a> {
    by_column: Vec<Option<Cow<'a, str>>>,
    on_behalf_of: Vec<Cow<'a, str>>,
}

/// Decodes a record.
///
/// # Errors
/// What is wrong with it.
pub(super) fn decode(record: &RawRecord<'_>, out: &mut Output<'_>) -> Result<Source, Reason> {
    let text = simdutf8::basic::from_utf8(record.bytes).map_err(|_utf8| Reason::Utf8)?;
    let mut json = Json::of_text(text);
    let mut values = Values::default();
    let result = values.read(&mut json).and_then(|()| json.end());
    result.map_err(|fault| super::reason(fault, json.at()))?;
    let source = values.need(Column::Source, Source::parse)?;
    let time = values.need(Column::Time, EventTime::parse_rfc3339)?;
    if let Some(absent) = NEEDED.into_iter().find(|column| values.text(*column).is_none()) {
        return Err(Reason::Missing(absent.name()));
    }
    let mut row = record.row(source, values.text(Column::EventId).unwrap_or_default(), time);
    let chain = values.chain();
    values.lay_over(&chain, &mut row)?;
    out.row(&row)?;
    Ok(source)
}

impl Default for Values<'_> {
    fn default() -> Self {
        Self { by_column: vec![None; Column::ALL.len()], on_behalf_of: Vec::new() }
    }
}

impl<'a> Values<'a> {
    /// Reads the members of an object that are columns.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match Column::ALL.iter().find(|column| column.name().as_bytes() == key) {
            Some(column) if column.kind() == ColumnKind::List => {
                json.array(|json| json.text().map(|name| self.on_behalf_of.extend(name)))
            }
            Some(column) => json.text().map(|text| self.by_column[column.index()] = text),
            None => json.skip(),
        })
    }

    /// The delegation chain, to be lent to a row.
    pub(super) fn chain(&self) -> Vec<&str> {
        self.on_behalf_of.iter().map(|name| &**name).collect()
    }

    fn text(&self, column: Column) -> Option<&str> {
        self.by_column[column.index()].as_deref()
    }

    fn need<T>(&self, column: Column, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Reason> {
        self.maybe(column, parse)?.ok_or(Reason::Missing(column.name()))
    }

    fn maybe<T>(&self, column: Column, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Reason> {
        self.text(column).map(|text| parse(text).ok_or(Reason::Unreadable(column.name()))).transpose()
    }

    /// Lays the columns that are there over a row; its id, its source and its time stay.
    pub(super) fn lay_over<'r>(&'r self, chain: &'r [&'r str], row: &mut EventRow<'r>) -> Result<(), Reason> {
        row.action = self.text(Column::Action).unwrap_or(row.action);
        if !chain.is_empty() {
            row.on_behalf_of = chain;
        }
        self.texts(row);
        self.words(row)?;
        self.times(row)?;
        self.place(row)
    }

    fn texts<'r>(&'r self, row: &mut EventRow<'r>) {
        for (column, field) in [
            (Column::ErrorCode, &mut row.error_code),
            (Column::Principal, &mut row.principal),
            (Column::PrincipalAlias, &mut row.principal_alias),
            (Column::Workload, &mut row.workload),
            (Column::Credential, &mut row.credential),
            (Column::ParentCredential, &mut row.parent_credential),
            (Column::IssuedCredential, &mut row.issued_credential),
            (Column::AuthMethod, &mut row.auth_method),
            (Column::Resource, &mut row.resource),
            (Column::ResourceGroup, &mut row.resource_group),
            (Column::ResourceKind, &mut row.resource_kind),
            (Column::TargetWorkload, &mut row.target_workload),
            (Column::Account, &mut row.account),
            (Column::Region, &mut row.region),
            (Column::Environment, &mut row.environment),
            (Column::SourceAddress, &mut row.source_address),
            (Column::Client, &mut row.client),
            (Column::ViaService, &mut row.via_service),
            (Column::ModelProvider, &mut row.model_provider),
            (Column::Model, &mut row.model),
            (Column::Tool, &mut row.tool),
            (Column::ToolServer, &mut row.tool_server),
            (Column::Agent, &mut row.agent),
            (Column::Session, &mut row.session),
            (Column::Task, &mut row.task),
        ] {
            *field = self.text(column).or(*field);
        }
    }

    fn words(&self, row: &mut EventRow<'_>) -> Result<(), Reason> {
        row.action_class = self.maybe(Column::ActionClass, ActionClass::parse)?.unwrap_or(row.action_class);
        row.access_level = self.maybe(Column::AccessLevel, AccessLevel::parse)?.unwrap_or(row.access_level);
        row.outcome = self.maybe(Column::Outcome, Outcome::parse)?.unwrap_or(row.outcome);
        row.principal_kind = self.maybe(Column::PrincipalKind, PrincipalKind::parse)?.or(row.principal_kind);
        row.credential_kind =
            self.maybe(Column::CredentialKind, CredentialKind::parse)?.or(row.credential_kind);
        row.issued_kind = self.maybe(Column::IssuedKind, CredentialKind::parse)?.or(row.issued_kind);
        row.interactive =
            self.maybe(Column::Interactive, |text| text.parse().ok())?.unwrap_or(row.interactive);
        let level = |text: &str| text.parse().ok().filter(|level| *level <= 3);
        row.sensitivity = self.maybe(Column::Sensitivity, level)?.unwrap_or(row.sensitivity);
        Ok(())
    }

    fn times(&self, row: &mut EventRow<'_>) -> Result<(), Reason> {
        for (column, field) in [
            (Column::CredentialIssuedAt, &mut row.credential_issued_at),
            (Column::CredentialExpiresAt, &mut row.credential_expires_at),
            (Column::IssuedExpiresAt, &mut row.issued_expires_at),
            (Column::ObservedAt, &mut row.observed_at),
        ] {
            *field = self.maybe(column, EventTime::parse_rfc3339)?.or(*field);
        }
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

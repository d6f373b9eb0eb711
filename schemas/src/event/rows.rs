//! A batch read row by row, for what is too rare to be worth columns: spilling, merging, writing out.

use arrow::array::{Array, BooleanArray, StringArray, UInt8Array};
use arrow::array::{Int32Array, Int64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Int32Type, Int64Type};

use super::batch::{DictColumn, EventBatch, SchemaError};
use super::column::{Column, ColumnKind};
use super::row::EventRow;
use crate::time::EventTime;
use crate::vocabulary::{
    AccessLevel, ActionClass, CredentialKind, Outcome, PrincipalKind, Source, Vocabulary,
};

/// The columns of a batch, ready to give any row as an [`EventRow`].
#[derive(Debug)]
pub struct Rows<'a> {
    batch: &'a EventBatch,
    event_ids: &'a StringArray,
    /// By [`Column::index`]; `None` for columns that are no dictionary.
    dicts: Vec<Option<DictColumn<'a>>>,
    source: Vec<Source>,
    action_class: Vec<ActionClass>,
    access_level: Vec<AccessLevel>,
    outcome: Vec<Outcome>,
    principal_kind: Vec<PrincipalKind>,
    credential_kind: Vec<CredentialKind>,
    issued_kind: Vec<CredentialKind>,
    chain: Vec<&'a str>,
    chain_offsets: &'a OffsetBuffer<i32>,
    chain_nulls: Option<&'a NullBuffer>,
    interactive: &'a BooleanArray,
    sensitivity: &'a UInt8Array,
    partition: &'a Int32Array,
    offset: &'a Int64Array,
}

impl<'a> Rows<'a> {
    /// The rows of a batch.
    ///
    /// # Errors
    /// When a dictionary has a word outside its vocabulary; never for a checked batch.
    pub fn new(batch: &'a EventBatch) -> Result<Self, SchemaError> {
        use arrow::array::AsArray;
        let lists = batch.on_behalf_of();
        let names = lists.values().as_string::<i32>();
        let columns = batch.as_record_batch();
        Ok(Self {
            batch,
            event_ids: batch.event_ids(),
            dicts: Column::ALL
                .iter()
                .map(|column| (column.kind() == ColumnKind::Dict).then(|| batch.dict(*column)))
                .collect(),
            source: batch.words(Column::Source)?,
            action_class: batch.words(Column::ActionClass)?,
            access_level: batch.words(Column::AccessLevel)?,
            outcome: batch.words(Column::Outcome)?,
            principal_kind: batch.words(Column::PrincipalKind)?,
            credential_kind: batch.words(Column::CredentialKind)?,
            issued_kind: batch.words(Column::IssuedKind)?,
            chain: (0..names.len()).map(|index| names.value(index)).collect(),
            chain_offsets: lists.offsets(),
            chain_nulls: lists.nulls(),
            interactive: batch.interactive(),
            sensitivity: batch.sensitivity(),
            partition: columns.column(Column::OriginPartition.index()).as_primitive::<Int32Type>(),
            offset: columns.column(Column::OriginOffset.index()).as_primitive::<Int64Type>(),
        })
    }

    fn text(&self, column: Column, row: usize) -> Option<&'a str> {
        self.dicts[column.index()].and_then(|dict| dict.get(row))
    }

    fn word<V: Vocabulary>(&self, words: &[V], column: Column, row: usize) -> Option<V> {
        let key = self.dicts[column.index()].and_then(|dict| dict.key(row))?;
        words.get(key).copied()
    }

    fn time(&self, column: Column, row: usize) -> Option<EventTime> {
        self.batch.time(column, row)
    }

    fn chain(&self, row: usize) -> &[&'a str] {
        if self.chain_nulls.is_some_and(|nulls| nulls.is_null(row)) {
            return &[];
        }
        let bounds = [self.chain_offsets[row], self.chain_offsets[row + 1]];
        let [start, end] = bounds.map(|bound| usize::try_from(bound).unwrap_or(0));
        &self.chain[start..end]
    }

    /// One row; it must be below [`EventBatch::len`].
    pub fn get(&self, row: usize) -> EventRow<'_> {
        let time = self.time(Column::Time, row).unwrap_or_default();
        let source = self.word(&self.source, Column::Source, row).unwrap_or(Source::Ocsf);
        let mut event = EventRow::new(source, self.event_ids.value(row), time);
        self.identity(row, &mut event);
        self.target(row, &mut event);
        self.place(row, &mut event);
        event
    }

    fn identity<'b>(&'b self, row: usize, event: &mut EventRow<'b>) {
        event.principal = self.text(Column::Principal, row);
        event.principal_kind = self.word(&self.principal_kind, Column::PrincipalKind, row);
        event.principal_alias = self.text(Column::PrincipalAlias, row);
        event.workload = self.text(Column::Workload, row);
        event.on_behalf_of = self.chain(row);
        event.interactive = self.interactive.value(row);
        event.credential = self.text(Column::Credential, row);
        event.credential_kind = self.word(&self.credential_kind, Column::CredentialKind, row);
        event.credential_issued_at = self.time(Column::CredentialIssuedAt, row);
        event.credential_expires_at = self.time(Column::CredentialExpiresAt, row);
        event.parent_credential = self.text(Column::ParentCredential, row);
        event.issued_credential = self.text(Column::IssuedCredential, row);
        event.issued_kind = self.word(&self.issued_kind, Column::IssuedKind, row);
        event.issued_expires_at = self.time(Column::IssuedExpiresAt, row);
        event.auth_method = self.text(Column::AuthMethod, row);
    }

    fn target<'b>(&'b self, row: usize, event: &mut EventRow<'b>) {
        event.action = self.text(Column::Action, row).unwrap_or_default();
        event.action_class =
            self.word(&self.action_class, Column::ActionClass, row).unwrap_or(event.action_class);
        event.access_level =
            self.word(&self.access_level, Column::AccessLevel, row).unwrap_or(event.access_level);
        event.outcome = self.word(&self.outcome, Column::Outcome, row).unwrap_or(event.outcome);
        event.error_code = self.text(Column::ErrorCode, row);
        event.resource = self.text(Column::Resource, row);
        event.resource_group = self.text(Column::ResourceGroup, row);
        event.resource_kind = self.text(Column::ResourceKind, row);
        event.target_workload = self.text(Column::TargetWorkload, row);
        event.sensitivity = self.sensitivity.value(row);
        event.model_provider = self.text(Column::ModelProvider, row);
        event.model = self.text(Column::Model, row);
        event.tool = self.text(Column::Tool, row);
        event.tool_server = self.text(Column::ToolServer, row);
        event.agent = self.text(Column::Agent, row);
        event.session = self.text(Column::Session, row);
        event.task = self.text(Column::Task, row);
    }

    fn place<'b>(&'b self, row: usize, event: &mut EventRow<'b>) {
        event.account = self.text(Column::Account, row);
        event.region = self.text(Column::Region, row);
        event.environment = self.text(Column::Environment, row);
        event.source_address = self.text(Column::SourceAddress, row);
        event.client = self.text(Column::Client, row);
        event.via_service = self.text(Column::ViaService, row);
        event.origin = self.text(Column::Origin, row).unwrap_or_default();
        event.origin_partition = (!self.partition.is_null(row)).then(|| self.partition.value(row));
        event.origin_offset = self.offset.value(row);
        event.observed_at = self.time(Column::ObservedAt, row);
    }
}

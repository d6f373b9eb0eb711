//! Rows in, a checked batch out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, UInt8Builder,
};
use arrow::array::{DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Int32Type};

use super::batch::{EventBatch, SchemaError};
use super::column::{Column, identity_event_schema};
use super::dict::DictBuilder;
use super::row::EventRow;
use crate::time::EventTime;
use crate::vocabulary::Vocabulary;

/// A column over a closed vocabulary: the keys are the vocabulary's own indices.
#[derive(Debug, Default)]
struct VocabularyBuilder {
    keys: Vec<i32>,
    valid: Vec<bool>,
}

impl VocabularyBuilder {
    fn push<V: Vocabulary>(&mut self, value: Option<V>) {
        self.valid.push(value.is_some());
        self.keys.push(value.map_or(0, |value| i32::try_from(value.index()).unwrap_or(0)));
    }

    fn finish<V: Vocabulary>(&mut self) -> Result<ArrayRef, SchemaError> {
        let valid = std::mem::take(&mut self.valid);
        let nulls = (!valid.iter().all(|valid| *valid)).then(|| NullBuffer::from(valid));
        let keys = Int32Array::new(ScalarBuffer::from(std::mem::take(&mut self.keys)), nulls);
        let values = StringArray::from_iter_values(V::NAMES);
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
    }
}

fn time_builder() -> TimestampMicrosecondBuilder {
    TimestampMicrosecondBuilder::new().with_timezone("UTC")
}

/// Builds [`EventBatch`]es row by row. After [`EventBatchBuilder::finish`] it is empty and may be used again.
#[derive(Debug)]
pub struct EventBatchBuilder {
    rows: usize,
    event_id: StringBuilder,
    time: TimestampMicrosecondBuilder,
    source: VocabularyBuilder,
    action_class: VocabularyBuilder,
    access_level: VocabularyBuilder,
    outcome: VocabularyBuilder,
    principal_kind: VocabularyBuilder,
    credential_kind: VocabularyBuilder,
    issued_kind: VocabularyBuilder,
    /// By [`Column::index`]; only the open dictionaries are ever filled.
    dicts: Vec<DictBuilder>,
    on_behalf_of: ListBuilder<StringBuilder>,
    interactive: BooleanBuilder,
    credential_issued_at: TimestampMicrosecondBuilder,
    credential_expires_at: TimestampMicrosecondBuilder,
    issued_expires_at: TimestampMicrosecondBuilder,
    observed_at: TimestampMicrosecondBuilder,
    sensitivity: UInt8Builder,
    origin_partition: Int32Builder,
    origin_offset: Int64Builder,
}

impl Default for EventBatchBuilder {
    fn default() -> Self {
        let item = Field::new("item", DataType::Utf8, false);
        Self {
            rows: 0,
            event_id: StringBuilder::new(),
            time: time_builder(),
            source: VocabularyBuilder::default(),
            action_class: VocabularyBuilder::default(),
            access_level: VocabularyBuilder::default(),
            outcome: VocabularyBuilder::default(),
            principal_kind: VocabularyBuilder::default(),
            credential_kind: VocabularyBuilder::default(),
            issued_kind: VocabularyBuilder::default(),
            dicts: Column::ALL.iter().map(|_| DictBuilder::default()).collect(),
            on_behalf_of: ListBuilder::new(StringBuilder::new()).with_field(item),
            interactive: BooleanBuilder::new(),
            credential_issued_at: time_builder(),
            credential_expires_at: time_builder(),
            issued_expires_at: time_builder(),
            observed_at: time_builder(),
            sensitivity: UInt8Builder::new(),
            origin_partition: Int32Builder::new(),
            origin_offset: Int64Builder::new(),
        }
    }
}

impl EventBatchBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows appended since the last batch.
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row yet.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Bytes of distinct text held since the last batch: finish the batch well before this nears 2 GiB.
    pub fn text_bytes(&self) -> usize {
        self.event_id.values_slice().len() + self.dicts.iter().map(DictBuilder::text_bytes).sum::<usize>()
    }

    /// Appends one row.
    pub fn push(&mut self, row: &EventRow<'_>) {
        self.rows += 1;
        self.event_id.append_value(row.event_id);
        self.time.append_value(row.time.micros());
        self.source.push(Some(row.source));
        self.action_class.push(Some(row.action_class));
        self.access_level.push(Some(row.access_level));
        self.outcome.push(Some(row.outcome));
        self.interactive.append_value(row.interactive);
        self.sensitivity.append_value(row.sensitivity);
        self.push_identity(row);
        self.push_target(row);
        self.push_place(row);
    }

    fn text(&mut self, column: Column, value: Option<&str>) {
        self.dicts[column.index()].push(value);
    }

    fn push_identity(&mut self, row: &EventRow<'_>) {
        self.text(Column::Principal, row.principal);
        self.principal_kind.push(row.principal_kind);
        self.text(Column::PrincipalAlias, row.principal_alias);
        self.text(Column::Workload, row.workload);
        for name in row.on_behalf_of {
            self.on_behalf_of.values().append_value(name);
        }
        self.on_behalf_of.append(!row.on_behalf_of.is_empty());
        self.text(Column::Credential, row.credential);
        self.credential_kind.push(row.credential_kind);
        self.credential_issued_at.append_option(row.credential_issued_at.map(EventTime::micros));
        self.credential_expires_at.append_option(row.credential_expires_at.map(EventTime::micros));
        self.text(Column::ParentCredential, row.parent_credential);
        self.text(Column::IssuedCredential, row.issued_credential);
        self.issued_kind.push(row.issued_kind);
        self.issued_expires_at.append_option(row.issued_expires_at.map(EventTime::micros));
        self.text(Column::AuthMethod, row.auth_method);
    }

    fn push_target(&mut self, row: &EventRow<'_>) {
        self.text(Column::Action, Some(row.action));
        self.text(Column::ErrorCode, row.error_code);
        self.text(Column::Resource, row.resource);
        self.text(Column::ResourceGroup, row.resource_group);
        self.text(Column::ResourceKind, row.resource_kind);
        self.text(Column::TargetWorkload, row.target_workload);
        self.text(Column::ModelProvider, row.model_provider);
        self.text(Column::Model, row.model);
        self.text(Column::Tool, row.tool);
        self.text(Column::ToolServer, row.tool_server);
        self.text(Column::Agent, row.agent);
        self.text(Column::Session, row.session);
        self.text(Column::Task, row.task);
    }

    fn push_place(&mut self, row: &EventRow<'_>) {
        self.text(Column::Account, row.account);
        self.text(Column::Region, row.region);
        self.text(Column::Environment, row.environment);
        self.text(Column::SourceAddress, row.source_address);
        self.text(Column::Client, row.client);
        self.text(Column::ViaService, row.via_service);
        self.text(Column::Origin, Some(row.origin));
        self.origin_partition.append_option(row.origin_partition);
        self.origin_offset.append_value(row.origin_offset);
        self.observed_at.append_option(row.observed_at.map(EventTime::micros));
    }

    /// The rows appended so far as one batch, in the order of appending.
    ///
    /// # Errors
    /// When Arrow refuses the columns, which means more than 2 GiB of text in one of them.
    pub fn finish(&mut self) -> Result<EventBatch, SchemaError> {
        let columns =
            Column::ALL.iter().map(|column| self.finish_column(*column)).collect::<Result<Vec<_>, _>>()?;
        self.rows = 0;
        EventBatch::try_new(RecordBatch::try_new(identity_event_schema(), columns)?)
    }

    fn finish_column(&mut self, column: Column) -> Result<ArrayRef, SchemaError> {
        use crate::vocabulary as v;
        Ok(match column {
            Column::EventId => Arc::new(self.event_id.finish()),
            Column::Time => Arc::new(self.time.finish()),
            Column::Source => self.source.finish::<v::Source>()?,
            Column::ActionClass => self.action_class.finish::<v::ActionClass>()?,
            Column::AccessLevel => self.access_level.finish::<v::AccessLevel>()?,
            Column::Outcome => self.outcome.finish::<v::Outcome>()?,
            Column::PrincipalKind => self.principal_kind.finish::<v::PrincipalKind>()?,
            Column::CredentialKind => self.credential_kind.finish::<v::CredentialKind>()?,
            Column::IssuedKind => self.issued_kind.finish::<v::CredentialKind>()?,
            Column::OnBehalfOf => Arc::new(self.on_behalf_of.finish()),
            Column::Interactive => Arc::new(self.interactive.finish()),
            Column::CredentialIssuedAt => Arc::new(self.credential_issued_at.finish()),
            Column::CredentialExpiresAt => Arc::new(self.credential_expires_at.finish()),
            Column::IssuedExpiresAt => Arc::new(self.issued_expires_at.finish()),
            Column::ObservedAt => Arc::new(self.observed_at.finish()),
            Column::Sensitivity => Arc::new(self.sensitivity.finish()),
            Column::OriginPartition => Arc::new(self.origin_partition.finish()),
            Column::OriginOffset => Arc::new(self.origin_offset.finish()),
            open => self.dicts[open.index()].finish()?,
        })
    }
}

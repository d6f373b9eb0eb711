//! Rows in, a checked batch out.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, DictionaryArray, Int32Builder, Int64Builder, ListBuilder,
    RecordBatch, StringArray, StringBuilder, TimestampMicrosecondBuilder, UInt8Builder,
};
use arrow::datatypes::{DataType, Field, Int32Type};

use super::batch::{EventBatch, SchemaError};
use super::column::{Column, identity_event_schema};
use super::dict::DictBuilder;
use super::keys::Keys;
use super::row::EventRow;
use crate::hash::hash128;
use crate::time::EventTime;
use crate::vocabulary::Vocabulary;

/// The longest text of a row, in bytes. Names and ids of real records stay below 2 KiB; prompts do not get this far.
pub const MAX_TEXT: usize = 8 << 10;
/// What stands behind the beginning of a longer one: a mark and 32 digits of a hash.
const CUT: usize = '…'.len_utf8() + 1 + 32;

/// A text of a row. Many are chosen by those who are watched, and none may be so long that its event is not seen: of a
/// longer one the beginning stays, and the first 128 bits of the SHA-256 of the whole, so that two stay two.
#[cold]
fn cut(text: &str) -> String {
    let start = &text[..text.floor_char_boundary(MAX_TEXT - CUT)];
    format!("{start}…#{:032x}", hash128(text.as_bytes()))
}

/// A column over a closed vocabulary: the keys are the vocabulary's own indices.
#[derive(Debug, Default)]
struct VocabularyBuilder(Keys);

impl VocabularyBuilder {
    fn set<V: Vocabulary>(&mut self, row: usize, value: Option<V>) {
        if let Some(value) = value {
            self.0.set(row, i32::try_from(value.index()).unwrap_or(0));
        }
    }

    fn finish<V: Vocabulary>(&mut self, rows: usize) -> Result<ArrayRef, SchemaError> {
        let values = StringArray::from_iter_values(V::NAMES);
        Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(self.0.finish(rows), Arc::new(values))?))
    }
}

/// A column of times that few rows fill: empty rows are appended together.
#[derive(Debug)]
struct TimesBuilder(TimestampMicrosecondBuilder);

impl TimesBuilder {
    fn new() -> Self {
        Self(time_builder())
    }

    fn set(&mut self, row: usize, time: Option<EventTime>) {
        if let Some(time) = time {
            self.fill(row);
            self.0.append_value(time.micros());
        }
    }

    fn fill(&mut self, rows: usize) {
        let missing = rows - self.0.len();
        if missing > 0 {
            self.0.append_nulls(missing);
        }
    }

    fn finish(&mut self, rows: usize) -> ArrayRef {
        self.fill(rows);
        Arc::new(self.0.finish())
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
    credential_issued_at: TimesBuilder,
    credential_expires_at: TimesBuilder,
    issued_expires_at: TimesBuilder,
    observed_at: TimesBuilder,
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
            credential_issued_at: TimesBuilder::new(),
            credential_expires_at: TimesBuilder::new(),
            issued_expires_at: TimesBuilder::new(),
            observed_at: TimesBuilder::new(),
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
        self.push_as(row.event_id, row);
    }

    /// Appends one row under another event id than its own.
    pub fn push_as(&mut self, event_id: &str, row: &EventRow<'_>) {
        self.event_id.append_value(event_id);
        self.time.append_value(row.time.micros());
        self.source.set(self.rows, Some(row.source));
        self.action_class.set(self.rows, Some(row.action_class));
        self.access_level.set(self.rows, Some(row.access_level));
        self.outcome.set(self.rows, Some(row.outcome));
        self.interactive.append_value(row.interactive);
        self.sensitivity.append_value(row.sensitivity);
        self.push_identity(row);
        self.push_target(row);
        self.push_place(row);
        self.rows += 1;
    }

    #[inline]
    fn text(&mut self, column: Column, value: Option<&str>) {
        if let Some(value) = value {
            let dict = &mut self.dicts[column.index()];
            if value.len() <= MAX_TEXT {
                dict.set(self.rows, value);
            } else {
                dict.set(self.rows, &cut(value));
            }
        }
    }

    fn push_identity(&mut self, row: &EventRow<'_>) {
        self.text(Column::Principal, row.principal);
        self.principal_kind.set(self.rows, row.principal_kind);
        self.text(Column::PrincipalAlias, row.principal_alias);
        self.text(Column::Workload, row.workload);
        for name in row.on_behalf_of {
            let names = self.on_behalf_of.values();
            if name.len() <= MAX_TEXT { names.append_value(name) } else { names.append_value(cut(name)) }
        }
        self.on_behalf_of.append(!row.on_behalf_of.is_empty());
        self.text(Column::Credential, row.credential);
        self.credential_kind.set(self.rows, row.credential_kind);
        self.credential_issued_at.set(self.rows, row.credential_issued_at);
        self.credential_expires_at.set(self.rows, row.credential_expires_at);
        self.text(Column::ParentCredential, row.parent_credential);
        self.text(Column::IssuedCredential, row.issued_credential);
        self.issued_kind.set(self.rows, row.issued_kind);
        self.issued_expires_at.set(self.rows, row.issued_expires_at);
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
        self.observed_at.set(self.rows, row.observed_at);
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
        let rows = self.rows;
        Ok(match column {
            Column::EventId => Arc::new(self.event_id.finish()),
            Column::Time => Arc::new(self.time.finish()),
            Column::Source => self.source.finish::<v::Source>(rows)?,
            Column::ActionClass => self.action_class.finish::<v::ActionClass>(rows)?,
            Column::AccessLevel => self.access_level.finish::<v::AccessLevel>(rows)?,
            Column::Outcome => self.outcome.finish::<v::Outcome>(rows)?,
            Column::PrincipalKind => self.principal_kind.finish::<v::PrincipalKind>(rows)?,
            Column::CredentialKind => self.credential_kind.finish::<v::CredentialKind>(rows)?,
            Column::IssuedKind => self.issued_kind.finish::<v::CredentialKind>(rows)?,
            Column::OnBehalfOf => Arc::new(self.on_behalf_of.finish()),
            Column::Interactive => Arc::new(self.interactive.finish()),
            Column::CredentialIssuedAt => self.credential_issued_at.finish(rows),
            Column::CredentialExpiresAt => self.credential_expires_at.finish(rows),
            Column::IssuedExpiresAt => self.issued_expires_at.finish(rows),
            Column::ObservedAt => self.observed_at.finish(rows),
            Column::Sensitivity => Arc::new(self.sensitivity.finish()),
            Column::OriginPartition => Arc::new(self.origin_partition.finish()),
            Column::OriginOffset => Arc::new(self.origin_offset.finish()),
            open => self.dicts[open.index()].finish(rows)?,
        })
    }
}

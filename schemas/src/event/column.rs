//! The columns of the canonical event: one table from which the Arrow schema, the builder and the readers are made.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// How a column is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// UTF-8, one value a row.
    Text,
    /// Dictionary-encoded UTF-8 (`Int32` keys).
    Dict,
    /// Microseconds UTC.
    Time,
    /// A boolean.
    Bool,
    /// A small unsigned number.
    U8,
    /// A 32-bit number.
    I32,
    /// A 64-bit number.
    I64,
    /// A list of UTF-8.
    List,
}

/// Declares the columns in wire order: variant, wire name, layout, nullable.
macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident, $nullable:literal;)+) => {
        /// A column of `identity_event.v1`; the discriminant is its index.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $variant,)+ }

        impl Column {
            /// Every column, in wire order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name,)+ } }

            /// The layout.
            pub const fn kind(self) -> ColumnKind { match self { $(Self::$variant => ColumnKind::$kind,)+ } }

            /// Whether a row may leave it empty.
            pub const fn nullable(self) -> bool { match self { $(Self::$variant => $nullable,)+ } }

            /// The index in the schema.
            pub const fn index(self) -> usize { self as usize }
        }
    };
}

columns! {
    /// The source's own id of the event.
    EventId = "event_id", Text, false;
    /// Event time, µs UTC.
    Time = "time", Time, false;
    /// [`crate::vocabulary::Source`].
    Source = "source", Dict, false;
    /// `aws:s3:GetObject`, `vault:read`, `tool:<server>/<tool>`.
    Action = "action", Dict, false;
    /// [`crate::vocabulary::ActionClass`].
    ActionClass = "action_class", Dict, false;
    /// [`crate::vocabulary::AccessLevel`].
    AccessLevel = "access_level", Dict, false;
    /// [`crate::vocabulary::Outcome`].
    Outcome = "outcome", Dict, false;
    /// The source's error code.
    ErrorCode = "error_code", Dict, true;
    /// The stable principal: a role's ARN rather than its session's.
    Principal = "principal", Dict, true;
    /// [`crate::vocabulary::PrincipalKind`].
    PrincipalKind = "principal_kind", Dict, true;
    /// A second stable id that the record shows for the same principal.
    PrincipalAlias = "principal_alias", Dict, true;
    /// The resolved workload; null where only lineage can tell.
    Workload = "workload", Dict, true;
    /// The delegation chain, nearest first.
    OnBehalfOf = "on_behalf_of", List, true;
    /// Whether a person sat at it (console, browser).
    Interactive = "interactive", Bool, false;
    /// The stable public id of the credential.
    Credential = "credential", Dict, true;
    /// [`crate::vocabulary::CredentialKind`].
    CredentialKind = "credential_kind", Dict, true;
    /// When the credential was issued.
    CredentialIssuedAt = "credential_issued_at", Time, true;
    /// When the credential expires.
    CredentialExpiresAt = "credential_expires_at", Time, true;
    /// The credential that this one was obtained with.
    ParentCredential = "parent_credential", Dict, true;
    /// The id of the credential that this event handed out.
    IssuedCredential = "issued_credential", Dict, true;
    /// [`crate::vocabulary::CredentialKind`] of the credential handed out.
    IssuedKind = "issued_kind", Dict, true;
    /// When the credential handed out expires.
    IssuedExpiresAt = "issued_expires_at", Time, true;
    /// How the identity proved itself.
    AuthMethod = "auth_method", Dict, true;
    /// What was acted on, as logged.
    Resource = "resource", Dict, true;
    /// The resource's template: no ids, no timestamps, bounded cardinality.
    ResourceGroup = "resource_group", Dict, true;
    /// `aws.s3.object`, `aws.role`, `vault.secret`, …
    ResourceKind = "resource_kind", Dict, true;
    /// The workload that the resource is, where it is an identity.
    TargetWorkload = "target_workload", Dict, true;
    /// 0 (harmless) to 3 (most sensitive).
    Sensitivity = "sensitivity", U8, false;
    /// Account, project, subscription, cluster or namespace in which it happened.
    Account = "account", Dict, true;
    /// The region.
    Region = "region", Dict, true;
    /// The environment in which it happened, by the inventory.
    Environment = "environment", Dict, true;
    /// The address it came from; a service's name is not an address.
    SourceAddress = "source_address", Dict, true;
    /// The client: user agent reduced to product and major version.
    Client = "client", Dict, true;
    /// The cloud service that made the call for the principal.
    ViaService = "via_service", Dict, true;
    /// The model's provider.
    ModelProvider = "model_provider", Dict, true;
    /// The model.
    Model = "model", Dict, true;
    /// The tool.
    Tool = "tool", Dict, true;
    /// The tool's server.
    ToolServer = "tool_server", Dict, true;
    /// The agent.
    Agent = "agent", Dict, true;
    /// Conversation, MCP session, role session name or trace id.
    Session = "session", Dict, true;
    /// The task.
    Task = "task", Dict, true;
    /// File or topic of the record.
    Origin = "origin", Dict, false;
    /// Partition of the topic.
    OriginPartition = "origin_partition", I32, true;
    /// Byte offset in the decompressed file, or offset of the message.
    OriginOffset = "origin_offset", I64, false;
    /// When the record was received, where a receiver says so.
    ObservedAt = "observed_at", Time, true;
}

impl ColumnKind {
    /// The Arrow type of a column so laid out.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Dict => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Bool => DataType::Boolean,
            Self::U8 => DataType::UInt8,
            Self::I32 => DataType::Int32,
            Self::I64 => DataType::Int64,
            Self::List => DataType::List(Arc::new(Field::new("item", DataType::Utf8, false))),
        }
    }
}

impl Column {
    /// The Arrow type of this column.
    pub fn data_type(self) -> DataType {
        self.kind().data_type()
    }
}

/// The Arrow schema of `identity_event.v1`.
pub fn identity_event_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = Column::ALL
            .iter()
            .map(|column| Field::new(column.name(), column.data_type(), column.nullable()))
            .collect::<Vec<_>>();
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

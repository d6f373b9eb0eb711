//! `finding.v1`: one row per transition of a finding, as it travels on a topic or rests in an archive. The columns are
//! what one filters and joins by; the whole finding is the OCSF text beside them.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{Field, Schema, SchemaRef};

use crate::event::ColumnKind;

/// The columns of `finding.v1` in wire order: name, layout, whether a row may leave it empty.
pub const FINDING_COLUMNS: &[(&str, ColumnKind, bool)] = &[
    ("uid", ColumnKind::Text, false),
    ("check", ColumnKind::Dict, false),
    ("activity", ColumnKind::Dict, false),
    ("time", ColumnKind::Time, false),
    ("created_time", ColumnKind::Time, false),
    ("start_time", ColumnKind::Time, false),
    ("end_time", ColumnKind::Time, false),
    ("count", ColumnKind::I64, false),
    ("severity", ColumnKind::Dict, false),
    ("confidence", ColumnKind::Dict, false),
    ("workload", ColumnKind::Dict, false),
    ("owner", ColumnKind::Dict, true),
    ("environment", ColumnKind::Dict, true),
    ("subject_kind", ColumnKind::Dict, false),
    ("subject", ColumnKind::Text, false),
    ("correlation", ColumnKind::Text, true),
    ("title", ColumnKind::Dict, false),
    ("desc", ColumnKind::Text, false),
    ("ocsf", ColumnKind::Text, false),
];

/// The Arrow schema of `finding.v1`.
pub fn finding_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields = FINDING_COLUMNS
            .iter()
            .map(|(name, kind, nullable)| Field::new(*name, kind.data_type(), *nullable))
            .collect::<Vec<_>>();
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

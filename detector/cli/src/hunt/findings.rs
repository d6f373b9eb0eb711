//! Files of findings as a table: one row a transition, as it was written, with its whole line beside it.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use ambit_schemas::EventTime;
use anyhow::{Context, anyhow};
use arrow::array::RecordBatch;
use serde_json::Value;

use super::known::{counts, moments, texts};

/// Reads files of OCSF Detection Findings, one a line.
///
/// # Errors
/// The file and the line of the first that is no finding.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<RecordBatch> {
    let mut rows = Vec::new();
    for file in files {
        read_file(file, &mut rows).with_context(|| format!("--findings {}", file.display()))?;
    }
    table(&rows)
}

fn read_file(file: &Path, rows: &mut Vec<(String, Value)>) -> anyhow::Result<()> {
    let reader = std::io::BufReader::new(std::fs::File::open(file)?);
    for (number, line) in reader.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let value = serde_json::from_str::<Value>(&line).map_err(anyhow::Error::from);
        let value = value.and_then(|value| match value["class_uid"].as_u64() {
            Some(2004) => Ok(value),
            _ => Err(anyhow!("no OCSF Detection Finding (class_uid 2004)")),
        });
        rows.push((line.clone(), value.with_context(|| format!("line {}", number + 1))?));
    }
    Ok(())
}

fn table(rows: &[(String, Value)]) -> anyhow::Result<RecordBatch> {
    let text = |pointer: &'static str| {
        texts(rows, |(_, value)| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned))
    };
    let moment = |pointer: &'static str| {
        moments(rows, |(_, value)| value.pointer(pointer).and_then(Value::as_i64).map(EventTime::from_millis))
    };
    let list = |pointer: &'static str| {
        texts(rows, |(_, value)| {
            let items = value.pointer(pointer)?.as_array()?.iter();
            Some(
                items
                    .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                    .collect::<Vec<_>>()
                    .join(", "),
            )
        })
    };
    Ok(RecordBatch::try_from_iter([
        ("time", moment("/time")),
        ("uid", text("/finding_info/uid")),
        ("id", text("/finding_info/analytic/uid")),
        ("title", text("/finding_info/title")),
        ("activity", text("/activity_name")),
        ("status", text("/status")),
        ("severity", text("/severity")),
        ("confidence", text("/confidence")),
        ("workload", text("/resources/0/name")),
        ("owner", text("/resources/0/owner/name")),
        ("environment", text("/resources/0/data/environment")),
        ("description", text("/finding_info/desc")),
        ("created", moment("/finding_info/created_time")),
        ("first_seen", moment("/finding_info/first_seen_time")),
        ("last_seen", moment("/finding_info/last_seen_time")),
        (
            "count",
            counts(rows, |(_, value)| value["count"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(1)),
        ),
        ("subject_kind", text("/unmapped/subject/kind")),
        ("subject", text("/unmapped/subject/value")),
        ("revoke", list("/unmapped/revoke")),
        ("path", list("/unmapped/path")),
        ("correlation", text("/metadata/correlation_uid")),
        ("json", texts(rows, |(line, _)| Some(line.clone()))),
    ])?)
}

//! `ambit replay` and what came of it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::binary;

/// What a replay left.
#[derive(Debug)]
pub struct Replayed {
    /// The lines of `--findings`.
    pub findings: Vec<Value>,
    /// The object of `--summary`.
    pub summary: Value,
    /// The exit code.
    pub code: Option<i32>,
    /// What it said on stderr.
    pub stderr: String,
}

/// Replays paths, relative to `folder`, with further arguments; the outputs go into a folder of their own.
///
/// # Errors
/// When the binary cannot be run, or an output is not there or no JSON.
pub fn replay(folder: &Path, paths: &[&str], more: &[&str]) -> io::Result<Replayed> {
    let outputs = tempfile::tempdir()?;
    let [findings, summary] = ["findings.ndjson", "summary.json"].map(|name| outputs.path().join(name));
    let [findings_text, summary_text] = [&findings, &summary].map(|path| path.to_string_lossy().into_owned());
    let mut args = vec!["replay"];
    args.extend(paths);
    args.extend(["--findings", &findings_text, "--summary", &summary_text]);
    args.extend(more);
    let output = binary::run(folder, &args)?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}; ambit said: {stderr}", path.display()))
        })
    };
    let findings = read(&findings)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let summary = serde_json::from_str(&read(&summary)?)?;
    Ok(Replayed { findings, summary, code: output.status.code(), stderr })
}

/// Findings without the places of their evidence, which are all that may differ between two replays of one history.
pub fn without_positions(findings: &[Value]) -> Vec<Value> {
    let mut findings = findings.to_vec();
    for evidence in findings.iter_mut().filter_map(|finding| finding["evidences"].as_array_mut()).flatten() {
        if let Some(data) = evidence["data"].as_object_mut() {
            data.remove("position");
        }
    }
    findings
}

/// The last line of each uid: what the findings have become.
pub fn last_lines(findings: &[Value]) -> BTreeMap<String, Value> {
    let uid = |finding: &Value| finding["finding_info"]["uid"].as_str().unwrap_or_default().to_owned();
    without_positions(findings).into_iter().map(|finding| (uid(&finding), finding)).collect()
}

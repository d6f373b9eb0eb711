//! The samples, record by record, as a topic has them.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::place::samples;

/// Every record of a folder of the samples, in the order of time.
pub(crate) fn records(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut open = vec![std::path::PathBuf::from(samples(folder))];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut records = files.iter().flat_map(|file| split(&unpacked(file))).collect::<Vec<_>>();
    if folder == "cloudtrail" {
        records.sort_by_cached_key(|record| {
            serde_json::from_str::<Value>(record).unwrap()["eventTime"].as_str().unwrap().to_owned()
        });
    }
    records
}

fn unpacked(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap();
    let mut text = String::new();
    if file.extension().unwrap() == "gz" {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        zstd::Decoder::new(bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap();
    }
    text
}

fn split(text: &str) -> Vec<String> {
    match serde_json::from_str::<Value>(text) {
        Ok(envelope) if envelope["Records"].is_array() => {
            envelope["Records"].as_array().unwrap().iter().map(Value::to_string).collect()
        }
        _ => text.lines().map(str::to_owned).collect(),
    }
}

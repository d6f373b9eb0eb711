//! The first inputs of every target: short records of the logs that the repository carries, and what is made of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use ambit_ingest::Format;
use ambit_schemas::event::ColumnKind;
use ambit_schemas::{Column, EventBatch};
use apache_avro::Schema;
use apache_avro::headers::{HeaderBuilder as _, RabinFingerprintHeader};
use arrow::array::{Array as _, AsArray as _};
use flate2::read::MultiGzDecoder;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value, json};

use crate::{line, snapshot};

/// Longer records are left out.
const MOST_BYTES: usize = 4_096;
/// Records of a format.
const MOST_RECORDS: usize = 12;
/// All seeds together.
const ALL_BYTES: usize = 1 << 20;
const FOLDERS: [&str; 3] = ["tests/conformance/records", "ingest/tests/fixtures", "replay-data/samples"];

/// The first records of each format, as the folders have them.
pub fn records(most: usize) -> Vec<(Format, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| walk(&root.join(folder), &mut files));
    let mut found = BTreeMap::<Format, Vec<Vec<u8>>>::new();
    for file in files {
        let text = unpacked(&file);
        for record in split(&text) {
            let Some(format) = Format::of(&record).filter(|_| record.len() <= MOST_BYTES) else { continue };
            let held = found.entry(format).or_default();
            // A few of each file, or the first would give all.
            if held.len() < most && !held.contains(&record) {
                held.push(record);
            }
        }
    }
    found
        .into_iter()
        .flat_map(|(format, held)| held.into_iter().map(move |record| (format, record)))
        .collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    entries.sort();
    for path in entries {
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

fn unpacked(file: &Path) -> Vec<u8> {
    let bytes = fs::read(file).unwrap();
    let mut text = Vec::new();
    match bytes.get(..2) {
        Some([0x1f, 0x8b]) => drop(MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap()),
        Some([0x28, 0xb5]) => text = zstd::decode_all(bytes.as_slice()).unwrap(),
        _ => text = bytes,
    }
    text
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    if let Ok(Value::Object(envelope)) = serde_json::from_slice(text)
        && let Some(Value::Array(records)) = envelope.get("Records")
    {
        return records.iter().map(|record| record.to_string().into_bytes()).collect();
    }
    text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{")).map(<[u8]>::to_vec).collect()
}

/// Canonical events as JSON.
fn canonical(batch: &EventBatch) -> Vec<Vec<u8>> {
    let value = |column: Column, row: usize| {
        let array = batch.as_record_batch().column(column.index());
        if array.is_null(row) {
            return None;
        }
        Some(match column.kind() {
            ColumnKind::Text => array.as_string::<i32>().value(row).into(),
            ColumnKind::Dict => batch.dict(column).get(row)?.into(),
            ColumnKind::Time => batch.time(column, row)?.to_string().into(),
            ColumnKind::Bool => array.as_boolean().value(row).into(),
            ColumnKind::U8 => batch.sensitivity().value(row).into(),
            ColumnKind::I32 => batch.position(row).partition?.into(),
            ColumnKind::I64 => batch.position(row).offset.into(),
            ColumnKind::List => return None,
        })
    };
    let event = |row| {
        let members =
            Column::ALL.iter().filter_map(|column| Some((column.name().to_owned(), value(*column, row)?)));
        Value::Object(members.collect::<Map<_, _>>()).to_string().into_bytes()
    };
    (0..batch.len()).map(event).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of columns with row groups of so many rows.
fn parquet(batch: &EventBatch, group: usize) -> Vec<u8> {
    let batch = batch.as_record_batch();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_dictionary_enabled(group > 3)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

/// An export of one span as protobuf.
fn otlp() -> Vec<u8> {
    let field = |number: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap();
        let length =
            if length < 128 { vec![length as u8] } else { vec![length as u8 | 0x80, (length >> 7) as u8] };
        [&[number << 3 | 2][..], &length, content].concat()
    };
    let attribute = |number, key: &str, value: &str| {
        field(number, &[field(1, key.as_bytes()), field(2, &field(1, value.as_bytes()))].concat())
    };
    let start = [&[7 << 3 | 1][..], &1_770_000_002_000_000_000_u64.to_le_bytes()].concat();
    let span = [
        field(1, &[7; 16]),
        field(2, &[8; 8]),
        field(4, &[9; 8]),
        field(5, b"MCP send tools/call search"),
        vec![6 << 3, 3],
        start,
        attribute(9, "mcp.method.name", "tools/call"),
        attribute(9, "gen_ai.agent.name", "helper"),
        field(15, &[3 << 3, 2]),
    ];
    let scope = [field(1, &field(1, b"sdk")), field(2, &span.concat())].concat();
    field(1, &[field(1, &attribute(1, "service.name", "agents")), field(2, &scope)].concat())
}

/// A message of our own schema, whose optional columns are empty.
fn avro() -> Vec<u8> {
    let schema = Schema::parse_str(include_str!("../../../schemas/avro/identity_event.v1.avsc")).unwrap();
    [RabinFingerprintHeader::from_schema(&schema).build_header(), vec![0; 64]].concat()
}

/// Every target with its inputs.
fn all() -> Vec<(String, Vec<Vec<u8>>)> {
    let records = records(MOST_RECORDS);
    let lines = records.iter().map(|(_, record)| record.clone()).collect::<Vec<_>>();
    let few = crate::seeds::records(2).into_iter().map(|(_, record)| record).collect::<Vec<_>>();
    let batch = line::events(&few.join(&b'\n')).unwrap();
    let mut all = BTreeMap::<String, Vec<Vec<u8>>>::new();
    for (format, record) in records {
        all.entry(format!("decode_{}", format.as_str().replace('.', "_"))).or_default().push(record);
    }
    all.insert("decode_ambit".into(), canonical(&batch));
    let array = format!("[{}]", String::from_utf8(few.join(&b',')).unwrap()).into_bytes();
    let envelope = [b"{\"Records\":", array.as_slice(), b"}"].concat();
    let text = few.join(&b'\n');
    let files =
        [array.clone(), envelope, gzip(&text), zstd::encode_all(&*text, 1).unwrap(), gzip(&array), text];
    all.insert("files".into(), files.to_vec());
    all.insert("line".into(), lines.chunks(4).map(|lines| lines.join(&b'\n')).collect());
    all.insert("otlp_protobuf".into(), vec![[vec![0], otlp()].concat(), [vec![1], otlp()].concat()]);
    let columns = [parquet(&batch.slice(0, 2), 100), parquet(&batch.slice(0, 5), 2), parquet(&batch, 100)];
    all.insert("parquet".into(), columns.to_vec());
    all.insert("avro".into(), vec![avro()]);
    let inventories = ["replay-data/samples/workloads.yaml", "ingest/src/inventory/tests/workloads.yaml"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut inventories = inventories.map(|file| fs::read(root.join(file)).unwrap()).to_vec();
    inventories.push(json!({ "version": 1, "workloads": [] }).to_string().into_bytes());
    all.insert("inventory".into(), inventories);
    let parts = snapshot::parts().into_iter().enumerate();
    let parts = parts.filter(|(_, part)| part.len() <= MOST_BYTES * 4);
    let parts = parts.map(|(number, part)| [vec![number as u8], part].concat()).collect();
    all.insert("snapshot".into(), parts);
    all.into_iter().collect()
}

/// Writes them; gives their size.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(folder: &Path) -> anyhow::Result<usize> {
    let mut bytes = 0;
    for (target, inputs) in all() {
        let own = folder.join(&target);
        fs::create_dir_all(&own)?;
        for (number, input) in inputs.iter().enumerate() {
            bytes += input.len();
            fs::write(own.join(format!("seed-{number:03}")), input)?;
        }
    }
    anyhow::ensure!(bytes < ALL_BYTES, "the seeds have {bytes} bytes");
    Ok(bytes)
}

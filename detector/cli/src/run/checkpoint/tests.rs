use std::time::Duration;

use ambit_ingest::source::Mark;
use ambit_schemas::EventTime;
use arrow::array::{ArrayRef, Int64Array, RecordBatch};

use super::*;

fn snapshot(number: u32) -> Snapshot {
    let values: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![i64::from(number)]));
    let table = RecordBatch::try_from_iter([("value", values)]).unwrap();
    Snapshot { version: number, tables: vec![("state".to_owned(), table)] }
}

fn partitions(offset: i64) -> Partitions {
    let mut partitions = Partitions::new(Duration::from_mins(1), 1);
    let mark = Mark { partition: "1:2".into(), offset, proof: "lines 3 4 /a b".into() };
    let latest = (Some(EventTime::from_secs(5)), 7);
    partitions.took((0, &"1:2".into()), Some(mark), latest, Duration::ZERO);
    partitions.finished(0, &"9:9".into(), Duration::ZERO);
    partitions
}

fn made(number: u32) -> Made {
    Made::new(snapshot(number), &partitions(i64::from(number)), &["files".to_owned()]).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = entries.filter(|path| path.to_string_lossy().contains(PREFIX)).collect::<Vec<_>>();
    files.sort();
    files
}

#[test]
fn the_newest_whole_one_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["files".to_owned()];
    let mut store = Store::open(folder.path(), 2).unwrap();
    assert!(store.load().unwrap().is_none());
    let mut covered = Vec::new();
    for number in 1..=3 {
        let saved = store.save(made(number)).unwrap();
        covered.push(saved.covered.map(|rows| rows[1].partition.mark.as_ref().map(|mark| mark.offset)));
    }
    // What the oldest that is kept covers, for a restart may have to go back to it.
    assert_eq!(covered, [Some(Some(1)), Some(Some(1)), Some(Some(2))]);
    assert_eq!(files(folder.path()).len(), 2);
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((loaded.snapshot.version, loaded.damaged), (3, 0));
    assert_eq!(loaded.partitions, Row::all(&partitions(3), &names));
    drop(store);
    let newest = files(folder.path()).pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&newest, &bytes).unwrap();
    let mut store = Store::open(folder.path(), 2).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((loaded.snapshot.version, loaded.damaged), (2, 1));
    // Not all that are kept are ours, and what the other one covers is not known.
    assert!(store.save(made(4)).unwrap().covered.is_none());
    assert!(store.save(made(5)).unwrap().covered.is_some());
    for file in files(folder.path()) {
        fs::write(file, "nothing").unwrap();
    }
    assert!(format!("{:#}", store.load().unwrap_err()).contains("begin anew"));
}

#[test]
fn one_folder_has_one_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path(), 2).unwrap();
    assert!(Store::open(folder.path(), 2).unwrap_err().to_string().contains("another daemon"));
    drop(first);
    assert!(Store::open(folder.path(), 2).is_ok());
}

use std::fs;
use std::path::Path;
use std::time::Duration;

use ambit_ingest::Labels;
use ambit_ingest::source::{Begin, Mark};
use ambit_schemas::EventTime;
use arrow::array::{ArrayRef, Int64Array, RecordBatch};

use super::*;
use crate::config::From;
use crate::run::ledger::Entry;

fn snapshot(number: u32) -> Snapshot {
    let values: ArrayRef = std::sync::Arc::new(Int64Array::from(vec![i64::from(number)]));
    let table = RecordBatch::try_from_iter([("value", values)]).unwrap();
    Snapshot { version: number, tables: vec![("state".to_owned(), table)] }
}

fn partitions(offset: i64) -> Partitions {
    let mut partitions = Partitions::new((Duration::from_mins(1), Duration::ZERO), 1);
    let mark = Mark { partition: "1:2".into(), offset, proof: "lines 3 4 /a b".into() };
    let latest = (Some(EventTime::from_secs(5)), 7);
    partitions.took((0, &"1:2".into()), Some(mark), latest, Duration::ZERO);
    partitions.finished(0, &"9:9".into(), Duration::ZERO);
    partitions
}

fn ledgers(number: u32) -> [Ledger; 1] {
    let mut ledger = Ledger::default();
    ledger.add(Entry { key: number.into(), version: 7, modified: 9 });
    [ledger]
}

fn sources() -> [Source; 1] {
    let (scan, settle) = (Duration::ZERO, Duration::ZERO);
    let from = From::File { paths: Vec::new(), begin: Begin::Start, scan, settle };
    [Source { name: "files".to_owned(), format: None, labels: Labels::new(), from }]
}

fn save(store: &mut Store, number: u32) -> Saved {
    let state = (&partitions(number.into()), &ledgers(number)[..]);
    let made = Made::new((snapshot(number), EventTime::MIN), state, &sources(), store.writer()).unwrap();
    store.save(made.pack().unwrap()).unwrap()
}

fn open(folder: &Path) -> anyhow::Result<Store> {
    Store::open(&config(Kept::Folder(folder.to_owned())))
}

fn config(kept: Kept) -> Checkpoint {
    Checkpoint { local: None, interval: Duration::ZERO, keep: 2, kept }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = entries.filter(|path| path.to_string_lossy().contains("checkpoint-")).collect::<Vec<_>>();
    files.sort();
    files
}

#[test]
fn the_newest_whole_one_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path()).unwrap();
    assert!(store.load().unwrap().is_none());
    let mut covered = Vec::new();
    for number in 1..=3 {
        let saved = save(&mut store, number);
        covered.push(saved.covered.map(|rows| rows[1].partition.mark.as_ref().map(|mark| mark.offset)));
    }
    // What the oldest that is kept covers, for a restart may have to go back to it.
    assert_eq!(covered, [Some(Some(1)), Some(Some(1)), Some(Some(2))]);
    assert_eq!(files(folder.path()).len(), 2);
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((loaded.snapshot.version, loaded.damaged), (3, 0));
    assert_eq!(loaded.partitions, Row::all(&partitions(3), &sources()));
    assert_eq!(loaded.ledgers, [("files".to_owned(), ledgers(3)[0].clone())].into());
    drop(store);
    let newest = files(folder.path()).pop().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&newest, &bytes).unwrap();
    let mut store = open(folder.path()).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!((loaded.snapshot.version, loaded.damaged), (2, 1));
    // Not all that are kept are ours, and what the other one covers is not known.
    assert!(save(&mut store, 4).covered.is_none());
    assert!(save(&mut store, 5).covered.is_some());
    for file in files(folder.path()) {
        fs::write(file, "nothing").unwrap();
    }
    assert!(format!("{:#}", store.load().unwrap_err()).contains("begin anew"));
}

#[test]
fn one_folder_has_one_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    assert!(open(folder.path()).unwrap_err().to_string().contains("another daemon"));
    drop(first);
    assert!(open(folder.path()).is_ok());
}

#[cfg(feature = "objects")]
mod stored {
    use object_store::{ObjectStoreExt, path};

    use super::*;
    use crate::objects::{Objects, Place};

    fn place(folder: &Path) -> Kept {
        Kept::Objects(Place::new(format!("file://{}/kept", folder.display())))
    }

    #[test]
    fn a_store_keeps_what_a_folder_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(place(folder.path()));
        let mut store = Store::open(&config).unwrap();
        assert!(store.load().unwrap().is_none() && newest(&config.kept).unwrap().is_none());
        for number in 1..=3 {
            save(&mut store, number);
        }
        let names = files(&folder.path().join("kept"));
        assert_eq!(names.len(), 2);
        assert_eq!(
            fs::read_dir(folder.path().join("kept")).unwrap().count(),
            2,
            "nothing else is left there"
        );
        fs::write(names.last().unwrap(), "nothing").unwrap();
        let store = Store::open(&config).unwrap();
        let loaded = store.load().unwrap().unwrap();
        assert_eq!((loaded.snapshot.version, loaded.damaged), (2, 1));
        assert_eq!(newest(&config.kept).unwrap().unwrap()[0].version, 2);
        let whole = look(&config.kept).unwrap().map(|seen| seen.state.is_ok()).collect::<Vec<_>>();
        assert_eq!(whole, [false, true]);
    }

    #[test]
    fn the_second_daemon_of_a_store_overwrites_nothing_and_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(place(folder.path()));
        let (mut first, mut second) = (Store::open(&config).unwrap(), Store::open(&config).unwrap());
        save(&mut first, 1);
        for _ in 0..2 {
            let state = (&partitions(2), &ledgers(2)[..]);
            let made = Made::new((snapshot(2), EventTime::MIN), state, &sources(), second.writer()).unwrap();
            let refused = second.save(made.pack().unwrap()).unwrap_err();
            assert!(format!("{refused:#}").contains("another daemon"), "{refused:#}");
        }
        save(&mut first, 3);
        assert_eq!(newest(&config.kept).unwrap().unwrap()[0].version, 3);
    }

    #[test]
    fn an_answer_that_was_lost_is_no_other_daemon() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(place(folder.path()));
        let mut store = Store::open(&config).unwrap();
        save(&mut store, 1);
        store.next = 1;
        save(&mut store, 2);
        assert_eq!(newest(&config.kept).unwrap().unwrap()[0].version, 2);
    }

    #[test]
    fn what_is_nobodys_checkpoint_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let Kept::Objects(at) = place(folder.path()) else { unreachable!() };
        let objects = Objects::open(&at).unwrap();
        let key = objects.prefix().clone().join("checkpoint-of-mine");
        objects.wait(objects.store().put(&path::Path::from(key.as_ref()), "mine".into())).unwrap();
        let mut store = Store::open(&config(Kept::Objects(at))).unwrap();
        for number in 1..=4 {
            save(&mut store, number);
        }
        assert_eq!(files(&folder.path().join("kept")).len(), 3);
    }
}

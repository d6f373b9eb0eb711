use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

mod alike;
mod faults;
mod torn;
mod whole;

/// No event.
const NONE: [u32; 0] = [];

/// A folder that is watched by a reader that a test may stop and start.
struct Watch {
    folder: tempfile::TempDir,
    tail: Tail,
    marks: BTreeMap<String, Mark>,
    now: Duration,
    troubles: Vec<String>,
}

impl Watch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tail = Tail::new(settings(folder.path(), Begin::Start), &[]);
        Self { folder, tail, marks: BTreeMap::new(), now: Duration::ZERO, troubles: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Writes a file anew where it is, so many seconds later: file systems tell the time more or less finely.
    fn rewrite(&self, name: &str, bytes: &[u8], later_secs: u64) {
        let mut file = OpenOptions::new().write(true).truncate(true).open(self.path(name)).unwrap();
        file.write_all(bytes).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified + Duration::from_secs(later_secs)).unwrap();
    }

    /// The numbers of the events that are read now.
    fn read(&mut self) -> Vec<u32> {
        let mut read = Vec::new();
        let mut news = self.tail.scan(self.now);
        while let Some(next) = self.tail.read(self.now) {
            news.push(next);
        }
        for one in news {
            match one {
                News::Read(piece) => {
                    self.marks.insert(piece.partition.to_string(), piece.mark);
                    let Some(delivery) = piece.delivery else { continue };
                    read.extend(
                        delivery.batch.event_ids().iter().flatten().map(|id| id.parse::<u32>().unwrap()),
                    );
                    self.troubles.extend(delivery.rejects.iter().map(|reject| reject.reason.to_string()));
                }
                News::Gone(partition) => drop(self.marks.remove(&*partition)),
                News::Trouble(what) => self.troubles.push(what),
                _ => {}
            }
        }
        read.sort_unstable();
        read
    }

    /// The same, so much later that every file has settled.
    fn read_later(&mut self) -> Vec<u32> {
        let mut read = self.read();
        self.now += Duration::from_secs(10);
        read.extend(self.read());
        read
    }

    /// The same, as one who is told of a repeated event drops it.
    fn read_once(&mut self) -> Vec<u32> {
        let mut read = self.read_later();
        read.sort_unstable();
        read.dedup();
        read
    }

    fn restart(&mut self) {
        let marks = self.marks.values().cloned().collect::<Vec<_>>();
        self.tail = Tail::new(settings(self.folder.path(), Begin::End), &marks);
    }
}

fn settings(folder: &Path, begin: Begin) -> TailSettings {
    let settle = Duration::from_secs(2);
    TailSettings { paths: vec![folder.to_owned()], decode: Settings::default(), settle, begin }
}

fn event(number: u32) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"2026-01-01T00:00:{:02}Z","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"{number}"}}"#,
        number % 60
    )
}

fn lines(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| event(number) + "\n").collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_file_is_read_as_it_grows() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    assert_eq!(watch.read(), [0, 1, 2]);
    assert_eq!(watch.read(), NONE);
    let (half, rest) = (&event(3)[..40], &event(3)[40..]);
    watch.append("a.log", half);
    assert_eq!(watch.read_later(), NONE, "half a line waits, however long");
    watch.append("a.log", &format!("{rest}\n"));
    assert_eq!(watch.read(), [3]);
    watch.append("a.log", &event(4));
    assert_eq!(watch.read(), NONE);
    assert_eq!(watch.read_later(), [4], "a whole record without a line end is taken when the file is still");
    watch.append("a.log", &format!("\n{}", lines(5..6)));
    assert_eq!(watch.read(), [5]);
    assert_eq!(watch.troubles, Vec::<String>::new());
}

#[test]
fn a_restart_goes_on_where_it_was() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    fs::write(watch.path("b.json.gz"), gzip(&format!("{{\"Records\":[{},{}]}}", event(3), event(4))))
        .unwrap();
    assert_eq!(watch.read_later(), [0, 1, 2, 3, 4]);
    watch.restart();
    assert_eq!(watch.read_later(), NONE);
    watch.append("a.log", &lines(5..7));
    watch.restart();
    assert_eq!(watch.read_later(), [5, 6]);
}

#[test]
fn a_renamed_file_is_read_to_its_end() {
    for restart in [false, true] {
        let mut watch = Watch::new();
        watch.append("a.log", &lines(0..3));
        assert_eq!(watch.read(), [0, 1, 2]);
        watch.append("a.log", &lines(3..4));
        fs::rename(watch.path("a.log"), watch.path("a.log.1")).unwrap();
        watch.append("a.log", &lines(4..6));
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read(), [3, 4, 5], "restart {restart}");
        watch.append("a.log.1", &lines(6..7));
        assert_eq!(watch.read_later(), [6], "its writer may not know yet");
        assert_eq!(watch.troubles, Vec::<String>::new());
    }
}

#[test]
fn a_file_that_is_cut_short_is_read_from_its_start() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..5));
    assert_eq!(watch.read(), [0, 1, 2, 3, 4]);
    fs::write(watch.path("a.log"), lines(5..6)).unwrap();
    assert_eq!(watch.read(), [5]);
    // Cut short and grown beyond where it was: its first bytes tell.
    fs::write(watch.path("a.log"), lines(6..20)).unwrap();
    assert_eq!(watch.read(), (6..20).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_written_anew_with_the_same_length_is_read_from_its_start() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(10..12));
    fs::write(watch.path("b.json.gz"), gzip(&lines(20..21))).unwrap();
    assert_eq!(watch.read_later(), [10, 11, 20]);
    watch.rewrite("a.log", lines(10..12).as_bytes(), 1);
    watch.rewrite("b.json.gz", &gzip(&lines(20..21)), 1);
    assert_eq!(watch.read_later(), NONE, "it was only touched");
    watch.rewrite("a.log", lines(12..14).as_bytes(), 2);
    watch.rewrite("b.json.gz", &gzip(&lines(21..22)), 2);
    assert_eq!(watch.read_later(), [12, 13, 21]);
    assert_eq!(watch.read_later(), NONE);
}

#[test]
fn a_log_that_was_compressed_while_nobody_looked_is_no_loss() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    assert_eq!(watch.read(), [0, 1, 2]);
    fs::write(watch.path("a-1.log.gz"), gzip(&lines(0..5))).unwrap();
    fs::remove_file(watch.path("a.log")).unwrap();
    watch.restart();
    assert_eq!(watch.read_later(), [3, 4]);
    assert_eq!(watch.troubles, Vec::<String>::new());
    fs::remove_file(watch.path("a-1.log.gz")).unwrap();
    watch.append("b.log", &lines(5..8));
    assert_eq!(watch.read(), [5, 6, 7]);
    fs::remove_file(watch.path("b.log")).unwrap();
    watch.restart();
    assert_eq!(watch.read_later(), NONE);
    assert!(watch.troubles.iter().any(|trouble| trouble.contains("b.log: is gone")), "{:?}", watch.troubles);
}

#[test]
fn a_copy_is_read_from_where_its_original_was_left() {
    for restart in [false, true] {
        let mut watch = Watch::new();
        watch.append("a.log", &lines(0..9));
        assert_eq!(watch.read().len(), 9);
        fs::write(watch.path("a-1.log.gz"), gzip(&lines(0..10))).unwrap();
        fs::write(watch.path("a.log"), lines(10..12)).unwrap();
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read_later(), [10, 11, 9], "restart {restart}");
    }
}

#[test]
fn a_copy_is_known_whatever_its_name_and_whenever_it_is_found() {
    // Before and behind its original in the order of names; seen before the original is cut short, with it, or after.
    for (name, when) in [("a-1.log", 0), ("a-1.log", 1), ("a_1.log", 1), ("a-1.log", 2), ("a_1.log", 2)] {
        let mut watch = Watch::new();
        watch.append("a.log", &lines(0..9));
        assert_eq!(watch.read().len(), 9);
        watch.append("a.log", &lines(9..10));
        let mut read = Vec::new();
        for now in 0..=2 {
            if now == when {
                fs::write(watch.path(name), lines(0..10)).unwrap();
            }
            if now == 1 {
                fs::write(watch.path("a.log"), lines(10..12)).unwrap();
            }
            read.extend(watch.read());
        }
        read.sort_unstable();
        assert_eq!(read, [9, 10, 11], "{name} {when}");
    }
}

#[test]
fn a_copy_that_is_being_made_is_known() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..90));
    assert_eq!(watch.read().len(), 90);
    let text = lines(0..91);
    for (upto, expected) in [(0, &NONE[..]), (5_000, &NONE), (9_000, &NONE), (text.len(), &[90])] {
        fs::write(watch.path("a_1.log"), &text[..upto]).unwrap();
        assert_eq!(watch.read(), expected, "{upto}");
    }
}

#[test]
fn a_file_that_was_renamed_while_it_was_not_open_is_read_to_its_end() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    assert_eq!(watch.read(), [0, 1, 2]);
    // So long unchanged that it is closed.
    watch.now += Duration::from_mins(11);
    assert_eq!(watch.read(), NONE);
    watch.append("a.log", &lines(3..4));
    fs::rename(watch.path("a.log"), watch.path("a.log.1")).unwrap();
    watch.append("a.log", &lines(4..6));
    assert_eq!(watch.read(), [3, 4, 5]);
    watch.append("a.log.1", &lines(6..7));
    assert_eq!(watch.read(), [6]);
    assert_eq!(watch.troubles, Vec::<String>::new());
}

#[test]
fn a_document_waits_until_it_is_whole() {
    let mut watch = Watch::new();
    watch.append("a.json", &format!("{{\n \"Records\": [\n  {},\n", event(0)));
    assert_eq!(watch.read(), NONE);
    watch.now += Duration::from_secs(1);
    watch.append("a.json", &format!("  {}\n]}}\n", event(1)));
    assert_eq!(watch.read(), NONE);
    assert_eq!(watch.read_later(), [0, 1]);
    assert_eq!(watch.read_later(), NONE);
}

#[test]
fn what_cannot_be_read_is_said_and_costs_itself() {
    let mut watch = Watch::new();
    watch.append("a.log", &format!("{}no record\n{}", lines(0..1), lines(1..2)));
    fs::write(watch.path("b.json.gz"), &gzip(&lines(2..9))[..40]).unwrap();
    assert_eq!(watch.read_later(), [0, 1]);
    assert_eq!(watch.troubles.len(), 2, "{:?}", watch.troubles);
    let mut long = "x".repeat(40 << 20);
    long.push('\n');
    watch.append("a.log", &format!("{long}{}", lines(9..10)));
    assert_eq!(watch.read_later(), [9]);
    assert_eq!(watch.troubles.len(), 3, "{:?}", watch.troubles);
}

//! Logs whose beginning is torn, or is a hole.

use super::*;

#[test]
fn a_log_whose_first_line_is_torn_is_read_while_it_grows() {
    for cut in [1, 12, 40, 60, 100] {
        let mut watch = Watch::new();
        // As a rotation by size leaves it.
        watch.append("a.log", &format!("{}\n", &event(0)[..cut]));
        let mut read = watch.read();
        for number in 1..20 {
            watch.append("a.log", &lines(number..number + 1));
            watch.now += Duration::from_millis(200);
            read.extend(watch.read());
            assert!(number < 3 || read.last() == Some(&number), "{cut}: {read:?}");
        }
        assert_eq!(read, (1..20).collect::<Vec<_>>(), "{cut}");
    }
}

#[test]
fn a_document_is_read_as_a_whole_however_it_is_laid_out() {
    let inner = [event(0), event(1), event(2)];
    for text in [
        format!("{{\"Records\": [\n{}\n]}}\n", inner.join(",\n")),
        format!("{{\n\"Records\":\n[\n{}\n]\n}}\n", inner.join("\n,\n")),
        format!("{{\n  \"Records\": [\n    {}\n  ]\n}}\n", inner.join(",\n    ")),
        format!("{{\n  \"Records\": [\n    {{\n      \"a\":\n{{}}\n    }}, {}\n  ]\n}}\n", inner.join(", ")),
    ] {
        let mut watch = Watch::new();
        watch.append("a.json", &text[..text.len() / 2]);
        assert_eq!(watch.read(), NONE, "{text}");
        watch.append("a.json", &text[text.len() / 2..]);
        assert_eq!(watch.read(), NONE, "{text}");
        assert_eq!(watch.read_later(), [0, 1, 2], "{text}");
    }
}

/// What a writer leaves that does not append, when its log is cut short under it.
fn write_at(watch: &Watch, place: u64, text: &str) {
    use std::os::unix::fs::FileExt;
    let file = OpenOptions::new().write(true).open(watch.path("a.log")).unwrap();
    file.write_all_at(text.as_bytes(), place).unwrap();
}

#[test]
fn a_hole_is_passed_over() {
    // Also one that is longer than a line may be.
    for hole in [1, 300, 5_000, (1 << 20) + 5, 40 << 20] {
        for restart in [false, true] {
            let mut watch = Watch::new();
            watch.append("a.log", &lines(0..3));
            assert_eq!(watch.read(), [0, 1, 2]);
            fs::write(watch.path("a.log"), "").unwrap();
            if restart {
                watch.restart();
            }
            write_at(&watch, hole, &lines(3..23));
            assert_eq!(watch.read(), (3..23).collect::<Vec<_>>(), "{hole} {restart}");
            watch.append("a.log", &lines(23..24));
            assert_eq!(watch.read(), [23], "{hole}");
            assert_eq!(watch.troubles, Vec::<String>::new(), "{hole}");
        }
    }
}

#[test]
fn room_for_what_will_be_written_is_no_hole() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..3));
    let mut end = lines(0..3).len() as u64;
    OpenOptions::new().write(true).open(watch.path("a.log")).unwrap().set_len(20 << 20).unwrap();
    assert_eq!(watch.read(), [0, 1, 2]);
    for number in 3..6 {
        write_at(&watch, end, &lines(number..number + 1));
        end += lines(number..number + 1).len() as u64;
        // File systems tell the time more or less finely.
        let file = OpenOptions::new().write(true).open(watch.path("a.log")).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified + Duration::from_secs(u64::from(number))).unwrap();
        assert_eq!(watch.read(), [number]);
    }
    assert_eq!(watch.troubles, Vec::<String>::new());
}

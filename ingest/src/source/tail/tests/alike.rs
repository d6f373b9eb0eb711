//! Logs that begin alike and are not the same.

use super::*;

/// What a program writes at the start of each of its logs.
fn banner() -> String {
    format!("{{\"banner\":\"{}\"}}\n", "x".repeat(1_100))
}

/// What is said of the banners.
fn no_banner(troubles: &[String]) -> Vec<&String> {
    troubles.iter().filter(|trouble| !trouble.contains("not a record of a known source")).collect()
}

#[test]
fn one_that_begins_as_another_is_read_from_its_start() {
    for restart in [false, true] {
        let mut watch = Watch::new();
        watch.append("agent-1.log", &(banner() + &lines(0..300)));
        assert_eq!(watch.read().len(), 300);
        watch.append("agent-2.log", &(banner() + &lines(300..500)));
        // Longer than the other was.
        watch.append("agent-3.log", &(banner() + &lines(500..900)));
        fs::write(watch.path("agent-4.log.gz"), gzip(&(banner() + &lines(900..1_300)))).unwrap();
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read_later(), (300..1_300).collect::<Vec<_>>(), "{restart}");
        watch.append("agent-2.log", &lines(1_300..1_500));
        assert_eq!(watch.read_later(), (1_300..1_500).collect::<Vec<_>>(), "{restart}");
        assert_eq!(no_banner(&watch.troubles), Vec::<&String>::new());
    }
}

#[test]
fn one_that_begins_as_another_and_goes_its_own_way_is_read_from_there() {
    for (goes, restart) in [("stays", false), ("is cut", false), ("is gone", false), ("is gone", true)] {
        let mut watch = Watch::new();
        watch.append("agent-1.log", &(banner() + &lines(0..30)));
        assert_eq!(watch.read().len(), 30);
        watch.append("agent-2.log", &banner());
        assert_eq!(watch.read_later(), NONE);
        let mut expected = (30..40).collect::<Vec<_>>();
        match goes {
            "is cut" => {
                fs::write(watch.path("agent-1.log"), banner() + &lines(40..42)).unwrap();
                expected.extend([40, 41]);
            }
            "is gone" => fs::remove_file(watch.path("agent-1.log")).unwrap(),
            _ => {}
        }
        watch.append("agent-2.log", &lines(30..40));
        if restart {
            watch.restart();
        }
        let mut read = watch.read_later();
        watch.now += Duration::from_mins(1);
        read.extend(watch.read_later());
        read.sort_unstable();
        assert_eq!(read, expected, "{goes} {restart}");
        watch.append("agent-2.log", &lines(50..51));
        assert_eq!(watch.read_later(), [50], "{goes} {restart}");
    }
}

#[test]
fn one_that_takes_the_place_and_the_beginning_of_another_is_read_from_its_start() {
    for restart in [false, true] {
        let mut watch = Watch::new();
        watch.append("a.log", &(banner() + &lines(0..30)));
        assert_eq!(watch.read().len(), 30);
        let copied = banner() + &lines(0..40);
        watch.rewrite("a.log", (banner() + &lines(40..90)).as_bytes(), 1);
        if restart {
            watch.restart();
        }
        assert_eq!(watch.read_later(), (40..90).collect::<Vec<_>>(), "{restart}");
        // The copy that was made of it before.
        fs::write(watch.path("a_1.log"), copied).unwrap();
        assert_eq!(watch.read_later(), (30..40).collect::<Vec<_>>(), "{restart}");
        assert_eq!(no_banner(&watch.troubles), Vec::<&String>::new());
    }
}

#[test]
fn a_copy_that_is_removed_again_is_nothing_to_tell() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..19));
    assert_eq!(watch.read().len(), 19);
    watch.append("b.log", &lines(0..19));
    assert_eq!(watch.read_later(), NONE);
    // Another is made at the same time, of which it might be the original.
    watch.append("c.log", &lines(0..17));
    fs::remove_file(watch.path("b.log")).unwrap();
    assert_eq!(watch.read_later(), NONE);
    fs::remove_file(watch.path("c.log")).unwrap();
    assert_eq!(watch.read_later(), NONE);
    assert_eq!(watch.tail.files.len(), 1);
    assert_eq!(watch.troubles, Vec::<String>::new());
}

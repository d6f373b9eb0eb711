//! What cannot be read for a while.

use std::os::unix::fs::symlink;

use super::*;

/// A file that can be opened and not read.
const UNREADABLE: &str = "/proc/self/mem";

fn troubles(news: &[News]) -> usize {
    news.iter().filter(|news| matches!(news, News::Trouble(_))).count()
}

#[test]
fn what_cannot_be_read_for_a_while_is_read_then() {
    let outside = tempfile::tempdir().unwrap();
    for (name, bytes) in [("a.log", lines(0..9).into_bytes()), ("a.log.gz", gzip(&lines(0..9)))] {
        for fault in [Some(UNREADABLE), None] {
            let mut watch = Watch::new();
            let (there, path) = (outside.path().join(name), watch.path(name));
            fs::write(&there, &bytes).unwrap();
            symlink(&there, &path).unwrap();
            watch.tail.scan(watch.now);
            watch.now += Duration::from_secs(10);
            fs::remove_file(&path).unwrap();
            if let Some(fault) = fault {
                symlink(fault, &path).unwrap();
            }
            let read = watch.tail.read(watch.now);
            assert!(matches!(read, Some(News::Trouble(_))), "{name} {fault:?}: {read:?}");
            assert!(watch.tail.read(watch.now).is_none(), "not at once again");
            if fault.is_some() {
                fs::remove_file(&path).unwrap();
            }
            symlink(&there, &path).unwrap();
            assert_eq!(troubles(&watch.tail.scan(watch.now)), 1, "it is said as long as it is so");
            assert!(watch.tail.read(watch.now).is_none());
            watch.now += Duration::from_secs(1);
            assert_eq!(watch.read(), (0..9).collect::<Vec<_>>(), "{name} {fault:?}");
            assert_eq!(troubles(&watch.tail.scan(watch.now)), 0);
            watch.restart();
            assert_eq!(watch.read_later(), NONE);
        }
    }
}

#[test]
fn a_file_that_cannot_be_opened_at_a_start_is_gone_on_with_later() {
    let outside = tempfile::tempdir().unwrap();
    let there = outside.path().join("a.log");
    let mut watch = Watch::new();
    fs::write(&there, lines(0..9)).unwrap();
    symlink(&there, watch.path("a.log")).unwrap();
    assert_eq!(watch.read().len(), 9);
    watch.restart();
    // Not there, but neither gone: the folder cannot be looked into.
    let away = watch.folder.path().with_extension("away");
    fs::rename(watch.folder.path(), &away).unwrap();
    assert_eq!(watch.read(), NONE);
    fs::rename(&away, watch.folder.path()).unwrap();
    fs::write(&there, lines(0..10)).unwrap();
    assert_eq!(watch.read(), [9]);
}

#[test]
fn others_do_not_wait_for_ever() {
    let mut watch = Watch::new();
    watch.append("a.log", &lines(0..9));
    watch.tail.scan(watch.now);
    let folder = watch.folder.path().to_owned();
    let away = folder.with_extension("away");
    fs::rename(&folder, &away).unwrap();
    assert!(matches!(watch.tail.read(watch.now), Some(News::Trouble(_))));
    let mut caught_up = Vec::new();
    for minute in 0..20 {
        watch.now += Duration::from_mins(1);
        let news = watch.tail.scan(watch.now);
        assert_eq!(troubles(&news), 2, "{news:?}");
        caught_up.extend(news.iter().any(|news| matches!(news, News::CaughtUp(_))).then_some(minute));
        watch.tail.read(watch.now);
    }
    assert_eq!(caught_up, [14]);
    fs::rename(&away, &folder).unwrap();
    watch.now += Duration::from_mins(1);
    assert_eq!(watch.read(), (0..9).collect::<Vec<_>>());
}

#[test]
fn a_path_that_is_not_there_keeps_no_other_file_open() {
    let mut watch = Watch::new();
    let away = tempfile::tempdir().unwrap();
    let kept = away.path().join("in");
    fs::create_dir(&kept).unwrap();
    fs::write(kept.join("k.log"), lines(100..101)).unwrap();
    watch.tail.settings.paths.extend([away.path().join("notyet.log"), kept.clone()]);
    assert_eq!(watch.read(), [100]);
    for number in 0..40 {
        watch.append(&format!("{number}.log"), &lines(number..number + 1));
        assert_eq!(watch.read(), [number]);
        fs::remove_file(watch.path(&format!("{number}.log"))).unwrap();
    }
    // Of what is in it nothing is known now.
    fs::rename(&kept, away.path().join("elsewhere")).unwrap();
    for _ in 0..4 {
        watch.now += Duration::from_secs(31);
        assert_eq!(watch.read(), NONE);
    }
    assert_eq!((watch.tail.files.len(), watch.marks.len()), (1, 1));
    fs::rename(away.path().join("elsewhere"), &kept).unwrap();
    fs::write(kept.join("k.log"), lines(100..102)).unwrap();
    assert_eq!(watch.read(), [101]);
}

use std::fs;

use super::*;

fn line(reason: &str) -> Line {
    Line {
        seq: 0,
        time: "2026-03-20T10:00:00Z".into(),
        kind: "dismiss".into(),
        by: "ana".into(),
        reason: reason.into(),
        as_of: "2026-03-19T23:30:00Z".into(),
        until: Some("2026-06-17T23:30:00Z".into()),
        workload: Some("rag".into()),
        finding: Some("0123456789abcdef0123456789abcdef".into()),
        check: Some("D01".into()),
        severity: Some("medium".into()),
        version: None,
        atoms: Vec::new(),
        origin: false,
        prev: String::new(),
    }
}

/// A log of three lines, in a folder of its own.
fn three() -> (tempfile::TempDir, DecisionLog) {
    let folder = tempfile::tempdir().unwrap();
    let log = DecisionLog::new(folder.path());
    for reason in ["first", "with \"quotes\" and ,\"hash\":\"x\"}", "third"] {
        log.append(line(reason)).unwrap();
    }
    (folder, log)
}

#[test]
fn lines_are_numbered_and_chained() {
    let (folder, log) = three();
    let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let lines = lines.collect::<Vec<_>>();
    assert_eq!(lines[0]["prev"], NONE_BEFORE);
    assert_eq!((&lines[1]["prev"], &lines[2]["prev"]), (&lines[0]["hash"], &lines[1]["hash"]));
    assert_eq!(lines.iter().map(|line| line["seq"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(log.load().is_ok());
    let chain = log.chain(&File::open(log.path()).unwrap()).unwrap();
    assert_eq!(chain.lines[1].reason, "with \"quotes\" and ,\"hash\":\"x\"}");
}

/// Damages the log of three lines, and wants to be told of a line.
#[track_caller]
fn check(damage: impl FnOnce(&str) -> String, at_line: usize) {
    let (folder, log) = three();
    let path = folder.path().join(FILE);
    let damaged = damage(&fs::read_to_string(&path).unwrap());
    fs::write(&path, &damaged).unwrap();
    for error in [log.load().unwrap_err(), log.append(line("fourth")).unwrap_err()] {
        let error = format!("{error:#}");
        assert!(error.contains(&format!("{FILE}:{at_line}: ")) && error.contains("backup"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), damaged, "a damaged log is left as it is");
}

#[test]
fn no_damage_goes_unseen() {
    check(|text| text.replacen("first", "fir5t", 1), 1);
    check(|text| text.replacen("third", "thirds", 1), 3);
    check(|text| text.replacen("\"seq\":2", "\"seq\":9", 1), 2);
    check(|text| text.split_inclusive('\n').skip(1).collect(), 1);
    check(
        |text| {
            text.split_inclusive('\n').enumerate().filter(|(i, _)| *i != 1).map(|(_, line)| line).collect()
        },
        2,
    );
    check(|text| text.trim_end().to_owned(), 3);
    check(|text| text[..text.len() - 20].to_owned(), 3);
    check(|text| format!("{text}\n"), 4);
    check(|text| format!("{text}{{}}\n"), 4);
}

#[test]
fn every_byte_is_under_the_hash() {
    let (folder, log) = three();
    let path = folder.path().join(FILE);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, &flipped).unwrap();
        assert!(log.load().is_err(), "bit flipped in byte {at}");
    }
}

#[test]
fn a_line_that_says_nonsense_is_told_apart_from_a_damaged_one() {
    let nonsense: [fn(&mut Line); 4] = [
        |line| line.kind = "approve".into(),
        |line| line.finding = None,
        |line| line.as_of = "yesterday".into(),
        |line| line.severity = Some("grave".into()),
    ];
    for change in nonsense {
        let (_folder, log) = three();
        let mut fourth = line("fourth");
        change(&mut fourth);
        log.append(fourth).unwrap();
        let error = format!("{:#}", log.load().unwrap_err());
        assert!(error.contains(&format!("{FILE}:4: ")), "{error}");
    }
}

#[test]
fn writers_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let log = DecisionLog::new(folder.path());
            scope.spawn(move || {
                for n in 0..5 {
                    log.append(line(&format!("writer {writer}, line {n}"))).unwrap();
                }
            });
        }
    });
    let log = DecisionLog::new(folder.path());
    let chain = log.chain(&File::open(log.path()).unwrap()).unwrap();
    assert_eq!(chain.lines.len(), 20);
}

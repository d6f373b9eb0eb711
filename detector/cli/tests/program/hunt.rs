use serde_json::{Value, json};

use super::place::{Place, lines, samples, without_positions};

/// An archive, findings and a state of the samples.
fn kept() -> Place {
    let place = Place::new();
    let (logs, inventory) = (samples(""), samples("workloads.yaml"));
    place.run(&format!("normalize {logs} --inventory {inventory} --out archive/")).ends_with(0);
    place
        .run(&format!(
            "replay {logs} --inventory {inventory} --findings whole --summary summary.json --state state"
        ))
        .ends_with(0);
    place
}

/// Asks and gives the rows.
#[track_caller]
fn ask(place: &Place, sql: &str, more: &str) -> Vec<Value> {
    let mut words = more.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>();
    words.splice(0..0, ["hunt", sql]);
    lines(&place.run_words(&words).ends_with(0).stdout)
}

#[test]
fn the_archive_replays_to_the_same_findings() {
    let place = kept();
    let inventory = samples("workloads.yaml");
    place.run(&format!("replay archive --inventory {inventory} --findings again")).ends_with(0);
    let [whole, again] = ["whole", "again"].map(|file| without_positions(place.lines(file)));
    assert!(whole.len() > 20 && whole == again);
    // The same logs again are the same files.
    let files = || {
        ask(&place, "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events", "--archive archive")
    };
    let before = files();
    place.run(&format!("normalize {} --inventory {inventory} --out archive/", samples(""))).ends_with(0);
    assert_eq!(files(), before);
}

#[test]
fn questions_have_answers() {
    let place = kept();
    let summary = place.json("summary.json");
    let all = "--archive archive --findings whole --state state";
    let by_source =
        ask(&place, "SELECT source, count(*) AS n FROM events GROUP BY source ORDER BY source", all);
    assert_eq!(by_source.len(), 3, "{by_source:?}");
    let total = by_source.iter().map(|row| row["n"].as_u64().unwrap()).sum::<u64>();
    // A record may hold several events.
    let events = place.run(&format!("normalize {} --out -", samples(""))).ends_with(0).stdout;
    assert_eq!(total, events.lines().count() as u64);
    let by_id = ask(&place, "SELECT id, count(DISTINCT uid) AS n FROM findings GROUP BY id", all);
    let by_id = by_id.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row["n"].clone()));
    assert_eq!(Value::Object(by_id.collect()), summary["findings"]["by_id"]);
    let known = ask(&place, "SELECT count(*) AS n FROM workloads", all);
    assert_eq!(known[0]["n"], summary["workloads"]);
    // What did the workload of a finding do with the credential to be revoked, on the day?
    let joined = ask(
        &place,
        "SELECT e.action, count(*) AS n FROM events e JOIN findings f ON f.workload = e.workload \
         JOIN credentials c ON c.credential = e.credential WHERE f.id = 'L05' AND c.workload IS NOT NULL \
         AND e.day >= '2026-03-02' GROUP BY e.action ORDER BY n DESC",
        all,
    );
    assert!(!joined.is_empty());
    let reach = ask(&place, "SELECT workload, atom FROM reach WHERE sensitivity >= 2 AND live", all);
    assert!(!reach.is_empty());
}

#[test]
fn a_question_changes_nothing_and_a_wrong_one_says_what_is_wrong() {
    let place = Place::new();
    place.write("whole", "");
    for (sql, more, expected) in [
        ("CREATE TABLE t AS SELECT 1", "", "DDL not supported"),
        ("COPY (SELECT 1) TO 'out.csv'", "", "DML not supported"),
        ("SET datafusion.execution.batch_size = 1", "", "Statement not supported"),
        ("CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'", "", "DDL not supported"),
        ("SELECT * FROM '/etc/passwd'", "", "not found"),
        ("SELECT * FROM events", "", "`events` comes with --archive DIR"),
        ("SELECT * FROM reach", "", "`reach` comes with --state DIR"),
        ("SELEC", "", "SELEC"),
        ("SELECT nothing FROM findings", "--findings whole", "nothing"),
        ("SELECT 1", "--archive absent", "--archive absent: there is no such folder"),
        ("SELECT 1", "--findings absent", "--findings absent"),
    ] {
        let mut words = vec!["hunt", sql];
        words.extend(more.split(' ').filter(|word| !word.is_empty()));
        let run = place.run_words(&words);
        assert!(run.code == Some(2) || run.code == Some(3), "{sql}: {:?}", run.code);
        assert!(run.stderr.contains(expected), "{sql}: {}", run.stderr);
    }
    place.write("whole", "{\"class_uid\": 2004}\nno finding\n");
    let run = place.run("hunt --findings whole SELECT");
    assert!(run.stderr.contains("whole") && run.stderr.contains("line 2"), "{}", run.stderr);
    assert!(!place.path("out.csv").exists());
}

#[test]
fn an_answer_has_the_shape_that_is_asked_for() {
    let place = Place::new();
    let sql = "SELECT '=1+1' AS formula, -1 AS number, CAST(NULL AS VARCHAR) AS nothing, TIMESTAMP '2026-03-01T09:00:00Z' AS t";
    for (more, expected) in [
        (vec!["--format", "csv"], "formula,number,nothing,t\n'=1+1,-1,,"),
        (vec!["--format", "table"], "1 row"),
        (vec!["--format", "ndjson"], "{\"formula\":\"=1+1\",\"number\":-1,\"t\":\"2026-03-01T09:00:00"),
        (vec![], "{\"formula\":\"=1+1\""),
    ] {
        let words = ["hunt", sql].into_iter().chain(more.iter().copied()).collect::<Vec<_>>();
        let run = place.run_words(&words).ends_with(0);
        assert!(run.stdout.contains(expected), "{more:?}: {}", run.stdout);
    }
    place.run_words(&["hunt", sql, "--out", "answer.parquet"]).ends_with(0);
    assert!(std::fs::read(place.path("answer.parquet")).unwrap().starts_with(b"PAR1"));
    place.run_words(&["hunt", sql, "--format", "parquet"]).ends_with(2).says(&["give --out a file"]);
    // What is asked for is written where it is asked for, and over nothing that is read.
    let run = place.run_words(&["hunt", sql, "--format", "table", "--out", "answer.txt"]).ends_with(0);
    assert_eq!(run.stdout, "");
    assert!(place.read("answer.txt").ends_with("1 row\n"));
    place.write("whole", "");
    place.run("hunt SELECT --findings whole --out whole").ends_with(2).says(&["--out would overwrite whole"]);
    assert_eq!(ask(&place, "SELECT 1 AS one", ""), [json!({ "one": 1 })]);
}

#[test]
fn an_answer_that_fails_in_the_middle_takes_nothing_with_it() {
    let place = Place::new();
    let fails = "SELECT 1 / (value - 100000) AS n FROM generate_series(1, 200000)";
    for (name, format) in [("a", "ndjson"), ("b", "csv"), ("c", "parquet"), ("d", "table")] {
        let words = ["hunt", fails, "--format", format, "--out", name];
        place.run_words(&words).ends_with(2).says(&["zero"]);
        assert!(!place.path(name).exists(), "{format}");
        place.write(name, "what was there");
        place.run_words(&words).ends_with(2);
        assert_eq!(place.read(name), "what was there", "{format}");
    }
    let many = "SELECT value AS n FROM generate_series(1, 200000)";
    let table = ["hunt", many, "--format", "table", "--memory", "4194304"];
    place.run_words(&table).ends_with(2).says(&["the table no longer fits --memory"]);
    let lines = place.run_words(&["hunt", many, "--memory", "4194304"]).ends_with(0).stdout;
    assert_eq!(lines.lines().count(), 200_000);
    place.run_words(&["hunt", "SELECT 1 AS one", "--out", "a"]).ends_with(0);
    assert_eq!(place.read("a"), "{\"one\":1}\n");
}

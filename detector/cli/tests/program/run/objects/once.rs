//! Tens of thousands of objects that are added while the daemon reads, is stopped and is killed: each is read once.

use super::*;

/// Objects, unless `AMBIT_TEST_OBJECTS` says how many.
const OBJECTS: usize = 5_000;
/// The daemon is started so often.
const RUNS: usize = 4;

/// What the objects hold, an event each, in the order of time: those of the samples, and between them the dull life of five
/// users, so that there are so many.
fn contents(place: &Place, count: usize) -> Vec<String> {
    let mut samples = events(place);
    // The samples have repeats, and here nothing may look like one.
    let mut known = std::collections::BTreeSet::new();
    samples.retain(|event| {
        let event = serde_json::from_str::<Value>(event).unwrap();
        known.insert(format!("{} {}", event["source"], event["event_id"]))
    });
    samples.truncate(count * 4 / 5);
    let at = |number: usize| number * samples.len() / count;
    let one = |number: usize| {
        let sample = &samples[at(number)];
        if number == 0 || at(number - 1) != at(number) {
            return sample.clone();
        }
        let time = serde_json::from_str::<Value>(sample).unwrap()["time"].clone();
        let who = number % 5;
        json!({
            "eventVersion": "1.08", "eventID": format!("once-{number}"), "eventTime": time,
            "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "us-east-1",
            "recipientAccountId": "999999999999", "eventType": "AwsApiCall",
            "userIdentity": { "type": "IAMUser", "arn": format!("arn:aws:iam::999999999999:user/dull-{who}"),
                "accountId": "999999999999", "userName": format!("dull-{who}"),
                "accessKeyId": format!("AKIADULL{who}") },
        })
        .to_string()
    };
    (0..count).map(one).collect()
}

/// The key of an object: nothing in it says when it came, so that half of the late sort before what was read.
fn key(place: &Place, number: usize) -> std::path::PathBuf {
    let scattered = number.wrapping_mul(2_654_435_761) % 1_000_003;
    place.path(&format!("bucket/{:02}/{scattered:07}.json", scattered % 40))
}

fn add(place: &Place, contents: &[String], numbers: std::ops::Range<usize>) {
    for one in numbers {
        put(place, &key(place, one), &contents[one]);
    }
}

/// Puts an object there, whole at once as a store does.
fn put(place: &Place, path: &std::path::Path, text: &str) {
    let staged = place.path("staged");
    std::fs::write(&staged, text).unwrap();
    std::fs::rename(staged, path).unwrap();
}

#[test]
fn each_object_is_read_once_across_stops_and_kills() {
    let count = std::env::var_os("AMBIT_TEST_OBJECTS");
    let count = count.map_or(OBJECTS, |count| count.to_str().unwrap().parse().unwrap());
    let place = Place::new();
    for folder in 0..40 {
        std::fs::create_dir_all(place.path(&format!("bucket/{folder:02}"))).unwrap();
    }
    let url = format!("file://{}", place.path("bucket").display());
    configure_store(&place, &url, "");
    // Objects are added far faster than their events say, so the lateness is that of days: while one folder is listed, many
    // come into those that were listed before.
    let (days, last) = if count > OBJECTS { (100, "2026-12-21") } else { (10, "2026-07-21") };
    let lateness = format!("idle_secs: 1, lateness_secs: {{ cloud: {} }}", days * 86_400);
    let config = place.read("ambit.yaml").replace("idle_secs: 1", &lateness);
    let inventory = samples("workloads.yaml");
    place.write("ambit.yaml", format!("{config}inventory: {inventory}\n"));
    let contents = contents(&place, count);
    let part = count / RUNS;
    for run in 0..RUNS {
        let mut daemon = start(&place);
        let is_last = run + 1 == RUNS;
        std::thread::scope(|scope| {
            let adding = scope
                .spawn(|| add(&place, &contents, run * part..if is_last { count } else { (run + 1) * part }));
            // Somewhere in the middle of what is added, before the end of it.
            #[expect(clippy::cast_precision_loss, reason = "a count of objects")]
            let some = (run * part + part / 3) as f64;
            until_read(&mut daemon, some);
            if !is_last {
                let duplicates =
                    daemon.metric("ambit_events_duplicate_total") + daemon.metric("ambit_events_late_total");
                assert!(duplicates < 0.5, "run {run}: {duplicates}");
                if run == 1 {
                    daemon.stop();
                } else {
                    assert!(!daemon.kill().success());
                }
                adding.join().unwrap();
                return;
            }
            adding.join().unwrap();
            put(&place, &place.path("bucket/00/later.ndjson"), &later_by_days(last));
            #[expect(clippy::cast_precision_loss, reason = "a count of objects")]
            until_read(&mut daemon, (count + 1) as f64);
            daemon.until_watermark(LATER[0].1 + 1);
            // The counts of the detector are taken every two seconds.
            pause(2_500);
            for none in
                ["ambit_events_duplicate_total", "ambit_events_late_total", "ambit_objects_changed_total"]
            {
                is(&daemon, none, 0.0);
            }
            #[expect(clippy::cast_precision_loss, reason = "a count of objects")]
            is(&daemon, "ambit_objects_remembered", (count + 1) as f64);
            daemon.stop();
        });
    }
    place
        .run(&format!("replay {url} --inventory {inventory} --findings replayed --summary s.json"))
        .ends_with(0);
    assert_eq!(place.json("s.json")["events_read"], count + 3);
    let before = |findings: Vec<Value>| {
        let mut found = last_lines(findings);
        found.retain(|_, finding| finding["time"].as_i64().unwrap() < LATER[0].1 * 1_000);
        found
    };
    let (found, expected) = (before(delivered(&place, "findings.ndjson")), before(place.lines("replayed")));
    assert!(!expected.is_empty());
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (uid, finding) in &found {
        assert_eq!(finding, &expected[uid]);
    }
}

/// What closes all that was before, though many days may be late; its last event is of a day long after.
fn later_by_days(day: &str) -> String {
    let last = later(1).replace("2026-06-21", day).replace("later-1", "later-2");
    format!("{}\n{}\n{last}\n", later(0), later(1))
}

use serde_json::json;

use super::place::{Place, check_json, lines, third_party};

/// A CloudTrail event that says enough; `minute` counts from 2026-03-01T09:00:00Z.
pub(crate) fn event(id: u32, minute: u32, name: &str) -> String {
    let (hour, minute) = (9 + minute / 60, minute % 60);
    json!({
        "eventVersion": "1.08",
        "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "eventTime": format!("2026-03-01T{hour:02}:{minute:02}:00Z"),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "10.1.2.3",
        "userAgent": "Boto3/1.34",
        "recipientAccountId": "111122223333",
        "eventType": "AwsApiCall",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/loader",
            "accountId": "111122223333",
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "loader",
        },
    })
    .to_string()
}

#[test]
fn every_record_of_real_logs_is_read() {
    for (folder, read, duplicates) in
        [("cloudtrail-stratus", 310, 0), ("cloudtrail-traildiscover", 563, 249), ("cloudtrail-otrf", 103, 0)]
    {
        let place = Place::new();
        let logs = third_party(folder);
        place.run(&format!("replay {} --summary s.json --findings f.ndjson", logs.display())).ends_with(0);
        check_json(
            &place.json("s.json"),
            &[
                ("/events_read", json!(read)),
                ("/events_rejected", json!(0)),
                ("/events_duplicate", json!(duplicates)),
                ("/events_late", json!(0)),
                ("/rejects", json!([])),
                ("/rejects_truncated", json!(false)),
                ("/by_source", json!({ "aws.cloudtrail": read })),
            ],
        );
    }
}

#[test]
fn a_folder_is_walked_and_other_files_are_skipped() {
    let place = Place::new();
    place
        .write("logs/a/one.json", event(1, 0, "GetObject"))
        .write("logs/b/two.ndjson", format!("{}\n{}\n", event(2, 1, "GetObject"), event(3, 2, "GetObject")))
        .write("logs/notes.txt", "not a log")
        .write("logs/.hidden", "neither");
    place.run("replay logs --summary s.json --findings f").ends_with(0);
    check_json(
        &place.json("s.json"),
        &[
            ("/events_read", json!(3)),
            ("/files_read", json!(2)),
            ("/files_skipped", json!(2)),
            ("/first_event", json!("2026-03-01T09:00:00Z")),
            ("/last_event", json!("2026-03-01T09:02:00Z")),
            ("/workloads", json!(1)),
            ("/workloads_by_maturity", json!({ "learning": 1 })),
        ],
    );
}

#[test]
fn standard_input_is_a_path() {
    let place = Place::new();
    place
        .run_with_input("replay - --summary s.json --findings f", event(1, 0, "GetObject").as_bytes())
        .ends_with(0);
    check_json(&place.json("s.json"), &[("/events_read", json!(1)), ("/files_read", json!(1))]);
}

#[test]
fn what_cannot_be_read_costs_only_itself() {
    let place = Place::new();
    let broken = "{\"eventName\": tru\n".repeat(150);
    place.write("a.ndjson", format!("{}\n{broken}{}\n", event(1, 0, "GetObject"), event(2, 1, "GetObject")));
    let run = place.run("replay a.ndjson absent.json --summary s.json --findings f --rejects r.ndjson");
    run.ends_with(4).says(&["151 could not be read", "absent.json"]);
    let summary = place.json("s.json");
    check_json(
        &summary,
        &[
            ("/events_read", json!(153)),
            ("/events_rejected", json!(151)),
            ("/rejects/0/file", json!("absent.json")),
            ("/rejects/1/file", json!("a.ndjson")),
            ("/rejects/1/offset", json!(event(1, 0, "GetObject").len() + 1)),
            ("/rejects_truncated", json!(true)),
            ("/first_event", json!("2026-03-01T09:00:00Z")),
            ("/last_event", json!("2026-03-01T09:01:00Z")),
        ],
    );
    assert_eq!(summary["rejects"].as_array().unwrap().len(), 100);
    let rejects = place.lines("r.ndjson");
    assert_eq!(rejects.len(), 151);
    assert!(rejects.iter().all(|line| line["reason"].is_string() && line["offset"].is_u64()), "{rejects:?}");
}

#[test]
fn a_clock_gone_wrong_is_rejected_with_its_place() {
    let place = Place::new();
    let wrong = event(2, 1, "GetObject").replace("2026-03-01", "2099-03-01");
    place.write("a.ndjson", format!("{}\n{wrong}\n", event(1, 0, "GetObject")));
    place.run("replay a.ndjson --summary -").ends_with(4).prints(&["implausible time 2099-03-01T09:01:00Z"]);
}

#[test]
fn the_summary_alone_is_all_that_stdout_carries() {
    let place = Place::new();
    place.write("a.json", event(1, 0, "GetObject"));
    let run = place.run("replay a.json --summary -").ends_with(0);
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    check_json(&summary, &[("/events_read", json!(1))]);
    assert!(lines(&run.stderr).is_empty());
}

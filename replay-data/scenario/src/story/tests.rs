use std::collections::{BTreeMap, BTreeSet};

use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::Check;

use super::*;
use crate::json::Json;

const PROD: &str = "111122223333";

fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(json, |json, name| match json {
        Json::Map(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
        _ => None,
    })
}

fn word<'a>(json: &'a Json, path: &str) -> Option<&'a str> {
    match at(json, path) {
        Some(Json::Text(text)) => Some(text),
        _ => None,
    }
}

fn records(history: &History) -> impl Iterator<Item = &Json> {
    history.cloudtrail.iter().flat_map(|file| &file.records)
}

fn time(record: &Json) -> EventTime {
    EventTime::parse_rfc3339(word(record, "eventTime").unwrap()).unwrap()
}

/// All bytes that a history is written as.
fn written(seed: u64) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    acme(seed).write(folder.path()).unwrap();
    let mut files = BTreeMap::new();
    let mut open = vec![folder.path().to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let files = written(7);
    assert!(files == written(7));
    assert!(files.len() > 50);
    let other = written(8);
    assert!(files["labels.ndjson"] != other["labels.ndjson"]);
    assert!(files["workloads.yaml"] != other["workloads.yaml"]);
}

#[test]
fn a_record_that_comes_twice_is_the_same_record() {
    let history = acme(7);
    let mut seen: BTreeMap<&str, &Json> = BTreeMap::new();
    let mut repeated = 0;
    for record in records(&history) {
        if let Some(first) = seen.insert(word(record, "eventID").unwrap(), record) {
            assert_eq!(first, record);
            repeated += 1;
        }
    }
    assert!((50..1_000).contains(&repeated), "{repeated} repeated");
    assert!((10_000..20_000).contains(&seen.len()), "{} events", seen.len());
}

#[test]
fn sessions_are_issued_before_they_are_used_and_not_used_when_they_have_ended() {
    let history = acme(7);
    let mut issued = BTreeMap::new();
    for record in records(&history) {
        if let Some(key) = word(record, "responseElements.credentials.accessKeyId") {
            let secs = match at(record, "requestParameters.durationSeconds") {
                Some(Json::Number(secs)) => *secs,
                other => panic!("{other:?}"),
            };
            issued.insert(key, (time(record), secs));
        }
    }
    let silence = &incidents::silences()[0];
    let mut unissued = BTreeSet::new();
    for record in records(&history) {
        let Some(key) = word(record, "userIdentity.accessKeyId").filter(|key| key.starts_with("ASIA")) else {
            continue;
        };
        if let Some((from, secs)) = issued.get(key) {
            let age_secs = time(record).micros_since(*from) / SECOND_MICROS;
            assert!((0..=*secs).contains(&age_secs), "{key} used at the age of {age_secs} s");
            continue;
        }
        let context = at(record, "userIdentity.sessionContext").unwrap();
        let created = EventTime::parse_rfc3339(word(context, "attributes.creationDate").unwrap()).unwrap();
        if created <= silence.from || created >= silence.to {
            unissued.insert(word(context, "sessionIssuer.userName").unwrap());
        }
    }
    // The cloud's own roles log no issuance.
    assert!(unissued.iter().eq(&["AWSServiceRoleForAutoScaling", "AWSServiceRoleForConfig"]), "{unissued:?}");
}

#[test]
fn production_never_falls_silent_but_once() {
    let history = acme(7);
    let times: BTreeSet<EventTime> = records(&history)
        .filter(|record| word(record, "recipientAccountId") == Some(PROD))
        .map(time)
        .collect();
    let times: Vec<EventTime> = times.into_iter().collect();
    let gaps: Vec<i64> =
        times.windows(2).map(|pair| pair[1].micros_since(pair[0]) / (60 * SECOND_MICROS)).collect();
    assert!(gaps.iter().filter(|minutes| **minutes > 35).eq([&585]), "{:?}", gaps.iter().max());
}

#[test]
fn labels_name_what_was_logged_and_every_check_of_this_story() {
    let history = acme(7);
    let mut known: BTreeSet<String> =
        records(&history).map(|record| word(record, "eventID").unwrap().to_owned()).collect();
    known.extend(
        history.spans.spans.iter().map(|span| format!("{}/{}", span.context.trace, span.context.span)),
    );
    known.extend((0..history.vault.requests.len()).map(|index| format!("vault-plan:{index}")));
    let mut raised = BTreeSet::new();
    for label in &history.labels {
        assert!(label.from <= label.to, "{label:?}");
        assert!(label.events.iter().all(|event| known.contains(event)), "{label:?}");
        raised.extend(label.raises.iter().copied());
    }
    let all = [
        Check::D01,
        Check::D02,
        Check::D06,
        Check::D08,
        Check::L02,
        Check::L03,
        Check::L05,
        Check::L07,
        Check::H01,
        Check::H05,
        Check::H06,
        Check::H10,
        Check::C02,
        Check::C03,
        Check::C04,
        Check::M01,
    ];
    assert!(raised.iter().eq(&all), "{raised:?}");
    let quiet = Day::date(2026, 3, 23).start();
    let early = history.labels.iter().filter(|label| label.from < quiet && !label.raises.is_empty());
    assert!(early.map(|label| label.incident).eq(["old-key"]));
}

#[test]
fn spans_lie_within_their_traces_and_have_ids_of_their_own() {
    let history = acme(7);
    let ids: BTreeSet<&str> = history.spans.spans.iter().map(|span| span.context.span.as_str()).collect();
    assert_eq!(ids.len(), history.spans.spans.len());
    for span in &history.spans.spans {
        assert!(span.start < span.end, "{span:?}");
        assert!(span.parent.as_ref().is_none_or(|parent| ids.contains(parent.as_str())), "{span:?}");
        assert!(history.spans.resources.contains_key(&span.resource), "{span:?}");
    }
}

#[test]
fn vault_tokens_are_given_before_they_are_carried() {
    use crate::vault::Ask;
    let history = acme(7);
    let mut requests: Vec<_> = history.vault.requests.iter().enumerate().collect();
    requests.sort_by_key(|(index, request)| (request.time, *index));
    let mut held = BTreeSet::new();
    for (_, request) in requests {
        if let Some(token) = &request.with {
            assert!(held.contains(token), "{request:?}");
        }
        match &request.ask {
            Ask::Login { gives, .. }
            | Ask::PersonLogin { gives, .. }
            | Ask::Child { gives, .. }
            | Ask::WrapSecretId { gives, .. } => {
                held.insert(gives.clone());
            }
            Ask::Unwrap { token } | Ask::Revoke { token } => assert!(held.contains(token), "{request:?}"),
            Ask::Read(_) | Ask::List(_) | Ask::Write { .. } | Ask::Renew | Ask::RevokeSelf => {}
        }
    }
}

/// Decompressed, because a compressor may differ from machine to machine.
#[test]
fn the_samples_are_what_the_generator_writes() {
    use std::io::Read;
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let history = acme(7);
    for file in &history.cloudtrail {
        let path = samples.join("cloudtrail").join(&file.path);
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
        let expected = crate::json::map([("Records", Json::List(file.records.clone()))]).line();
        assert!(text == expected, "{} is not what the seed gives: run make_samples.py", path.display());
    }
    let inventory = std::fs::read_to_string(samples.join("workloads.yaml")).unwrap();
    assert_eq!(inventory, history.inventory);
}

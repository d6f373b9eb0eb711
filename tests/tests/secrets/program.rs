//! The whole program: random secrets at random places of real records, whole and broken, and every byte that comes out.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use ambit_schemas::EventTime;
use ambit_tests::binary;
use ambit_tests::logs::{Dice, files};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::carriers::CARRIERS;
use super::kept::{self, Kept, Places};
use super::leaves::{self, Leaf};

/// Records of a case.
const RECORDS: usize = 400;
/// One in so many records is broken.
const BROKEN: usize = 8;

/// A secret of any kind. All of one case have the same text in them, so that one search finds them all.
fn secret(dice: &mut Dice, mark: &str) -> String {
    match dice.below(12) {
        0 => format!("ey{mark}.ey{mark}.{mark}"),
        1 => format!("wJalr/{mark}+bPxRfi{mark}"),
        2 => format!("Bearer {mark}"),
        3 => format!("hvs.CAES{mark}"),
        4 => format!("Server=tcp:db.example,1433;User ID=sa;Password={mark};Encrypt=True"),
        5 => format!("-----BEGIN PRIVATE KEY-----\nMIIE{mark}\n{mark}\n-----END PRIVATE KEY-----\n"),
        6 => format!("https://acme.blob.core.windows.net/c/b?sv=2024&sig={mark}"),
        7 => format!("Tell me, \u{201c}{mark}\u{201d}, what the \"board\" said of\t{mark}?"),
        8 => format!("{{\"password\":\"{mark}\"}}"),
        9 => format!("postgres://app:{mark}@db.example/prod"),
        10 => format!("FwoGZXIvYXdzE{mark}{}", mark.repeat(8)),
        _ => mark.to_owned(),
    }
}

/// Whether a record without this text would mostly be rejected: a time, or what tells its kind.
fn is_needed(leaf: &Leaf, text: &str) -> bool {
    let path = leaf.path();
    let last = path.rsplit(['.', '>']).next().unwrap_or_default();
    let kinds = ["@type", "kind", "stage", "category", "schemaType", "type", "verb", "operation", "outcome"];
    kinds.contains(&last) || EventTime::parse_rfc3339(text).is_some() || text.parse::<u64>().is_ok()
}

/// A record with secrets wherever it may carry them.
fn planted(dice: &mut Dice, lists: &BTreeMap<String, Places>, mark: &str) -> Value {
    let carrier = &CARRIERS[dice.below(CARRIERS.len())];
    let places = lists.get(carrier.source);
    let mut document = carrier.document.clone();
    for leaf in leaves::texts(&carrier.document) {
        let path = leaf.path();
        if path.starts_with("category") {
            // It tells which source it is, and each keeps other places.
            continue;
        }
        match places.and_then(|places| places.get(&path)) {
            None if dice.below(2) == 0 => {
                let text = secret(dice, mark);
                let seldom = dice.below(40) == 0;
                leaves::change(&mut document, &leaf, |value| {
                    if seldom || !is_needed(&leaf, value.as_str().unwrap()) {
                        *value = text.into();
                    }
                });
            }
            Some(Kept::Head) if dice.below(2) == 0 => leaves::change(&mut document, &leaf, |value| {
                *value = format!("{}?sig={mark}", value.as_str().unwrap()).into();
            }),
            _ => {}
        }
    }
    for object in leaves::objects(&document) {
        // A list of attributes is told by its members.
        if dice.below(3) == 0 {
            let mut members = Map::new();
            members.insert(format!("x{}", dice.below(1000)), secret(dice, mark).into());
            members.insert(secret(dice, mark), json!([{ "nested": secret(dice, mark) }]));
            leaves::add(&mut document, &object, members);
        }
    }
    document
}

/// A record that cannot be read, with a secret at every place.
fn broken(dice: &mut Dice, mark: &str) -> Vec<u8> {
    let carrier = &CARRIERS[dice.below(CARRIERS.len())];
    let mut document = carrier.document.clone();
    for leaf in leaves::texts(&carrier.document) {
        let text = secret(dice, mark);
        leaves::change(&mut document, &leaf, |value| *value = text.into());
    }
    let mut bytes = document.to_string().into_bytes();
    match dice.below(4) {
        0 => bytes.truncate(1 + dice.below(bytes.len() - 1)),
        1 => bytes.insert(0, b'x'),
        2 => bytes = format!("{}: {mark} is the password", secret(dice, mark)).into_bytes(),
        _ => {
            let at = bytes.windows(mark.len()).position(|window| window == mark.as_bytes());
            bytes[at.unwrap_or(1)] = 0xff;
        }
    }
    bytes
}

/// Runs the program on the logs in `folder/logs` in every way in which it writes anything.
fn run_all(folder: &Path) {
    for arguments in [
        "replay logs --findings out/f.ndjson --summary out/s.json --rejects out/r.ndjson --state out/state",
        "replay logs --findings out/f2.ndjson --summary out/s2.json --state out/state --log-format json",
        "normalize logs --as ambit --out out/a.ndjson --rejects out/ar.ndjson",
        "normalize logs --as ambit --out out/a.parquet",
        "normalize out/a.parquet --as ambit --out out/b.ndjson",
        "normalize logs --as ocsf --out out/o.ndjson",
        "replay logs",
        "inventory logs --json",
        "inventory logs --discovered",
    ] {
        let arguments = arguments.split(' ').collect::<Vec<_>>();
        let output = binary::run(folder, &arguments).unwrap();
        let said = [output.stdout, output.stderr].concat();
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", String::from_utf8_lossy(&said));
        let number = std::fs::read_dir(folder.join("out")).unwrap().count();
        std::fs::write(folder.join(format!("out/said-{number}.txt")), said).unwrap();
    }
}

/// Bytes, and what is compressed in them: a state is a frame of zstd behind a head.
fn readable(bytes: &[u8]) -> Vec<u8> {
    const FRAME: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
    let frame = bytes.windows(FRAME.len()).position(|window| window == FRAME);
    let inside = frame.map(|at| zstd::decode_all(&bytes[at..]));
    [bytes, &inside.and_then(Result::ok).unwrap_or_default()].concat()
}

/// Where a text stands in what was written, in any case.
fn search(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(&folder.join("out")).unwrap() {
        let bytes = readable(&std::fs::read(&file).unwrap()).to_ascii_lowercase();
        let places = bytes.windows(text.len()).enumerate().filter(|(_, window)| *window == text.as_bytes());
        found.extend(places.take(3).map(|(at, _)| {
            let around = &bytes[at.saturating_sub(300)..(at + 100).min(bytes.len())];
            format!("{}: {}", file.display(), String::from_utf8_lossy(around))
        }));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default()
    })]
    #[test]
    fn no_secret_is_in_anything_that_is_written(seed in any::<u64>()) {
        writeln!(std::io::stderr(), "secrets: seed {seed}").unwrap();
        let mut dice = Dice::new(seed);
        let lists = kept::listed();
        let mark = format!("zq{seed:016x}");
        let place = tempfile::tempdir().unwrap();
        for name in ["logs", "out"] {
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
        let mut log = Vec::new();
        for _ in 0..RECORDS {
            if dice.below(BROKEN) == 0 {
                log.extend(broken(&mut dice, &mark));
            } else {
                log.extend(planted(&mut dice, &lists, &mark).to_string().into_bytes());
            }
            log.push(b'\n');
        }
        std::fs::write(place.path().join("logs/a.ndjson"), &log).unwrap();
        std::fs::write(place.path().join("logs/b.json"), &log[..log.len() / 3]).unwrap();
        run_all(place.path());
        let summary = std::fs::read(place.path().join("out/s.json")).unwrap();
        let summary: Value = serde_json::from_slice(&summary).unwrap();
        let (read, rejected) = (summary["events_read"].as_u64().unwrap(), summary["events_rejected"].as_u64().unwrap());
        prop_assert!(rejected > 20 && read > rejected + 150, "{read} read, {rejected} rejected");
        let state = files(&place.path().join("out/state")).unwrap();
        let state = state.iter().map(|file| readable(&std::fs::read(file).unwrap())).max_by_key(Vec::len).unwrap();
        prop_assert!(state.windows(4).any(|window| window == b"arn:"), "the state can be searched");
        let found = search(place.path(), &mark);
        prop_assert!(found.is_empty(), "seed {seed}: {found:#?}");
    }
}

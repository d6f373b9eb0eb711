use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ambit_schemas::finding::{Activity, ChangeQuote, Reach, Subject, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{Check, Confidence, Severity};
use ambit_schemas::{EventTime, Finding, FindingUid};
use proptest::prelude::*;

use super::{COMMON_SLOTS, Catalogue, Entry, FIXTURES, embedded, facts};

fn shipped() -> Catalogue {
    Catalogue::embedded().unwrap()
}

fn over(text: &str) -> Result<Catalogue, String> {
    shipped().with_dir(&[("mine.yaml".into(), text.into())]).map_err(|error| error.to_string())
}

/// An override and the error it must give: line and a part of the message.
#[track_caller]
fn refused(text: &str, line: u64, part: &str) {
    let error = over(text).unwrap_err();
    assert!(error.starts_with(&format!("mine.yaml:{line}: ")), "{error}");
    assert!(error.contains(part), "{error}");
}

/// A fact for every slot an entry knows.
fn all_facts(entry: &Entry) -> Vec<(String, String)> {
    let own = entry.slots.iter().map(String::as_str);
    own.chain(COMMON_SLOTS.iter().copied()).map(|slot| (slot.to_owned(), format!("<{slot}>"))).collect()
}

fn files_under(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            files_under(&path, found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn every_file_of_the_catalogue_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut on_disk = BTreeSet::new();
    files_under(&root.join("rules/catalogue"), &mut on_disk);
    let embedded = embedded::CATALOGUE.iter().map(|(path, _)| path).copied();
    let embedded: BTreeSet<PathBuf> =
        embedded.chain(FIXTURES.iter().map(|file| file.path)).map(|path| root.join(path)).collect();
    assert_eq!(on_disk, embedded);
}

#[test]
fn every_parameter_has_its_default() {
    let rules = shipped().rule_set(0.1).unwrap();
    let defaults = [
        (Parameter::LearningDays, 14.0),
        (Parameter::LearningActiveDays, 7.0),
        (Parameter::BurstShare, 0.175),
        (Parameter::StaticSecretAgeDays, 90.0),
        (Parameter::TokenReusePublicV4Bits, 24.0),
        (Parameter::SilenceGapFactor, 10.0),
    ];
    for (parameter, value) in defaults {
        assert!((rules.value(parameter) - value).abs() < f64::EPSILON, "{}", parameter.name());
    }
    let named: BTreeSet<&str> = shipped().parameters().map(|entry| entry.parameter.name()).collect();
    let all: BTreeSet<&str> = Parameter::ALL.iter().map(|parameter| parameter.name()).collect();
    assert_eq!(named, all);
}

#[test]
fn every_sentence_is_plain_and_every_slot_is_used() {
    let catalogue = shipped();
    for entry in catalogue.entries() {
        let facts = all_facts(entry);
        let mut texts = vec![entry.sentence(&facts)];
        texts.extend(entry.variants.iter().map(|variant| {
            variant.sentence.fill(|slot| facts.iter().find(|(name, _)| name == slot).map(|(_, v)| v.as_str()))
        }));
        for sentence in &texts {
            assert!(sentence.ends_with('.') && !sentence.contains('\n'), "{}: {sentence}", entry.check);
        }
        let steps = entry.remediation(&facts);
        assert!(steps.len() >= 2, "{}", entry.check);
        texts.extend(steps);
        assert!(texts.iter().all(|text| !text.contains(['{', '}'])), "{texts:?}");
        for slot in &entry.slots {
            let decides = entry.variants.iter().any(|variant| variant.when.contains_key(slot));
            assert!(
                decides || slot == "new_part" || texts.iter().any(|text| text.contains(&format!("<{slot}>"))),
                "{}: nobody reads {{{slot}}}",
                entry.check
            );
        }
        assert!(entry.open_slots(&facts).is_empty(), "{}", entry.check);
    }
}

#[test]
fn a_slot_without_a_fact_shows_its_name() {
    let catalogue = shipped();
    let entry = catalogue.entry(Check::H01).unwrap();
    let sentence = entry.sentence(&[("workload", "batch".to_owned())]);
    assert_eq!(
        sentence,
        "batch still uses the static credential {credential}, {age_days} days after it was {age_basis}."
    );
    assert_eq!(entry.open_slots(&[("workload", String::new())]), ["age_basis", "age_days", "credential"]);
}

#[test]
fn a_variant_speaks_where_its_slots_fit() {
    let catalogue = shipped();
    let entry = catalogue.entry(Check::C04).unwrap();
    let mut facts = all_facts(entry);
    assert!(entry.sentence(&facts).contains("switched off"));
    facts.retain(|(slot, _)| slot != "what");
    facts.push(("what".into(), "silent".into()));
    assert!(entry.sentence(&facts).contains("silent for <gap_hours> hours"));
}

#[test]
fn overrides_change_what_they_name_and_nothing_else() {
    let text = "id: H01\nseverity: high\nparameters: [{ name: age_limit_days, value: 30 }]\n---\nid: L02\nenabled: false\n---\nid: detector\nparameters: [{ name: stale_days, value: 60 }]\n";
    let rules = over(text).unwrap().rule_set(0.1).unwrap();
    assert_eq!(rules.check(Check::H01).unwrap().severity, Severity::High);
    assert_eq!(rules.count(Parameter::StaticSecretAgeDays), 30);
    assert_eq!(rules.count(Parameter::StaleDays), 60);
    assert_eq!(rules.check(Check::L02), None);
    assert_eq!(rules.check(Check::H05), shipped().rule_set(0.1).unwrap().check(Check::H05));
}

#[test]
fn an_own_sentence_replaces_the_shipped_variants() {
    let catalogue = over("id: C04\nsentence: \"{account}: look at {target}.\"\n").unwrap();
    let facts = [("what", "silent".to_owned()), ("account", "1".to_owned()), ("target", "t".to_owned())];
    assert_eq!(catalogue.entry(Check::C04).unwrap().sentence(&facts), "1: look at t.");
}

#[test]
fn a_later_directory_wins() {
    let layer = |days: u32| {
        vec![(
            "x.yaml".to_owned(),
            format!("id: H01\nparameters: [{{ name: age_limit_days, value: {days} }}]\n"),
        )]
    };
    let catalogue = shipped().with_dir(&layer(30)).unwrap().with_dir(&layer(60)).unwrap();
    assert_eq!(catalogue.rule_set(0.1).unwrap().count(Parameter::StaticSecretAgeDays), 60);
}

#[test]
fn what_cannot_be_used_is_refused_with_its_place() {
    refused("id: H99\n", 1, "not in the catalogue");
    refused("id: D07\nenabled: true\n", 1, "not in the catalogue");
    refused("id: H01\nseverity: grave\n", 2, "`grave` is no severity");
    refused("id: H01\nseverty: high\n", 2, "severty");
    refused("id: H01\nmappings: {}\n", 2, "cannot be overridden");
    refused("id: H01\nparameters:\n  - { name: age, value: 3 }\n", 3, "known here: age_limit_days");
    refused("id: H01\nparameters:\n  - { name: age_limit_days, value: -3 }\n", 3, "from 1 to 3650");
    refused("id: H01\nparameters:\n  - { name: age_limit_days, value: .nan }\n", 3, "from 1 to 3650");
    refused("id: H01\nsentence: \"{workload} {secret}\"\n", 2, "there is no slot `{secret}`");
    refused("id: H01\nsentence: \"{workload\"\n", 2, "without its `}`");
    refused("id: detector\nseverity: high\n", 1, "parameters only");
    refused("id: H01\n---\nid: H01\n", 3, "already overridden at mine.yaml:1");
    refused("id: [\n", 1, "expected string");
}

#[test]
fn nothing_overridden_is_nothing_changed() {
    for text in ["", "# only a remark\n"] {
        assert_eq!(over(text).unwrap().rule_set(0.1), shipped().rule_set(0.1));
    }
}

#[test]
fn a_finding_tells_the_common_facts_itself() {
    let mut finding = finding();
    let told = facts(&finding);
    let fact = |slot: &str| told.iter().find(|(name, _)| name == slot).map(|(_, value)| value.as_str());
    assert_eq!(fact("credential"), Some("AKIA1"));
    assert_eq!(fact("workload"), Some("batch"));
    assert_eq!(fact("owner"), Some("nobody"));
    assert_eq!(fact("time"), Some("1970-01-01T00:00:01Z"));
    assert_eq!(fact("change_record"), Some("no change record explains it"));
    finding.change = Some(ChangeQuote {
        id: "CHG-1".into(),
        kind: "deploy".into(),
        approved_by: None,
        from: EventTime(0),
        to: EventTime(0),
    });
    finding.facts.push(("owner".into(), "its own words".into()));
    let told = facts(&finding);
    let fact = |slot: &str| told.iter().find(|(name, _)| name == slot).map(|(_, value)| value.as_str());
    assert_eq!(fact("change_record"), Some("change record CHG-1 (deploy) explains it"));
    assert_eq!(fact("owner"), Some("its own words"));
}

fn finding() -> Finding {
    let subject = Subject { kind: SubjectKind::Credential, value: "AKIA1".into() };
    let time = EventTime::from_secs(1);
    Finding {
        uid: FindingUid::new("default", Check::H01, "batch", &subject),
        check: Check::H01,
        activity: Activity::Create,
        subject,
        time,
        created: time,
        start: time,
        end: time,
        count: 1,
        severity: Severity::Medium,
        confidence: Confidence::High,
        workload: "batch".into(),
        owner: None,
        environment: None,
        facts: vec![("credential".into(), "AKIA1".into())],
        added: Vec::new(),
        removed: Vec::new(),
        reach: Reach::default(),
        path: Vec::new(),
        change: None,
        decision: None,
        score: None,
        comparisons: Vec::new(),
        baseline: None,
        revoke: Vec::new(),
        evidence: Vec::new(),
        evidence_omitted: 0,
        correlation: None,
    }
}

proptest! {
    /// An operator's file may hold anything; it is refused or taken, and nothing breaks.
    #[test]
    fn any_text_is_refused_or_taken(text in "(id: (H01|detector|X)\n)?[a-z:\\[\\]{}&*!|>'\"#% .,0-9\n-]{0,80}") {
        match over(&text) {
            Ok(catalogue) => prop_assert!(catalogue.rule_set(0.1).is_ok()),
            Err(error) => prop_assert!(error.starts_with("mine.yaml:"), "{}", error),
        }
    }
}

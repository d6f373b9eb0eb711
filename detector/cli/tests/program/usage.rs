use super::inputs::event;
use super::place::Place;

#[test]
fn a_wrong_command_is_told_what_would_be_right() {
    let place = Place::new();
    place
        .write("a.json", "{}")
        .write("w.yaml", "version: 1\n")
        .write("rules/x.yaml", "id: H01\nseverty: low\n");
    for (arguments, told) in [
        ("replay", "PATH"),
        ("replay a.json --nonsense", "--nonsense"),
        ("replay a.json --findings - --summary -", "--findings and --summary both write to stdout"),
        ("replay a.json --summary - --rejects -", "give one of them a file"),
        ("replay a.json --findings x --summary x", "both write to x"),
        ("replay a.json --findings x --summary ./x", "both write to"),
        ("replay a.json --findings a.json", "--findings would overwrite a.json"),
        ("replay . --summary a.json", "--summary would overwrite a.json"),
        ("replay a.json --inventory w.yaml --rejects w.yaml", "--rejects would overwrite w.yaml"),
        ("normalize a.json --out ./a.json", "--out would overwrite"),
        ("normalize . --out rules/", "--out rules/ lies in ., which is read"),
        ("normalize a.json --rejects -", "--out and --rejects both write to stdout"),
        ("replay a.json --from yesterday", "2026-03-01T09:00:00Z"),
        ("replay a.json --from 2026-04-01 --to 2026-03-01", "nothing could be emitted"),
        ("replay a.json --format syslog", "aws.cloudtrail"),
        ("replay a.json --fail-on grave", "critical"),
        ("replay a.json --budget 0", "a number above 0"),
        ("replay a.json --budget inf", "a number above 0"),
        ("replay a.json --budget -1", "a number above 0"),
        ("replay a.json --budget 1000000", "up to 720"),
        ("replay a.json --label cluster", "key=value"),
        ("replay a.json --label clutser=eks", "did you mean `cluster`?"),
        ("replay - -", "one standard input"),
        ("replay a.json --memory-budget lots", "KiB, MiB or GiB"),
        ("replay a.json --log-format xml", "pretty"),
        (
            "replay kafka://broker",
            if cfg!(feature = "kafka") { "kafka://BROKER:PORT" } else { "built without Kafka" },
        ),
        ("replay a.json --rules absent", "--rules absent"),
        ("replay a.json --rules rules", "severty"),
        ("normalize a.json --as ocfs", "possible values: ambit, ocsf"),
        ("serve", "unrecognized subcommand"),
    ] {
        let run = place.run(arguments).ends_with(2).says(&[told]);
        assert_eq!(run.stdout, "", "{arguments}: stdout carries data only");
    }
}

#[test]
fn a_wrong_inventory_is_told_with_its_line() {
    let place = Place::new();
    place.write("a.json", "{}").write("w.yaml", "version: 1\nworkloads:\n  - name: a\n    onwer: b\n");
    for (arguments, told) in [
        ("replay a.json --inventory absent.yaml", "absent.yaml"),
        ("replay a.json --inventory w.yaml", "w.yaml:4"),
        ("normalize a.json --inventory w.yaml", "onwer"),
        ("replay a.json --findings absent/f.ndjson", "absent/f.ndjson"),
    ] {
        place.run(arguments).ends_with(3).says(&[told]);
    }
}

/// `/dev/full` takes nothing: a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_named() {
    let place = Place::new();
    let lines = (0..200).map(|id| event(id, id, "GetObject")).collect::<Vec<_>>().join("\n");
    place.write("a.ndjson", lines).write("broken.json", "{\"a\":");
    for (arguments, told) in [
        ("replay a.ndjson --findings /dev/full", "--findings"),
        ("replay a.ndjson --findings f --summary /dev/full", "--summary"),
        ("replay broken.json --findings f --rejects /dev/full", "--rejects"),
        ("normalize a.ndjson --out /dev/full", "--out"),
    ] {
        place.run(arguments).ends_with(3).says(&[told, "No space left"]);
    }
}

#[test]
fn help_version_completions_and_manual_are_data() {
    let place = Place::new();
    for (arguments, printed) in [
        ("--help", "Usage: ambit"),
        ("replay --help", "--findings <F|->"),
        ("--version", concat!("ambit ", env!("CARGO_PKG_VERSION"))),
        ("completions bash", "_ambit()"),
        ("man", ".TH ambit 1"),
    ] {
        let run = place.run(arguments).ends_with(0).prints(&[printed]);
        assert_eq!(run.stderr, "", "{arguments}");
    }
    place.run("man --out pages").ends_with(0);
    assert!(place.read("pages/ambit-replay.1").contains(".TH ambit-replay 1"));
}

#[test]
fn logs_are_for_machines_when_asked() {
    let place = Place::new();
    let run = place.run("--log-format json replay absent.json").ends_with(4);
    let lines = super::place::lines(&run.stderr);
    assert!(!lines.is_empty() && lines.iter().all(|line| line["timestamp"].is_string()), "{}", run.stderr);
}

#[test]
fn what_can_be_done_but_hardly_meant_is_told() {
    let place = Place::new();
    let claims = |name: &str| format!("  - {{ name: {name}, owner: o, identities: [{{ agent: bot }}] }}\n");
    place.write("w.yaml", format!("version: 1\nworkloads:\n{}{}", claims("one"), claims("two")));
    place.run("inventory --inventory w.yaml").ends_with(0).says(&["`one` and `two` both claim", "bot"]);
    place
        .run("simulate --seed 1 --workloads 30 --days 5 --out world")
        .ends_with(0)
        .says(&["have no room for", "drip"]);
}

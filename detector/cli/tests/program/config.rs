use super::place::Place;

const GOOD: &str = "\
sources:
  - file: { name: logs, paths: [logs] }
sinks:
  - ndjson: { path: findings.ndjson }
checkpoint: { path: state }
";

#[test]
fn a_good_configuration_is_good() {
    let place = Place::new();
    place.write("ambit.yaml", GOOD);
    place.run("config check").ends_with(0).prints(&["ambit.yaml: good: 1 sources, 1 sinks"]);
    place.run("config schema").ends_with(0).prints(&["\"$schema\"", "\"lateness_secs\""]);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
    let place = Place::new();
    for (from, to, told) in [
        ("[logs]", "[logs], formt: auto", "wrong.yaml:2:"),
        ("paths: [logs]", "paths: [], begin: middle", "wrong.yaml:2:32: sources[0].file.paths"),
        ("paths: [logs]", "paths: [], begin: middle", "sources[0].file.begin: write `start` or `end`"),
        (
            "paths: [logs]",
            "paths: [logs], labels: { clutser: a }",
            "wrong.yaml:2:59: sources[0].file.labels.clutser",
        ),
        ("path: state", "path: state, interval_secs: -1", "checkpoint.interval_secs"),
        (
            "sources:",
            "detector: { budget: 1000, pending_bytes: 0 }\nsources:",
            "detector.budget: give a number above 0 and",
        ),
        (
            "sources:",
            "detector: { budget: 1000, pending_bytes: 0 }\nsources:",
            "detector.pending_bytes: give 1 or more",
        ),
        ("sources:", "http: { queue: 0 }\nsources:", "http.queue: give 1 or more"),
        ("- ndjson: { path: findings.ndjson }", "- webhook: { url: here }", "https://"),
        (
            "- ndjson: { path: findings.ndjson }",
            "- webhook: { url: \"http://a/\", secret_env: NO_SUCH_VARIABLE }",
            "webhook.secret_env: the environment variable NO_SUCH_VARIABLE is not set",
        ),
        (
            "- file: { name: logs, paths: [logs] }",
            "- http: { name: a, token_file: absent }",
            "absent cannot be read",
        ),
    ] {
        place.write("wrong.yaml", GOOD.replace(from, to));
        for command in ["config check wrong.yaml", "run --config wrong.yaml", "doctor --config wrong.yaml"] {
            place.run(command).ends_with(3).says(&[told]);
        }
    }
    place.write("ambit.yaml", GOOD);
    place.run("run --listen 0.0.0.0:9600").ends_with(3).says(&["insecure_bind"]);
    place.run("run --config absent.yaml").ends_with(3).says(&["absent.yaml: cannot be read"]);
    place.write("ambit.yaml", format!("inventory: absent.yaml\n{GOOD}"));
    place.run("run").ends_with(3).says(&["absent.yaml"]);
}

#[test]
fn the_doctor_says_why_nothing_happens() {
    let place = Place::new();
    place.write("ambit.yaml", GOOD);
    place.run("doctor").ends_with(3).prints(&[
        "ILL   source logs: logs is not there",
        "look  daemon: nobody answers on http://127.0.0.1:9600",
    ]);
    place.write("logs/a.log", "no record\nnor this\n").write("logs/b.txt", "");
    place.run("doctor").ends_with(3).prints(&["none of 2 records can be read", "logs/a.log@0"]);
    place.write("logs/a.log", super::inputs::event(1, 0, "GetObject"));
    place
        .run("doctor")
        .ends_with(0)
        .prints(&["1 records were tried and gave 1 events", "is anything still written there?"]);
    // Who opened a pipe would wait for its writer for ever.
    place.write("ambit.yaml", GOOD.replace("paths: [logs]", "paths: [logs, pipe]"));
    assert!(std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
    place
        .run("doctor")
        .ends_with(3)
        .prints(&["ILL   source logs: pipe is a pipe or device", "gave 1 events"]);
}

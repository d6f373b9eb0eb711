use super::*;

const GOOD: &str = "\
sources:
  - file: { name: vault, paths: [/var/log/vault] }
sinks:
  - ndjson: { path: findings.ndjson }
checkpoint:
  path: state
";

fn told(text: &str) -> String {
    let file = Path::new("ambit.yaml");
    let checked = parse(file, text).and_then(|raw| {
        check(&raw).map_err(|problems| {
            anyhow!(problems.iter().map(|one| line(file, text, one)).collect::<Vec<_>>().join("\n"))
        })
    });
    checked.map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_fix() {
    assert_eq!(told(GOOD), "");
    // The daemon makes the folder of its checkpoints.
    assert_eq!(told(&GOOD.replace("findings.ndjson", "state/findings.ndjson")), "");
    for (from, to, expected) in [
        ("name: vault,", "nmae: vault,", "ambit.yaml:2:"),
        ("paths: [/var/log/vault]", "paths: []", "ambit.yaml:2:33: sources[0].file.paths: there is none"),
        ("  path: state", "  path: state\n  keep: 0", "ambit.yaml:7:9: checkpoint.keep: give 1 or more"),
        ("  path: state", "  path: state\n  every: 3", "ambit.yaml:7:3: "),
        ("  path: state", "  interval_secs: soon", "ambit.yaml:6:18: "),
        (
            "checkpoint:",
            "detector: { budget: 0 }\ncheckpoint:",
            "ambit.yaml:5:21: detector.budget: give a number",
        ),
        ("checkpoint:", "http: { listen: \"0.0.0.0:9600\" }\ncheckpoint:", "insecure_bind: true"),
        ("checkpoint:", "http: { listen: here }\ncheckpoint:", "127.0.0.1:9600"),
        ("- file:", "- fiel:", "ambit.yaml:2:5: "),
        (
            "  path: state",
            "  path: state\n  local: here",
            "ambit.yaml:7:10: checkpoint.local: goes with a URL only",
        ),
        ("findings.ndjson", "no/such/folder/f", "there is no folder no/such/folder"),
        ("findings.ndjson", "src", "ambit.yaml:4:21: sinks[0].ndjson.path: is a folder"),
        (
            "checkpoint:",
            "  - ndjson: { path: ./findings.ndjson }\ncheckpoint:",
            "ambit.yaml:5:21: sinks[1].ndjson.path: sinks[0].ndjson.path writes to the same file",
        ),
        (
            "checkpoint:",
            "  - webhook: { url: \"http://a\", dead_letters: no/such/f }\ncheckpoint:",
            "sinks[1].webhook.dead_letters: there is no folder no/such",
        ),
        (
            "checkpoint:",
            "  - webhook: { url: \"http://a\", timeout_secs: 0 }\ncheckpoint:",
            "sinks[1].webhook.timeout_secs: no request would ever be answered",
        ),
        ("checkpoint:", "  - webhook: { url: \"http://\" }\ncheckpoint:", "sinks[1].webhook.url: give a URL"),
        (
            "checkpoint:",
            "detector: { lateness_secs: { other: 18446744073709551615 } }\ncheckpoint:",
            "ambit.yaml:5:37: detector.lateness_secs.other: give 31622400 (a year) or less",
        ),
        (
            "paths: [/var/log/vault]",
            "paths: [findings.ndjson]",
            "ambit.yaml:4:21: sinks[0].ndjson.path: source vault would read it",
        ),
        (
            "file: { name: vault, paths: [/var/log/vault] }",
            "http: { name: sent, spool_bytes: 0 }",
            "ambit.yaml:2:38: sources[0].http.spool_bytes: give 1 or more",
        ),
        (
            "checkpoint:",
            "archive: { path: a, options: { aws_region: x } }\ncheckpoint:",
            "ambit.yaml:5:30: archive.options: goes with a URL only",
        ),
        (
            "checkpoint:",
            "archive: { path: /var/log/vault/old }\ncheckpoint:",
            "ambit.yaml:5:18: archive.path: source vault would read it again",
        ),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD);
        let told = told(&text);
        assert!(told.contains(expected), "no `{expected}` in: {told}");
    }
}

#[test]
fn the_environment_goes_before_the_file() {
    let raw = parse(Path::new("a.yaml"), GOOD).unwrap();
    for (name, text, pointer, expected) in [
        ("AMBIT_DETECTOR__BUDGET", "0.5", "/detector/budget", serde_json::json!(0.5)),
        (
            "AMBIT_DETECTOR__LATENESS_SECS__CLOUD",
            "60",
            "/detector/lateness_secs/cloud",
            serde_json::json!(60),
        ),
        ("AMBIT_SOURCES__0__FILE__NAME", "other", "/sources/0/file/name", serde_json::json!("other")),
        ("AMBIT_CHECKPOINT__PATH", "17", "/checkpoint/path", serde_json::json!("17")),
        ("AMBIT_RULES", "[\"a\"]", "/rules/0", serde_json::json!("a")),
    ] {
        let set = env::set_for_test(&raw, name, text).unwrap();
        assert_eq!(serde_json::to_value(set).unwrap().pointer(pointer), Some(&expected), "{name}");
    }
    for (name, text, told) in [
        ("AMBIT_DETECTOR__BUGDET", "1", "bugdet"),
        ("AMBIT_SOURCES__7__FILE__NAME", "x", "numbered from 0"),
        ("AMBIT_CHECKPOINT__KEEP", "many", "invalid type"),
    ] {
        let error = format!("{:#}", env::set_for_test(&raw, name, text).unwrap_err());
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn secrets_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "hush-hush\n").unwrap();
    let source = format!("http: {{ name: a, token_file: {} }}", token.display());
    let text = GOOD.replace("file: { name: vault, paths: [/var/log/vault] }", &source);
    let config = check(&parse(Path::new("a.yaml"), &text).unwrap()).unwrap();
    let From::Http { token: Some(secret), .. } = &config.sources[0].from else { panic!("{config:?}") };
    assert_eq!(secret.reveal(), "hush-hush");
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn toml_is_understood() {
    let text = "\
[[sources]]
file = { name = \"vault\", paths = [\"/var/log/vault\"] }
[[sinks]]
ndjson = { path = \"f\" }
[checkpoint]
path = \"state\"
";
    let file = Path::new("ambit.toml");
    assert!(check(&parse(file, text).unwrap()).is_ok());
    let wrong = parse(file, &text.replace("path = \"state\"", "paht = \"state\"")).unwrap_err().to_string();
    assert!(wrong.contains("paht") && wrong.contains("line 6"), "{wrong}");
}

#[cfg(feature = "objects")]
#[test]
fn a_place_in_a_store_is_checked() {
    let source = "  - file: { name: vault, paths: [/var/log/vault] }";
    let objects = |more: &str| format!("  - objects: {{ name: trail, url: \"s3://logs/a\"{more} }}");
    for (from, to, expected) in [
        (source, objects(""), ""),
        (source, objects(", options: { aws_endpoint: here }"), ""),
        (
            source,
            objects(", options: { colour: red }"),
            "sources[0].objects.options.colour: is no option of S3",
        ),
        (
            source,
            objects(", option_files: { aws_token: none }"),
            "objects.option_files.aws_token: none cannot be read",
        ),
        (
            source,
            objects(", interval_secs: 0"),
            "ambit.yaml:2:64: sources[0].objects.interval_secs: give 1 or more",
        ),
        (source, objects("").replace("s3:", "s4:"), "ambit.yaml:2:34: sources[0].objects.url: is no URL"),
        ("path: state", "path: \"s3://state/a\"".to_owned(), ""),
        ("path: state", "path: \"s4://state/a\"".to_owned(), "ambit.yaml:6:9: checkpoint.path: is no URL"),
        (source, "  - http: { name: a }".to_owned(), ""),
        ("sinks:", "archive: { path: \"s3://logs/a\" }\nsinks:".to_owned(), ""),
        (
            "sinks:",
            "archive: { path: \"s3://logs/a\", options: { colour: red } }\nsinks:".to_owned(),
            "archive.options.colour: is no option of S3",
        ),
        (
            "sinks:",
            format!("{}\narchive: {{ path: \"s3://logs/a/b\" }}\nsinks:", objects("")),
            "archive.path: source trail would read it again",
        ),
        ("sinks:", format!("{}\narchive: {{ path: \"s3://logs/ab\" }}\nsinks:", objects("")), ""),
    ] {
        let text = GOOD.replace(from, &to);
        let told = told(&text);
        assert_eq!(told.is_empty(), expected.is_empty(), "{to}: {told}");
        assert!(told.contains(expected), "no `{expected}` in: {told}");
    }
    let posted = GOOD.replace(source, "  - http: { name: a }").replace("path: state", "path: \"s3://state\"");
    assert!(told(&posted).contains("checkpoint.local: what is received over HTTP"), "{}", told(&posted));
    assert_eq!(told(&format!("{posted}  local: here\n")), "");
}

//! What `deploy/` names exists: metrics in the alerts and on the dashboard, keys in the configurations.

use std::collections::BTreeSet;

use regex::Regex;

use super::{none, read};

const METRICS: &[&str] = &[
    "detector/cli/src/run/metrics.rs",
    "detector/cli/src/run/metrics/memory.rs",
    "detector/cli/src/run/metrics/objects.rs",
    "detector/cli/src/run/metrics/parts.rs",
];
const WATCHERS: &[&str] =
    &["deploy/prometheus/rules.yaml", "deploy/prometheus/tests.yaml", "deploy/grafana/ambit.json"];
const CONFIG: &[&str] = &[
    "detector/cli/src/config/raw.rs",
    "detector/cli/src/config/raw/archive.rs",
    "detector/cli/src/config/raw/kafka.rs",
    "detector/cli/src/config/raw/objects.rs",
];

/// The first group of every match.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

fn metric_complaints(file: &str, text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let exists = |name: &str| {
        let parts = ["", "_bucket", "_count", "_sum"];
        parts.iter().filter_map(|part| name.strip_suffix(*part)).any(|plain| known.contains(plain))
    };
    let named = found(r"\b(ambit_[a-z0-9_]+)", text);
    let absent = named.iter().filter(|name| !exists(name));
    absent.map(|name| format!("{file}: there is no metric {name}")).collect()
}

/// What the configuration calls its fields, and its kinds of sources and sinks.
fn config_names(source: &str) -> BTreeSet<String> {
    let mut names = found(r"(?m)^    pub\(crate\) ([a-z0-9_]+):", source);
    names.extend(found(r"(?m)^    ([A-Z][a-z]+)\(Raw", source).iter().map(|name| name.to_lowercase()));
    names
}

/// The keys of YAML, comments left out. Properties of librdkafka have a dot and are not taken for keys.
fn key_complaints(file: &str, yaml: &str, known: &BTreeSet<String>) -> Vec<String> {
    let lines = yaml.lines().filter(|line| !line.trim_start().starts_with('#'));
    let text = lines.collect::<Vec<_>>().join("\n");
    let keys = found(r"(?m)(?:^|[{,]|- )\s*([a-z][a-z0-9_]*):(?:\s|$)", &text);
    keys.difference(known).map(|key| format!("{file}: the configuration has no key `{key}`")).collect()
}

/// What stands below a key of the first level.
fn block(yaml: &str, key: &str) -> String {
    let lines = yaml.lines().skip_while(|line| *line != key).skip(1);
    let inside = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    inside.collect::<Vec<_>>().join("\n")
}

#[test]
fn alerts_and_dashboard_name_metrics_that_exist() {
    let sources = METRICS.iter().map(|file| read(file)).collect::<String>();
    let known = found(r#""(ambit_[a-z0-9_]+)""#, &sources);
    assert!(known.len() > 20, "{known:?}");
    let complaints = WATCHERS.iter().flat_map(|file| metric_complaints(file, &read(file), &known));
    none(&complaints.collect::<Vec<_>>());
}

#[test]
fn configurations_have_keys_that_exist() {
    let known = config_names(&CONFIG.iter().map(|file| read(file)).collect::<String>());
    let values = block(&read("deploy/helm/ambit/values.yaml"), "config:");
    assert!(values.contains("sources:") && known.contains("sources") && known.contains("kafka"));
    let compose = "deploy/compose/ambit.yaml";
    let mut complaints = key_complaints(compose, &read(compose), &known);
    complaints.extend(key_complaints("deploy/helm/ambit/values.yaml", &values, &known));
    none(&complaints);
}

#[test]
fn what_does_not_exist_is_seen() {
    let known = ["ambit_up", "name", "kafka"].map(str::to_owned).into();
    assert_eq!(metric_complaints("x", "ambit_up_bucket > 0 and ambit_down == 0", &known).len(), 1);
    let yaml = "- kafka: { name: a, nome: b, a.dot: c, host: \"d:1\" }\n# no: comment\nfrom:\n";
    assert_eq!(key_complaints("x", yaml, &known).len(), 3);
    assert_eq!(block("a:\n  b: 1\n\n  c: 2\nd: 3\n", "a:"), "  b: 1\n\n  c: 2");
}

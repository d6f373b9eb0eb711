//! The URL of a topic: `kafka://BROKER,BROKER/TOPIC?from=T&to=T&registry=URL&properties=FILE&NAME=VALUE`.

use std::collections::BTreeMap;
use std::path::Path;

use ambit_schemas::EventTime;

use super::SCHEME;
use crate::config::{Kafka, Secret};
use crate::exit::usage;
use crate::moment;

/// What decides that a topic is read once from its beginning to its end.
const OURS: [&str; 5] = [
    "auto.offset.reset",
    "bootstrap.servers",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
];

/// A topic that is to be read.
#[derive(Debug)]
pub(in crate::intake) struct Topic {
    /// Its URL without what follows the `?`.
    pub(super) shown: String,
    pub(super) name: String,
    /// Records from this moment on, by the times that Kafka has of them.
    pub(super) from: Option<EventTime>,
    /// Records before this moment.
    pub(super) to: Option<EventTime>,
    pub(super) registry: Option<String>,
    pub(super) kafka: Kafka,
}

impl Topic {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it means nothing, or names a file that cannot be read.
    pub(in crate::intake) fn parse(text: &str) -> anyhow::Result<Self> {
        let (shown, query) = text.split_once('?').unwrap_or((text, ""));
        if shown.contains('@') {
            return Err(usage(
                "a URL of Kafka holds no user and no password: put `sasl.username=…` and `sasl.password=…` into a file \
                 and add `?properties=FILE`",
            ));
        }
        // What follows a `#` is no part of it, and may be anything.
        let told = shown.split('#').next().unwrap_or_default();
        Self::of(shown, query).map_err(|what| usage(format!("{told}: {what}")))
    }

    fn of(shown: &str, query: &str) -> Result<Self, String> {
        let (brokers, name) =
            shown.strip_prefix(SCHEME).and_then(|rest| rest.split_once('/')).unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if brokers.is_empty() || name.is_empty() || !name.chars().all(is_name) {
            return Err("is no URL of a topic: give kafka://BROKER:PORT,BROKER:PORT/TOPIC".to_owned());
        }
        let mut given = parameters(query)?;
        let mut properties = match given.remove("properties") {
            Some(file) => read(Path::new(&file)).map_err(|what| format!("`properties`: {file}: {what}"))?,
            None => BTreeMap::new(),
        };
        let mut moment = |name: &str| {
            let text = given.remove(name);
            text.map(|text| moment::parse(&text).map_err(|what| format!("`{name}`: {what}"))).transpose()
        };
        let (from, to) = (moment("from")?, moment("to")?);
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(format!("`from` {from} is not before `to` {to}: nothing would be read"));
        }
        let registry = given.remove("registry");
        if let Some(name) = given.keys().find(|name| is_secret(name)) {
            return Err(format!(
                "`{name}` would stand in the list of processes: put it into a file and add `properties=FILE`"
            ));
        }
        properties.extend(given.into_iter().map(|(name, value)| (name, Secret::new(value))));
        if let Some(name) = OURS.iter().find(|name| properties.contains_key(**name)) {
            return Err(format!("`{name}` is not yours to set: the topic would not be read as a whole"));
        }
        properties.insert("bootstrap.servers".to_owned(), Secret::new(brokers.to_owned()));
        let (shown, name) = (shown.to_owned(), name.to_owned());
        Ok(Self { shown, name, from, to, registry, kafka: Kafka::new(properties)? })
    }
}

/// What stands behind the `?`.
fn parameters(query: &str) -> Result<BTreeMap<String, String>, String> {
    let mut given = BTreeMap::new();
    // A plus is a plus, as in `+02:00`: this is no form.
    for (name, value) in url::form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
        if given.insert(name.to_string(), value.into_owned()).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    Ok(given)
}

/// What librdkafka takes that nobody else should see.
fn is_secret(name: &str) -> bool {
    ["password", "secret", "key.pem"].iter().any(|part| name.contains(part))
}

/// Lines of `name=value`; those that begin with `#` say nothing.
fn read(file: &Path) -> Result<BTreeMap<String, Secret>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let mut properties = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let (name, value) =
            line.split_once('=').ok_or_else(|| format!("line {number} is no `name=value`"))?;
        if properties.insert(name.trim().to_owned(), Secret::new(value.trim().to_owned())).is_some() {
            return Err(format!("line {number} gives `{}` again", name.trim()));
        }
    }
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_is_read_and_how() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("kafka.properties");
        std::fs::write(&file, "# ours\n\nsasl.password = hush=hush\nclient.id=mine\n").unwrap();
        let url = format!(
            "kafka://one:9092,[::1]:9093/audit.v1?from=2026-03-01T00:00:00+02:00&to=2026-04-01&\
             registry=http%3A%2F%2Fr:8081&group.id=g&client.id=other&properties={}",
            file.display()
        );
        let topic = Topic::parse(&url).unwrap();
        assert_eq!(
            (topic.shown.as_str(), topic.name.as_str()),
            ("kafka://one:9092,[::1]:9093/audit.v1", "audit.v1")
        );
        assert_eq!(topic.from.unwrap().to_string(), "2026-02-28T22:00:00Z");
        assert_eq!(topic.to.unwrap().to_string(), "2026-04-01T00:00:00Z");
        assert_eq!(topic.registry.as_deref(), Some("http://r:8081"));
        let properties = topic.kafka.properties.iter().map(|(name, value)| (name.as_str(), value.reveal()));
        assert_eq!(
            properties.collect::<Vec<_>>(),
            [
                ("bootstrap.servers", "one:9092,[::1]:9093"),
                ("client.id", "other"),
                ("group.id", "g"),
                ("sasl.password", "hush=hush"),
            ]
        );
    }

    #[test]
    fn a_url_that_means_nothing_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broken");
        std::fs::write(&file, "client.id=a\nsasl.password hush\n").unwrap();
        let broken = format!("kafka://b/t?properties={}", file.display());
        for (url, told) in [
            ("kafka://broker", "give kafka://BROKER:PORT"),
            ("kafka:///topic", "give kafka://BROKER:PORT"),
            ("kafka://broker/", "give kafka://BROKER:PORT"),
            ("kafka://broker/a/b", "give kafka://BROKER:PORT"),
            ("kafka://broker/a#hush", "give kafka://BROKER:PORT"),
            ("kafka://me:hush@broker/t", "?properties=FILE"),
            ("kafka://b/t?sasl.password=hush", "`sasl.password` would stand in the list of processes"),
            ("kafka://b/t?from=yesterday", "`from`: give a date"),
            ("kafka://b/t?from=2026-03-02&to=2026-03-01", "is not before"),
            ("kafka://b/t?to=2026-03-01&to=2026-03-02", "`to` is given twice"),
            ("kafka://b/t?enable.auto.commit=true", "`enable.auto.commit` is not yours to set"),
            ("kafka://b/t?properties=/no/such/file", "/no/such/file: cannot be read"),
            ("kafka://b/t?sasl.mechanism=OAUTHBEARER", "needs `sasl.oauthbearer.method: oidc`"),
            (broken.as_str(), "line 2 is no `name=value`"),
        ] {
            let error = Topic::parse(url).unwrap_err().to_string();
            assert!(error.contains(told) && !error.contains("hush"), "{url}: {error}");
        }
    }
}

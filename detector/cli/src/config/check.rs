//! From what is written to what is meant.

mod archive;
mod kafka;
mod objects;
mod role;
mod sinks;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use ambit_ingest::Format;
use ambit_ingest::decode::LABELS;
use ambit_ingest::source::Begin;

use super::raw::{RawCheckpoint, RawConfig, RawHttp, RawHttpSource, RawSource};
use super::secret::Secret;
use super::{Checkpoint, Config, From, Http, Kept, Lateness, Source};
use crate::args::check_budget;
use crate::logging::LogFormat;

/// A year: nobody waits for longer, and no moment overflows by it.
const MOST_LATENESS_SECS: u64 = 366 * 86_400;

/// Something that is wrong, by its field: `sources[1].file.paths`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) field: String,
    pub(super) message: String,
}

impl Problem {
    /// The keys and indices that lead to the field.
    pub(super) fn path(&self) -> Vec<&str> {
        self.field.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect()
    }
}

/// Collects what is wrong, so that all of it is told at once.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    fn take<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.add(field, message)).ok()
    }

    /// Refuses a nought that would stop everything.
    fn some<T: Default + PartialEq>(&mut self, field: &str, number: T) -> T {
        if number == T::default() {
            self.add(field, "give 1 or more");
        }
        number
    }

    fn secs(&mut self, field: &str, secs: f64) -> Duration {
        let taken = Duration::try_from_secs_f64(secs)
            .map_err(|_wrong| "give a number of seconds, 0 or more".to_owned());
        self.take(field, taken).unwrap_or_default()
    }
}

/// Checks a configuration.
pub(super) fn check(raw: &RawConfig) -> Result<Config, Vec<Problem>> {
    let mut problems = Problems::default();
    let http = http(&raw.http, &mut problems);
    let sources = sources(raw, &mut problems);
    let detector = &raw.detector;
    problems.take("detector.budget", check_budget(detector.budget));
    problems.some("detector.pending_bytes", detector.pending_bytes);
    let mut lateness = |field: &str, secs: u64| {
        if secs > MOST_LATENESS_SECS {
            problems.add(
                format!("detector.lateness_secs.{field}"),
                format!("give {MOST_LATENESS_SECS} (a year) or less: everything waits for so long"),
            );
        }
        i64::try_from(secs.min(MOST_LATENESS_SECS)).unwrap_or(0) * 1_000_000
    };
    let lateness = Lateness {
        cloud_micros: lateness("cloud", detector.lateness_secs.cloud),
        other_micros: lateness("other", detector.lateness_secs.other),
    };
    let checkpoint = checkpoint(&raw.checkpoint, &mut problems);
    let sinks = sinks::check(&raw.sinks, &sources, &checkpoint.kept, &mut problems);
    let posted = sources.iter().any(|source| matches!(source.from, From::Http { .. }));
    if posted && checkpoint.local.is_none() {
        problems.add(
            "checkpoint.local",
            "what is received over HTTP is put on this machine's disk before it is answered: name a folder for it",
        );
    }
    let archive = raw.archive.as_ref().map(|raw| archive::check(raw, &sources, &mut problems));
    let config = Config {
        role: role::role(raw, &mut problems),
        sources,
        inventory: raw.inventory.clone(),
        rules: raw.rules.clone(),
        budget: detector.budget,
        lateness,
        idle: problems.secs("detector.idle_secs", detector.idle_secs),
        outage: problems.secs("detector.outage_secs", detector.outage_secs),
        pending_bytes: detector.pending_bytes,
        provisional: detector.provisional,
        sinks,
        checkpoint,
        archive,
        http,
        log: log(raw.log.format.as_deref(), &mut problems),
    };
    if problems.0.is_empty() { Ok(config) } else { Err(problems.0) }
}

fn checkpoint(raw: &RawCheckpoint, problems: &mut Problems) -> Checkpoint {
    if raw.keep == 0 {
        problems.add("checkpoint.keep", "give 1 or more; 2 or more survive a damaged one");
    }
    let kept = objects::kept("checkpoint", &raw.path, (&raw.options, &raw.option_files), problems);
    let mut local = raw.local.clone();
    if let Kept::Folder(path) = &kept {
        if local.is_some() {
            problems.add("checkpoint.local", objects::WITH_A_URL);
        }
        local = Some(path.clone());
    }
    let interval = problems.secs("checkpoint.interval_secs", raw.interval_secs);
    Checkpoint { kept, local, interval, keep: raw.keep }
}

fn log(format: Option<&str>, problems: &mut Problems) -> LogFormat {
    match format {
        None | Some("json") => LogFormat::Json,
        Some("pretty") => LogFormat::Pretty,
        Some(_) => {
            problems.add("log.format", "write `json` or `pretty`");
            LogFormat::Json
        }
    }
}

fn http(raw: &RawHttp, problems: &mut Problems) -> Http {
    let listen = raw.listen.parse::<SocketAddr>();
    let listen = listen.map_err(|_wrong| "give an address and a port, such as 127.0.0.1:9600".to_owned());
    let listen = problems.take("http.listen", listen).unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
    if !listen.ip().is_loopback() && !raw.insecure_bind {
        problems.add(
            "http.listen",
            "others can reach this address and the server speaks plain HTTP: listen on 127.0.0.1 behind a proxy that \
             speaks TLS, or say `insecure_bind: true`",
        );
    }
    Http {
        listen,
        body_bytes: problems.some("http.body_bytes", raw.body_bytes),
        queue: problems.some("http.queue", raw.queue),
    }
}

fn sources(raw: &RawConfig, problems: &mut Problems) -> Vec<Source> {
    let sources = raw.sources.iter().enumerate().filter_map(|(index, raw)| source(index, raw, problems));
    let sources = sources.collect::<Vec<_>>();
    if raw.sources.is_empty() {
        problems.add("sources", "there is none; say where events come from, such as `- file: {name: vault, paths: [/var/log/vault]}`");
    }
    let mut names = BTreeSet::new();
    for (index, source) in sources.iter().enumerate() {
        if !names.insert(&source.name) {
            problems
                .add(format!("sources[{index}]"), format!("`{}` is the name of two sources", source.name));
        }
    }
    let otlp = sources.iter().filter(|source| matches!(source.from, From::Http { otlp: true, .. })).count();
    if otlp > 1 {
        problems.add("sources", "two sources say `otlp: true`, and /v1/traces can be for one only");
    }
    let reachable = raw.http.listen.parse::<SocketAddr>().is_ok_and(|listen| !listen.ip().is_loopback());
    for (index, source) in sources.iter().enumerate() {
        if let From::Http { token: None, .. } = source.from
            && reachable
        {
            problems.add(
                format!("sources[{index}].http"),
                "others can reach this server: give `token_file` or `token_env`",
            );
        }
    }
    sources
}

fn source(index: usize, raw: &RawSource, problems: &mut Problems) -> Option<Source> {
    let (kind, name, format, labels) = match raw {
        RawSource::File(raw) => ("file", &raw.name, &raw.format, &raw.labels),
        RawSource::Http(raw) => ("http", &raw.name, &raw.format, &raw.labels),
        RawSource::Kafka(raw) => ("kafka", &raw.name, &raw.format, &raw.labels),
        RawSource::Objects(raw) => ("objects", &raw.name, &raw.format, &raw.labels),
    };
    let at = format!("sources[{index}].{kind}");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        problems.add(format!("{at}.name"), "give a name of letters, digits, `-`, `_` and `.`");
    }
    for label in labels.keys().filter(|label| !LABELS.contains(&label.as_str())) {
        problems.add(format!("{at}.labels.{label}"), format!("is no label; there are {}", LABELS.join(", ")));
    }
    let format =
        if format == "auto" { Ok(None) } else { Format::parse(format).map(Some).ok_or_else(formats) };
    let format = problems.take(&format!("{at}.format"), format);
    let from = match raw {
        RawSource::File(raw) => {
            if raw.paths.is_empty() {
                problems.add(format!("{at}.paths"), "there is none");
            }
            From::File {
                paths: raw.paths.clone(),
                begin: begin(&at, &raw.begin, problems)?,
                scan: problems.secs(&format!("{at}.scan_secs"), raw.scan_secs),
                settle: problems.secs(&format!("{at}.settle_secs"), raw.settle_secs),
            }
        }
        RawSource::Http(raw) => from_http(&at, raw, problems)?,
        RawSource::Kafka(raw) => kafka::source(&at, raw, problems)?,
        RawSource::Objects(raw) => {
            let begin = begin(&at, &raw.begin, problems);
            objects::source(&at, raw, begin, problems)?
        }
    };
    Some(Source { name: name.clone(), format: format?, labels: labels.clone(), from })
}

fn begin(at: &str, written: &str, problems: &mut Problems) -> Option<Begin> {
    let begin = match written {
        "start" => Ok(Begin::Start),
        "end" => Ok(Begin::End),
        _ => Err("write `start` or `end`".to_owned()),
    };
    problems.take(&format!("{at}.begin"), begin)
}

fn formats() -> String {
    let names = Format::ALL.iter().map(|format| format.as_str()).collect::<Vec<_>>();
    format!("write `auto` or one of {}", names.join(", "))
}

fn from_http(at: &str, raw: &RawHttpSource, problems: &mut Problems) -> Option<From> {
    let token = Secret::read(raw.token_file.as_deref(), raw.token_env.as_deref());
    let named = if raw.token_file.is_some() { "token_file" } else { "token_env" };
    let token = problems.take(&format!("{at}.{named}"), token)?;
    let spool_bytes = problems.some(&format!("{at}.spool_bytes"), raw.spool_bytes);
    Some(From::Http { otlp: raw.otlp, token, spool_bytes })
}

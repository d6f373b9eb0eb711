//! A broker, a place and a daemon in it, put together for a measurement.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ambit_schemas::EventTime;
use ambit_schemas::time::{DAY_MICROS, SECOND_MICROS};
use anyhow::{Context as _, bail};

use super::clock;
use super::produce::Sender;
use super::scrape::Page;
use super::traffic::Traffic;
use crate::broker::Broker;
use crate::daemon::Daemon;

const EVENTS: &str = "events";
/// Longer than any measurement that is worth waiting for.
const PATIENCE: Duration = Duration::from_mins(20);

/// How the daemon is configured where it matters here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) lateness_secs: u64,
    pub(super) interval_secs: u64,
    pub(super) pending_bytes: u64,
    pub(super) archive: bool,
}

/// What the program's own configuration begins with.
pub(super) const DEFAULTS: Settings =
    Settings { lateness_secs: 300, interval_secs: 30, pending_bytes: 1 << 30, archive: false };

/// What a measurement needs.
#[derive(Debug)]
pub(super) struct Rig {
    pub(super) broker: Broker,
    pub(super) program: PathBuf,
    folder: tempfile::TempDir,
}

impl Rig {
    /// Starts a broker with empty topics, and writes the configuration and an inventory.
    ///
    /// # Errors
    /// When there is no program or no broker.
    pub(super) fn new(settings: Settings, inventory: &str) -> anyhow::Result<Self> {
        let program = program()?;
        let broker = Broker::start("load").context("there is no broker: run tests/run once")?;
        broker.topics(&[EVENTS, "ambit.dlq.v1"]);
        let rig = Self { broker, program, folder: tempfile::tempdir()? };
        let Settings { lateness_secs: late, interval_secs, pending_bytes, archive } = settings;
        let archive = if archive { "archive: { path: archive }\n" } else { "" };
        let config = format!(
            "sources:\n  - kafka: {{ name: {EVENTS}, brokers: \"{}\", topic: {EVENTS} }}\n\
             sinks:\n  - ndjson: {{ path: findings.ndjson }}\n\
             checkpoint: {{ path: state, interval_secs: {interval_secs} }}\n\
             detector: {{ lateness_secs: {{ cloud: {late}, other: {late} }}, pending_bytes: {pending_bytes} }}\n\
             inventory: workloads.yaml\n{archive}",
            rig.broker.address
        );
        std::fs::write(rig.path("ambit.yaml"), config)?;
        std::fs::write(rig.path("workloads.yaml"), inventory)?;
        Ok(rig)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the findings are written.
    pub(super) fn findings(&self) -> PathBuf {
        self.path("findings.ndjson")
    }

    pub(super) fn sender(&self) -> anyhow::Result<Sender> {
        Sender::new(&self.broker, EVENTS)
    }

    /// Starts the daemon, and waits until it listens.
    pub(super) fn start(&self) -> Daemon {
        Daemon::start(&self.program, self.folder.path(), &[])
    }
}

/// The program to measure.
fn program() -> anyhow::Result<PathBuf> {
    let beside = || Ok::<_, std::io::Error>(std::env::current_exe()?.with_file_name("ambit"));
    let program = std::env::var_os("AMBIT_TESTS_BINARY").map_or_else(beside, |path| Ok(path.into()))?;
    if !Path::new(&program).is_file() {
        bail!("{} is not there: build it, or name another in AMBIT_TESTS_BINARY", program.display());
    }
    Ok(program)
}

/// Waits until the daemon's metrics say that something is so, and gives them.
///
/// # Errors
/// When it never becomes so.
pub(super) fn until(daemon: &Daemon, what: &str, so: impl Fn(&Page) -> bool) -> anyhow::Result<Page> {
    let since = clock::now();
    loop {
        let page = Page::of(daemon);
        if so(&page) {
            return Ok(page);
        }
        if since.elapsed() > PATIENCE {
            bail!("not so after {} s: {what}\n{}", PATIENCE.as_secs(), daemon.log());
        }
        clock::pause(Duration::from_millis(50));
    }
}

/// A stretch of time with as many events spread evenly over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    pub(super) traffic: Traffic,
    pub(super) events: u64,
    begin: EventTime,
    days: u64,
}

impl History {
    /// One that ends a minute before the wall clock.
    pub(super) fn until_now(traffic: Traffic, events: u64, days: u64) -> Self {
        let span = i64::try_from(days).unwrap_or(0).saturating_mul(DAY_MICROS);
        Self { traffic, events, begin: clock::wall().plus_micros(-span - 60 * SECOND_MICROS), days }
    }

    /// An event of it.
    pub(super) fn event(&self, number: u64) -> String {
        let span = u128::from(self.days) * u128::from(DAY_MICROS.unsigned_abs());
        let since = span * u128::from(number) / u128::from(self.events.max(1));
        self.traffic.event(number, self.begin.plus_micros(i64::try_from(since).unwrap_or(i64::MAX)))
    }
}

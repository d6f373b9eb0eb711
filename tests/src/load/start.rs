//! What a checkpoint of many workloads weighs, and how soon the program is back with it.

use std::fmt::Write as _;
use std::time::Duration;

use ambit_schemas::time::SECOND_MICROS;

use super::args::Start;
use super::clock;
use super::machine::{self, Process, grouped, mebi};
use super::quantile::{Quantiles, millis};
use super::rig::{DEFAULTS, History, Rig, Settings, until};
use super::scrape::Page;
use super::traffic::Traffic;
use crate::evaluate::page::table;

/// Seconds between two checkpoints while it is made.
const INTERVAL_SECS: u64 = 5;
const HEADER: [&str; 9] = [
    "workloads",
    "state",
    "RSS after the history",
    "checkpoint",
    "time to make and store it",
    "started",
    "ready after, median",
    "at most",
    "RSS when ready",
];

pub(super) fn run(asked: &Start) -> anyhow::Result<String> {
    let (mut rows, mut text) = (Vec::new(), String::new());
    for workloads in &asked.workloads {
        let traffic = Traffic { workloads: *workloads, atoms: asked.atoms };
        let settings = Settings { interval_secs: INTERVAL_SECS, ..DEFAULTS };
        let rig = Rig::new(settings, &traffic.inventory(0))?;
        if text.is_empty() {
            writeln!(text, "{}\n", machine::header(&rig.program))?;
        }
        let history = History::until_now(traffic, workloads * asked.each, asked.days);
        rows.push(row(&rig, &history, asked.times)?);
    }
    write!(
        text,
        "{} things and {} events of {} days for each workload, all of them in the inventory; the files are in the system's \
         cache\n\n{}\n",
        asked.atoms,
        asked.each,
        asked.days,
        table(&HEADER, rows)
    )?;
    Ok(text)
}

fn row(rig: &Rig, history: &History, times: usize) -> anyhow::Result<Vec<String>> {
    let (daemon, sender) = (rig.start(), rig.sender()?);
    sender.all(history.events, |number| history.event(number))?;
    until(&daemon, "the history was read", |page| page.ingested() >= history.events)?;
    // One for each partition, later than may be late: the watermark passes all that came before.
    let later = clock::wall().plus_micros(i64::try_from(DEFAULTS.lateness_secs)? * SECOND_MICROS);
    (0..3).try_for_each(|number| sender.send(&history.traffic.event(history.events + number, later)))?;
    sender.flush()?;
    let all = history.events + 3;
    let passed = until(&daemon, "the watermark has passed the history", |page| {
        page.ingested() >= all && page.count("ambit_pending_events") <= 3 && page.watermark_secs() > 0.0
    })?;
    // None is made of what has not changed.
    let next = |number, what, before: &Page| {
        sender.send(&history.traffic.event(all + number, later))?;
        sender.flush()?;
        until(&daemon, what, |page| page.checkpoints().0 > before.checkpoints().0)
    };
    let one = next(0, "a checkpoint holds it", &passed)?;
    let two = next(1, "another is made", &one)?;
    let own = Process::of(daemon.id())?;
    daemon.stop();
    let mut starts = Vec::new();
    let mut rss_bytes = 0;
    for _ in 0..times {
        let (took, process) = start(rig)?;
        starts.push(took);
        rss_bytes = rss_bytes.max(process.rss_bytes);
    }
    let starts = Quantiles::of(starts);
    Ok(vec![
        grouped(history.traffic.workloads),
        mebi(two.state_bytes("all")),
        mebi(own.rss_bytes),
        mebi(two.count("ambit_checkpoint_bytes")),
        millis(two.checkpoint_since(&one)),
        format!("{times} times"),
        millis(starts.percent(50)),
        millis(starts.percent(100)),
        mebi(rss_bytes),
    ])
}

/// From the start of the process until it says that it is ready.
fn start(rig: &Rig) -> anyhow::Result<(Duration, Process)> {
    let begun = clock::now();
    let daemon = rig.start();
    while daemon.get("/readyz").code != 200 {
        clock::pause(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    let process = Process::of(daemon.id())?;
    daemon.stop();
    Ok((took, process))
}

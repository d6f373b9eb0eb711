//! Weeks of events in minutes: what memory and state do meanwhile.

use std::cell::RefCell;
use std::fmt::Write as _;

use super::args::Soak;
use super::clock;
use super::machine::{self, Process, grouped, mebi, per_sec};
use super::rig::{DEFAULTS, History, Rig, Settings, until};
use super::scrape::Page;
use super::traffic::Traffic;
use crate::daemon::Daemon;
use crate::evaluate::page::table;

const SAMPLES: u64 = 10;
const HEADER: [&str; 12] = [
    "events",
    "day",
    "RSS, median",
    "RSS, most",
    "given out, median",
    "state",
    "of workloads",
    "of lineage",
    "waiting events",
    "waiting for the archive",
    "checkpoint",
    "events/s",
];

pub(super) fn run(asked: &Soak) -> anyhow::Result<String> {
    let traffic = Traffic { workloads: asked.workloads, atoms: asked.atoms };
    let settings = Settings { pending_bytes: asked.pending_bytes, archive: true, ..DEFAULTS };
    let rig = Rig::new(settings, &traffic.inventory(0))?;
    let mut text = format!("{}\n\n", machine::header(&rig.program));
    let history = History::until_now(traffic, asked.events, asked.days);
    let (daemon, sender) = (rig.start(), rig.sender()?);
    let rows = std::thread::scope(|scope| {
        let sending = scope.spawn(|| sender.all(asked.events, |number| history.event(number)));
        let rows = (1..=SAMPLES).map(|part| sample(&daemon, asked, part)).collect::<anyhow::Result<Vec<_>>>();
        let sent = sending.join().map_err(|_panicked| anyhow::anyhow!("events cannot be made"))?;
        sent.and(rows)
    })?;
    let (page, own) = (Page::of(&daemon), Process::of(daemon.id())?);
    let forgotten = page.count("ambit_evicted_total");
    write!(
        text,
        "{} workloads with {} things each, {} events of {} days, {} may wait\n\n{}\n\nRSS at most {}; {} late, watermark \
         forced {} times, {forgotten} forgotten for want of room, {} findings\n",
        grouped(asked.workloads),
        asked.atoms,
        grouped(asked.events),
        asked.days,
        mebi(asked.pending_bytes),
        table(&HEADER, rows),
        mebi(own.peak_bytes),
        page.count("ambit_events_late_total"),
        page.count("ambit_watermark_forced_total"),
        page.count("ambit_findings_total"),
    )?;
    Ok(text)
}

/// What is so when that many tenths of the stream have been read.
fn sample(daemon: &Daemon, asked: &Soak, part: u64) -> anyhow::Result<Vec<String>> {
    let (begun, before) = (clock::now(), Page::of(daemon).ingested());
    let due = asked.events * part / SAMPLES;
    // Memory comes and goes with every batch and every checkpoint: one look would tell of the moment.
    let (id, seen, given) = (daemon.id(), RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let page = until(daemon, "the next part was read", |page| {
        seen.borrow_mut().extend(Process::of(id).map(|process| process.rss_bytes));
        given.borrow_mut().push(page.count("ambit_allocator_bytes{kind=\"allocated\"}"));
        page.ingested() >= due
    })?;
    let (seen, given) = (sorted(seen), sorted(given));
    let (events, took) = (page.ingested(), begun.elapsed());
    Ok(vec![
        grouped(events),
        grouped(asked.days * events / asked.events.max(1)),
        mebi(at(&seen, seen.len() / 2)),
        mebi(at(&seen, seen.len().saturating_sub(1))),
        mebi(at(&given, given.len() / 2)),
        mebi(page.state_bytes("all")),
        mebi(page.state_bytes("workloads")),
        mebi(page.state_bytes("lineage")),
        mebi(page.count("ambit_pending_bytes")),
        mebi(page.count("ambit_archive_waiting_bytes")),
        mebi(page.count("ambit_checkpoint_bytes")),
        grouped(per_sec(events - before, took)),
    ])
}

fn sorted(seen: RefCell<Vec<u64>>) -> Vec<u64> {
    let mut seen = seen.into_inner();
    seen.sort_unstable();
    seen
}

fn at(seen: &[u64], place: usize) -> u64 {
    seen.get(place).copied().unwrap_or_default()
}

//! From an event's way into the topic to the line of its finding, while others come at a steady rate.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::args::Latency;
use super::clock;
use super::machine::{self, Process, grouped, mebi};
use super::quantile::{Quantiles, millis};
use super::rig::{DEFAULTS, History, Rig, Settings, until};
use super::scrape::Page;
use super::tail::{self, Told};
use super::traffic::{Traffic, Trip};
use crate::daemon::Daemon;
use crate::evaluate::page::table;

/// Trips of a kind in a second.
const TRIPS_PER_SEC: u64 = 10;
/// What is wanted of those that are told early, and of those that wait for the watermark.
const GOALS: [Duration; 2] = [Duration::from_millis(500), Duration::from_mins(1)];
/// After the watermark could pass the last trip.
const REST: Duration = Duration::from_secs(5);

/// When trips were handed to the producer.
#[derive(Debug, Default)]
struct Sent {
    leaked: Vec<Instant>,
    moved: Vec<Instant>,
}

pub(super) fn run(asked: &Latency) -> anyhow::Result<String> {
    let traffic = Traffic { workloads: asked.crowd.workloads, atoms: asked.crowd.atoms };
    let settings = Settings { lateness_secs: asked.lateness, interval_secs: asked.interval, ..DEFAULTS };
    let trips = asked.secs * TRIPS_PER_SEC;
    let rig = Rig::new(settings, &traffic.inventory(trips))?;
    let mut text = format!("{}\n\n", machine::header(&rig.program));
    let sender = rig.sender()?;
    let events = asked.crowd.workloads * asked.crowd.each;
    let history = History::until_now(traffic, events, asked.crowd.days);
    sender.all(events, |number| history.event(number))?;
    let daemon = rig.start();
    let before = until(&daemon, "the history was read", |page| page.ingested() >= events)?;
    let (used, served) = (Process::of(daemon.id())?, broker(&rig)?);
    let (begun, stop, mut sent) = (clock::now(), AtomicBool::new(false), Sent::default());
    let (told, rate) = std::thread::scope(|scope| {
        let tail = scope.spawn(|| tail::follow(&rig.findings(), &stop));
        let span = Duration::from_secs(asked.secs + asked.lateness) + REST;
        let rate = sender.steadily(asked.rate, span, |number| {
            let trip = Asked { every: (asked.rate / TRIPS_PER_SEC).max(3), trips };
            trip.event(traffic, events + number, number, &mut sent)
        });
        let rate = rate.and_then(|rate| sender.flush().map(|()| rate));
        stop.store(true, Ordering::Release);
        (tail.join(), rate)
    });
    let elapsed = begun.elapsed();
    let (told, lines) = told.map_err(|_panicked| anyhow::anyhow!("the findings cannot be read"))??;
    let used = Used::since((used, served), (Process::of(daemon.id())?, broker(&rig)?), elapsed);
    write!(
        text,
        "{} workloads, {} events of history; {} events a second for {} s; {TRIPS_PER_SEC} trips of each kind a second; \
         lateness {} s, a checkpoint every {} s; {} lines of findings in all\n\n",
        grouped(asked.crowd.workloads),
        grouped(events),
        grouped(rate?),
        elapsed.as_secs(),
        asked.lateness,
        asked.interval,
        grouped(lines as u64)
    )?;
    text.push_str(&rows(&told, &sent, Duration::from_secs(asked.lateness)));
    text.push_str(&daemon_line(&daemon, &before, used)?);
    Ok(text)
}

fn broker(rig: &Rig) -> anyhow::Result<Process> {
    Process::of(rig.broker.id().unwrap_or_default())
}

/// Which events are trips.
struct Asked {
    every: u64,
    trips: u64,
}

impl Asked {
    /// The next event: a trip now and then, else an ordinary one. A session moves a tenth of a second after it began.
    fn event(&self, traffic: Traffic, id: u64, number: u64, sent: &mut Sent) -> String {
        let (trip, time) = (number / self.every, clock::wall());
        match number % self.every {
            0 if trip < self.trips => {
                sent.leaked.push(clock::now());
                traffic.trip(Trip::Leaked, trip, id, time)
            }
            1 if trip < self.trips => traffic.trip(Trip::Begins, trip, id, time),
            2 if (1..=self.trips).contains(&trip) => {
                sent.moved.push(clock::now());
                traffic.trip(Trip::Moves, trip - 1, id, time)
            }
            _ => traffic.event(id, time),
        }
    }
}

fn rows(told: &[Told], sent: &Sent, lateness: Duration) -> String {
    let row = |what: &str, trip: Trip, sent: &[Instant], early: bool, goal: Duration| {
        let mut first = vec![None; sent.len()];
        for told in told.iter().filter(|told| told.trip == trip && told.early == early) {
            if let Some(first) = first.get_mut(told.number).filter(|first| first.is_none()) {
                *first = Some(told.at);
            }
        }
        let from = if early { Duration::ZERO } else { lateness };
        let took = sent.iter().zip(&first);
        let took = took.filter_map(|(sent, at)| at.map(|at| at.saturating_duration_since(*sent + from)));
        let took = Quantiles::of(took.collect());
        vec![
            what.to_owned(),
            format!("{} of {}", took.count(), sent.len()),
            millis(took.percent(50)),
            millis(took.percent(99)),
            millis(took.percent(100)),
            format!("{} over {} ms", took.above(goal), goal.as_millis()),
        ]
    };
    let table = table(
        &["from the hand-over to the producer", "told", "p50", "p99", "max", "goal"],
        vec![
            row("of the event to its provisional line (H04)", Trip::Leaked, &sent.leaked, true, GOALS[0]),
            row(
                "of the events that move the watermark past it, to the raised line (H04)",
                Trip::Leaked,
                &sent.leaked,
                false,
                GOALS[1],
            ),
            row(
                "of the events that move the watermark past it, to the raised line (L02)",
                Trip::Moves,
                &sent.moved,
                false,
                GOALS[1],
            ),
        ],
    );
    format!("{table}\n\n")
}

/// Shares of a core.
#[derive(Debug, Clone, Copy)]
struct Used {
    daemon_percent: f64,
    broker_percent: f64,
}

impl Used {
    fn since(before: (Process, Process), now: (Process, Process), elapsed: Duration) -> Self {
        let percent = |before: Process, now: Process| {
            now.cpu.saturating_sub(before.cpu).as_secs_f64() * 100.0 / elapsed.as_secs_f64().max(0.001)
        };
        Self { daemon_percent: percent(before.0, now.0), broker_percent: percent(before.1, now.1) }
    }
}

fn daemon_line(daemon: &Daemon, before: &Page, used: Used) -> anyhow::Result<String> {
    let page = Page::of(daemon);
    let (count, own) = (page.checkpoints().0 - before.checkpoints().0, Process::of(daemon.id())?);
    Ok(format!(
        "{}; {count} checkpoints of {} on average; RSS {}, at most {}; processor {:.0}% of a core, broker {:.0}%; {} late, \
         watermark forced {} times\n",
        page.holds(),
        millis(page.checkpoint_since(before)),
        mebi(own.rss_bytes),
        mebi(own.peak_bytes),
        used.daemon_percent,
        used.broker_percent,
        page.count("ambit_events_late_total"),
        page.count("ambit_watermark_forced_total"),
    ))
}

//! The rate that the daemon keeps up with: first how fast it reads a backlog, then rates at which events come.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::args::Rate;
use super::clock;
use super::machine::{self, Process, grouped, mebi, per_sec};
use super::produce::Sender;
use super::rig::{DEFAULTS, History, Rig, Settings, until};
use super::scrape::Page;
use super::traffic::Traffic;
use crate::daemon::Daemon;
use crate::evaluate::page::table;

/// How often the backlog is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What came of a rate.
struct Step {
    came: u64,
    /// Events sent and not taken up, from look to look.
    backlog: Vec<u64>,
    used: Duration,
    broker: Duration,
    events: u64,
    span: Duration,
}

pub(super) fn run(asked: &Rate) -> anyhow::Result<String> {
    let traffic = Traffic { workloads: asked.crowd.workloads, atoms: asked.crowd.atoms };
    let settings = Settings { lateness_secs: asked.lateness, ..DEFAULTS };
    let rig = Rig::new(settings, &traffic.inventory(0))?;
    let mut text = format!("{}\n\n", machine::header(&rig.program));
    let sender = rig.sender()?;
    let events = asked.crowd.workloads * asked.crowd.each;
    let history = History::until_now(traffic, events, asked.crowd.days);
    sender.all(events, |number| history.event(number))?;
    let daemon = rig.start();
    text.push_str(&catch_up(&daemon, events)?);
    let mut rows = Vec::new();
    for rate in &asked.rates {
        let done = step(&rig, (&daemon, &sender, traffic), *rate, Duration::from_secs(asked.secs))?;
        rows.push(row(*rate, &done));
        let sent = sender.sent().load(Ordering::Relaxed);
        until(&daemon, "everything was read", |page| page.ingested() >= sent)?;
    }
    let header = [
        "asked, events/s",
        "came, events/s",
        "backlog after 1/4, 1/2, 3/4, all of the time",
        "grows",
        "processor, % of a core",
        "broker, % of a core",
        "events/s a core of the daemon",
    ];
    let (page, own) = (Page::of(&daemon), Process::of(daemon.id())?);
    write!(
        text,
        "{} workloads; {} s for each rate; lateness {} s\n\n{}\n\n{}; RSS {}, at most {}; {} late, watermark forced {} times\n",
        grouped(asked.crowd.workloads),
        asked.secs,
        asked.lateness,
        table(&header, rows),
        page.holds(),
        mebi(own.rss_bytes),
        mebi(own.peak_bytes),
        page.count("ambit_events_late_total"),
        page.count("ambit_watermark_forced_total"),
    )?;
    Ok(text)
}

/// How fast a backlog is read, while nobody writes.
fn catch_up(daemon: &Daemon, events: u64) -> anyhow::Result<String> {
    let first = until(daemon, "reading has begun", |page| page.ingested() > 0)?.ingested();
    let (begun, used) = (clock::now(), Process::of(daemon.id())?.cpu);
    until(daemon, "the backlog was read", |page| page.ingested() >= events)?;
    let (count, took) = (events - first, begun.elapsed());
    let used = Process::of(daemon.id())?.cpu.saturating_sub(used);
    Ok(format!(
        "A backlog of {} events, with nobody writing: {} events/s in {:.1} s, {} events/s a core of the daemon\n\n",
        grouped(events),
        grouped(per_sec(count, took)),
        took.as_secs_f64(),
        grouped(per_sec(count, used)),
    ))
}

fn step(
    rig: &Rig,
    (daemon, sender, traffic): (&Daemon, &Sender, Traffic),
    rate: u64,
    span: Duration,
) -> anyhow::Result<Step> {
    let broker = || Process::of(rig.broker.id().unwrap_or_default()).map(|process| process.cpu);
    let (count, first) = (sender.sent(), sender.sent().load(Ordering::Relaxed));
    let (used, served, begun, over) =
        (Process::of(daemon.id())?.cpu, broker()?, clock::now(), AtomicBool::new(false));
    let (backlog, came) = std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let mut backlog = Vec::new();
            while !over.load(Ordering::Acquire) {
                clock::pause(LOOK);
                let taken = Page::of(daemon).ingested();
                backlog.push(count.load(Ordering::Relaxed).saturating_sub(taken));
            }
            backlog
        });
        let came = sender.steadily(rate, span, |number| traffic.event(first + number, clock::wall()));
        over.store(true, Ordering::Release);
        (looking.join(), came)
    });
    let backlog = backlog.map_err(|_panicked| anyhow::anyhow!("the backlog cannot be seen"))?;
    let (used, served) =
        (Process::of(daemon.id())?.cpu.saturating_sub(used), broker()?.saturating_sub(served));
    let events = sender.sent().load(Ordering::Relaxed) - first - backlog.last().copied().unwrap_or(0);
    Ok(Step { came: came?, backlog, used, broker: served, events, span: begun.elapsed() })
}

fn row(rate: u64, step: &Step) -> Vec<String> {
    let looks = step.backlog.len();
    let mean = |part: &[u64]| part.iter().sum::<u64>() / (part.len() as u64).max(1);
    let quarter = |number: usize| mean(&step.backlog[looks * number / 4..looks * (number + 1) / 4]);
    let quarters = [0, 1, 2, 3].map(quarter);
    // A checkpoint holds the loop up for a moment, which is no growth.
    let grows = quarters[3] > quarters[1].max(quarters[2]) + rate / 2;
    let percent =
        |time: Duration| format!("{:.0}", time.as_secs_f64() * 100.0 / step.span.as_secs_f64().max(0.001));
    vec![
        grouped(rate),
        grouped(step.came),
        quarters.map(grouped).join(" "),
        if grows { "yes" } else { "no" }.to_owned(),
        percent(step.used),
        percent(step.broker),
        grouped(per_sec(step.events, step.used)),
    ]
}

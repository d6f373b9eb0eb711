//! The whole evaluation: worlds, replays, simple methods, and what became of them.

mod json;

use std::ops::RangeInclusive;
use std::path::Path;

use ambit_schemas::EventTime;
use anyhow::{Context as _, bail};
use serde_json::Value;

use super::args::Args;
use super::daily::{self, Daily};
use super::page::{self, Page};
use super::pooled::Pooled;
use super::program::{self, Replay};
use super::simple::{self, Method};
use super::target::{self, Target};
use super::verdict::judge;
use super::world::World;

/// What the page and the JSON are made of.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was run, on what.
    pub header: String,
    /// The main budget.
    pub budget: f64,
    /// Ambit at the main budget, then the simple methods.
    pub methods: Vec<Pooled>,
    /// Ambit at each budget, the least first.
    pub budgets: Vec<(f64, Pooled)>,
    /// The targets.
    pub targets: Vec<Target>,
}

/// A world, and what was read from it and replayed.
struct Outcome {
    world: World,
    mature_days: i64,
    /// For the simple methods.
    daily: Daily,
    /// By budget, in the order of [`Args::all_budgets`]; empty for a tuning world.
    replays: Vec<Replay>,
}

/// Runs the evaluation.
///
/// # Errors
/// When something cannot be run, read or written. A missed target is a result.
pub fn run(args: &Args) -> anyhow::Result<Page> {
    let simple = args.simple_methods();
    let tuning = if simple.is_empty() { Vec::new() } else { args.tune_seeds.clone().collect() };
    if let Some(seed) = args.seeds.clone().find(|seed| tuning.contains(seed)) {
        bail!(
            "seed {seed} is in --seeds and in --tune-seeds: what was tuned on a world says nothing about it"
        );
    }
    let temporary = tempfile::tempdir()?;
    let root = args.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(root).with_context(|| format!("cannot write {}", root.display()))?;
    let jobs =
        args.seeds.clone().map(|seed| (seed, true)).chain(tuning.into_iter().map(|seed| (seed, false)));
    let outcomes = all(args, &jobs.collect::<Vec<_>>(), root)?;
    let report = report(args, &simple, &outcomes)?;
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&json::of(&report))?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(page::of(args, &report))
}

/// Works on several worlds at once. Which thread has which world changes nothing in what comes of it.
fn all(args: &Args, jobs: &[(u64, bool)], root: &Path) -> anyhow::Result<Vec<Outcome>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.jobs.unwrap_or(cores).clamp(1, jobs.len().max(1));
    let mut outcomes = std::thread::scope(|scope| {
        let share = |worker: usize| jobs.iter().skip(worker).step_by(workers);
        let handles = (0..workers).map(|worker| {
            scope.spawn(move || {
                share(worker)
                    .map(|(seed, report)| one(args, *seed, *report, root))
                    .collect::<anyhow::Result<Vec<_>>>()
            })
        });
        let handles = handles.collect::<Vec<_>>();
        let joined = handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|dead| std::panic::resume_unwind(dead)));
        joined.collect::<anyhow::Result<Vec<_>>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    outcomes.sort_by_key(|outcome| outcome.world.seed);
    Ok(outcomes)
}

fn one(args: &Args, seed: u64, is_reported: bool, root: &Path) -> anyhow::Result<Outcome> {
    let world = World::open(args, seed, root).with_context(|| format!("the world of seed {seed}"))?;
    let (logs, inventory) = (world.logs(), world.inventory());
    let daily =
        if args.simple_methods().is_empty() { Daily::default() } else { daily::read(&logs, &inventory)? };
    let mut replays = Vec::new();
    for budget in args.all_budgets().into_iter().filter(|_| is_reported) {
        let paths = logs.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>();
        let replay =
            program::replay(&paths, Some(&inventory), budget, &world.folder, &format!("budget-{budget}"))?;
        if replay.code != 0 {
            bail!("seed {seed}: some of the world could not be read: {}", replay.summary["rejects"]);
        }
        replays.push(replay);
    }
    let mature_days = world.mature_days()?;
    if args.keep.is_none() {
        std::fs::remove_dir_all(&world.folder)?;
    }
    Ok(Outcome { world, mature_days, daily, replays })
}

fn report(args: &Args, simple: &[Method], outcomes: &[Outcome]) -> anyhow::Result<Report> {
    let (reported, tuning): (Vec<_>, Vec<_>) =
        outcomes.iter().partition(|outcome| args.seeds.contains(&outcome.world.seed));
    let budget = args.budget_value();
    let texts = args.all_budgets();
    let mut budgets = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let value = text.parse::<f64>().with_context(|| format!("{text} is no budget"))?;
            Ok((value, ambit(&reported, index)))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let main = budgets.first().map(|(_, pooled)| pooled.clone()).context("no budget")?;
    budgets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let by_budget = budgets.iter().map(|(value, pooled)| (*value, pooled)).collect::<Vec<_>>();
    let targets = target::targets(&main, budget, &by_budget);
    let mut methods = vec![main];
    methods.extend(simple.iter().map(|method| compared(*method, &reported, &tuning, budget)));
    Ok(Report { header: header(args, &reported), budget, methods, budgets, targets })
}

fn ambit(reported: &[&Outcome], index: usize) -> Pooled {
    let worlds = reported.iter().filter_map(|outcome| {
        let replay = outcome.replays.get(index)?;
        Some((outcome.world.seed, judge(&replay.alarms, &outcome.world.labels, true)))
    });
    Pooled {
        method: Method::Ambit.name(),
        threshold: None,
        months: months(reported),
        worlds: worlds.collect(),
    }
}

fn compared(method: Method, reported: &[&Outcome], tuning: &[&Outcome], budget: f64) -> Pooled {
    let known = tuning.iter().map(|outcome| (&outcome.daily, outcome.world.labels.as_slice()));
    let threshold = simple::threshold(method, &known.collect::<Vec<_>>(), months(tuning), budget);
    let worlds = reported.iter().map(|outcome| {
        let alarms = simple::alarms(method, &method.scores(&outcome.daily), threshold);
        (outcome.world.seed, judge(&alarms, &outcome.world.labels, false))
    });
    Pooled {
        method: method.name(),
        threshold: Some(threshold),
        months: months(reported),
        worlds: worlds.collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "thousands of days")]
fn months(outcomes: &[&Outcome]) -> f64 {
    outcomes.iter().map(|outcome| outcome.mature_days).sum::<i64>() as f64 / 30.0
}

fn header(args: &Args, reported: &[&Outcome]) -> String {
    let summaries = || reported.iter().flat_map(|outcome| &outcome.replays).map(|replay| &replay.summary);
    let events = summaries().filter_map(|summary| summary["events_read"].as_u64()).sum::<u64>();
    let seconds = summaries().filter_map(|summary| summary["seconds"].as_f64()).sum::<f64>();
    let labels = || reported.iter().flat_map(|outcome| &outcome.world.labels);
    let (attacks, benign) =
        (labels().filter(|label| label.is_demanded()).count(), labels().filter(|label| label.benign).count());
    let words = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let span = |seeds: &RangeInclusive<u64>| format!("{} to {}", seeds.start(), seeds.end());
    let first =
        summaries().find_map(|summary| summary["first_event"].as_str().and_then(EventTime::parse_rfc3339));
    format!(
        "evaluate {words}\nambit {}, commit {}; {} cores\nseeds {} ({} for the thresholds of the simple methods): {} worlds of \
         {} workloads and {} days from {}, {} logs, {:.1} mature workload-months, {} attacks, {} benign incidents\n{events} \
         events replayed in {seconds:.0} s of replay",
        env!("CARGO_PKG_VERSION"),
        commit(),
        std::thread::available_parallelism().map_or(1, usize::from),
        span(&args.seeds),
        if args.simple_methods().is_empty() { "none".to_owned() } else { span(&args.tune_seeds) },
        reported.len(),
        args.workloads,
        args.days,
        first.map_or_else(|| "an unknown day".to_owned(), |first| first.to_string()),
        args.form.as_str(),
        months(reported),
        attacks,
        benign,
    )
}

/// The commit that was built, where git can tell.
fn commit() -> String {
    let output = std::process::Command::new("git")
        .current_dir(crate::provided::root())
        .args(["describe", "--always", "--dirty"])
        .output();
    let text = output.ok().filter(|output| output.status.success());
    text.map_or_else(
        || "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// A text or null.
fn text(value: Option<impl ToString>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

//! `ambit replay`: logs in, findings out, with the same detector as live.

pub(crate) mod order;
pub(crate) mod state;
pub(crate) mod summary;

use std::io::Write;
use std::path::PathBuf;

use ambit_core::{Counts, Detector, Snapshot};
use ambit_rules::Catalogue;
use ambit_schemas::finding::Finding;
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::{EventTime, Inventory, RuleSet};
use anyhow::Context;

use self::order::{Order, Step};
use self::state::StateFile;
use self::summary::{Bounds, Emitted, Summary, Suppressed};
use crate::args::ReplayArgs;
use crate::clock::Stopwatch;
use crate::decisions::DecisionLog;
use crate::exit::{Exit, usage};
use crate::intake::{self, Taken};
use crate::ocsf::Ocsf;
use crate::output::{self, Target};
use crate::progress::Progress;
use crate::report::Report;
use crate::{inventory, rules};

/// How long before the last event `--state` is taken: logs of cloud sources may still bring events as old as this.
const STATE_LAG_MICROS: i64 = 30 * 60 * SECOND_MICROS;

/// Runs the command.
pub(crate) fn run(args: &ReplayArgs) -> anyhow::Result<Exit> {
    let outputs = [
        ("--findings", args.findings.as_ref()),
        ("--summary", args.summary.as_ref()),
        ("--rejects", args.rejects.as_ref()),
    ];
    output::check_distinct(&outputs)?;
    let read = args.paths.iter().chain(&args.input.inventory).chain(&args.state);
    output::check_spares(&outputs, &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from >= to
    {
        return Err(usage(format!("--from {from} is not before --to {to}: nothing could be emitted")));
    }
    let watch = Stopwatch::start();
    let catalogue = rules::load(&args.rules)?;
    let inventory = inventory::load(args.input.inventory.as_deref())?;
    let state = args.state.as_deref().map(StateFile::lock).transpose()?;
    let rules = catalogue.rule_set(args.budget)?;
    let mut sink = Sink::new(args, &catalogue, rules.tenant.clone())?;
    let decisions = args.state.as_deref().map(|folder| DecisionLog::new(folder).load()).transpose()?;
    let mut detector =
        detector(rules, inventory.clone(), state.as_ref())?.with_decisions(decisions.unwrap_or_default());
    let before = detector.counts();
    let mut order = Order::new(args.memory_budget);
    let mut taken =
        intake::take(&args.paths, &args.input, &inventory, args.rejects.as_ref(), &mut |batch| {
            Ok(order.add(batch)?)
        })?;
    if inventory.environments.is_empty() {
        // Where no environment is declared, none is missed.
        taken.resolved.without_environment = 0;
    }
    let spilled = order.spilled();
    let snapshot = detect(&mut detector, order, state.is_some(), &mut |finding| sink.emit(finding))?;
    let mut summary = summarise(taken, (&before, &detector.counts()));
    summary.bounds.runs_spilled = spilled as u64;
    let exit = sink.finish(summary, &watch)?;
    // At last: findings that could not be written are found again by the next run.
    if let Some((state, snapshot)) = state.zip(snapshot) {
        state.save(&snapshot)?;
    }
    Ok(exit)
}

/// A detector that is new, or goes on from the state.
fn detector(rules: RuleSet, inventory: Inventory, state: Option<&StateFile>) -> anyhow::Result<Detector> {
    let Some(snapshot) = state.map(StateFile::load).transpose()?.flatten() else {
        return Ok(Detector::new(rules, inventory));
    };
    let detector =
        Detector::restore(rules, inventory, &snapshot).context("the state cannot be continued from")?;
    tracing::info!("going on from the state, which knows everything before {}", detector.watermark());
    Ok(detector)
}

/// Feeds the detector in order and emits what it finds. The snapshot to keep is taken shortly before the end of the input
/// and before the windows are closed for output, so that a later run goes on as if there had been no end.
fn detect(
    detector: &mut Detector,
    order: Order,
    keep: bool,
    emit: &mut dyn FnMut(Finding) -> anyhow::Result<()>,
) -> anyhow::Result<Option<Snapshot>> {
    let Some(last) = order.last() else { return Ok(None) };
    let end = last.plus_micros(1);
    let hold = if keep { end.plus_micros(-STATE_LAG_MICROS) } else { end };
    let progress = Progress::detecting(order.rows());
    let mut steps = order.finish()?;
    while let Some(step) = steps.next()? {
        match step {
            Step::Push(batch) => {
                detector.push(&batch);
                progress.advance(batch.len() as u64);
            }
            Step::Advance(watermark) => {
                detector.advance(watermark.min(hold));
                drain(detector, emit)?;
            }
        }
    }
    let snapshot = keep.then(|| detector.snapshot()).transpose()?;
    detector.advance(end);
    detector.close();
    drain(detector, emit)?;
    Ok(snapshot)
}

fn drain(detector: &mut Detector, emit: &mut dyn FnMut(Finding) -> anyhow::Result<()>) -> anyhow::Result<()> {
    while let Some(finding) = detector.poll_finding() {
        emit(finding)?;
    }
    Ok(())
}

/// What this run read and did; the detector's counts go on from the state, so those before it are taken off.
fn summarise(taken: Taken, (before, after): (&Counts, &Counts)) -> Summary {
    let total = taken.counts.total();
    let mut by_source = std::collections::BTreeMap::new();
    for (source, tally) in taken.counts.sources() {
        by_source.insert(source.as_str(), tally.read);
    }
    if taken.counts.unknown.read > 0 {
        by_source.insert("unknown", taken.counts.unknown.read);
    }
    Summary {
        events_read: total.read,
        events_ignored: total.ignored,
        events_rejected: total.rejected,
        events_duplicate: after.duplicates - before.duplicates,
        events_paired: after.paired - before.paired,
        events_late: after.late - before.late,
        events_unattributed: after.unattributed - before.unattributed,
        events_platform: after.platform - before.platform,
        events_ambiguous: taken.resolved.ties,
        events_without_environment: taken.resolved.without_environment,
        files_read: taken.files_read,
        files_skipped: taken.files_skipped,
        bytes_read: taken.bytes_read,
        workloads: after.workloads.values().sum(),
        workloads_by_maturity: after.workloads.iter().map(|(state, n)| (state.as_str(), *n)).collect(),
        findings_suppressed: Suppressed::between(&before.findings_suppressed, &after.findings_suppressed),
        first_event: taken.first.map(|time| time.to_string()),
        last_event: taken.last.map(|time| time.to_string()),
        by_source,
        rejects: taken.rejects,
        rejects_truncated: taken.rejects_truncated,
        state_bytes: after.state_bytes,
        workload_bytes: after.workload_bytes,
        lineage_bytes: after.lineage_bytes,
        bounds: Bounds {
            workloads_evicted: after.workloads_evicted - before.workloads_evicted,
            credentials_evicted: after.credentials_evicted - before.credentials_evicted,
            atoms_overflowed: after.atoms_overflowed - before.atoms_overflowed,
            symbols_overflowed: after.symbols_overflowed - before.symbols_overflowed,
            findings_forgotten: after.findings_forgotten - before.findings_forgotten,
            runs_spilled: 0,
        },
        ..Summary::default()
    }
}

/// Where findings and the summary go: files, or the report.
struct Sink<'a> {
    args: &'a ReplayArgs,
    catalogue: &'a Catalogue,
    tenant: String,
    findings: Option<Box<dyn Write>>,
    summary: Option<Box<dyn Write>>,
    report: Option<Report>,
    emitted: Emitted,
}

impl<'a> Sink<'a> {
    /// Opens the outputs, so that one that cannot be written is known before the work and not after it.
    fn new(args: &'a ReplayArgs, catalogue: &'a Catalogue, tenant: String) -> anyhow::Result<Self> {
        let others = [args.summary.as_ref(), args.rejects.as_ref()];
        let reports = args.findings.is_none() && !others.contains(&Some(&Target::Stdout));
        Ok(Self {
            args,
            catalogue,
            tenant,
            findings: args.findings.as_ref().map(Target::create).transpose()?,
            summary: args.summary.as_ref().map(Target::create).transpose()?,
            report: reports.then(Report::default),
            emitted: Emitted::default(),
        })
    }

    fn emit(&mut self, finding: Finding) -> anyhow::Result<()> {
        let (from, to) = (self.args.from.unwrap_or(EventTime::MIN), self.args.to.unwrap_or(EventTime::MAX));
        if finding.time < from || finding.time >= to {
            self.emitted.note_outside();
            return Ok(());
        }
        self.emitted.note(&finding);
        if let Some(out) = &mut self.findings {
            let event = Ocsf::new(self.catalogue, &self.tenant).event(&finding);
            let written = serde_json::to_writer(&mut *out, &event).map_err(std::io::Error::from);
            written.and_then(|()| out.write_all(b"\n")).context("cannot write --findings")?;
        }
        if let Some(report) = &mut self.report {
            report.note(finding);
        }
        Ok(())
    }

    fn finish(mut self, mut summary: Summary, watch: &Stopwatch) -> anyhow::Result<Exit> {
        if let Some(out) = &mut self.findings {
            out.flush().context("cannot write --findings")?;
        }
        summary.findings = self.emitted.counts();
        summary.took(watch.elapsed());
        if let Some(out) = &mut self.summary {
            let summary = serde_json::to_string_pretty(&summary)?;
            writeln!(out, "{summary}").and_then(|()| out.flush()).context("cannot write --summary")?;
        }
        if let Some(report) = &self.report {
            output::print_page(|page, width| report.print(page, width, (&summary, self.catalogue)))?;
        }
        let found = self.args.fail_on.is_some_and(|severity| self.emitted.any_at_least(severity));
        Ok(match (summary.events_rejected, found) {
            (0, false) => Exit::Done,
            (0, true) => Exit::Found,
            _ => Exit::Incomplete,
        })
    }
}

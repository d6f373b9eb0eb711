//! `ambit baseline`: what is normal for a workload, and what a person accepts into it.

mod accept;
mod diff;
mod json;
mod show;

use std::io::{self, Write};

use ambit_core::{BaselineView, Detector};
use ambit_schemas::EventTime;
use anyhow::{Context, bail};

use crate::args::{BaselineCommand, ExportArgs, LookArgs, StateArgs};
use crate::config::Kept;
use crate::decisions::DecisionLog;
use crate::exit::{Exit, usage};
use crate::replay::state::StateFile;
use crate::run::checkpoint;
use crate::{closest, inventory, output, rules};

/// Runs the command.
pub(crate) fn run(command: &BaselineCommand) -> anyhow::Result<Exit> {
    match command {
        BaselineCommand::Show(args) => look(args, json::document, show::print),
        BaselineCommand::Diff(args) => look(args, diff::document, diff::print),
        BaselineCommand::Accept(args) => accept::run(args),
        BaselineCommand::Export(args) => export(args),
    }
}

/// The detector as the last replay left it, with what has been decided since.
///
/// # Errors
/// When there is no state, or it or the log of decisions is damaged.
pub(crate) fn detector(args: &StateArgs) -> anyhow::Result<Detector> {
    let catalogue = rules::load(&args.rules)?;
    let inventory = inventory::load(args.inventory.as_deref())?;
    // A daemon's folder has checkpoints; what a replay left there before is older.
    let snapshots = match checkpoint::newest(&Kept::of(&args.state))? {
        Some(snapshots) => Some(snapshots),
        None => StateFile::new(&args.state).load()?.map(|snapshot| vec![snapshot]),
    };
    let Some(snapshots) = snapshots else {
        bail!(
            "--state {}: there is no state; make one with `ambit replay PATH --state {0}`",
            args.state.display()
        );
    };
    let decisions = DecisionLog::new(&args.state).load()?;
    let detector = Detector::restore_whole(catalogue.rule_set(args.budget)?, inventory, &snapshots);
    let detector = detector.context("the state cannot be read")?.with_decisions(decisions);
    if detector.watermark() == EventTime::MIN {
        bail!(
            "--state {}: nothing has been looked at yet; come back when the first events have been",
            args.state.display()
        );
    }
    Ok(detector)
}

/// The baseline of a workload that must be known.
fn of(detector: &Detector, workload: &str) -> anyhow::Result<BaselineView> {
    detector.baseline(workload).ok_or_else(|| {
        let question = closest::question(workload, detector.workloads());
        usage(format!("the state knows no workload `{workload}`{question}"))
    })
}

fn look(
    args: &LookArgs,
    json: fn(&BaselineView) -> serde_json::Value,
    print: fn(&mut dyn Write, Option<usize>, &BaselineView) -> io::Result<()>,
) -> anyhow::Result<Exit> {
    let view = of(&detector(&args.state)?, &args.workload)?;
    if args.json {
        writeln!(io::stdout().lock(), "{:#}", json(&view))?;
    } else {
        output::print_page(|page, width| print(page, width, &view))?;
    }
    Ok(Exit::Done)
}

fn export(args: &ExportArgs) -> anyhow::Result<Exit> {
    let view = of(&detector(&args.state)?, &args.workload)?;
    let mut out = args.out.create()?;
    writeln!(out, "{:#}", json::document(&view))
        .and_then(|()| out.flush())
        .with_context(|| format!("cannot write --out {}", args.out))?;
    Ok(Exit::Done)
}

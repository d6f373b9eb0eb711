//! `ambit finding`: what a person makes of one finding.

use std::io::{self, Write};

use ambit_schemas::finding::Finding;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::DecisionKind;

use crate::args::{FindingCommand, RulingArgs, StateArgs};
use crate::decisions::{DecisionLog, Line};
use crate::exit::{Exit, usage};
use crate::{baseline, clock, who};

/// Runs the command.
pub(crate) fn run(command: &FindingCommand) -> anyhow::Result<Exit> {
    match command {
        FindingCommand::Dismiss(args) => rule(DecisionKind::Dismiss, args),
        FindingCommand::Escalate(args) => rule(DecisionKind::Escalate, args),
    }
}

fn rule(kind: DecisionKind, args: &RulingArgs) -> anyhow::Result<Exit> {
    let by = who::decides(&args.who)?;
    // A finding is looked up by its uid alone, which neither inventory nor rules can change.
    let state =
        StateArgs { state: args.state.clone(), inventory: None, rules: Vec::new(), budget: DEFAULT_BUDGET };
    let detector = baseline::detector(&state)?;
    let (uid, as_of) = (args.uid, detector.watermark());
    let finding = detector.finding(uid);
    if finding.is_none() && !args.force {
        return Err(usage(format!(
            "the state, which knows everything before {as_of}, remembers no finding {uid}: look at its \
             finding_info.uid, replay what came since, or decide all the same with --force"
        )));
    }
    let finding = finding.as_ref();
    let until = args.expires.map(|days| as_of.plus_micros(days.saturating_mul(DAY_MICROS)));
    let (line, hash) = DecisionLog::new(&args.state).append(Line {
        kind: kind.as_str().to_owned(),
        until: until.map(|until| until.to_string()),
        workload: finding.map(|finding| finding.workload.clone()),
        finding: Some(uid.to_string()),
        check: finding.map(|finding| finding.check.to_string()),
        severity: finding.map(|finding| finding.severity.to_string()),
        ..Line::new(by, &args.who.reason, as_of, clock::wall())
    })?;
    let what = finding.map_or_else(|| format!("the unknown finding {uid}"), named);
    let until = until.map_or_else(String::new, |until| format!(" until {until}"));
    let done = if kind == DecisionKind::Dismiss { "dismissed" } else { "escalated" };
    writeln!(io::stdout(), "{done} {what}{until}: decision {} of {}, {hash}", line.seq, line.by)?;
    Ok(Exit::Done)
}

/// What the threshold of a statistic is does not matter here.
const DEFAULT_BUDGET: f64 = 0.1;

fn named(finding: &Finding) -> String {
    format!("{} of {} ({}, {})", finding.check, finding.workload, finding.severity, finding.uid)
}

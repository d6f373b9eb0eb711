//! `ambit baseline accept`: a person makes reach part of the baseline for some time.

use std::collections::BTreeSet;
use std::io::{self, Write};

use ambit_core::{AtomView, BaselineView, Detector};
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{DecisionKind, Maturity};

use super::{detector, diff, of};
use crate::args::AcceptArgs;
use crate::decisions::{Atom, DecisionLog, Line};
use crate::exit::{Exit, usage};
use crate::{clock, closest, who};

/// Runs the command.
pub(super) fn run(args: &AcceptArgs) -> anyhow::Result<Exit> {
    let by = who::decides(&args.who)?;
    let detector = detector(&args.state)?;
    let view = of(&detector, &args.workload)?;
    if view.maturity == Maturity::Learning {
        return Err(usage(format!(
            "the baseline of `{}` is still learning: what it does now becomes part of it by itself",
            view.workload
        )));
    }
    let atoms = chosen(args, &detector, &view)?;
    if args.expires == 0 && args.atoms.is_empty() && args.findings.is_empty() && !args.origin {
        return Err(usage("--expires 0d takes back what was accepted: say which atoms, by --atom"));
    }
    if atoms.is_empty() && !args.origin {
        writeln!(io::stdout(), "nothing to accept: what is live is the baseline of {}", view.workload)?;
        return Ok(Exit::Done);
    }
    let until = view.as_of.plus_micros(args.expires.saturating_mul(DAY_MICROS));
    let (line, hash) = DecisionLog::new(&args.state.state).append(Line {
        kind: DecisionKind::Accept.as_str().to_owned(),
        until: Some(until.to_string()),
        workload: Some(view.workload.clone()),
        version: Some(view.version),
        atoms,
        origin: args.origin,
        ..Line::new(by, &args.who.reason, view.as_of, clock::wall())
    })?;
    let origin = if args.origin { ", and its present reach as the origin" } else { "" };
    let count = line.atoms.len();
    let atoms = if count == 1 { "atom" } else { "atoms" };
    writeln!(
        io::stdout(),
        "accepted {count} {atoms} into the baseline of {} until {until}{origin}: decision {} of {}, {hash}",
        view.workload,
        line.seq,
        line.by
    )?;
    Ok(Exit::Done)
}

/// The atoms that the command names, or all that are live and not part of the baseline.
fn chosen(args: &AcceptArgs, detector: &Detector, view: &BaselineView) -> anyhow::Result<Vec<Atom>> {
    if args.atoms.is_empty() && args.findings.is_empty() {
        return Ok(diff::sides(view).0.into_iter().map(written).collect());
    }
    let mut chosen = BTreeSet::new();
    for text in &args.atoms {
        let named = view.atoms.iter().filter(|atom| atom.text == *text).collect::<Vec<_>>();
        if named.is_empty() {
            let question = closest::question(text, view.atoms.iter().map(|atom| atom.text.as_str()));
            return Err(usage(format!("`{}` has no atom `{text}`{question}", view.workload)));
        }
        if named.iter().all(|atom| atom.learned) {
            return Err(usage(format!("--atom {text}: it has been learned and needs no acceptance")));
        }
        chosen.extend(named.into_iter().filter(|atom| !atom.learned).map(key));
    }
    for uid in &args.findings {
        let Some(finding) = detector.finding(*uid).filter(|finding| finding.workload == view.workload) else {
            return Err(usage(format!(
                "--finding {uid}: the state knows no such finding of `{}`",
                view.workload
            )));
        };
        let added = finding.added.iter().map(|atom| (atom.plane, atom.text.as_str()));
        let added = added.collect::<BTreeSet<_>>();
        chosen.extend(
            view.atoms.iter().filter(|atom| !atom.learned).map(key).filter(|key| added.contains(key)),
        );
    }
    Ok(view.atoms.iter().filter(|atom| chosen.contains(&key(atom))).map(written).collect())
}

fn key(atom: &AtomView) -> (ambit_schemas::vocabulary::Plane, &str) {
    (atom.plane, &atom.text)
}

fn written(atom: &AtomView) -> Atom {
    Atom { plane: atom.plane.as_str().to_owned(), atom: atom.text.clone() }
}

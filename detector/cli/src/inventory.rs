//! `ambit inventory`, and the reading of `workloads.yaml` for every command.

mod bindings;
mod json;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use ambit_ingest::census::Census;
use ambit_ingest::inventory::{MAX_BYTES, read_inventory};
use ambit_rules::Catalogue;
use ambit_schemas::Inventory;
use ambit_schemas::ruleset::Parameter;
use anyhow::Context;

use crate::args::InventoryArgs;
use crate::exit::Exit;
use crate::{intake, output};

/// Reads an inventory; without a file it is empty.
///
/// # Errors
/// When the file cannot be read or anything in it is wrong; everything that is wrong is told at once.
pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Inventory> {
    let Some(path) = file else { return Ok(Inventory::default()) };
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that the reader can tell that it is too long.
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .with_context(|| format!("--inventory {}: cannot be read", path.display()))?;
    let inventory = read_inventory(&path.display().to_string(), &bytes)?;
    for (one, other, identity) in claimed_twice(&inventory) {
        tracing::warn!(
            "{}: `{one}` and `{other}` both claim the identity {identity}; `{one}` has it, because it comes first",
            path.display()
        );
    }
    Ok(inventory)
}

/// Workloads that claim the same identity, in the same words, with that identity.
fn claimed_twice(inventory: &Inventory) -> Vec<(&str, &str, &str)> {
    let mut first = BTreeMap::new();
    let mut twice = Vec::new();
    for workload in &inventory.workloads {
        for identity in &workload.identities {
            let text = identity.glob().as_str();
            let (claimed, by) = *first.entry(text).or_insert((identity, workload.name.as_str()));
            if claimed == identity && by != workload.name {
                twice.push((by, workload.name.as_str(), text));
            }
        }
    }
    twice
}

/// Runs the command.
pub(crate) fn run(args: &InventoryArgs) -> anyhow::Result<Exit> {
    let inventory = load(args.input.inventory.as_deref())?;
    let cluster = args.input.labels.iter().rev().find(|(key, _)| key == "cluster");
    let mut census = Census::new(&inventory, cluster.map(|(_, name)| name.as_str()));
    let taken = intake::take(&args.paths, &args.input, &inventory, None, &mut |batch| {
        census.add(&batch);
        Ok(())
    })?;
    let mut report = census.report(static_age_days()?);
    if args.discovered {
        report.workloads.retain(|workload| !workload.registered);
    }
    if args.json {
        writeln!(io::stdout().lock(), "{:#}", json::document(&report))?;
    } else {
        output::print_page(|page, width| {
            table::print(page, width, &report)?;
            if args.discovered { bindings::print(page, width, &report) } else { Ok(()) }
        })?;
    }
    Ok(if taken.counts.total().rejected > 0 { Exit::Incomplete } else { Exit::Done })
}

/// The age at which a static credential is a gap here is the age at which it is a finding there.
fn static_age_days() -> anyhow::Result<i64> {
    const ANY_BUDGET: f64 = 0.1;
    let rules = Catalogue::embedded()?.rule_set(ANY_BUDGET)?;
    Ok(i64::try_from(rules.count(Parameter::StaticSecretAgeDays))?)
}

//! The inventory as a table.

use std::collections::BTreeMap;
use std::io::{self, Write};

use ambit_ingest::census::{CredentialEntry, Gap, IdentityEntry, Report, WorkloadEntry};
use ambit_schemas::vocabulary::CredentialKind;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::printable::printable;

/// Lines of a cell; the rest is counted.
const CELL_LINES: usize = 8;
const NONE: &str = "-";
/// The column of credentials is never so narrow that an access key id, which somebody will copy, is cut.
const CREDENTIALS: usize = 2;
const CREDENTIAL_WIDTH: u16 = 24;

/// Prints the table, and below it what has no row.
pub(super) fn print(out: &mut dyn Write, width: Option<usize>, report: &Report) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "workload, owner, home",
        "identities",
        "credentials",
        "events",
        "gaps",
    ]);
    // Without a terminal nothing is wrapped, so that a line can be searched for.
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for workload in &report.workloads {
        table.add_row(row(workload));
    }
    if let Some(column) = table.column_mut(CREDENTIALS) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(CREDENTIAL_WIDTH)));
    }
    writeln!(out, "{table}")?;
    if let Some(as_of) = report.as_of {
        writeln!(out, "Ages are counted to the last event, {as_of}.")?;
    }
    for (n, what) in [
        (report.unresolved.len() as u64, "Identities that only the lineage of a replay can name"),
        (report.platform_events, "Events of the clouds' own services"),
        (report.nameless_events, "Events that name nobody"),
        (report.left_out_events, "Events of workloads or identities beyond the tables"),
    ] {
        if n > 0 {
            writeln!(out, "{what}: {n}")?;
        }
    }
    Ok(())
}

fn row(workload: &WorkloadEntry) -> [String; 5] {
    let mut gaps = workload.gaps.iter().map(|seen| printable(&gap(seen)).into()).collect::<Vec<String>>();
    if workload.identity_events_left_out > 0 || workload.credentials_left_out {
        gaps.push("more identities or credentials than are kept".to_owned());
    }
    let belongs = [workload.owner.clone(), environments(workload)];
    let belongs = belongs.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let (name, belongs) = (printable(&workload.name), printable(&belongs));
    let name = if belongs.is_empty() { name.into_owned() } else { format!("{name}\n{belongs}") };
    [
        name,
        cell(
            workload
                .identities
                .iter()
                .map(|seen| printable(&identity(seen, &workload.name)).into())
                .collect(),
        ),
        cell(credentials(&workload.credentials)),
        workload.span.events.to_string(),
        cell(gaps),
    ]
}

/// The home, and where else it acted.
fn environments(workload: &WorkloadEntry) -> Option<String> {
    let home = workload.environment.as_deref();
    let seen = workload.environments_seen.iter().map(String::as_str).filter(|seen| Some(*seen) != home);
    let seen = seen.collect::<Vec<_>>().join(", ");
    match (home, seen.is_empty()) {
        (Some(home), true) => Some(home.to_owned()),
        (Some(home), false) => Some(format!("{home}, also in {seen}")),
        (None, true) => None,
        (None, false) => Some(seen),
    }
}

/// An identity as briefly as it is still told from others; what the workload is named after is not said twice.
fn identity(identity: &IdentityEntry, workload: &str) -> String {
    let principal = &identity.principal;
    if principal == workload {
        let kind = identity.kind.map_or("", |kind| kind.as_str());
        return format!("{} {kind}", identity.source);
    }
    let aws = principal.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':'));
    let k8s = principal.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    match (aws, k8s) {
        (Some((account, name)), _) => format!("aws {account} {name}"),
        (_, Some((namespace, name))) => format!("k8s {namespace}/{name}"),
        _ => format!("{} {principal}", identity.source),
    }
}

/// Static credentials one by one, for they are to be replaced one by one; sessions by kind.
fn credentials(credentials: &[CredentialEntry]) -> Vec<String> {
    let lasts = |entry: &CredentialEntry| {
        matches!(
            entry.kind,
            Some(CredentialKind::StaticKey | CredentialKind::ApiKey | CredentialKind::Certificate)
        )
    };
    let mut lines = Vec::new();
    for entry in credentials.iter().filter(|entry| lasts(entry)) {
        let kind = entry.kind.map_or(NONE, |kind| kind.as_str());
        let age = entry.age_days.map_or_else(String::new, |days| format!(", {days} days old"));
        lines.push(format!("{}\n{kind}{age}", printable(&entry.id)));
    }
    let mut sessions = BTreeMap::<&str, u64>::new();
    for entry in credentials.iter().filter(|entry| !lasts(entry)) {
        *sessions.entry(entry.kind.map_or("other", |kind| kind.as_str())).or_default() += 1;
    }
    lines.extend(sessions.into_iter().map(|(kind, n)| format!("{n} {kind}")));
    lines
}

fn gap(gap: &Gap) -> String {
    match gap {
        Gap::NeverSeen => "never seen".to_owned(),
        Gap::Unregistered => "unregistered".to_owned(),
        Gap::NoOwner => "no owner".to_owned(),
        Gap::ActsRetired => "acts although retired".to_owned(),
        Gap::Unlisted { name, how } => {
            format!("{} {} is used by it ({}) and not listed", name.kind.as_str(), name.text, how.as_str())
        }
        Gap::OldStaticKey { credential, age_days } => format!("{credential} is {age_days} days old"),
    }
}

fn cell(mut lines: Vec<String>) -> String {
    let more = lines.len().saturating_sub(CELL_LINES);
    if more > 0 {
        lines.truncate(CELL_LINES);
        lines.push(format!("and {more} more"));
    }
    if lines.is_empty() { NONE.to_owned() } else { lines.join("\n") }
}

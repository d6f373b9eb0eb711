//! One finding: what it says, what is new, by which chain, how far, what explains it, what to revoke.

use std::borrow::Cow;
use std::io;

use ambit_rules::Catalogue;
use ambit_schemas::finding::{Activity, AtomChange, DecisionQuote, Finding, Hop, Reach};
use ambit_schemas::vocabulary::{Check, DecisionKind, Severity};

use super::page::{Page, plural};
use crate::moment::shown as moment;

/// New atoms that a finding shows; the rest is counted.
const SHOWN_ATOMS: usize = 10;
/// Names on one line; the rest is counted.
pub(super) const SHOWN_NAMES: usize = 8;
/// Characters of an id that is shown to be recognised and not to be copied.
const SHORT_ID: usize = 24;

/// The check's title and id.
pub(super) fn title(check: Check, catalogue: &Catalogue) -> String {
    let title = catalogue.entry(check).map_or("", |entry| &entry.title);
    format!("{title} ({check})")
}

/// An id cut to what tells it from others; hashed accessors are of no other use to a reader.
pub(super) fn short(id: &str) -> Cow<'_, str> {
    match id.char_indices().nth(SHORT_ID) {
        Some((cut, _)) if id.starts_with("hmac-") => format!("{}…", &id[..cut]).into(),
        _ => id.into(),
    }
}

/// Prints a finding.
pub(super) fn print(page: &mut Page<'_>, finding: &Finding, catalogue: &Catalogue) -> io::Result<()> {
    let belongs = [Some(&finding.workload), finding.owner.as_ref(), finding.environment.as_ref()];
    let belongs = belongs.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · ");
    page.title(finding.severity, &title(finding.check, catalogue), &belongs)?;
    let facts = ambit_rules::catalogue::facts(finding);
    let entry = catalogue.entry(finding.check);
    if let Some(entry) = entry {
        page.paragraph(&entry.sentence(&facts))?;
    }
    // What is grave is told in full; for the rest it is enough to know what, where and how often.
    let in_full = finding.severity >= Severity::Medium;
    page.entry("when", &when(finding))?;
    page.list("new", &atoms(&finding.added))?;
    page.list("gone", &atoms(&finding.removed))?;
    page.list("path", &path(&finding.path))?;
    if let Some(reach) = reach(finding.reach).filter(|_| in_full) {
        page.entry("reach", &reach)?;
    }
    if in_full || finding.change.is_some() {
        page.entry("change", &change(finding))?;
    }
    if let Some(decision) = &finding.decision {
        page.entry("decision", &decided(decision))?;
    }
    if !finding.revoke.is_empty() {
        page.entry("revoke", &revoke(&finding.revoke))?;
    }
    if let Some(step) =
        entry.filter(|_| in_full).and_then(|entry| entry.remediation(&facts).into_iter().next())
    {
        page.entry("do first", &step)?;
    }
    let proofs = finding.evidence.len() as u64 + finding.evidence_omitted;
    match finding.evidence.first() {
        Some(first) if proofs > 1 => {
            page.entry("evidence", &format!("{}, the first at {}", plural(proofs, "record"), first.position))
        }
        Some(only) => page.entry("evidence", &only.position.to_string()),
        None => Ok(()),
    }
}

/// From when to when, how often, and whether it is over.
fn when(finding: &Finding) -> String {
    let over = if finding.activity == Activity::Close { ", nothing more since" } else { "" };
    let (start, end) = (moment(finding.start), moment(finding.end));
    let span = if start == end { start } else { format!("{start} to {end}") };
    let often =
        if finding.count > 1 { format!(", {}", plural(finding.count, "time")) } else { String::new() };
    format!("{span}{often}{over}")
}

/// The most sensitive first.
fn atoms(atoms: &[AtomChange]) -> Vec<String> {
    let mut atoms = atoms.iter().collect::<Vec<_>>();
    atoms.sort_by_key(|atom| std::cmp::Reverse(atom.sensitivity));
    let mut lines = atoms.iter().take(SHOWN_ATOMS).map(|atom| shown(atom)).collect::<Vec<_>>();
    let more = atoms.len().saturating_sub(SHOWN_ATOMS);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}

fn shown(atom: &AtomChange) -> String {
    let grave = match atom.sensitivity {
        0 => String::new(),
        level => format!(", sensitivity {level}"),
    };
    let explained = atom.explained_by.as_ref().map_or_else(String::new, |id| format!(", explained by {id}"));
    format!("{}  {}{grave}{explained}", moment(atom.first_seen), atom.text)
}

/// One line a hop; the root has no arrow.
fn path(hops: &[Hop]) -> Vec<String> {
    let hops = hops.iter().enumerate();
    hops.map(|(index, hop)| {
        let held = hop.credential.as_ref().map_or_else(String::new, |id| format!(" with {}", short(id)));
        let arrow = if index == 0 { "" } else { "→ " };
        format!("{}  {arrow}{}{held}, {}", moment(hop.time), hop.workload, hop.via)
    })
    .collect()
}

fn revoke(ids: &[String]) -> String {
    let shown = ids.iter().take(SHOWN_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(SHOWN_NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn reach(reach: Reach) -> Option<String> {
    let live = reach.live?;
    let shown = |value: f64| format!("{value:.1}");
    let before = reach.before.map_or_else(|| shown(live), shown);
    let origin = reach.origin.map(shown).filter(|origin| *origin != before);
    let origin = origin.map_or_else(String::new, |origin| format!(" ({origin} when its baseline matured)"));
    let live = shown(live);
    let change = if before == live { ", unchanged".to_owned() } else { format!(" before, {live} now") };
    Some(format!("{before}{change}{origin}"))
}

fn decided(decision: &DecisionQuote) -> String {
    let what = match decision.kind {
        DecisionKind::Escalate => "escalated",
        // It is shown because it is graver now than it was.
        DecisionKind::Dismiss => "graver than when it was dismissed",
        DecisionKind::Accept => "accepted",
    };
    format!("{what} by {}: {}", decision.by, decision.reason)
}

fn change(finding: &Finding) -> String {
    let Some(change) = &finding.change else { return "none found that explains it".into() };
    let approved =
        change.approved_by.as_ref().map_or_else(String::new, |name| format!(", approved by {name}"));
    format!("{} ({}{approved}) covers it", change.id, change.kind)
}

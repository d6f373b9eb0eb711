//! Findings that belong together, gravest first.

use std::collections::BTreeMap;
use std::io;

use ambit_rules::Catalogue;
use ambit_schemas::finding::{Activity, AtomChange, Finding, Hop, Reach};
use ambit_schemas::vocabulary::{Check, Severity};

use super::page::{Page, moment, plural};

/// New atoms that a finding shows; the rest is counted.
const SHOWN_ATOMS: usize = 10;
/// Names on one line; the rest is counted.
const SHOWN_NAMES: usize = 8;

/// What happened around one root credential or session; or findings for the record, folded by check.
#[derive(Debug)]
pub(super) enum Incident<'a> {
    /// Findings of one incident, gravest first, then oldest.
    Related(Vec<&'a Finding>),
    /// Findings that nobody has to act on, of one check.
    Folded(Check, Vec<&'a Finding>),
}

/// Groups findings. What is folded comes last.
pub(super) fn incidents<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Incident<'a>> {
    let mut related = BTreeMap::<String, Vec<&Finding>>::new();
    let mut folded = BTreeMap::<Check, Vec<&Finding>>::new();
    for finding in findings {
        if finding.severity == Severity::Informational {
            folded.entry(finding.check).or_default().push(finding);
        } else {
            let key = finding.correlation.clone().unwrap_or_else(|| finding.uid.to_string());
            related.entry(key).or_default().push(finding);
        }
    }
    let mut groups = related.into_values().collect::<Vec<_>>();
    for group in &mut groups {
        group.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.start, finding.uid));
    }
    groups.sort_by_key(|group| {
        let first = group.first();
        first.map(|finding| (std::cmp::Reverse(finding.severity), finding.start, finding.uid))
    });
    let folded = folded.into_iter().map(|(check, findings)| Incident::Folded(check, findings));
    groups.into_iter().map(Incident::Related).chain(folded).collect()
}

impl Incident<'_> {
    pub(super) fn print(&self, page: &mut Page<'_>, catalogue: &Catalogue) -> io::Result<()> {
        page.blank()?;
        match self {
            Self::Related(findings) => {
                page.rule(&heading(findings))?;
                for (index, finding) in findings.iter().enumerate() {
                    if index > 0 {
                        page.blank()?;
                    }
                    print(page, finding, catalogue)?;
                }
                Ok(())
            }
            Self::Folded(check, findings) => fold(page, (*check, findings), catalogue),
        }
    }
}

/// When an incident was, and what ties its findings together.
fn heading(findings: &[&Finding]) -> String {
    let start = findings.iter().map(|finding| finding.start).min().unwrap_or_default();
    let end = findings.iter().map(|finding| finding.end).max().unwrap_or_default();
    let span = if start == end { moment(start) } else { format!("{} to {}", moment(start), moment(end)) };
    match findings.first().and_then(|finding| finding.correlation.as_ref()) {
        Some(root) if findings.len() > 1 => {
            format!("{span}: {} around {root}", plural(findings.len() as u64, "finding"))
        }
        _ => span,
    }
}

fn title(check: Check, catalogue: &Catalogue) -> String {
    let title = catalogue.entry(check).map_or("", |entry| &entry.title);
    format!("{title} ({check})")
}

fn fold(
    page: &mut Page<'_>,
    (check, findings): (Check, &[&Finding]),
    catalogue: &Catalogue,
) -> io::Result<()> {
    let mut names = findings.iter().map(|finding| finding.workload.as_str()).collect::<Vec<_>>();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(SHOWN_NAMES);
    let shown = names.iter().take(SHOWN_NAMES).copied().collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    page.title(Severity::Informational, &title(check, catalogue), &plural(findings.len() as u64, "finding"))?;
    page.paragraph(&format!("{shown}{more}"))
}

fn print(page: &mut Page<'_>, finding: &Finding, catalogue: &Catalogue) -> io::Result<()> {
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
    if let Some(seen) = seen(finding) {
        page.entry("seen", &seen)?;
    }
    page.list("new", &atoms(&finding.added))?;
    page.list("gone", &atoms(&finding.removed))?;
    page.list("path", &path(&finding.path))?;
    if let Some(reach) = reach(finding.reach).filter(|_| in_full) {
        page.entry("reach", &reach)?;
    }
    if in_full || finding.change.is_some() {
        page.entry("change", &change(finding))?;
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

/// How often, where it was more than once, and whether it is over.
fn seen(finding: &Finding) -> Option<String> {
    let over = finding.activity == Activity::Close;
    match (finding.count > 1, over) {
        (false, false) => None,
        (false, true) => Some(format!("over since {}", moment(finding.end))),
        (true, _) => {
            let over = if over { "; over" } else { "" };
            let (start, end) = (moment(finding.start), moment(finding.end));
            Some(format!("{}, from {start} to {end}{over}", plural(finding.count, "time")))
        }
    }
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
        let held =
            hop.credential.as_ref().map_or_else(String::new, |credential| format!(" with {credential}"));
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

fn change(finding: &Finding) -> String {
    let Some(change) = &finding.change else { return "none found that explains it".into() };
    let approved =
        change.approved_by.as_ref().map_or_else(String::new, |name| format!(", approved by {name}"));
    format!("{} ({}{approved}) covers it", change.id, change.kind)
}

//! Findings that belong together, the gravest incident first.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io;

use ambit_rules::Catalogue;
use ambit_schemas::finding::Finding;
use ambit_schemas::vocabulary::{Check, Severity};

use super::finding::{SHOWN_NAMES, print, short, title};
use super::page::{Page, plural};
use crate::moment::shown as moment;

/// What hangs together by a credential; or findings for the record, folded by check.
#[derive(Debug)]
pub(super) enum Incident<'a> {
    /// Findings of one incident, in the order of their beginnings: they tell a story.
    Related(Vec<&'a Finding>),
    /// Findings that nobody has to act on, of one check.
    Folded(Check, Vec<&'a Finding>),
}

/// Groups findings: the gravest first, then the longest story, then the oldest. What is folded comes last.
pub(super) fn incidents<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<Incident<'a>> {
    let mut folded = BTreeMap::<Check, Vec<&Finding>>::new();
    let mut acute = Vec::new();
    for finding in findings {
        match finding.severity {
            Severity::Informational => folded.entry(finding.check).or_default().push(finding),
            _ => acute.push(finding),
        }
    }
    let mut groups = related(&acute);
    for group in &mut groups {
        group.sort_by_key(|finding| (finding.start, finding.uid));
    }
    groups.sort_by_key(|group| {
        let gravest = group.iter().map(|finding| finding.severity).max();
        let first = group.first().map(|finding| (finding.start, finding.uid));
        (Reverse(gravest), Reverse(group.len()), first)
    });
    let folded = folded.into_iter().map(|(check, findings)| Incident::Folded(check, findings));
    groups.into_iter().map(Incident::Related).chain(folded).collect()
}

/// Findings are of one incident when they have a root, or a credential on their paths, in common.
fn related<'a>(findings: &[&'a Finding]) -> Vec<Vec<&'a Finding>> {
    let mut group_of = (0..findings.len()).collect::<Vec<_>>();
    let mut first_with = BTreeMap::<&str, usize>::new();
    for (index, finding) in findings.iter().enumerate() {
        let on_path = finding.path.iter().filter_map(|hop| hop.credential.as_ref());
        for credential in finding.correlation.iter().chain(on_path) {
            let other = *first_with.entry(credential).or_insert(index);
            let (from, to) = (group_of[index], group_of[other]);
            if from != to {
                group_of.iter_mut().filter(|group| **group == from).for_each(|group| *group = to);
            }
        }
    }
    let mut groups = BTreeMap::<usize, Vec<&Finding>>::new();
    for (finding, group) in findings.iter().zip(group_of) {
        groups.entry(group).or_default().push(finding);
    }
    groups.into_values().collect()
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

/// When an incident was, and what it began with.
fn heading(findings: &[&Finding]) -> String {
    let start = findings.iter().map(|finding| finding.start).min().unwrap_or_default();
    let end = findings.iter().map(|finding| finding.end).max().unwrap_or_default();
    let span = if start == end { moment(start) } else { format!("{} to {}", moment(start), moment(end)) };
    if findings.len() == 1 {
        return span;
    }
    let root = findings.iter().find_map(|finding| finding.correlation.as_ref());
    let root = root.map_or_else(String::new, |root| format!(", from {} on", short(root)));
    format!("{span}: {} hang together{root}", plural(findings.len() as u64, "finding"))
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

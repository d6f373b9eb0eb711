//! The report for people: what was read, what is new, by which chain, how far it reaches, what explains it, what to
//! revoke, and what was not seen.

mod finding;
mod incident;
mod page;

use std::collections::BTreeMap;
use std::io::Write;

use ambit_rules::Catalogue;
use ambit_schemas::finding::{Activity, Finding, FindingUid};
use ambit_schemas::vocabulary::Severity;

use self::incident::{Incident, incidents};
use self::page::{Page, count, plural};
use crate::output::PLAIN_WIDTH;
use crate::replay::summary::Summary;

/// Findings as they were last, until the report is printed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: BTreeMap<FindingUid, Finding>,
}

impl Report {
    /// Notes a transition; the last of a uid is the finding.
    pub(crate) fn note(&mut self, finding: Finding) {
        self.findings.insert(finding.uid, finding);
    }

    /// Prints the report.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub(crate) fn print(
        &self,
        out: &mut dyn Write,
        width: Option<usize>,
        (summary, catalogue): (&Summary, &Catalogue),
    ) -> std::io::Result<()> {
        let incidents = incidents(self.findings.values());
        let mut page = Page::new(out, width.unwrap_or(PLAIN_WIDTH));
        heading(&mut page, summary)?;
        self.totals(&mut page, &incidents)?;
        for incident in &incidents {
            incident.print(&mut page, catalogue)?;
        }
        coverage(&mut page, summary)?;
        page.entry(
            "all of it",
            "--findings F writes every finding with its evidence, --summary F every number",
        )
    }

    fn totals(&self, page: &mut Page<'_>, incidents: &[Incident<'_>]) -> std::io::Result<()> {
        page.blank()?;
        if incidents.is_empty() {
            return page.strong("No findings.");
        }
        let open = self.findings.values().filter(|finding| finding.activity != Activity::Close);
        let mut by_severity = BTreeMap::<Severity, usize>::new();
        for finding in open {
            *by_severity.entry(finding.severity).or_default() += 1;
        }
        let graves = by_severity.iter().rev().map(|(severity, n)| format!("{n} {severity}"));
        let graves = graves.collect::<Vec<_>>().join(", ");
        page.strong(&format!(
            "{} in {}{}{graves}",
            plural(self.findings.len() as u64, "finding"),
            plural(incidents.len() as u64, "incident"),
            if graves.is_empty() { "" } else { ": " },
        ))
    }
}

fn heading(page: &mut Page<'_>, summary: &Summary) -> std::io::Result<()> {
    page.strong(&format!("Ambit {}", env!("CARGO_PKG_VERSION")))?;
    let files = plural(summary.files_read, "file");
    page.entry("read", &format!("{} from {files}", plural(summary.events_read, "record")))?;
    let sources = summary.by_source.iter().map(|(source, n)| format!("{source} {}", count(*n)));
    let sources = sources.collect::<Vec<_>>();
    if !sources.is_empty() {
        page.entry("sources", &sources.join(" · "))?;
    }
    if let (Some(first), Some(last)) = (&summary.first_event, &summary.last_event) {
        page.entry("time", &format!("{first} to {last}; all times below are UTC"))?;
    }
    let maturity = summary.workloads_by_maturity.iter().map(|(state, n)| format!("{n} {state}"));
    let maturity = maturity.collect::<Vec<_>>().join(", ");
    let maturity = if maturity.is_empty() { maturity } else { format!(" ({maturity})") };
    page.entry("workloads", &format!("{}{maturity}", count(summary.workloads)))
}

/// What the report cannot speak of.
fn coverage(page: &mut Page<'_>, summary: &Summary) -> std::io::Result<()> {
    page.blank()?;
    let mut gaps = Vec::new();
    let learning = summary.workloads_by_maturity.get("learning").copied().unwrap_or_default();
    if learning > 0 {
        gaps.push(format!(
            "{} still learning (14 days and 7 active days): of these only the deterministic checks speak",
            plural(learning, "workload")
        ));
    }
    for (n, what) in [
        (summary.events_rejected, "could not be read"),
        (summary.events_unattributed, "name nobody"),
        (summary.events_late, "came later than the state that was continued from"),
        (summary.events_ignored, "are of no kind that is watched"),
        (summary.events_duplicate, "were repeats and counted once"),
    ] {
        if n > 0 {
            gaps.push(format!("{} {what}", plural(n, "record")));
        }
    }
    if summary.files_skipped > 0 {
        gaps.push(format!("{} skipped: no log by the name", plural(summary.files_skipped, "file")));
    }
    let bounds = &summary.bounds;
    for (n, unit, what) in [
        (bounds.workloads_evicted, "workload", "forgotten for want of room"),
        (bounds.credentials_evicted, "credential", "forgotten for want of room"),
        (bounds.atoms_overflowed, "sighting", "of new reach found a workload's table full"),
        (bounds.symbols_overflowed, "name", "found the table of names full"),
        (bounds.findings_forgotten, "finding", "forgotten while open, for want of room"),
    ] {
        if n > 0 {
            gaps.push(format!("{} {what}", plural(n, unit)));
        }
    }
    let held_back = summary.findings.transitions_outside;
    if held_back > 0 {
        gaps.push(format!("{} of findings outside --from and --to", plural(held_back, "update")));
    }
    let dismissed = summary.findings_suppressed.total;
    if dismissed > 0 {
        gaps.push(format!("{} of findings that were dismissed", plural(dismissed, "update")));
    }
    if gaps.is_empty() {
        return page.entry("not seen", "nothing: every record was read and attributed");
    }
    page.list("not seen", &gaps)?;
    let places = summary.rejects.iter().take(3);
    for reject in places {
        page.entry("", &format!("  {}: {}", reject.place(), reject.reason))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! What joins identities across the planes, as a table.

use std::io::{self, Write};

use ambit_ingest::census::{BindingEntry, Evidence, Name, Report};
use comfy_table::{ContentArrangement, Table, presets};

use crate::printable::printable;

/// Prints the bindings, if there are any.
pub(super) fn print(out: &mut dyn Write, width: Option<usize>, report: &Report) -> io::Result<()> {
    if report.bindings.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "who acts",
        "as whom, shown by",
        "from, to",
        "events: first and last",
        "gap",
    ]);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for binding in &report.bindings {
        table.add_row(row(binding));
    }
    writeln!(out, "{table}")?;
    if report.bindings_left_out {
        writeln!(out, "There are more bindings than are kept.")?;
    }
    Ok(())
}

fn row(binding: &BindingEntry) -> [String; 5] {
    let (from, to) = binding.valid;
    let (first, last) = &binding.evidence;
    let mut events = format!("{}\n{}", binding.events, evidence(first));
    if last != first {
        events.push('\n');
        events.push_str(&evidence(last));
    }
    let gap = binding.unlisted().map(|(name, workload)| {
        format!("{}\nis not listed for {}", printable(&name.text), printable(workload))
    });
    [
        side(&binding.holder, binding.holder_workload.as_deref()),
        format!("{}\n{}", side(&binding.acts_as, binding.acts_as_workload.as_deref()), binding.how.as_str()),
        format!("{from}\n{to}"),
        events,
        gap.unwrap_or_else(|| "-".to_owned()),
    ]
}

fn side(name: &Name, workload: Option<&str>) -> String {
    let of = workload.map_or_else(String::new, |workload| format!("\nof {}", printable(workload)));
    format!("{}\n{}{of}", name.kind.as_str(), printable(&name.text))
}

fn evidence(evidence: &Evidence) -> String {
    printable(&format!("{} {}", evidence.source, evidence.event_id)).into_owned()
}

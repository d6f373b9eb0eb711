//! The difference as a page.

use std::io::{self, Write};

use serde_json::Value;
use textwrap::Options;

use super::findings::Told;
use super::{Changed, Difference};
use crate::moment;
use crate::output::PLAIN_WIDTH;
use crate::printable::printable;

/// Prints what is only in one set, and what is in both and not the same.
pub(super) fn print(out: &mut dyn Write, width: Option<usize>, difference: &Difference) -> io::Result<()> {
    let width = width.unwrap_or(PLAIN_WIDTH);
    for (title, findings) in [("only in A", &difference.only_in_a), ("only in B", &difference.only_in_b)] {
        writeln!(out, "{title}: {}", findings.len())?;
        for finding in findings {
            heading(out, finding)?;
            paragraph(out, width, &finding.sentence)?;
        }
    }
    writeln!(out, "changed from A to B: {}", difference.changed.len())?;
    for Changed { finding, fields } in &difference.changed {
        heading(out, finding)?;
        for (field, (a, b)) in fields {
            paragraph(out, width, &format!("{field}: {} -> {}", shown(a), shown(b)))?;
        }
    }
    writeln!(out, "the same: {}", difference.same)
}

fn heading(out: &mut dyn Write, finding: &Told) -> io::Result<()> {
    let Told { uid, check, severity, created, .. } = finding;
    let created = moment::shown(*created);
    writeln!(out, "  {created}  {severity}  {check}  {}  {uid}", printable(&finding.workload))
}

fn paragraph(out: &mut dyn Write, width: usize, text: &str) -> io::Result<()> {
    let options = Options::new(width).initial_indent("      ").subsequent_indent("        ");
    for line in textwrap::wrap(&printable(text), options.break_words(false)) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Array(values) => match values.len() {
            0 => "none".to_owned(),
            _ => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        },
        other => other.to_string(),
    }
}

//! What is printed: tables in Markdown, so that a page of results is this text.

mod cell;
mod detail;
mod tables;

use std::fmt::Write as _;

use comfy_table::{Table, presets};

use super::alarm::Alarm;
use super::args::Args;
use super::run::Report;
use super::target::Target;

/// A page, and whether every target was reached.
#[derive(Debug, Clone)]
pub struct Page {
    /// The text.
    pub text: String,
    /// Whether every target was reached.
    pub reached: bool,
}

/// A table in Markdown.
pub fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(header);
    table.add_rows(rows);
    table.to_string()
}

/// One alarm in a line.
pub fn line(alarm: &Alarm) -> String {
    format!("{} {} {} {}: {}", alarm.time, alarm.check, alarm.uid, alarm.workload, alarm.sentence)
}

/// The page of a report.
pub fn of(args: &Args, report: &Report) -> Page {
    let mut text = String::new();
    // Writing to a string cannot fail.
    render(&mut text, args, report).unwrap_or_default();
    Page { text, reached: report.targets.iter().all(|target| target.missed_by().is_none()) }
}

fn render(text: &mut String, args: &Args, report: &Report) -> std::fmt::Result {
    writeln!(text, "{}\n", report.header)?;
    writeln!(text, "{}\n", tables::methods(report))?;
    writeln!(text, "{}\n", tables::NOTE)?;
    if let Some(ambit) = report.methods.first().filter(|method| method.threshold.is_none()) {
        writeln!(text, "{}\n", tables::kinds(ambit))?;
        writeln!(text, "{}\n", tables::channels(ambit, report.budget))?;
        if let Some(checks) = tables::unexpected(ambit) {
            writeln!(text, "{checks}\n")?;
        }
        if report.budgets.len() > 1 {
            writeln!(text, "{}\n", tables::budgets(report))?;
        }
        if args.verbose {
            writeln!(text, "{}", detail::of(ambit)?)?;
        }
    }
    for target in &report.targets {
        writeln!(text, "{}", sentence(target))?;
    }
    Ok(())
}

fn sentence(target: &Target) -> String {
    use super::target::Bound::{AtLeast, AtMost};
    let (sign, bound) = match target.bound {
        AtMost(most) => ("<=", most),
        AtLeast(least) => (">=", least),
    };
    let asked = format!("{} {sign} {bound}", target.what);
    match (target.measured, target.missed_by()) {
        (None, _) => format!("{asked}: nothing to measure"),
        (Some(measured), None) => format!("{asked}: {measured:.3}, reached"),
        (Some(measured), Some(by)) => format!("{asked}: {measured:.3}, MISSED by {by:.3}"),
    }
}

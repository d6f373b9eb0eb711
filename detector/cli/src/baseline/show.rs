//! A baseline as a page.

use std::io::{self, Write};

use ambit_core::{AtomView, BaselineView};
use ambit_schemas::vocabulary::Maturity;
use comfy_table::{ContentArrangement, Table, presets};

use super::json::{date, day};
use crate::printable::printable;

const NONE: &str = "-";

/// Prints what is known of the workload, and its atoms.
pub(super) fn print(out: &mut dyn Write, width: Option<usize>, view: &BaselineView) -> io::Result<()> {
    heading(out, view)?;
    let rows = view.atoms.iter().map(|atom| {
        [
            atom.plane.to_string(),
            atom.text.clone(),
            atom.sensitivity.to_string(),
            date(atom.first_seen),
            day(atom),
            atom.days.to_string(),
            standing(atom),
        ]
    });
    table(out, width, ["plane", "atom", "sens.", "first seen", "last day", "days", "what it is"], rows)?;
    if view.overflowed > 0 {
        writeln!(out, "Sightings of new atoms that found the table full: {}", view.overflowed)?;
    }
    Ok(())
}

/// Prints a table without lines that would keep it from being searched.
pub(super) fn table<const N: usize>(
    out: &mut dyn Write,
    width: Option<usize>,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    for row in rows {
        table.add_row(row.each_ref().map(|cell| printable(cell)));
    }
    writeln!(out, "{table}")
}

fn heading(out: &mut dyn Write, view: &BaselineView) -> io::Result<()> {
    let registered = if view.registered { "" } else { ", not in the inventory" };
    writeln!(out, "{}{registered}, as of {}", printable(&view.workload), view.as_of)?;
    let since = view.mature_since.map_or_else(String::new, |since| format!(" since {}", date(since)));
    writeln!(out, "baseline   {}{since}, version {} (days that taught it)", view.maturity, view.version)?;
    writeln!(out, "events     {} to {}", view.first, view.last)?;
    let peers = match &view.peers.group {
        Some(group) => format!("{} others: {group}", view.peers.others),
        None => format!("{} others: the whole fleet", view.peers.others),
    };
    writeln!(out, "peers      {peers}")?;
    let score = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |value| format!("{value:.1}"));
    writeln!(out, "reach      {} at the origin, {} now", score(view.reach.origin), score(view.reach.live))?;
    let ratchet = &view.ratchet;
    let tenths = |value: i64| format!("{}.{}", value / 10, value % 10);
    let origin = ratchet.origin_tenths.map_or_else(|| NONE.to_owned(), tenths);
    let resealed = ratchet
        .resealed
        .map_or_else(String::new, |time| format!(", its origin accepted as of {}", date(time)));
    writeln!(
        out,
        "ratchet    {origin} at the origin, {} now (privileges and credentials), step {} of 3{resealed}",
        tenths(ratchet.live_tenths),
        ratchet.step
    )?;
    if let Some((statistic, threshold)) = view.suspicion.drift {
        writeln!(out, "drift      {statistic:.2} of {threshold:.0} at which it alarms")?;
    }
    writeln!(out, "learning   {}", learning(view))
}

/// Whether the baseline learns.
fn learning(view: &BaselineView) -> String {
    if view.maturity == Maturity::Learning {
        return "all that is seen, until the baseline is mature".to_owned();
    }
    match view.suspicion.standing_still.as_slice() {
        [] => "goes on".to_owned(),
        reasons => format!("stands still: the statistic of {} is elevated", reasons.join(" and of ")),
    }
}

/// What an atom is to the baseline.
pub(super) fn standing(atom: &AtomView) -> String {
    let mut words = atom.marks.iter().map(|mark| (*mark).to_owned()).collect::<Vec<_>>();
    if let Some(accepted) = &atom.accepted {
        let ends = accepted.until.map_or_else(String::new, |until| format!(" until {}", date(until)));
        let what = if accepted.lasts { format!("accepted{ends}") } else { format!("was accepted{ends}") };
        words.push(format!("{what} (decision {} of {})", accepted.seq, accepted.by));
    }
    if !atom.live {
        words.push("no longer live".to_owned());
    }
    if words.is_empty() { NONE.to_owned() } else { words.join(", ") }
}

//! What is live against what is normal.

use std::cmp::Reverse;
use std::io::{self, Write};

use ambit_core::{AtomView, BaselineView};
use ambit_schemas::vocabulary::Maturity;
use serde_json::{Value, json};

use super::json::{atom, date, day};
use super::show::{standing, table};

/// What is live and not part of the baseline, and what is part of it and no longer live; the most sensitive first.
pub(super) fn sides(view: &BaselineView) -> (Vec<&AtomView>, Vec<&AtomView>) {
    let sorted = |wanted: fn(&AtomView) -> bool| {
        let mut atoms = view.atoms.iter().filter(|atom| wanted(atom)).collect::<Vec<_>>();
        // The sort is stable: equals stay in the order of planes and words.
        atoms.sort_by_key(|atom| Reverse(atom.sensitivity));
        atoms
    };
    (sorted(|atom| atom.live && !atom.is_baseline()), sorted(|atom| !atom.live && atom.is_baseline()))
}

/// The difference for machines.
pub(super) fn document(view: &BaselineView) -> Value {
    let (gained, lost) = sides(view);
    json!({
        "workload": view.workload,
        "as_of": view.as_of.to_string(),
        "maturity": view.maturity.as_str(),
        "added": gained.into_iter().map(atom).collect::<Value>(),
        "removed": lost.into_iter().map(atom).collect::<Value>(),
    })
}

/// The difference for people.
pub(super) fn print(out: &mut dyn Write, width: Option<usize>, view: &BaselineView) -> io::Result<()> {
    let (gained, lost) = sides(view);
    writeln!(out, "{}, as of {}", view.workload, view.as_of)?;
    if view.maturity == Maturity::Learning {
        writeln!(out, "Its baseline is still learning: all of this becomes part of it by itself.")?;
    }
    let signed = gained.into_iter().map(|atom| ("+", atom)).chain(lost.into_iter().map(|atom| ("-", atom)));
    let rows = signed.collect::<Vec<_>>();
    if rows.is_empty() {
        return writeln!(out, "What is live is the baseline.");
    }
    let rows = rows.into_iter().map(|(sign, atom)| {
        let event = atom.event_id.clone().unwrap_or_else(|| "-".to_owned());
        let explained =
            atom.explained_by.as_ref().map_or_else(String::new, |id| format!(", explained by {id}"));
        [
            sign.to_owned(),
            atom.plane.to_string(),
            atom.text.clone(),
            atom.sensitivity.to_string(),
            date(atom.first_seen),
            day(atom),
            event,
            format!("{}{explained}", standing(atom)),
        ]
    });
    table(out, width, ["", "plane", "atom", "sens.", "first seen", "last day", "event", "what it is"], rows)
}

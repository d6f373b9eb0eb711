//! What was missed, and what was called for nothing, one line each.

use std::fmt::Write as _;

use super::line;
use crate::evaluate::pooled::Pooled;
use crate::evaluate::verdict::Standing;

/// The lists.
pub(super) fn of(ambit: &Pooled) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "Missed:")?;
    for (seed, attack) in
        ambit.attacks().filter(|(_, attack)| !attack.is_found() || !attack.missing.is_empty())
    {
        let label = &attack.label;
        let state = match (attack.is_found(), attack.noticed) {
            (true, _) => "found, but",
            (false, true) => "not found, but noticed;",
            (false, false) => "not found;",
        };
        let missing = attack.missing.join(" ");
        writeln!(
            text,
            "  seed {seed} {} of {}, {} to {}: {state} no {missing}: {}",
            label.incident, label.workload, label.from, label.to, label.what
        )?;
    }
    for (title, standing) in [
        ("False alarms", Standing::FalseAlarm),
        ("Ratchets that show no attack", Standing::FreeRatchet),
        ("Unexpected deterministic findings", Standing::Unexpected),
    ] {
        writeln!(text, "{title}:")?;
        for (seed, judged) in ambit.standing(&standing) {
            let near =
                if judged.near.is_empty() { String::new() } else { format!(" ({})", judged.near.join(" ")) };
            writeln!(text, "  seed {seed} {}{near}", line(&judged.alarm))?;
        }
    }
    Ok(text)
}

//! What an operation means, and how results end: the tables `data/azure_*.txt`.

use std::sync::LazyLock;

use ambit_schemas::vocabulary::Outcome;

use crate::actions::plane::{Known, Plane};
use crate::actions::table::{self, BadLine};

#[derive(Debug, Default)]
struct Tables {
    actions: Plane,
    /// Whether the whole word is meant, the word, and the outcome.
    outcomes: Vec<(bool, &'static str, Outcome)>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        actions: Plane::read("azure_actions.txt", include_str!("../../../data/azure_actions.txt")),
        ..Tables::default()
    };
    let Tables { outcomes, bad, .. } = &mut tables;
    let text = include_str!("../../../data/azure_outcomes.txt");
    table::read("azure_outcomes.txt", text, bad, |[how, word, outcome]| {
        let whole = match how {
            "is" => true,
            "has" => false,
            _ => return None,
        };
        outcomes.push((whole, word, Outcome::parse(outcome)?));
        Some(())
    });
    tables
});

/// The meaning of an action, which has its plane before it.
pub(in crate::decode) fn action(action: &str) -> Known {
    let plain = action.strip_prefix("azure:").unwrap_or(action);
    let verb = match plain.strip_suffix("/action") {
        // The verb of an action is the part before the word; all of it is small letters.
        Some(_) => None,
        None => plain.rsplit(['/', ':', '_']).next(),
    };
    TABLES.actions.of(plain, verb)
}

/// What a result's word or number means; `None` if it means nothing.
pub(super) fn outcome(result: &str) -> Option<Outcome> {
    let word = result.trim().to_ascii_lowercase();
    if let Ok(number) = word.parse::<u32>()
        && (100..600).contains(&number)
    {
        return Some(match number {
            401 | 403 => Outcome::Denied,
            400.. => Outcome::Failure,
            _ => Outcome::Success,
        });
    }
    let fits =
        |(whole, own, _): &&(bool, &str, Outcome)| if *whole { word == *own } else { word.contains(own) };
    TABLES.outcomes.iter().find(fits).map(|(_, _, outcome)| *outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!((&*TABLES.actions.bad, &*TABLES.bad), (&[][..], &[][..]));
    }
}

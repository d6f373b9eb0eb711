//! The access levels of AWS's service authorization reference.

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::AccessLevel;

use super::table::{self, BadLine};

/// Four files, because one would be too long to look at; the split is by the first letter of the service.
const FILES: [(&str, &str); 4] = [
    ("aws-actions/a-c.txt", include_str!("../../data/aws-actions/a-c.txt")),
    ("aws-actions/d-h.txt", include_str!("../../data/aws-actions/d-h.txt")),
    ("aws-actions/i-o.txt", include_str!("../../data/aws-actions/i-o.txt")),
    ("aws-actions/p-z.txt", include_str!("../../data/aws-actions/p-z.txt")),
];

/// What stands for an action that is nothing but its verb.
const NOTHING: &str = ".";

/// Service and verb lead to the lines of the reference; the rest of a name is looked for in the line. So 20,000
/// actions cost 6,000 entries and no copies.
#[derive(Debug, Default)]
pub(super) struct Reference {
    lines: BTreeMap<(&'static str, &'static str), Vec<(AccessLevel, &'static str)>>,
}

impl Reference {
    pub(super) fn read(bad: &mut Vec<BadLine>) -> Self {
        let mut reference = Self::default();
        for (name, text) in FILES {
            table::read(name, text, bad, |[service, level, verb, rests]| {
                let level = AccessLevel::parse(level)?;
                reference.lines.entry((service, verb)).or_default().push((level, rests));
                Some(())
            });
        }
        reference
    }

    /// The access level of an IAM action, whatever its case after the verb.
    pub(super) fn level(&self, service: &str, action: &str) -> Option<AccessLevel> {
        let (verb, rest) = split_verb(action);
        let rest = if rest.is_empty() { NOTHING } else { rest };
        let lines = self.lines.get(&(service, verb))?;
        let has = |words: &str| words.split(' ').any(|word| word.eq_ignore_ascii_case(rest));
        lines.iter().find(|(_, words)| has(words)).map(|(level, _)| *level)
    }

    #[cfg(test)]
    pub(super) fn actions(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.lines.iter().flat_map(|((service, verb), lines)| {
            let words = lines.iter().flat_map(|(_, words)| words.split(' '));
            words.map(move |word| (*service, format!("{verb}{}", if word == NOTHING { "" } else { word })))
        })
    }
}

/// The first character and what follows it up to the next capital, and the rest.
fn split_verb(action: &str) -> (&str, &str) {
    let end = action.bytes().skip(1).position(|byte| byte.is_ascii_uppercase());
    action.split_at(end.map_or(action.len(), |at| at + 1))
}

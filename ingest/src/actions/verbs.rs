//! What the beginning of a name tells, for actions that no table knows.

use std::collections::BTreeMap;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};

use super::table::{self, BadLine};

/// Beginnings of names.
#[derive(Debug, Default)]
pub(super) struct Verbs(BTreeMap<&'static str, (AccessLevel, ActionClass)>);

impl Verbs {
    pub(super) fn read(bad: &mut Vec<BadLine>) -> Self {
        let mut verbs = Self::default();
        table::read("verbs.txt", include_str!("../../data/verbs.txt"), bad, |[beginnings, level, class]| {
            let meaning = (AccessLevel::parse(level)?, ActionClass::parse(class)?);
            beginnings.split(',').all(|verb| verbs.0.insert(verb, meaning).is_none()).then_some(())
        });
        verbs
    }

    /// Level and class of the longest known beginning that ends where a word ends.
    pub(super) fn meaning(&self, action: &str) -> Option<(AccessLevel, ActionClass)> {
        let ends = action.char_indices().map(|(at, _)| at).chain([action.len()]).rev();
        ends.filter(|end| !action[*end..].starts_with(|c: char| c.is_ascii_lowercase()))
            .find_map(|end| self.0.get(&action[..end]).copied())
    }
}

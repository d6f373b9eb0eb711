//! What a request means, from `data/k8s_actions.txt`.

use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::actions::plane::{How, Known, Meaning};
use crate::actions::table::{self, BadLine};

/// A line of the table for one of its resources.
#[derive(Debug, Clone)]
struct Rule {
    /// Empty for any.
    verbs: Vec<&'static str>,
    /// `None` for any.
    group: Option<&'static str>,
    meaning: Meaning,
    keeps_name: bool,
}

impl Rule {
    fn fits(&self, verb: &str, group: &str) -> bool {
        (self.verbs.is_empty() || self.verbs.contains(&verb)) && self.group.is_none_or(|own| own == group)
    }
}

#[derive(Debug, Default)]
struct Tables {
    rules: HashMap<&'static str, Vec<Rule>, FixedState>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    let Tables { rules, bad } = &mut tables;
    let text = include_str!("../../../data/k8s_actions.txt");
    table::read("k8s_actions.txt", text, bad, |[verbs, group, resources, class, level, kind, names]| {
        let kind = if kind == "-" { "" } else { kind };
        let rule = Rule {
            verbs: if verbs == "*" { Vec::new() } else { verbs.split(',').collect() },
            group: match group {
                "*" => None,
                "core" => Some(""),
                group => Some(group),
            },
            meaning: Meaning::new(ActionClass::parse(class)?, AccessLevel::parse(level)?, kind),
            keeps_name: match names {
                "+" => true,
                "-" => false,
                _ => return None,
            },
        };
        for resource in resources.split(',') {
            rules.entry(resource).or_default().push(rule.clone());
        }
        Some(())
    });
    tables
});

/// The meaning of a request, and whether the object's name says something.
pub(super) fn meaning(verb: &str, group: &str, resource: &str) -> (Known, bool) {
    let find = |name| TABLES.rules.get(name)?.iter().find(|rule| rule.fits(verb, group));
    match find(resource).or_else(|| find("*")) {
        Some(rule) => (Known { meaning: rule.meaning, how: How::Table }, rule.keeps_name),
        None => (Known::nothing(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!(TABLES.bad, []);
    }
}

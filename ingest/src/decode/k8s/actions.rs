//! What a request means, from `data/k8s_actions.txt`.

use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::actions::plane::{How, Known, Meaning};
use crate::actions::table::{self, BadLine};

/// The kind of what has none of its own, in Google's log.
const GOOGLE: &str = "gcp.k8s";

/// A line of the table for one of its resources.
#[derive(Debug, Clone)]
struct Rule {
    /// Empty for any.
    verbs: Vec<&'static str>,
    /// `None` for any.
    group: Option<&'static str>,
    meaning: Meaning,
    keeps_name: bool,
    /// The kind in Google's log.
    google_kind: &'static str,
}

impl Rule {
    fn fits(&self, verb: &str, is_group: impl Fn(&str) -> bool) -> bool {
        (self.verbs.is_empty() || self.verbs.contains(&verb)) && self.group.is_none_or(is_group)
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
            google_kind: if kind.is_empty() { GOOGLE } else { ["gcp.", kind].concat().leak() },
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
    match rule(verb, resource, |own| own == group) {
        Some(rule) => (Known { meaning: rule.meaning, how: How::Table }, rule.keeps_name),
        None => (Known::nothing(), false),
    }
}

/// The meaning of a request as Google's log has it: the group as a package, which is the other way round
/// (`io.kserve.serving`). `None` for any.
pub(in crate::decode) fn google(verb: &str, package: Option<&str>, resource: &str) -> Option<Meaning> {
    let is_group = |own: &str| package.is_none_or(|package| package.split('.').eq(own.rsplit('.')));
    let rule = rule(verb, resource, is_group)?;
    Some(Meaning { resource_kind: rule.google_kind, ..rule.meaning })
}

fn rule(verb: &str, resource: &str, is_group: impl Fn(&str) -> bool) -> Option<&'static Rule> {
    let find = |name| TABLES.rules.get(name)?.iter().find(|rule| rule.fits(verb, &is_group));
    find(resource).or_else(|| find("*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_tables_is_understood() {
        assert_eq!(TABLES.bad, []);
    }

    #[test]
    fn every_request_means_the_same_at_google() {
        let requests = TABLES.rules.iter().flat_map(|(resource, rules)| {
            rules
                .iter()
                .flat_map(move |rule| rule.verbs.iter().map(move |verb| (*resource, rule.group, *verb)))
        });
        let mut seen = 0;
        for (resource, group, verb) in requests {
            let group = group.unwrap_or_default();
            let package = group.rsplit('.').collect::<Vec<_>>().join(".");
            let (here, _) = meaning(verb, group, resource);
            let there = google(verb, Some(&package), resource).unwrap();
            let kind = format!(
                "gcp.{}",
                if here.meaning.resource_kind.is_empty() { "k8s" } else { here.meaning.resource_kind }
            );
            let expected = Meaning { resource_kind: there.resource_kind, ..here.meaning };
            assert_eq!((there, there.resource_kind), (expected, &*kind), "{verb} {group} {resource}");
            seen += 1;
        }
        assert!(seen > 300, "{seen}");
    }
}

//! What a request means, from `data/vault_actions.txt`, and how it ended, from `data/vault_errors.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass, Outcome};

pub(super) use crate::actions::plane::Meaning;
use crate::actions::table::{self, BadLine};

/// The operations that audit logs name; anything else is of no bit and fits only `any`.
const OPERATIONS: &[&str] = &[
    "read",
    "create",
    "update",
    "patch",
    "delete",
    "list",
    "scan",
    "help",
    "header",
    "alias-lookahead",
    "resolve-role",
    "renew",
    "revoke",
    "rollback",
];

/// A part of a path pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Part {
    /// This text.
    Word(&'static str),
    /// Any one part, worth keeping.
    Name,
    /// One or more parts, worth keeping: a name with slashes in it.
    Names,
    /// Any one part, too many to keep.
    Id,
    /// The rest, at least one part, never to be kept.
    Secret,
    /// The rest, or nothing.
    Rest,
}

impl Part {
    /// Whether a part of a path is what this one stands for.
    fn takes(self, part: Option<&str>) -> bool {
        match self {
            Self::Word(word) => part == Some(word),
            _ => part.is_some(),
        }
    }

    /// Whether it may stand for several parts.
    const fn is_open(self) -> bool {
        matches!(self, Self::Names | Self::Secret | Self::Rest)
    }
}

/// A line of the table for one of its paths.
#[derive(Debug)]
pub(super) struct Rule {
    operations: u32,
    pub(super) path: Vec<Part>,
    pub(super) meaning: Meaning,
}

impl Rule {
    fn fits(&self, operations: u32, first: Option<&str>, path: &str) -> bool {
        // Most lines of a long section end here.
        if let Some(Part::Word(word)) = self.path.first()
            && first != Some(word)
        {
            return false;
        }
        self.operations & operations != 0 && self.fits_path(path)
    }

    fn fits_path(&self, path: &str) -> bool {
        let mut parts = parts(path);
        let mut wanted = self.path.iter();
        while let Some(part) = wanted.next() {
            match part {
                Part::Rest => return true,
                Part::Secret => return parts.next().is_some(),
                // What stands behind it is looked for from the end.
                Part::Names => {
                    return wanted.rev().all(|part| part.takes(parts.next_back())) && parts.next().is_some();
                }
                part if !part.takes(parts.next()) => return false,
                _ => {}
            }
        }
        parts.next().is_none()
    }

    /// How many parts of a path [`Part::Names`] stands for.
    pub(super) fn names(&self, path: &str) -> usize {
        parts(path).count().saturating_sub(self.path.len() - 1)
    }
}

/// The parts of a path that are not empty.
pub(super) fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

#[derive(Debug, Default)]
struct Tables {
    engines: BTreeMap<&'static str, Vec<Rule>>,
    auth: BTreeMap<&'static str, Vec<Rule>>,
    errors: Vec<(&'static str, Outcome, &'static str)>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    tables.read_actions();
    tables.read_errors();
    tables
});

impl Tables {
    fn read_actions(&mut self) {
        let Self { engines, auth, bad, .. } = self;
        let text = include_str!("../../../data/vault_actions.txt");
        table::read("vault_actions.txt", text, bad, |[mount, operations, paths, class, level, kind]| {
            let operations = operation_bits(operations)?;
            let meaning = Meaning::new(ActionClass::parse(class)?, AccessLevel::parse(level)?, kind);
            let section = match mount.strip_prefix("auth/") {
                Some(kind) => auth.entry(kind).or_default(),
                None => engines.entry(mount).or_default(),
            };
            for path in paths.split(',') {
                let path = pattern(path)?;
                if section.iter().any(|rule| rule.path == path && rule.operations & operations == operations)
                {
                    return None;
                }
                section.push(Rule { operations, path, meaning });
            }
            Some(())
        });
    }

    fn read_errors(&mut self) {
        let Self { errors, bad, .. } = self;
        let text = include_str!("../../../data/vault_errors.txt");
        table::read("vault_errors.txt", text, bad, |[code, outcome, phrase]| {
            errors.push((code, Outcome::parse(outcome)?, phrase));
            Some(())
        });
    }
}

/// A pattern; `None` if it is not clear which part stands for which.
fn pattern(path: &'static str) -> Option<Vec<Part>> {
    let part = |text| match text {
        "+" => Part::Name,
        "++" => Part::Names,
        "?" => Part::Id,
        "!" => Part::Secret,
        "*" => Part::Rest,
        word => Part::Word(word),
    };
    let pattern = path.split('/').map(part).collect::<Vec<_>>();
    let clear = match pattern.iter().position(|part| part.is_open()) {
        Some(at) if pattern[at] == Part::Names => !pattern[at + 1..].iter().any(|part| part.is_open()),
        Some(at) => at + 1 == pattern.len(),
        None => true,
    };
    clear.then_some(pattern)
}

fn operation_bits(names: &str) -> Option<u32> {
    names.split(',').try_fold(0, |bits, name| {
        Some(
            bits | match name {
                "any" => u32::MAX,
                "write" => bit("create") | bit("update") | bit("patch"),
                name if OPERATIONS.contains(&name) => bit(name),
                _ => return None,
            },
        )
    })
}

/// The bit of an operation; those that nobody names share one.
fn bit(operation: &str) -> u32 {
    let index = OPERATIONS.iter().position(|name| *name == operation).unwrap_or(OPERATIONS.len());
    1 << index
}

/// The type that a log gives no name.
pub(super) const UNNAMED: &str = "-";

/// The line for an operation on a path below a mount. Total: the last line of the table fits everything.
pub(super) fn rule(is_auth: bool, mount_type: &str, operation: &str, path: &str) -> Option<&'static Rule> {
    let tables = &*TABLES;
    let (sections, operations) = (if is_auth { &tables.auth } else { &tables.engines }, bit(operation));
    let first = parts(path).next();
    let in_section = |sections: &'static BTreeMap<&'static str, Vec<Rule>>, name| {
        sections.get(name)?.iter().find(|rule| rule.fits(operations, first, path))
    };
    in_section(sections, mount_type)
        .or_else(|| in_section(sections, "*"))
        .or_else(|| in_section(&tables.engines, "*"))
}

/// The code and outcome of an error's text.
pub(super) fn error(text: &str) -> (&'static str, Outcome) {
    let known = TABLES.errors.iter().find(|(_, _, phrase)| text.contains(phrase));
    known.map_or(("other", Outcome::Failure), |(code, outcome, _)| (code, *outcome))
}

#[cfg(test)]
pub(super) fn bad_lines() -> &'static [BadLine] {
    &TABLES.bad
}

//! Tables that tell all of an action in one line: its class, its access level and the kind of what it acts on.

use ambit_schemas::EventRow;
use ambit_schemas::vocabulary::{AccessLevel, ActionClass};

use super::sensitivity::sensitivity;
use super::table::{self, BadLine, Patterns};
use super::verbs::Verbs;

/// What an action means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) class: ActionClass,
    pub(crate) access_level: AccessLevel,
    /// Empty where the table leaves it to the record.
    pub(crate) resource_kind: &'static str,
    pub(crate) sensitivity: u8,
}

impl Meaning {
    pub(crate) fn new(class: ActionClass, access_level: AccessLevel, resource_kind: &'static str) -> Self {
        Self { class, access_level, resource_kind, sensitivity: sensitivity(class, Some(resource_kind)) }
    }

    /// Puts it into the columns of a row.
    pub(crate) fn put(self, row: &mut EventRow<'_>) {
        row.action_class = self.class;
        row.access_level = self.access_level;
        row.sensitivity = self.sensitivity;
        if !self.resource_kind.is_empty() {
            row.resource_kind = Some(self.resource_kind);
        }
    }
}

/// Where a meaning stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// In a line of the plane's own table.
    Table,
    /// In the beginning of the action's last word.
    Verb,
    /// Nowhere: it counts as a write.
    Default,
}

/// A meaning and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) meaning: Meaning,
    pub(crate) how: How,
}

impl Known {
    /// What nobody knows counts as a write.
    pub(crate) fn nothing() -> Self {
        Self { meaning: Meaning::new(ActionClass::Write, AccessLevel::Write, ""), how: How::Default }
    }
}

/// The table of a plane. A line is `class level kind pattern | pattern …`; `*` stands for any characters, `-` for the
/// kind that the record tells. The pattern with the most characters besides `*` wins.
#[derive(Debug, Default)]
pub(crate) struct Plane {
    patterns: Patterns<Meaning>,
    verbs: Verbs,
    pub(crate) bad: Vec<BadLine>,
}

impl Plane {
    pub(crate) fn read(name: &'static str, text: &'static str) -> Self {
        let mut plane = Self::default();
        let Self { patterns, verbs, bad } = &mut plane;
        *verbs = Verbs::read(bad);
        table::read(name, text, bad, |[class, level, kind, actions]| {
            let kind = if kind == "-" { "" } else { kind };
            let meaning = Meaning::new(ActionClass::parse(class)?, AccessLevel::parse(level)?, kind);
            actions.split(" | ").try_for_each(|action| patterns.add(action.trim(), meaning, |_| true))
        });
        plane
    }

    /// What an action means; `verb` is the part of it that begins with a verb.
    pub(crate) fn of(&self, action: &str, verb: Option<&str>) -> Known {
        if let Some(meaning) = self.patterns.best(action, |_| true) {
            return Known { meaning: *meaning, how: How::Table };
        }
        match verb.and_then(|verb| self.verbs.meaning(&capital(verb))) {
            Some((level, class)) => Known { meaning: Meaning::new(class, level, ""), how: How::Verb },
            None => Known::nothing(),
        }
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

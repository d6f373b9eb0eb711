//! AWS: event source and event name to the meaning of the action.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};

use super::ActionEntry;
use super::reference::Reference;
use super::sensitivity::{level_of, of_class};
use super::table::{self, BadLine, Patterns};
use super::verbs::Verbs;

/// A line of `aws-classes.txt` for one name.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ClassRow {
    /// Only for actions of this access level.
    when: Option<AccessLevel>,
    class: ActionClass,
    level: Option<AccessLevel>,
}

#[derive(Debug, Default)]
struct Tables {
    services: BTreeMap<&'static str, &'static str>,
    reference: Reference,
    verbs: Verbs,
    events: BTreeMap<&'static str, Patterns<(&'static str, &'static str)>>,
    classes: BTreeMap<&'static str, Patterns<ClassRow>>,
    sensitive_actions: BTreeMap<&'static str, Patterns<u8>>,
    sensitive_classes: BTreeMap<(&'static str, ActionClass), u8>,
    bad: Vec<BadLine>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    tables.reference = Reference::read(&mut tables.bad);
    tables.verbs = Verbs::read(&mut tables.bad);
    tables.read_names();
    tables.read_classes();
    tables.read_sensitivities();
    tables
});

impl Tables {
    fn read_names(&mut self) {
        let Self { services, events, bad, .. } = self;
        let text = include_str!("../../data/aws-services.txt");
        table::read("aws-services.txt", text, bad, |[source, prefix]| {
            services.insert(source, prefix).is_none().then_some(())
        });
        let text = include_str!("../../data/aws-events.txt");
        table::read("aws-events.txt", text, bad, |[service, pattern, action]| {
            events.entry(service).or_default().add(pattern, action.split_once(':')?, |_| true)
        });
    }

    fn read_classes(&mut self) {
        let Self { classes, bad, .. } = self;
        let text = include_str!("../../data/aws-classes.txt");
        table::read("aws-classes.txt", text, bad, |[service, when, class, level, actions]| {
            let when = if when == "-" { None } else { Some(AccessLevel::parse(when)?) };
            let level = if level == "-" { None } else { Some(AccessLevel::parse(level)?) };
            let row = ClassRow { when, class: ActionClass::parse(class)?, level };
            let patterns = classes.entry(service).or_default();
            actions.split(' ').try_for_each(|action| patterns.add(action, row, |held| held.when == row.when))
        });
    }

    fn read_sensitivities(&mut self) {
        let Self { sensitive_actions, sensitive_classes, bad, .. } = self;
        let text = include_str!("../../data/sensitivity-aws.txt");
        table::read("sensitivity-aws.txt", text, bad, |[service, subject, level, _why]| {
            let level = level_of(level)?;
            match subject.strip_prefix("class:") {
                Some(class) => {
                    let key = (service, ActionClass::parse(class)?);
                    sensitive_classes.insert(key, level).is_none().then_some(())
                }
                None => sensitive_actions.entry(service).or_default().add(subject, level, |_| true),
            }
        });
    }

    /// The access level in the reference, under the event's own name or the action that permits it.
    fn known_level(&self, service: &str, event_name: &str) -> Option<AccessLevel> {
        self.reference.level(service, event_name).or_else(|| {
            let (service, action) = self.events.get(service)?.best(event_name, |_| true)?;
            self.reference.level(service, action)
        })
    }

    fn class_row(&self, service: &str, event_name: &str, level: AccessLevel) -> Option<ClassRow> {
        let fits = |row: &ClassRow| row.when.is_none_or(|when| when == level);
        let best = |service| self.classes.get(service)?.best(event_name, fits);
        best(service).or_else(|| best("*")).copied()
    }

    fn sensitivity(&self, service: &str, event_name: &str, class: ActionClass) -> u8 {
        let by_action = self.sensitive_actions.get(service).and_then(|rows| rows.best(event_name, |_| true));
        let by_class = || self.sensitive_classes.get(&(service, class));
        by_action.or_else(by_class).copied().unwrap_or_else(|| of_class(class))
    }
}

/// The class that an access level stands for, made finer by the verb where the two agree.
const fn class_of(level: AccessLevel, verb: Option<ActionClass>) -> ActionClass {
    match (level, verb) {
        (AccessLevel::List, _) | (AccessLevel::Read, Some(ActionClass::List)) => ActionClass::List,
        (AccessLevel::Read, _) => ActionClass::Read,
        (AccessLevel::Write, Some(ActionClass::Delete)) => ActionClass::Delete,
        (AccessLevel::Write | AccessLevel::Tagging, _) => ActionClass::Write,
        (AccessLevel::Permissions, _) => ActionClass::PermissionsChange,
    }
}

/// The IAM prefix of an event source: `monitoring.amazonaws.com` is `cloudwatch`. A source that no table names is its
/// own prefix, without the domain.
pub fn aws_service(event_source: &str) -> &str {
    let name = event_source.split_once(".amazonaws.com").map_or(event_source, |(name, _)| name);
    TABLES.services.get(name).copied().unwrap_or(name)
}

/// An event name without the API version that some services put at its end: `UpdateFunctionCode20150331v2` is
/// `UpdateFunctionCode`, `CreateFunction2020_05_31` is `CreateFunction`.
pub fn without_version(event_name: &str) -> &str {
    let unrevised = match event_name.rsplit_once('v') {
        Some((head, tail)) if !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit()) => head,
        _ => event_name,
    };
    let name = unrevised.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let digits = unrevised[name.len()..].bytes().filter(u8::is_ascii_digit).count();
    if digits == 8 && !name.is_empty() { name } else { event_name }
}

/// What an AWS action means. `service` is an event source with or without its domain, or an IAM prefix; `event_name`
/// is CloudTrail's, with or without its version. Total: what no table knows is read off the beginning of the name and
/// marked [`ActionEntry::by_default`]; a name that begins with no known verb counts as a write.
pub fn aws(service: &str, event_name: &str) -> ActionEntry {
    let tables = &*TABLES;
    let service = aws_service(service);
    let name = without_version(event_name);
    let known = tables.known_level(service, name);
    let verb = tables.verbs.meaning(name);
    let guessed = verb.map_or(AccessLevel::Write, |(level, _)| level);
    let found = known.unwrap_or(guessed);
    let row = tables.class_row(service, name, found);
    let access_level = row.and_then(|row| row.level).unwrap_or(found);
    let by_verb = verb.map(|(_, class)| class);
    let class = match (row, known) {
        (Some(row), _) => row.class,
        (None, Some(level)) => class_of(level, by_verb),
        (None, None) => by_verb.unwrap_or_else(|| class_of(guessed, None)),
    };
    let by_default = known.is_none() && row.and_then(|row| row.level).is_none();
    ActionEntry { class, access_level, sensitivity: tables.sensitivity(service, name, class), by_default }
}

#[cfg(test)]
pub(super) mod inside {
    use super::*;

    pub(in crate::actions) fn bad_lines() -> &'static [BadLine] {
        &TABLES.bad
    }

    pub(in crate::actions) fn reference() -> &'static Reference {
        &TABLES.reference
    }

    pub(in crate::actions) fn known(service: &str, name: &str) -> bool {
        TABLES.known_level(service, name).is_some()
    }
}

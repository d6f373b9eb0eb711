//! Typed access to the tree: every getter notes what is wrong and where, and the caller goes on with the rest.

use std::fmt::Write;

use ambit_schemas::EventTime;
use ambit_schemas::inventory::Glob;

use super::document::{Entry, Node, Value};
use super::problem::{Problems, one_line};
use super::suggest::nearest;

/// A value and the path that leads to it.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
}

/// A mapping whose keys are all known.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a> {
    pub(super) at: Field<'a>,
    entries: &'a [Entry],
}

impl<'a> Fields<'a> {
    /// The value of a key; `None` if the key is absent or has no value.
    pub(super) fn get(&self, key: &str) -> Option<Field<'a>> {
        let node = &self.entries.iter().find(|entry| entry.key == key)?.node;
        (node.value != Value::Nothing).then(|| self.at.below(key, node))
    }

    /// As [`Fields::get`], and a problem if there is no value.
    pub(super) fn need(&self, key: &str, problems: &mut Problems) -> Option<Field<'a>> {
        let found = self.get(key);
        if found.is_none() {
            problems.add(self.at.node.place, &self.at.path_of(key), "missing; add it");
        }
        found
    }

    /// The keys that are there and have a value, with it.
    pub(super) fn given(&self) -> impl Iterator<Item = (&'a str, Field<'a>)> {
        self.entries
            .iter()
            .filter(|entry| entry.node.value != Value::Nothing)
            .map(|entry| (entry.key.as_str(), self.at.below(&entry.key, &entry.node)))
    }
}

impl<'a> Field<'a> {
    /// The whole document.
    pub(super) const fn top(node: &'a Node) -> Self {
        Self { path: String::new(), node }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn below(&self, key: &str, node: &'a Node) -> Self {
        Self { path: self.path_of(key), node }
    }

    /// Notes a problem with this value.
    pub(super) fn wrong(&self, problems: &mut Problems, message: impl Into<String>) {
        problems.add(self.node.place, &self.path, message);
    }

    /// The mapping here; keys that are not in `known` are problems.
    pub(super) fn fields(&self, known: &[&str], problems: &mut Problems) -> Option<Fields<'a>> {
        let Value::Map(entries) = &self.node.value else {
            self.wrong(problems, format!("must be a mapping with the keys {}", list(known)));
            return None;
        };
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let advice = match nearest(&entry.key, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", list(known)),
            };
            problems.add(entry.place, &self.path_of(&one_line(&entry.key)), format!("unknown key; {advice}"));
        }
        Some(Fields { at: self.clone(), entries })
    }

    /// The items of the list here; `None` if it is no list.
    pub(super) fn items(&self, problems: &mut Problems) -> Option<Vec<Self>> {
        let Value::List(items) = &self.node.value else {
            self.wrong(problems, "must be a list; begin each item with `- `");
            return None;
        };
        let item = |(index, node)| Self { path: format!("{}[{index}]", self.path), node };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The text here, which is not empty.
    pub(super) fn text(&self, problems: &mut Problems) -> Option<&'a str> {
        match &self.node.value {
            Value::Scalar(text) if !text.trim().is_empty() => Some(text),
            Value::Scalar(_) => {
                self.wrong(problems, "is empty; write a value or leave the key out");
                None
            }
            _ => {
                self.wrong(problems, "must be a single value");
                None
            }
        }
    }

    /// The pattern here.
    pub(super) fn glob(&self, problems: &mut Problems) -> Option<Glob> {
        self.text(problems).map(Glob::new)
    }

    /// One word of a closed list.
    pub(super) fn word(&self, words: &[&'static str], problems: &mut Problems) -> Option<&'static str> {
        let text = self.text(problems)?;
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let advice = match nearest(text, words) {
                Some(near) => format!("did you mean `{near}`? Known: {}", list(words)),
                None => format!("write one of {}", list(words)),
            };
            self.wrong(problems, format!("`{}` is unknown; {advice}", one_line(text)));
        }
        found
    }

    /// A moment.
    pub(super) fn time(&self, problems: &mut Problems) -> Option<EventTime> {
        let text = self.text(problems)?;
        let time = EventTime::parse_rfc3339(text);
        if time.is_none() {
            let text = one_line(text);
            self.wrong(problems, format!("`{text}` is no time; write RFC 3339, as in 2026-05-01T09:00:00Z"));
        }
        time
    }

    /// A length of time, in seconds.
    pub(super) fn duration_secs(&self, problems: &mut Problems) -> Option<i64> {
        let text = self.text(problems)?;
        let secs = duration_secs(text);
        if secs.is_none() {
            let text = one_line(text);
            self.wrong(
                problems,
                format!("`{text}` is no duration; write a whole number and s, m, h or d, as in 12h"),
            );
        }
        secs
    }

    /// A sensitivity.
    pub(super) fn level(&self, problems: &mut Problems) -> Option<u8> {
        let text = self.text(problems)?;
        let level = text.parse().ok().filter(|level| *level <= 3);
        if level.is_none() {
            let text = one_line(text);
            self.wrong(problems, format!("`{text}` is no sensitivity; write 0, 1, 2 or 3"));
        }
        level
    }
}

fn duration_secs(text: &str) -> Option<i64> {
    let (number, unit_secs) = match text.char_indices().next_back()? {
        (at, 's') => (&text[..at], 1),
        (at, 'm') => (&text[..at], 60),
        (at, 'h') => (&text[..at], 3_600),
        (at, 'd') => (&text[..at], 86_400),
        _ => return None,
    };
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let secs = number.parse::<i64>().ok()?.checked_mul(unit_secs)?;
    (secs > 0).then_some(secs)
}

/// Words for an error: `a`, `b`, `c`.
pub(super) fn list(words: &[&str]) -> String {
    words.iter().enumerate().fold(String::new(), |mut text, (index, word)| {
        let comma = if index == 0 { "" } else { ", " };
        match write!(text, "{comma}`{word}`") {
            Ok(()) | Err(_) => text,
        }
    })
}

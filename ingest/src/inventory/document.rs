//! YAML as a tree in which every key and value knows its place, so that a check made later can still point at it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::problem::{Place, Problem};

/// Deeper than any inventory nests. Bounds the recursion too.
const MAX_DEPTH: usize = 16;
/// Anchors and aliases save typing, and these many are enough for that; a document that grows by more is refused.
const MAX_REPLAYED_EVENTS: usize = 1_000_000;
/// Entries, keys and values in all: about 100,000 workloads.
const MAX_NODES: usize = 4_000_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// What stands at a place. Scalars are kept as written: an account id must not lose its leading zeros.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) node: Node,
}

/// Reads the one document of a text.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_documents: 2,
            max_events: 2 * MAX_NODES,
            max_nodes: MAX_NODES,
            max_recorded_anchor_events: MAX_REPLAYED_EVENTS,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPLAYED_EVENTS },
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| Problem::of_yaml(&error))?;
    Ok(raw.node(text))
}

/// Where the value at a path of keys and indices stands, or the nearest value above it that is there.
pub(super) fn place_of_path(text: &str, path: &[&str]) -> Option<Place> {
    let mut node = read(text).ok()?;
    for part in path {
        let below = match node.value {
            Value::Map(entries) => {
                entries.into_iter().find(|entry| entry.key == *part).map(|entry| entry.node)
            }
            Value::List(items) => part.parse().ok().and_then(|index| items.into_iter().nth(index)),
            Value::Nothing | Value::Scalar(_) => None,
        };
        match below {
            Some(below) => node = below,
            None => return Some(node.place),
        }
    }
    Some(node.place)
}

/// A tree as the parser gives it. Plain scalars that look like a number, a truth value or nothing come typed; what was
/// written is then copied from the text.
enum Raw {
    Nothing,
    Text(String),
    Typed,
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

trait IntoNode {
    fn node(self, text: &str) -> Node;
}

impl IntoNode for Spanned<Raw> {
    fn node(self, text: &str) -> Node {
        let value = match self.value {
            Raw::Nothing => Value::Nothing,
            Raw::Text(scalar) => Value::Scalar(scalar),
            Raw::Typed => Value::Scalar(written(text, self.defined).to_owned()),
            Raw::List(items) => Value::List(items.into_iter().map(|item| item.node(text)).collect()),
            Raw::Map(entries) => Value::Map(entries.into_iter().map(|entry| entry_of(entry, text)).collect()),
        };
        Node { place: place_of(self.referenced), value }
    }
}

fn entry_of((key, value): (Spanned<String>, Spanned<Raw>), text: &str) -> Entry {
    Entry { place: place_of(key.referenced), key: key.value, node: value.node(text) }
}

fn place_of(location: Location) -> Place {
    Place { line: location.line(), column: location.column() }
}

fn written(text: &str, location: Location) -> &str {
    let bytes = |number: Option<u64>| usize::try_from(number?).ok();
    let (start, len) = (bytes(location.span().byte_offset()), bytes(location.span().byte_len()));
    let range = start.zip(len).map(|(start, len)| start..start.saturating_add(len));
    range.and_then(|range| text.get(range)).unwrap_or_default().trim()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Typed)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

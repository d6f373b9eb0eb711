//! The texts of a record: where each stands, and the record with another text there.

use serde_json::{Map, Value};

/// A step down into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
    /// An element of a list of `{"key": …, "value": …}`, as OTLP has them; called by its key.
    Attribute(usize, String),
    /// Into a document that is written into a text.
    Inside,
}

/// Where a text stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Leaf(Vec<Step>);

impl Leaf {
    /// `userIdentity.arn`, `resources[].ARN`, `attributes[gen_ai.tool.name].value.stringValue`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.0 {
            match step {
                Step::Member(name) if path.is_empty() => path.push_str(name),
                Step::Member(name) => path.extend([".", name]),
                Step::Element(_) => path.push_str("[]"),
                Step::Attribute(_, name) => path.extend(["[", name, "]"]),
                Step::Inside => path.push_str("->"),
            }
        }
        path.replace(' ', "_")
    }

    fn below(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }
}

/// The document inside of a text, if there is one.
fn inside(text: &str) -> Option<Value> {
    let is_document = text.starts_with(['{', '[']);
    is_document.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Every text of a document.
pub(super) fn texts(document: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(document, &Leaf::default(), &mut |leaf, value| {
        if value.is_string() {
            found.push(leaf.clone());
        }
    });
    found
}

/// Every object of a document.
pub(super) fn objects(document: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    walk(document, &Leaf::default(), &mut |leaf, value| {
        if value.is_object() {
            found.push(leaf.clone());
        }
    });
    found
}

fn walk(value: &Value, at: &Leaf, visit: &mut impl FnMut(&Leaf, &Value)) {
    match value {
        Value::Object(members) => {
            visit(at, value);
            for (name, value) in members {
                walk(value, &at.below(Step::Member(name.clone())), visit);
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                let step = match value["key"].as_str().filter(|_| value.get("value").is_some()) {
                    Some(name) => Step::Attribute(index, name.to_owned()),
                    None => Step::Element(index),
                };
                walk(value, &at.below(step), visit);
            }
        }
        Value::String(text) => match inside(text) {
            Some(document) => walk(&document, &at.below(Step::Inside), visit),
            None => visit(at, value),
        },
        _ => {}
    }
}

/// Changes what stands at a place.
pub(super) fn change(document: &mut Value, leaf: &Leaf, change: impl FnOnce(&mut Value)) {
    descend(document, &leaf.0, change);
}

fn descend(value: &mut Value, steps: &[Step], change: impl FnOnce(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return change(value) };
    match step {
        Step::Member(name) => descend(&mut value[name.as_str()], rest, change),
        Step::Element(index) | Step::Attribute(index, _) => descend(&mut value[*index], rest, change),
        Step::Inside => {
            let mut document = inside(value.as_str().unwrap()).unwrap();
            descend(&mut document, rest, change);
            *value = Value::String(document.to_string());
        }
    }
}

/// Adds members to an object.
pub(super) fn add(document: &mut Value, leaf: &Leaf, members: Map<String, Value>) {
    change(document, leaf, |value| value.as_object_mut().unwrap().extend(members));
}

#[test]
fn a_text_is_found_and_changed_wherever_it_stands() {
    let document = serde_json::json!({
        "a": { "b": "1" }, "list": [{ "c": "2" }], "in": "{\"d\": [\"3\"]}",
        "attributes": [{ "key": "k", "value": { "stringValue": "4" } }],
    });
    let leaves = texts(&document);
    let paths = leaves.iter().map(Leaf::path).collect::<Vec<_>>();
    let expected = ["a.b", "list[].c", "in->.d[]", "attributes[k].key", "attributes[k].value.stringValue"];
    assert_eq!(paths, expected);
    let mut changed = document;
    for leaf in &leaves {
        change(&mut changed, leaf, |value| *value = "x".into());
    }
    let expected = serde_json::json!({
        "a": { "b": "x" }, "list": [{ "c": "x" }], "in": "{\"d\":[\"x\"]}",
        "attributes": [{ "key": "x", "value": { "stringValue": "x" } }],
    });
    assert_eq!(changed, expected);
}

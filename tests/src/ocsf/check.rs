//! Holds an event against its class, depth first.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::scalar::json_type;
use super::{Attribute, Class, Constraint, Problem, Requirement, Review, Schema, Shape, Violation};

/// The enumerated value whose caption the source may choose.
const OTHER: &str = "99";

struct Check<'a> {
    schema: &'a Schema,
    profiles: BTreeSet<&'a str>,
    path: String,
    review: Review,
}

pub(super) fn event(schema: &Schema, event: &Value) -> Review {
    let profiles = event["metadata"]["profiles"].as_array().into_iter().flatten();
    let mut check = Check {
        schema,
        profiles: profiles.filter_map(Value::as_str).collect(),
        path: String::new(),
        review: Review::default(),
    };
    let class = event["class_uid"].as_i64().and_then(|uid| schema.classes.get(&uid));
    match (class, event.as_object()) {
        (Some(class), Some(fields)) => {
            check.shape(&class.shape, fields);
            check.ids(class, event);
            check.metadata(class, event);
        }
        (_, None) => {
            check.report("", Problem::Type { expected: "an object".into(), found: json_type(event) });
        }
        (None, Some(_)) => {
            let problem = match event.get("class_uid") {
                Some(uid) => Problem::Value(uid.to_string()),
                None => Problem::Missing,
            };
            check.report("class_uid", problem);
        }
    }
    check.review
}

fn scalar_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn present(fields: &Map<String, Value>, path: &str) -> bool {
    match path.split_once('.') {
        Some((first, rest)) => {
            fields.get(first).and_then(Value::as_object).is_some_and(|inner| present(inner, rest))
        }
        None => fields.contains_key(path),
    }
}

impl<'a> Check<'a> {
    /// Notes a problem of the attribute `name` in the object that is being looked at.
    fn report(&mut self, name: &str, problem: Problem) {
        let path = self.at(name);
        self.review.violations.push(Violation { path, problem });
    }

    fn at(&self, name: &str) -> String {
        match (self.path.is_empty(), name.is_empty()) {
            (true, _) => name.to_owned(),
            (_, true) => self.path.clone(),
            _ => format!("{}.{name}", self.path),
        }
    }

    fn active(&self, attribute: &Attribute) -> bool {
        attribute.profile.as_deref().is_none_or(|profile| self.profiles.contains(profile))
    }

    fn shape(&mut self, shape: &'a Shape, fields: &Map<String, Value>) {
        if shape.open {
            return;
        }
        for (name, value) in fields {
            match shape.attributes.get(name) {
                Some(attribute) if self.active(attribute) => self.attribute(name, attribute, value),
                Some(attribute) => {
                    let profile = attribute.profile.clone().unwrap_or_default();
                    self.report(name, Problem::ProfileInactive(profile));
                }
                None => self.undeclared(shape, name, value),
            }
        }
        for (name, attribute) in &shape.attributes {
            if fields.contains_key(name) || !self.active(attribute) {
                continue;
            }
            match attribute.requirement {
                Requirement::Required => self.report(name, Problem::Missing),
                Requirement::Recommended => self.review.recommended.push(self.at(name)),
                Requirement::Optional => {}
            }
        }
        self.captions(shape, fields);
        self.constraints(shape, fields);
    }

    /// The profile `datetime` gives every timestamp a textual twin, which no file declares.
    fn undeclared(&mut self, shape: &Shape, name: &str, value: &Value) {
        let twin = name.strip_suffix("_dt").and_then(|stem| shape.attributes.get(stem));
        if twin.is_none_or(|twin| twin.kind != "timestamp_t") {
            self.report(name, Problem::Unknown(shape.caption.clone()));
        } else if !self.profiles.contains("datetime") {
            self.report(name, Problem::ProfileInactive("datetime".into()));
        } else if let Some(problem) = self.schema.scalars["datetime_t"].problem(value) {
            self.report(name, problem);
        }
    }

    fn attribute(&mut self, name: &str, attribute: &Attribute, value: &Value) {
        if !attribute.array {
            self.value(name, attribute, value);
            return;
        }
        let Some(items) = value.as_array() else {
            let expected = format!("an array of {}", attribute.kind);
            self.report(name, Problem::Type { expected, found: json_type(value) });
            return;
        };
        for (index, item) in items.iter().enumerate() {
            self.value(&format!("{name}[{index}]"), attribute, item);
        }
    }

    fn value(&mut self, name: &str, attribute: &Attribute, value: &Value) {
        if let Some(scalar) = self.schema.scalars.get(&attribute.kind) {
            if let Some(problem) = scalar.problem(value) {
                self.report(name, problem);
            } else if let Some(values) = &attribute.values
                && !values.contains_key(&scalar_text(value))
            {
                self.report(name, Problem::Value(value.to_string()));
            }
            return;
        }
        let (schema, kind) = (self.schema, attribute.kind.as_str());
        let Some((shape, fields)) = schema.objects.get(kind).zip(value.as_object()) else {
            let expected = format!("an object {kind}");
            self.report(name, Problem::Type { expected, found: json_type(value) });
            return;
        };
        let length = self.path.len();
        self.path = self.at(name);
        self.shape(shape, fields);
        self.path.truncate(length);
    }

    /// The caption beside an enumerated value is that value's own, unless the value is Other.
    fn captions(&mut self, shape: &Shape, fields: &Map<String, Value>) {
        for (name, value) in fields {
            let Some(attribute) = shape.attributes.get(name) else { continue };
            let (Some(values), Some(sibling)) = (&attribute.values, &attribute.sibling) else { continue };
            let Some(found) = fields.get(sibling) else { continue };
            let pairs = match (value, found) {
                (Value::Array(values), Value::Array(found)) => values.iter().zip(found).collect(),
                pair => vec![pair],
            };
            for (value, found) in pairs {
                let (value, found) = (scalar_text(value), scalar_text(found));
                let expected = values.get(&value).filter(|caption| !caption.is_empty());
                if let Some(expected) = expected.filter(|caption| value != OTHER && **caption != found) {
                    let expected = expected.clone();
                    self.report(sibling, Problem::Caption { value, expected, found });
                }
            }
        }
    }

    fn constraints(&mut self, shape: &Shape, fields: &Map<String, Value>) {
        for constraint in &shape.constraints {
            let (Constraint::AtLeastOne(names) | Constraint::JustOne(names)) = constraint;
            let held = names.iter().filter(|name| present(fields, name)).count();
            match constraint {
                Constraint::AtLeastOne(names) if held == 0 => {
                    self.report("", Problem::AtLeastOne(names.join(", ")));
                }
                Constraint::JustOne(names) if held != 1 => {
                    self.report("", Problem::JustOne(names.join(", ")));
                }
                _ => {}
            }
        }
    }

    /// `category_uid`, `class_uid`, `type_uid` and their names follow from the class and the activity.
    fn ids(&mut self, class: &Class, event: &Value) {
        let caption = &class.shape.caption;
        let class_uid = event["class_uid"].as_i64().unwrap_or_default();
        self.id(event, "category_uid", &class.category_uid.to_string());
        self.id(event, "category_name", &class.category);
        self.id(event, "class_name", caption);
        let Some(activity) = event["activity_id"].as_i64() else { return };
        self.id(event, "type_uid", &(class_uid * 100 + activity).to_string());
        let activities = class.shape.attributes.get("activity_id").and_then(|ids| ids.values.as_ref());
        let name = activities.and_then(|activities| activities.get(&activity.to_string()));
        if let Some(name) = name.filter(|_| activity.to_string() != OTHER) {
            self.id(event, "type_name", &format!("{caption}: {name}"));
        }
    }

    fn id(&mut self, event: &Value, name: &str, expected: &str) {
        let Some(value) = event.get(name) else { return };
        let found = scalar_text(value);
        if found != expected {
            self.report(name, Problem::Id { expected: expected.into(), found });
        }
    }

    fn metadata(&mut self, class: &Class, event: &Value) {
        if let Some(found) =
            event["metadata"]["version"].as_str().filter(|found| *found != self.schema.version)
        {
            let (expected, found) = (self.schema.version.clone(), found.to_owned());
            self.report("metadata.version", Problem::Version { expected, found });
        }
        // Some profiles are only known to an object: whichever knows it, the event may name it.
        let known = |profile: &str| {
            let objects = self.schema.objects.values();
            class.shape.profiles.contains(profile) || objects.clone().any(|o| o.profiles.contains(profile))
        };
        let unknown = event["metadata"]["profiles"].as_array().into_iter().flatten().enumerate();
        let unknown = unknown
            .filter_map(|(index, profile)| profile.as_str().map(|profile| (index, profile)))
            .filter(|(_, profile)| !known(profile))
            .map(|(index, profile)| (index, profile.to_owned()))
            .collect::<Vec<_>>();
        for (index, profile) in unknown {
            self.report(&format!("metadata.profiles[{index}]"), Problem::ProfileUnknown(profile));
        }
    }
}

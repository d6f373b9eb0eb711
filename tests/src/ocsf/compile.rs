//! From the published files to shapes that an event can be held against.

use std::collections::BTreeMap;

use serde_json::Value;

use super::scalar::Scalar;
use super::source::{LoadError, Sources, merge, text};
use super::{Attribute, Class, Constraint, Requirement, Schema, Shape};

/// Ids whose values follow from the class: they are checked by arithmetic, not by an enumeration.
const DERIVED: [&str; 3] = ["category_uid", "class_uid", "type_uid"];

pub(super) fn schema(sources: &Sources) -> Result<Schema, LoadError> {
    let mut objects = BTreeMap::new();
    for name in sources.objects.keys() {
        let definition = sources.inherited(&sources.objects, name)?;
        objects.insert(name.clone(), shape(sources, &definition)?);
    }
    if let Some(values) = objects
        .get_mut("observable")
        .and_then(|observable| observable.attributes.get_mut("type_id"))
        .and_then(|type_id| type_id.values.as_mut())
    {
        observables(sources, values);
    }
    let mut classes = BTreeMap::new();
    for name in sources.events.keys() {
        let definition = sources.inherited(&sources.events, name)?;
        let own_uid = sources.events[name]["uid"].as_i64();
        if let Some(uid) = own_uid.or_else(|| (name == "base_event").then_some(0)) {
            let class = class(sources, &definition)?;
            classes.insert(class.category_uid * 1000 + uid, class);
        }
    }
    Ok(Schema { version: sources.version.clone(), scalars: scalars(sources)?, objects, classes })
}

fn class(sources: &Sources, definition: &Value) -> Result<Class, LoadError> {
    let category = text(definition, "category")?;
    let entry = &sources.categories["attributes"][category];
    let (category_uid, category) = match category {
        "other" => (0, "Uncategorized".to_owned()),
        name => (
            entry["uid"].as_i64().ok_or_else(|| LoadError::Lacks("categories.json".into(), name.into()))?,
            text(entry, "caption")?.to_owned(),
        ),
    };
    let mut shape = shape(sources, definition)?;
    for name in DERIVED {
        if let Some(attribute) = shape.attributes.get_mut(name) {
            (attribute.values, attribute.sibling) = (None, None);
        }
    }
    Ok(Class { category_uid, category, shape })
}

fn shape(sources: &Sources, definition: &Value) -> Result<Shape, LoadError> {
    let mut attributes = BTreeMap::new();
    for (name, used) in definition["attributes"].as_object().into_iter().flatten() {
        let mut merged = sources.dictionary["attributes"][name].clone();
        if !merged.is_object() {
            return Err(LoadError::Lacks("dictionary.json".into(), name.clone()));
        }
        merge(&mut merged, used);
        attributes.insert(name.clone(), attribute(&merged)?);
    }
    let texts = |value: &Value| {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut constraints = Vec::new();
    for (kind, names) in definition["constraints"].as_object().into_iter().flatten() {
        constraints.push(match kind.as_str() {
            "at_least_one" => Constraint::AtLeastOne(texts(names)),
            "just_one" => Constraint::JustOne(texts(names)),
            other => return Err(LoadError::Lacks("this validator".into(), format!("constraint `{other}`"))),
        });
    }
    Ok(Shape {
        caption: text(definition, "caption")?.to_owned(),
        open: definition["name"] == "object",
        attributes,
        constraints,
        profiles: texts(&definition["profiles"]).into_iter().collect(),
    })
}

fn attribute(merged: &Value) -> Result<Attribute, LoadError> {
    let values = merged["enum"].as_object().map(|values| {
        let caption = |value: &Value| value["caption"].as_str().unwrap_or_default().to_owned();
        values.iter().map(|(value, details)| (value.clone(), caption(details))).collect()
    });
    Ok(Attribute {
        kind: text(merged, "type")?.to_owned(),
        array: merged["is_array"].as_bool().unwrap_or(false),
        requirement: match merged["requirement"].as_str() {
            Some("required") => Requirement::Required,
            Some("recommended") => Requirement::Recommended,
            _ => Requirement::Optional,
        },
        profile: merged["profile"].as_str().map(str::to_owned),
        values,
        sibling: merged["sibling"].as_str().map(str::to_owned),
    })
}

fn scalars(sources: &Sources) -> Result<BTreeMap<String, Scalar>, LoadError> {
    let types = &sources.dictionary["types"]["attributes"];
    let names = types.as_object().into_iter().flatten();
    names.map(|(name, _)| Ok((name.clone(), Scalar::compile(types, name)?))).collect()
}

/// What may be observed is told by numbers on types, objects and attributes all over the schema.
fn observables(sources: &Sources, values: &mut BTreeMap<String, String>) {
    let mut note = |value: &Value, caption: &str| {
        if let Some(number) = value["observable"].as_i64() {
            values.insert(number.to_string(), caption.to_owned());
        }
    };
    for part in [&sources.dictionary["types"]["attributes"], &sources.dictionary["attributes"]] {
        for value in part.as_object().into_iter().flatten().map(|(_, value)| value) {
            note(value, value["caption"].as_str().unwrap_or_default());
        }
    }
    for value in sources.objects.values().chain(sources.events.values()) {
        note(value, value["caption"].as_str().unwrap_or_default());
        for attribute in value["attributes"].as_object().into_iter().flatten().map(|(_, value)| value) {
            note(attribute, "");
        }
    }
}

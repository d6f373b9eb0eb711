//! The schema as published: one JSON file per object, event and profile, related by `extends` and `$include`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// Why the schema cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or a folder cannot be read.
    #[error("{0}: {1}")]
    Read(PathBuf, std::io::Error),
    /// A file is no JSON.
    #[error("{0}: {1}")]
    Json(PathBuf, serde_json::Error),
    /// Something that a schema needs is not there.
    #[error("{0} lacks {1}")]
    Lacks(String, String),
    /// A type's pattern is no regular expression.
    #[error("the type {0}: {1}")]
    Pattern(String, regex::Error),
}

/// The published files, by the name within or, for includes, by path.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) version: String,
    pub(super) categories: Value,
    pub(super) dictionary: Value,
    pub(super) events: BTreeMap<String, Value>,
    pub(super) objects: BTreeMap<String, Value>,
    profiles: BTreeMap<String, Value>,
}

fn read(path: &Path) -> Result<Value, LoadError> {
    let text = std::fs::read(path).map_err(|error| LoadError::Read(path.into(), error))?;
    serde_json::from_slice(&text).map_err(|error| LoadError::Json(path.into(), error))
}

fn walk(folder: &Path, into: &mut BTreeMap<String, Value>) -> Result<(), LoadError> {
    let failed = |error| LoadError::Read(folder.into(), error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            walk(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let value = read(&path)?;
            into.insert(text(&value, "name")?.to_owned(), value);
        }
    }
    Ok(())
}

/// The text under a key.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, LoadError> {
    value[key].as_str().ok_or_else(|| {
        let name = value["name"].as_str().or_else(|| value["caption"].as_str()).unwrap_or("a definition");
        LoadError::Lacks(name.into(), key.into())
    })
}

/// Lays `over` upon `under`: objects are merged key by key, anything else is replaced, `null` included.
pub(super) fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                match under.get_mut(key) {
                    Some(held) => merge(held, value),
                    None => {
                        under.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (under, over) => *under = over.clone(),
    }
}

impl Sources {
    pub(super) fn read(folder: &Path) -> Result<Self, LoadError> {
        let mut sources = Self {
            version: text(&read(&folder.join("version.json"))?, "version")?.to_owned(),
            categories: read(&folder.join("categories.json"))?,
            dictionary: read(&folder.join("dictionary.json"))?,
            events: BTreeMap::new(),
            objects: BTreeMap::new(),
            profiles: BTreeMap::new(),
        };
        walk(&folder.join("events"), &mut sources.events)?;
        walk(&folder.join("objects"), &mut sources.objects)?;
        walk(&folder.join("profiles"), &mut sources.profiles)?;
        Ok(sources)
    }

    /// An event or an object with all that it extends: attributes merged, profiles joined, the rest overridden.
    pub(super) fn inherited(&self, within: &BTreeMap<String, Value>, name: &str) -> Result<Value, LoadError> {
        let own = within
            .get(name)
            .ok_or_else(|| LoadError::Lacks("the schema".into(), format!("`{name}`, which is extended")))?;
        let mut merged = match own["extends"].as_str() {
            Some(parent) => self.inherited(within, parent)?,
            None => Value::Object(Map::new()),
        };
        let mut profiles = merged["profiles"].as_array().cloned().unwrap_or_default();
        profiles.extend(own["profiles"].as_array().into_iter().flatten().cloned());
        for (key, value) in own.as_object().into_iter().flatten() {
            if key == "attributes" {
                let attributes = self.attributes(value)?;
                merge(&mut merged["attributes"], &attributes);
            } else {
                // A constraint of the child replaces those of its parent; an empty one takes them away.
                merged[key] = value.clone();
            }
        }
        merged["profiles"] = Value::Array(profiles);
        Ok(merged)
    }

    /// Own attributes upon the included profiles' ones.
    fn attributes(&self, own: &Value) -> Result<Value, LoadError> {
        let mut merged = Value::Object(Map::new());
        for include in own["$include"].as_array().into_iter().flatten() {
            let include = include.as_str().unwrap_or_default();
            let name = include.strip_prefix("profiles/").and_then(|name| name.strip_suffix(".json"));
            let profile = name
                .and_then(|name| self.profiles.get(name))
                .ok_or_else(|| LoadError::Lacks("the schema".into(), format!("`{include}`")))?;
            for (attribute, value) in profile["attributes"].as_object().into_iter().flatten() {
                let mut value = value.clone();
                value["profile"] = profile["name"].clone();
                merge(&mut merged[attribute], &value);
            }
        }
        let mut own = own.clone();
        if let Some(own) = own.as_object_mut() {
            own.remove("$include");
        }
        merge(&mut merged, &own);
        Ok(merged)
    }
}

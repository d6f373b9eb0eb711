//! Is an event what OCSF says it is? Compiles the published schema sources (dictionary, objects, events, profiles) and
//! checks JSON events against them: attributes, types, enumerations and their captions, constraints, profiles and the
//! arithmetic of the class ids. Recommended attributes are listed apart: leaving one out breaks nothing.

mod check;
mod compile;
mod scalar;
mod source;
mod violation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

pub use source::LoadError;
pub use violation::{Problem, Violation};

use scalar::Scalar;

/// The compiled schema.
#[derive(Debug)]
pub struct Schema {
    version: String,
    scalars: BTreeMap<String, Scalar>,
    objects: BTreeMap<String, Shape>,
    classes: BTreeMap<i64, Class>,
}

/// An event class.
#[derive(Debug)]
struct Class {
    category_uid: i64,
    category: String,
    shape: Shape,
}

/// The attributes of an object or of a class.
#[derive(Debug)]
struct Shape {
    caption: String,
    /// `object` itself: whatever stands in it is right.
    open: bool,
    attributes: BTreeMap<String, Attribute>,
    constraints: Vec<Constraint>,
    profiles: BTreeSet<String>,
}

/// One attribute where it is used.
#[derive(Debug)]
struct Attribute {
    kind: String,
    array: bool,
    requirement: Requirement,
    profile: Option<String>,
    /// Value to caption; an empty caption is not checked.
    values: Option<BTreeMap<String, String>>,
    sibling: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requirement {
    Required,
    Recommended,
    Optional,
}

#[derive(Debug)]
enum Constraint {
    AtLeastOne(Vec<String>),
    JustOne(Vec<String>),
}

/// What was found in one event.
#[derive(Debug, Default)]
pub struct Review {
    /// Where it breaks the schema.
    pub violations: Vec<Violation>,
    /// Paths of recommended attributes that are absent.
    pub recommended: Vec<String>,
}

impl Schema {
    /// Compiles the schema sources of a folder with `version.json`, `categories.json`, `dictionary.json`, `events`,
    /// `objects` and `profiles`.
    ///
    /// # Errors
    /// Names the file that cannot be read, is no JSON or lacks what a schema needs.
    pub fn load(folder: &Path) -> Result<Self, LoadError> {
        compile::schema(&source::Sources::read(folder)?)
    }

    /// Where an event breaks the schema; empty for a valid event.
    pub fn validate(&self, event: &Value) -> Vec<Violation> {
        self.review(event).violations
    }

    /// The same, and the recommended attributes that the event leaves out.
    pub fn review(&self, event: &Value) -> Review {
        check::event(self, event)
    }

    /// The version of the schema: `1.8.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How many classes an event may have.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }
}

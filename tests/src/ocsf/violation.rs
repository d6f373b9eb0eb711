//! What can be wrong with an event.

use std::fmt;

/// A place where an event breaks the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The attribute: `finding_info.attacks[0].technique.uid`.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with an attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The class or the object has no such attribute.
    #[error("is no attribute of {0}")]
    Unknown(String),
    /// It belongs to a profile that `metadata.profiles` does not name.
    #[error("needs the profile `{0}` in metadata.profiles")]
    ProfileInactive(String),
    /// The class does not know the profile.
    #[error("the class has no profile `{0}`")]
    ProfileUnknown(String),
    /// It is required and absent.
    #[error("is required")]
    Missing,
    /// It has another JSON type.
    #[error("must be {expected}, is {found}")]
    Type {
        /// The type of the schema.
        expected: String,
        /// The type in the event.
        found: &'static str,
    },
    /// The text is not as its type demands.
    #[error("`{value}` is no {kind}")]
    Text {
        /// The type of the schema.
        kind: String,
        /// The text.
        value: String,
    },
    /// The number is outside of its type's range.
    #[error("{value} is no {kind}")]
    Range {
        /// The type of the schema.
        kind: String,
        /// The number.
        value: String,
    },
    /// The enumeration has no such value.
    #[error("{0} is not in the enumeration")]
    Value(String),
    /// The caption beside an enumerated value is another value's.
    #[error("must be `{expected}` beside {value}, is `{found}`")]
    Caption {
        /// The enumerated value.
        value: String,
        /// Its caption.
        expected: String,
        /// The caption in the event.
        found: String,
    },
    /// None of the attributes is there.
    #[error("needs at least one of {0}")]
    AtLeastOne(String),
    /// None or several of the attributes are there.
    #[error("needs exactly one of {0}")]
    JustOne(String),
    /// An id does not follow from the others.
    #[error("must be {expected}, is {found}")]
    Id {
        /// What follows from the class and the activity.
        expected: String,
        /// What the event says.
        found: String,
    },
    /// The event was made for another version of the schema.
    #[error("is made for {found}, the schema is {expected}")]
    Version {
        /// The schema's.
        expected: String,
        /// The event's.
        found: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "the event" } else { &self.path };
        write!(f, "{path}: {}", self.problem)
    }
}

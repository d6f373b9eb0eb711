//! What an action in a log means: class, access level and sensitivity, from the tables under `data/`. The code knows
//! how to look up; what is known stands in the tables, so that a new action is a new line there.

mod aws;
mod reference;
mod sensitivity;
pub(crate) mod table;
mod verbs;

pub use aws::{aws, aws_service, without_version};
pub use sensitivity::sensitivity;

use ambit_schemas::vocabulary::{AccessLevel, ActionClass};

/// What the tables say of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionEntry {
    /// What it does.
    pub class: ActionClass,
    /// Its access level.
    pub access_level: AccessLevel,
    /// 0 (harmless) to 3 (most sensitive), by the action alone. The resource's kind may raise it: [`sensitivity`].
    pub sensitivity: u8,
    /// Whether no table knows the action, so that class and level were read off the beginning of its name.
    pub by_default: bool,
}

#[cfg(test)]
mod tests;

//! What an action in a log means: class, access level and sensitivity, from the tables under `data/`. The code knows
//! how to look up; what is known stands in the tables, so that a new action is a new line there.

mod aws;
pub(crate) mod plane;
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
    /// 0 (harmless) to 3 (most sensitive), by the action alone. The resource's kind may raise it:
    /// [`ActionEntry::sensitivity_on`].
    pub sensitivity: u8,
    /// Whether no table knows the action, so that class and level were read off the beginning of its name.
    pub by_default: bool,
}

impl ActionEntry {
    /// The sensitivity of this action on a kind of resource: the higher of what action and kind say. `class` is the
    /// action's, or what a record shows it to be; then the action's own level no longer holds, but the class's.
    pub fn sensitivity_on(&self, class: ActionClass, resource_kind: Option<&str>) -> u8 {
        let own = if class == self.class { self.sensitivity } else { sensitivity::of_class(class) };
        sensitivity::of_kind(class, resource_kind).map_or(own, |level| level.max(own))
    }
}

#[cfg(test)]
mod tests;

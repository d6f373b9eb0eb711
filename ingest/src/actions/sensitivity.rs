//! Sensitivity by class and by the kind of the resource, for every source.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ambit_schemas::vocabulary::ActionClass;

use super::table::{self, BadLine};

#[derive(Debug, Default)]
struct Tables {
    classes: BTreeMap<ActionClass, u8>,
    kinds: BTreeMap<(&'static str, Option<ActionClass>), u8>,
}

static TABLES: LazyLock<(Tables, Vec<BadLine>)> = LazyLock::new(|| {
    let (mut tables, mut bad) = (Tables::default(), Vec::new());
    let text = include_str!("../../data/sensitivity-classes.txt");
    table::read("sensitivity-classes.txt", text, &mut bad, |[class, level, _why]| {
        let class = ActionClass::parse(class)?;
        tables.classes.insert(class, level_of(level)?).is_none().then_some(())
    });
    let text = include_str!("../../data/sensitivity-kinds.txt");
    table::read("sensitivity-kinds.txt", text, &mut bad, |[kind, class, level, _why]| {
        let class = if class == "*" { None } else { Some(ActionClass::parse(class)?) };
        tables.kinds.insert((kind, class), level_of(level)?).is_none().then_some(())
    });
    (tables, bad)
});

/// A sensitivity as the tables write it.
pub(super) fn level_of(text: &str) -> Option<u8> {
    text.parse().ok().filter(|level| *level <= 3)
}

/// The sensitivity of a class of action, 0 to 3.
pub(super) fn of_class(class: ActionClass) -> u8 {
    TABLES.0.classes.get(&class).copied().unwrap_or(0)
}

/// What the kind of a resource says, if it says anything.
pub(super) fn of_kind(class: ActionClass, resource_kind: Option<&str>) -> Option<u8> {
    let kind = resource_kind?;
    let any = if class == ActionClass::List { None } else { TABLES.0.kinds.get(&(kind, None)) };
    TABLES.0.kinds.get(&(kind, Some(class))).or(any).copied()
}

/// The sensitivity of an action by its class and the kind of its resource (`vault.secret`), 0 to 3, for sources whose
/// actions have no entry of their own.
pub fn sensitivity(class: ActionClass, resource_kind: Option<&str>) -> u8 {
    of_kind(class, resource_kind).unwrap_or_else(|| of_class(class))
}

#[cfg(test)]
pub(super) fn state() -> (&'static [BadLine], bool) {
    let complete = ActionClass::ALL.iter().all(|class| TABLES.0.classes.contains_key(class));
    (&TABLES.1, complete)
}

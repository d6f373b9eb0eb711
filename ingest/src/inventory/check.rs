//! From the tree to the checked inventory, section by section.

mod lists;
mod places;
mod workloads;

use std::collections::BTreeMap;

use ambit_schemas::Inventory;

use super::document::{Node, Value};
use super::field::Field;
use super::problem::{Problems, one_line};
use super::suggest::nearest;

const VERSION: &str = "1";

/// Reads all sections; what is wrong goes to `problems`, what is right into the inventory.
pub(super) fn check(document: &Node, problems: &mut Problems) -> Inventory {
    const KNOWN: &[&str] =
        &["version", "environments", "workloads", "secrets", "sensitivity", "leaked", "revoked", "changes"];
    let mut inventory = Inventory { given: true, ..Inventory::default() };
    let Some(top) = Field::top(document).fields(KNOWN, problems) else { return inventory };
    if let Some(version) = top.need("version", problems)
        && let Some(text) = version.text(problems)
        && text != VERSION
    {
        version.wrong(problems, format!("`{}` is not known to this release; write 1", one_line(text)));
    }
    let mut items = |name| top.get(name).and_then(|field| field.items(problems)).unwrap_or_default();
    let [environments, workloads, secrets, sensitivity, leaked, revoked, changes] =
        ["environments", "workloads", "secrets", "sensitivity", "leaked", "revoked", "changes"]
            .map(&mut items);
    let environment_names = names(&environments, "environment", problems);
    let workload_names = names(&workloads, "workload", problems);
    inventory.environments = checked(&environments, |item| places::environment(item, problems));
    inventory.workloads = checked(&workloads, |item| workloads::workload(item, &environment_names, problems));
    inventory.secrets = checked(&secrets, |item| lists::secret(item, &workload_names, problems));
    inventory.sensitivity = checked(&sensitivity, |item| lists::sensitivity(item, problems));
    inventory.leaked = checked(&leaked, |item| lists::notice(item, "since", problems));
    inventory.revoked = checked(&revoked, |item| lists::notice(item, "at", problems));
    inventory.changes = checked(&changes, |item| lists::change(item, &workload_names, problems));
    inventory
}

fn checked<T>(items: &[Field<'_>], check: impl FnMut(&Field<'_>) -> Option<T>) -> Vec<T> {
    items.iter().filter_map(check).collect()
}

/// The names that a section gives, each of which may stand once. Items with other faults count too, or a reference to
/// them would be called wrong as well.
fn names<'a>(items: &[Field<'a>], what: &str, problems: &mut Problems) -> Vec<&'a str> {
    let mut seen = BTreeMap::new();
    let mut names = Vec::new();
    for item in items {
        let Value::Map(entries) = &item.node.value else { continue };
        let given = entries.iter().find(|entry| entry.key == "name").map(|entry| &entry.node);
        let Some(Node { value: Value::Scalar(name), place }) = given else { continue };
        names.push(name.as_str());
        if let Some(first) = seen.insert(name, place.line) {
            let message =
                format!("`{}` stands in line {first} already; give each {what} its own name", one_line(name));
            problems.add(*place, &format!("{}.name", item.path), message);
        }
    }
    names
}

/// A reference to something that must be declared.
fn reference(field: &Field<'_>, declared: &[&str], section: &str, problems: &mut Problems) -> Option<String> {
    let name = field.text(problems)?;
    if declared.contains(&name) {
        return Some(name.to_owned());
    }
    let advice = match nearest(name, declared) {
        Some(near) => format!("did you mean `{}`?", one_line(near)),
        None => format!("declare it under `{section}`"),
    };
    field.wrong(problems, format!("`{}` is not declared; {advice}", one_line(name)));
    None
}

//! The environment: `AMBIT_SECTION__KEY` is laid over the file; the service manager tells where it listens.

use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::Value;

use super::raw::RawConfig;

const PREFIX: &str = "AMBIT_";
/// Between the parts of a path: `AMBIT_DETECTOR__BUDGET`, `AMBIT_SOURCES__0__FILE__NAME`.
const BETWEEN: &str = "__";

/// The value of a variable.
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment for settings")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Where systemd wants to be told that the daemon is ready.
pub(crate) fn notify_socket() -> Option<String> {
    variable("NOTIFY_SOCKET")
}

/// Within which time systemd wants to hear that the daemon lives.
pub(crate) fn watchdog() -> Option<Duration> {
    variable("WATCHDOG_USEC")?.parse().ok().map(Duration::from_micros)
}

/// Lays the variables over what the file says.
pub(super) fn overlay(raw: RawConfig) -> anyhow::Result<RawConfig> {
    let ours = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX) && name.contains(BETWEEN));
    let mut ours = ours.collect::<Vec<_>>();
    ours.sort();
    ours.into_iter().try_fold(raw, |raw, (name, text)| {
        set(&raw, &name, &text).with_context(|| format!("the environment variable {name}"))
    })
}

fn set(raw: &RawConfig, name: &str, text: &str) -> anyhow::Result<RawConfig> {
    let mut tree = serde_json::to_value(raw)?;
    let path = name.trim_start_matches(PREFIX).to_lowercase();
    let mut at = &mut tree;
    for part in path.split(BETWEEN) {
        at = match at {
            Value::Array(items) => {
                let count = items.len();
                let index = part.parse::<usize>().ok();
                index.and_then(|index| items.get_mut(index)).ok_or_else(|| {
                    anyhow!("the list has {count} items, numbered from 0; there is no `{part}`")
                })?
            }
            Value::Object(members) => members.entry(part).or_insert(Value::Null),
            other => {
                *other = Value::Object(serde_json::Map::new());
                let Value::Object(members) = other else { return Err(anyhow!("no place for `{part}`")) };
                members.entry(part).or_insert(Value::Null)
            }
        };
    }
    // A number, a list, a truth value; else a text.
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    *at = value;
    let typed = serde_json::from_value::<RawConfig>(tree.clone());
    typed.or_else(|error| {
        // An account or a port may look like a number and be a text.
        set_text(&mut tree, &path, text);
        serde_json::from_value(tree).map_err(|_as_text| anyhow!(error))
    })
}

fn set_text(tree: &mut Value, path: &str, text: &str) {
    let pointer = format!("/{}", path.replace(BETWEEN, "/"));
    if let Some(at) = tree.pointer_mut(&pointer) {
        *at = Value::String(text.to_owned());
    }
}

#[cfg(test)]
pub(super) fn set_for_test(raw: &RawConfig, name: &str, text: &str) -> anyhow::Result<RawConfig> {
    set(raw, name, text)
}

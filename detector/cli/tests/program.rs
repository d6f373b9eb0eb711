//! The program as a user runs it: arguments and files in; exit code, stdout, stderr and files out.

#[cfg(test)]
#[path = "program/bindings.rs"]
mod bindings;
#[cfg(test)]
#[path = "program/config.rs"]
mod config;
#[cfg(test)]
#[path = "program/daemon.rs"]
mod daemon;
#[cfg(test)]
#[path = "program/decisions.rs"]
mod decisions;
#[cfg(test)]
#[path = "program/diff.rs"]
mod diff;
#[cfg(test)]
#[path = "program/double.rs"]
mod double;
#[cfg(test)]
#[cfg(feature = "hunt")]
#[path = "program/hunt.rs"]
mod hunt;
#[cfg(test)]
#[cfg(all(feature = "hunt", feature = "objects"))]
#[path = "program/hunted.rs"]
mod hunted;
#[cfg(test)]
#[path = "program/inputs.rs"]
mod inputs;
#[cfg(test)]
#[path = "program/inventory.rs"]
mod inventory;
#[cfg(test)]
#[path = "program/normalize.rs"]
mod normalize;
#[cfg(test)]
#[path = "program/place.rs"]
mod place;
#[cfg(test)]
#[cfg(feature = "kafka")]
#[path = "program/records.rs"]
mod records;
#[cfg(test)]
#[cfg(feature = "kafka")]
#[path = "program/registry.rs"]
mod registry;
#[cfg(test)]
#[path = "program/replay.rs"]
mod replay;
#[cfg(test)]
#[path = "program/run.rs"]
mod run;
#[cfg(test)]
#[path = "program/secrets.rs"]
mod secrets;
#[cfg(test)]
#[path = "program/simulate.rs"]
mod simulate;
#[cfg(test)]
#[path = "program/state.rs"]
mod state;
#[cfg(test)]
#[cfg(feature = "objects")]
#[path = "program/store.rs"]
mod store;
#[cfg(test)]
#[cfg(feature = "objects")]
#[path = "program/stored.rs"]
mod stored;
#[cfg(test)]
#[cfg(feature = "kafka")]
#[path = "program/topics.rs"]
mod topics;
#[cfg(test)]
#[path = "program/usage.rs"]
mod usage;

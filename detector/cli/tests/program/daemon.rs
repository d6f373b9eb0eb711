//! The daemon in a place.

use ambit_tests::daemon;
use serde_json::Value;

pub(crate) use ambit_tests::daemon::{Daemon, comes_true, pause};

use super::place::{Place, program};

/// Starts it with the `ambit.yaml` that is there, and waits until it listens.
pub(crate) fn start(place: &Place) -> Daemon {
    start_with(place, &[])
}

/// The same, with variables in its environment.
pub(crate) fn start_with(place: &Place, variables: &[(&str, &str)]) -> Daemon {
    Daemon::start(&program(), &place.path(""), variables)
}

/// The findings that were delivered to a file so far; none where there is no file.
pub(crate) fn delivered(place: &Place, name: &str) -> Vec<Value> {
    daemon::delivered(&place.path(name))
}

/// Those that were told before the watermark had passed their event, and those that were taken back.
pub(crate) fn delivered_early(place: &Place, name: &str) -> Vec<Value> {
    daemon::delivered_early(&place.path(name))
}

//! What goes wrong: small things in the fourth and fifth week, and one that matters in the sixth.

mod drift;
mod hygiene;
mod serving;
mod session_theft;
mod takeover;
mod tools;

use super::Silence;
use super::schedule::Schedule;
pub(super) use takeover::key_revoked;

/// Everything that goes wrong.
pub(super) fn plan(schedule: &mut Schedule) {
    drift::plan(schedule);
    hygiene::plan(schedule);
    serving::plan(schedule);
    session_theft::plan(schedule);
    tools::plan(schedule);
    takeover::plan(schedule);
}

/// When trails write nothing.
pub(super) fn silences() -> Vec<Silence> {
    vec![takeover::silence()]
}

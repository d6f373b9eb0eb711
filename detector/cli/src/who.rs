//! Who decides: the name that was given, else that of the account, which the system tells programs by the environment.

use ambit_schemas::decisions::check_text;

use crate::args::WhoArgs;
use crate::exit::usage;

/// The variables that hold the account's name, by system.
const VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];

/// The name to write down.
///
/// # Errors
/// When none was given and the system tells none.
pub(crate) fn decides(who: &WhoArgs) -> anyhow::Result<String> {
    let given = who.by.clone().or_else(|| VARIABLES.iter().find_map(|name| variable(name)));
    given
        .filter(|name| check_text(name).is_ok())
        .ok_or_else(|| usage("who decides is not known: this account has no name; give one with --by"))
}

#[expect(clippy::disallowed_methods, reason = "the account's name is no setting: it is told in no other way")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

//! Exit codes, and which error gives which.

use std::io;

/// How the program ends. The first that applies, in the order of [`Exit::Usage`], [`Exit::Config`],
/// [`Exit::Incomplete`], [`Exit::Found`], [`Exit::Done`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was read and nothing asks for attention.
    Done,
    /// There are findings at or above `--fail-on`.
    Found,
    /// The command line or the rules are wrong.
    Usage,
    /// The configuration, the inventory, the state or the place of an output is wrong.
    Config,
    /// Some input could not be read.
    Incomplete,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Incomplete => 4,
        }
    }
}

/// The command line asks for what cannot be: the user must change the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// A usage error.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

/// Prints what clap has to say: an error, or the help that was asked for.
pub(crate) fn of_clap(error: &clap::Error) -> Exit {
    // A closed stream leaves nobody to tell.
    error.print().unwrap_or_default();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

/// Tells the user why the program ends early. A reader that closed our output wants no more of it: that is no error.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        return Exit::Done;
    }
    for line in format!("{error:#}").lines() {
        tracing::error!("{line}");
    }
    if error.is::<UsageError>() { Exit::Usage } else { Exit::Config }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kinds = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    kinds.into_iter().any(|kind| kind == io::ErrorKind::BrokenPipe)
}

//! The load: how fast the daemon is, how soon it tells, what it holds and how soon it is back. See `docs/sizing.md`.

pub mod args;
mod clock;
mod latency;
mod machine;
mod produce;
mod quantile;
mod rate;
mod rig;
mod scrape;
mod soak;
mod start;
mod tail;
mod traffic;

use self::args::{Args, What};

/// Measures what was asked for.
///
/// # Errors
/// When something cannot be run. What was measured is a result, however it came out.
pub fn run(args: &Args) -> anyhow::Result<String> {
    match &args.what {
        What::Latency(asked) => latency::run(asked),
        What::Rate(asked) => rate::run(asked),
        What::Soak(asked) => soak::run(asked),
        What::Start(asked) => start::run(asked),
    }
}

//! `load`: what `ambit run` bears, on a real broker. See `docs/sizing.md`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use ambit_tests::load::{self, args::Args};
use clap::Parser as _;

fn main() -> ExitCode {
    let done = load::run(&Args::parse());
    let told = done.and_then(|page| Ok(io::stdout().lock().write_all(page.as_bytes())?));
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even stderr is closed, the exit code has to do.
            writeln!(io::stderr().lock(), "load: {error:#}").unwrap_or_default();
            ExitCode::from(2)
        }
    }
}

//! `evaluate`: how good Ambit is on worlds whose truth is known. See `docs/evaluation.md`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use ambit_tests::evaluate::args::Args;
use ambit_tests::evaluate::page::Page;
use ambit_tests::evaluate::{real, run};
use clap::Parser as _;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.real { real::run(&args) } else { run::run(&args) };
    match done.and_then(|page| show(&page).map(|()| page)) {
        Ok(page) if args.strict && !page.reached => ExitCode::from(1),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            // Where even stderr is closed, the exit code has to do.
            writeln!(io::stderr().lock(), "evaluate: {error:#}").unwrap_or_default();
            ExitCode::from(2)
        }
    }
}

/// Whoever cuts the page short, as `head` does, has seen enough.
fn show(page: &Page) -> anyhow::Result<()> {
    match io::stdout().lock().write_all(page.text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

//! The `ambit` program: hands the command line to the library and its answer to the shell.

use std::process::ExitCode;

/// The one of the system keeps more and more of what batches leave behind: docs/sizing.md has the months beside it.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    ExitCode::from(ambit::run(std::env::args_os()))
}

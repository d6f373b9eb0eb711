//! Parquet files of canonical events.
#![no_main]

use ambit_fuzz::files;
use libfuzzer_sys::fuzz_target;

// What the library asserts of broken pages is caught where it is called; what is not caught ends the run without a hook, too.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    if data.starts_with(b"PAR1") {
        files::any_batch(data);
    }
});

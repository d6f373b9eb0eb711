//! Parquet files of canonical events.
#![no_main]

use ambit_fuzz::files;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if data.starts_with(b"PAR1") {
        files::any_batch(data);
    }
});

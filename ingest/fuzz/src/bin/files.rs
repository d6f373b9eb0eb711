//! Files as they are stored, and the same text behind gzip and zstd.
#![no_main]

use ambit_fuzz::files;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| files::any_codec(data));

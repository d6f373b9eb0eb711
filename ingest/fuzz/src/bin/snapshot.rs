//! The detector's state: one of its parts is replaced. The first byte says which.
#![no_main]

use ambit_fuzz::snapshot;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| snapshot::restore(data));

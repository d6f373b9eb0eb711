//! Bytes of any shape through the whole straight line: framer, decoders, resolver, detector.
#![no_main]

use ambit_fuzz::{line, reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    reading::any_split(None, data);
    line::run(data);
});

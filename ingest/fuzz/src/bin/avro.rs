//! Messages of a topic that may be Avro: canonical events with the fingerprint of our schema.
#![no_main]

use ambit_fuzz::avro::message;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| message(data));

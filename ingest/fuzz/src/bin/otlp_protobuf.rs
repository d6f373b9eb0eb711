//! Bodies of OTLP as protobuf; the first byte says whether they are traces or logs.
#![no_main]

use ambit_fuzz::reading;
use ambit_ingest::Signal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((first, body)) = data.split_first() {
        reading::protobuf(if first % 2 == 0 { Signal::Traces } else { Signal::Logs }, body);
    }
});

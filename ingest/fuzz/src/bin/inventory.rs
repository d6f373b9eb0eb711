//! Inventories: what is wrong with one is said, and the same text is read in the same way.
#![no_main]

use ambit_ingest::read_inventory;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let read = || read_inventory("workloads.yaml", data).map_err(|error| error.to_string());
    let (one, two) = (read(), read());
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
    if let Err(error) = one {
        assert!(error.contains("workloads.yaml"), "an error without its file: {error}");
    }
});

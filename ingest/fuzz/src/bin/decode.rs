//! One decoder, told which it is by the name of the target: `decode_aws_cloudtrail` and its like.
#![no_main]

use std::sync::LazyLock;

use ambit_fuzz::{named, reading};
use ambit_ingest::Format;
use libfuzzer_sys::fuzz_target;

static FORMAT: LazyLock<Format> = LazyLock::new(|| named(env!("CARGO_BIN_NAME")));

fuzz_target!(|data: &[u8]| reading::any_split(Some(*FORMAT), data));

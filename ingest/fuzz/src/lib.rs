//! What the fuzz targets hold to, beyond that nothing panics, hangs or takes memory without measure.

pub mod avro;
pub mod files;
pub mod line;
pub mod reading;
pub mod seeds;
pub mod snapshot;

use ambit_ingest::Format;

/// What the reader of Avro takes from the program: a client for the registry, which no target asks.
mod sink {
    pub(crate) fn agent(_patience: std::time::Duration) -> ureq::Agent {
        ureq::Agent::new_with_defaults()
    }
}

/// The format that a target is for: `decode_aws_cloudtrail` reads `aws.cloudtrail`.
///
/// # Panics
/// When no format has that name.
pub fn named(target: &str) -> Format {
    let plain = |format: &Format| format!("decode_{}", format.as_str().replace('.', "_"));
    let found = Format::ALL.iter().find(|format| plain(format) == target);
    *found.unwrap_or_else(|| panic!("{target} is the target of no format"))
}

//! The reading of `workloads.yaml`, for every command.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ambit_ingest::inventory::{MAX_BYTES, read_inventory};
use ambit_schemas::Inventory;
use anyhow::Context;

/// Reads an inventory; without a file it is empty.
///
/// # Errors
/// When the file cannot be read or anything in it is wrong; everything that is wrong is told at once.
pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Inventory> {
    let Some(path) = file else { return Ok(Inventory::default()) };
    let mut bytes = Vec::new();
    // One byte more than is allowed, so that the reader can tell that it is too long.
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .with_context(|| format!("--inventory {}: cannot be read", path.display()))?;
    Ok(read_inventory(&path.display().to_string(), &bytes)?)
}

//! `workloads.yaml` to a checked [`Inventory`]. Bytes go in, so that whoever has the file decides how it is read. All
//! that is wrong is told at once, each with its line, its field and the fix.

mod check;
mod document;
mod field;
mod problem;
mod suggest;

pub use problem::{InventoryError, Place, Problem};

use ambit_schemas::Inventory;

use problem::Problems;

/// Inventories are refused beyond this size: about 100,000 workloads.
pub const MAX_BYTES: usize = 64 << 20;

/// Reads and checks an inventory. `file` is its name in errors.
///
/// # Errors
/// Everything that is wrong with the file. Nothing of a file with an error is used.
pub fn read_inventory(file: &str, bytes: &[u8]) -> Result<Inventory, InventoryError> {
    let mut problems = Problems::default();
    let inventory = read(bytes, &mut problems);
    match problems.into_error(file) {
        Some(error) => Err(error),
        None => Ok(inventory),
    }
}

/// Where the value at a path of keys and indices stands in a YAML text, or the nearest value above it that is there. For
/// the errors of other files than inventories.
pub fn place_of(text: &str, path: &[&str]) -> Option<Place> {
    document::place_of_path(text, path)
}

fn read(bytes: &[u8], problems: &mut Problems) -> Inventory {
    let whole = |message: String| Problem { place: None, field: String::new(), message };
    if bytes.len() > MAX_BYTES {
        problems.push(whole(format!("is longer than {MAX_BYTES} bytes; split it or shorten it with `*`")));
        return Inventory::default();
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let lines = memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
            let line = u64::try_from(lines + 1).unwrap_or(u64::MAX);
            let message = "is not UTF-8; save the file as UTF-8".to_owned();
            problems.push(Problem { place: Some(Place { line, column: 1 }), ..whole(message) });
            return Inventory::default();
        }
    };
    match document::read(text) {
        Ok(document) => check::check(&document, problems),
        Err(problem) => {
            problems.push(problem);
            Inventory::default()
        }
    }
}

#[cfg(test)]
mod tests;

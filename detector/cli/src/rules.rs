//! The catalogue, with the operator's folders laid over it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ambit_rules::Catalogue;

use crate::exit::usage;

/// The built-in catalogue with each folder's YAML files over it; a later folder wins.
///
/// # Errors
/// When a folder cannot be read or a rule is wrong: both are usage errors.
pub(crate) fn load(folders: &[PathBuf]) -> anyhow::Result<Catalogue> {
    let mut catalogue = Catalogue::embedded()?;
    for folder in folders {
        let files = files(folder).map_err(|error| {
            usage(format!("--rules {}: {error}; give a folder of YAML files", folder.display()))
        })?;
        catalogue = catalogue.with_dir(&files).map_err(|error| usage(error.to_string()))?;
    }
    Ok(catalogue)
}

/// The YAML files of a folder with their texts, by name.
fn files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"));
    paths.sort();
    paths.into_iter().map(|path| Ok((path.display().to_string(), fs::read_to_string(&path)?))).collect()
}

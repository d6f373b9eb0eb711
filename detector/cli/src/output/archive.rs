//! Where the archive's files are put: a folder, or a place in a store.

use std::path::{Path, PathBuf};

use ambit_history::Part;
use anyhow::Context;
#[cfg(feature = "objects")]
use futures_util::TryStreamExt as _;

use crate::config::Kept;
#[cfg(feature = "objects")]
use crate::objects::{Objects, why};
use crate::run::checkpoint::replace;

/// A place of archived events.
#[derive(Debug)]
pub(crate) enum ArchivePlace {
    Folder(PathBuf),
    #[cfg(feature = "objects")]
    Objects(Objects),
}

impl ArchivePlace {
    /// A place, where nothing need be. A folder is made; a store is not asked yet.
    ///
    /// # Errors
    /// When the folder cannot be made, or the URL means nothing.
    pub(crate) fn open(kept: &Kept) -> anyhow::Result<Self> {
        match kept {
            Kept::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .with_context(|| format!("{}: cannot be made", folder.display()))?;
                Ok(Self::Folder(folder.clone()))
            }
            #[cfg(feature = "objects")]
            Kept::Objects(place) => {
                let objects = Objects::open(place).with_context(|| place.shown())?;
                Ok(Self::Objects(objects))
            }
            #[cfg(not(feature = "objects"))]
            Kept::Objects(_) => anyhow::bail!("this program was built without object stores"),
        }
    }

    /// The paths of the files that are there.
    ///
    /// # Errors
    /// When the place cannot be looked at.
    pub(crate) fn paths(&self) -> anyhow::Result<Vec<String>> {
        match self {
            Self::Folder(folder) => paths_in(folder),
            #[cfg(feature = "objects")]
            Self::Objects(objects) => {
                let listed = objects.store().list(Some(objects.prefix()));
                let paths = listed.map_ok(|found| found.location.to_string()).try_collect();
                objects.wait(paths).map_err(|error| {
                    anyhow::anyhow!("cannot list {}: {}", objects.url_of(objects.prefix()), why(&error))
                })
            }
        }
    }

    /// Puts a file in its place, whole or not at all. One that is there under its name is replaced. While it is waited
    /// for, a sign of life is given now and then.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn put(&self, part: &Part, live: &dyn Fn()) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                live();
                put_file(folder, part)
            }
            #[cfg(feature = "objects")]
            Self::Objects(objects) => put_object(objects, part, live),
        }
    }
}

/// Files of all folders below one.
fn paths_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let failed = || format!("cannot list {}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(failed)? {
        let path = entry.with_context(failed)?.path();
        if path.is_dir() {
            paths.extend(paths_in(&path)?);
        } else {
            paths.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(paths)
}

fn put_file(folder: &Path, part: &Part) -> anyhow::Result<()> {
    let path = part.path.split('/').fold(folder.to_owned(), |path, name| path.join(name));
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    replace(&path, &part.bytes).with_context(failed)
}

/// In one request: a store has an object whole or not at all.
#[cfg(feature = "objects")]
fn put_object(objects: &Objects, part: &Part, live: &dyn Fn()) -> anyhow::Result<()> {
    use object_store::ObjectStoreExt as _;
    let key = part.path.split('/').fold(objects.prefix().clone(), object_store::path::Path::join);
    let put = objects.store().put(&key, part.bytes.clone().into());
    let looked = || {
        live();
        false
    };
    match objects.wait_unless(&looked, put) {
        Some(Err(error)) => anyhow::bail!("cannot write {}: {}", objects.url_of(&key), why(&error)),
        Some(Ok(_)) | None => Ok(()),
    }
}

//! Where checkpoints lie: a folder, or a place in a store.

#[cfg(feature = "objects")]
mod bucket;
mod folder;

use ambit_schemas::EventTime;
use anyhow::Context;

#[cfg(feature = "objects")]
use self::bucket::Bucket;
use self::folder::Folder;
use crate::config::Kept;

pub(crate) use self::folder::{replace, sweep};

/// How every name ends.
pub(super) const SUFFIX: &str = ".ambit";

/// Files or objects by name. None is ever replaced by another.
#[derive(Debug)]
pub(super) enum Shelf {
    Folder(Folder),
    #[cfg(feature = "objects")]
    Bucket(Bucket),
}

/// What came of putting one there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Done,
    /// There is one of this name.
    Taken,
}

/// A checkpoint that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) modified: EventTime,
}

impl Shelf {
    /// Opens one to write to it; it need not be there.
    ///
    /// # Errors
    /// When it cannot be written, or another daemon has it.
    pub(super) fn open(kept: &Kept) -> anyhow::Result<Self> {
        match kept {
            Kept::Folder(path) => Folder::open(path).map(Self::Folder),
            #[cfg(feature = "objects")]
            Kept::Objects(place) => Bucket::open(place).map(Self::Bucket),
            #[cfg(not(feature = "objects"))]
            Kept::Objects(_) => anyhow::bail!("this program was built without object stores"),
        }
    }

    /// The same for one who only looks.
    ///
    /// # Errors
    /// When it can mean nothing.
    pub(super) fn look(kept: &Kept) -> anyhow::Result<Self> {
        match kept {
            Kept::Folder(path) => Ok(Self::Folder(Folder::look(path))),
            #[cfg(feature = "objects")]
            Kept::Objects(place) => Bucket::look(place).map(Self::Bucket),
            #[cfg(not(feature = "objects"))]
            Kept::Objects(_) => anyhow::bail!("this program was built without object stores"),
        }
    }

    /// One that others write too, each by names of its own.
    ///
    /// # Errors
    /// When it can mean nothing.
    pub(super) fn share(kept: &Kept) -> anyhow::Result<Self> {
        if let Kept::Folder(path) = kept {
            let made = std::fs::create_dir_all(path);
            made.with_context(|| format!("checkpoint.path: {} cannot be made", path.display()))?;
        }
        match kept {
            Kept::Folder(_) => Self::look(kept),
            #[cfg(feature = "objects")]
            Kept::Objects(place) => Bucket::share(place).map(Self::Bucket),
            #[cfg(not(feature = "objects"))]
            Kept::Objects(_) => Self::look(kept),
        }
    }

    /// What is there with names that begin so, in their order.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn list(&self, prefix: &str) -> anyhow::Result<Vec<Item>> {
        let mut items = match self {
            Self::Folder(folder) => folder.list(),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.list(),
        }?;
        items.retain(|item| item.name.starts_with(prefix) && item.name.ends_with(SUFFIX));
        items.sort();
        Ok(items)
    }

    /// The bytes of one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => folder.read(name),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.read(name),
        }
    }

    /// Puts one there, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Put> {
        match self {
            // It is locked, or the name is ours alone, so nobody else can have written it.
            Self::Folder(folder) => folder.put(name, bytes).map(|()| Put::Done),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.put(name, bytes),
        }
    }

    /// Takes one away.
    ///
    /// # Errors
    /// When it stays.
    pub(super) fn remove(&self, name: &str) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(name),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.remove(name),
        }
    }

    /// How people write one.
    pub(super) fn shown(&self, name: &str) -> String {
        match self {
            Self::Folder(folder) => folder.path(name).display().to_string(),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.shown(name),
        }
    }
}

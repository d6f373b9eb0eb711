//! Where checkpoints lie: a folder, or a place in a store.

#[cfg(feature = "objects")]
mod bucket;
mod folder;

use ambit_schemas::EventTime;

#[cfg(feature = "objects")]
use self::bucket::Bucket;
use self::folder::Folder;
use crate::config::Kept;

pub(crate) use self::folder::replace;

const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".ambit";
const DIGITS: usize = 20;

/// Numbered files or objects. None is ever replaced by another.
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
    /// There is one of this number.
    Taken,
}

/// A checkpoint that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) number: u64,
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

    /// What is there, oldest first.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub(super) fn list(&self) -> anyhow::Result<Vec<Item>> {
        let mut items = match self {
            Self::Folder(folder) => folder.list(),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.list(),
        }?;
        items.sort();
        Ok(items)
    }

    /// The bytes of one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(&self, number: u64) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Folder(folder) => folder.read(number),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.read(number),
        }
    }

    /// Puts one there, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, number: u64, bytes: &[u8]) -> anyhow::Result<Put> {
        match self {
            // It is locked, so nobody else can have written this number.
            Self::Folder(folder) => folder.put(number, bytes).map(|()| Put::Done),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.put(number, bytes),
        }
    }

    /// Takes one away.
    ///
    /// # Errors
    /// When it stays.
    pub(super) fn remove(&self, number: u64) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(number),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.remove(number),
        }
    }

    /// How people write one.
    pub(super) fn shown(&self, number: u64) -> String {
        match self {
            Self::Folder(folder) => folder.path(number).display().to_string(),
            #[cfg(feature = "objects")]
            Self::Bucket(bucket) => bucket.shown(number),
        }
    }
}

/// The name of a number.
fn name(number: u64) -> String {
    format!("{PREFIX}{number:0DIGITS$}{SUFFIX}")
}

/// The number of a name.
fn number(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

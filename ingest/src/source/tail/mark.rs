//! How far a file was read, as a checkpoint holds it.

use std::path::{Path, PathBuf};

use super::form::{Form, Head};
use super::watched::FileId;
use crate::source::Mark;

/// What a mark says beside the offset: `lines 1024 0123… /var/log/audit.log`.
pub(super) fn proof(form: Form, head: Head, path: &Path) -> String {
    format!("{} {} {:x} {}", form.as_str(), head.len, head.hash, path.display())
}

/// A mark, read back.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: FileId,
    pub(super) offset: i64,
    pub(super) form: Form,
    pub(super) head: Head,
    pub(super) path: PathBuf,
    /// Whether a copy was found, in which its rest is read.
    pub(super) is_copied: bool,
}

impl Kept {
    /// What a mark says; `None` if it is no mark of a file.
    pub(super) fn of(mark: &Mark) -> Option<Self> {
        let mut words = mark.proof.splitn(4, ' ');
        let form = Form::parse(words.next()?)?;
        let len = words.next()?.parse().ok()?;
        let hash = u128::from_str_radix(words.next()?, 16).ok()?;
        let path = words.next()?.into();
        let id = FileId::parse(&mark.partition)?;
        Some(Self { id, offset: mark.offset, form, head: Head { len, hash }, path, is_copied: false })
    }

    /// Where the file is now, if it was renamed within its folder.
    pub(super) fn renamed(&self) -> Option<PathBuf> {
        renamed(&self.path, self.id)
    }
}

/// Where a file is now that was at a path, if it was renamed within its folder.
pub(super) fn renamed(path: &Path, id: FileId) -> Option<PathBuf> {
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| FileId::of(path).is_ok_and(|(found, _)| found == id))
}

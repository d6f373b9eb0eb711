//! How far a file was read, as a checkpoint holds it.

use std::path::{Path, PathBuf};

use super::form::Form;
use super::id::FileId;
use super::known::{Known, Print, WHOLE_END_BYTES};
use super::watched::Watched;
use crate::source::Mark;

/// What a mark says beside the offset: `lines 1024 0123…,256,89ab… /var/log/audit.log`. That is the form, the length and
/// the hash of the first bytes, the same of those before the offset (or of the last, where the file is read as a whole), and
/// then of such a file its size. Earlier versions wrote of the hashes only the first.
pub(super) fn proof(watched: &Watched) -> String {
    let (form, head, end) = (watched.form, watched.head, watched.end);
    let size = match form {
        Form::Lines => String::new(),
        Form::Whole => format!(",{}", watched.size()),
    };
    let (form, path) = (form.as_str(), watched.path.display());
    format!("{form} {} {:x},{},{:x}{size} {path}", head.len, head.hash, end.len, end.hash)
}

/// A mark, read back.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: FileId,
    pub(super) form: Form,
    pub(super) known: Known,
    /// Of a file that is read as a whole.
    pub(super) size: Option<u64>,
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
        let mut hashes = words.next()?.split(',');
        let head = print(len, hashes.next()?)?;
        let end = match hashes.next() {
            Some(len) => Some(print(len.parse().ok()?, hashes.next()?)?),
            None => None,
        };
        let size = hashes.next().map(str::parse).transpose().ok()?;
        let path = words.next()?.into();
        let id = FileId::parse(&mark.partition)?;
        let known = Known { head, offset: mark.offset, end };
        Some(Self { id, form, known, size, path, is_copied: false })
    }

    /// Whether an earlier version wrote it.
    pub(super) const fn is_old(&self) -> bool {
        self.known.end.is_none()
    }

    /// Where the file is now, if it was renamed within its folder.
    pub(super) fn renamed(&self) -> Option<PathBuf> {
        renamed(&self.path, self.id)
    }
}

fn print(len: usize, hash: &str) -> Option<Print> {
    let hash = u128::from_str_radix(hash, 16).ok()?;
    (len <= WHOLE_END_BYTES).then_some(Print { len, hash })
}

/// Where a file is now that was at a path, if it was renamed within its folder.
pub(super) fn renamed(path: &Path, id: FileId) -> Option<PathBuf> {
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| FileId::of(path).is_ok_and(|(found, _)| found == id))
}

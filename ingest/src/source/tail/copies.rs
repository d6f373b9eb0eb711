//! Copies: `copytruncate` makes one of a log before it cuts the log short. What stands in both is read once.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::News;
use super::form::Form;
use super::watched::{FileId, Watched};

/// Bytes by which the end of a copy is compared with its original.
const END_BYTES: u64 = 4_096;

/// Whether everything in a file that began as a copy still stands in its original, where it will be read.
pub(super) fn is_held(copy: &Watched, original: &Watched) -> bool {
    if copy.form != Form::Lines || original.form != Form::Lines {
        return false;
    }
    // One that has lost its name is read to its end, and then its copies are set free.
    if original.is_orphan() {
        return true;
    }
    let size = copy.size();
    let count = size.min(END_BYTES);
    let end = |path: &Path| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        // An original that is shorter by now fails here.
        File::open(path)?.read_exact_at(&mut bytes, size - count)?;
        Ok(bytes)
    };
    matches!((end(&copy.path), end(&original.path)), (Ok(one), Ok(other)) if one == other)
}

/// The original of some copies was cut short, or is gone: they are read from where it was left.
pub(super) fn set_free(
    files: &mut BTreeMap<FileId, Watched>,
    original: FileId,
    offset: i64,
    news: &mut Vec<News>,
) {
    for copy in files.values_mut().filter(|file| file.copy_of == Some(original)) {
        copy.copy_of = None;
        copy.offset = copy.offset.max(offset);
        news.push(News::Found(Arc::clone(&copy.partition)));
    }
}

/// Copies that have gone their own way are files like any other.
pub(super) fn look(files: &mut BTreeMap<FileId, Watched>, news: &mut Vec<News>) {
    let copies = files.iter().filter_map(|(id, file)| Some((*id, file.copy_of?)));
    let apart = copies.filter(|(id, original)| {
        let pair = files.get(id).zip(files.get(original));
        !pair.is_some_and(|(copy, original)| is_held(copy, original))
    });
    for (id, _) in apart.collect::<Vec<_>>() {
        if let Some(copy) = files.get_mut(&id) {
            copy.copy_of = None;
            news.push(News::Found(Arc::clone(&copy.partition)));
        }
    }
}

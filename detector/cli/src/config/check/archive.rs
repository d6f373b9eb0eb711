//! The archive: from what is written to what is meant.

use super::{Problems, objects};
use crate::config::raw::RawArchive;
use crate::config::{Archive, From, Kept, Source};
use crate::objects::lies_in;

/// The archive, which no source may read: what it reads would come into it again.
pub(super) fn check(raw: &RawArchive, sources: &[Source], problems: &mut Problems) -> Archive {
    let kept = objects::kept("archive", &raw.path, (&raw.options, &raw.option_files), problems);
    if let Some(source) = sources.iter().find(|source| reads(source, &kept)) {
        let name = &source.name;
        problems.add("archive.path", format!("source {name} would read it again: give it another place"));
    }
    Archive {
        kept,
        part_rows: problems.some("archive.part_rows", raw.part_rows),
        flush: problems.secs("archive.flush_secs", raw.flush_secs),
    }
}

fn reads(source: &Source, kept: &Kept) -> bool {
    match (&source.from, kept) {
        (From::File { paths, .. }, Kept::Folder(folder)) => paths.iter().any(|path| folder.starts_with(path)),
        (From::Objects(from), Kept::Folder(folder)) => {
            lies_in(&format!("file://{}", folder.display()), &from.place.url)
        }
        (From::Objects(from), Kept::Objects(place)) => lies_in(&place.url, &from.place.url),
        _ => false,
    }
}

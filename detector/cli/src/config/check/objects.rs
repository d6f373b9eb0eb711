//! Object stores: from what is written to what is meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ambit_ingest::source::Begin;

use super::Problems;
use crate::config::raw::RawObjectsSource;
use crate::config::secret::Secret;
use crate::config::{From, Kept, Objects};
use crate::objects::{Fault, Place};

/// What is wrong with a key that says more of a URL where there is a folder.
pub(super) const WITH_A_URL: &str = "goes with a URL only, and `path` is a folder: remove it";

/// A source.
pub(super) fn source(
    at: &str,
    raw: &RawObjectsSource,
    begin: Option<Begin>,
    problems: &mut Problems,
) -> Option<From> {
    let place = place((at, "url"), &raw.url, (&raw.options, &raw.option_files), problems);
    let interval = problems.secs(&format!("{at}.interval_secs"), raw.interval_secs);
    problems.some(&format!("{at}.interval_secs"), interval);
    let window_secs = problems.some(&format!("{at}.window_secs"), raw.window_secs);
    let window = i64::try_from(window_secs.saturating_mul(1_000_000)).unwrap_or(i64::MAX / 4);
    let remembered = problems.some(&format!("{at}.remembered"), raw.remembered);
    Some(From::Objects(Objects { place: place?, begin: begin?, interval, window_micros: window, remembered }))
}

/// A folder or a place, as `path` of a part of the configuration.
pub(super) fn kept(
    at: &str,
    path: &Path,
    given: (&BTreeMap<String, String>, &BTreeMap<String, PathBuf>),
    problems: &mut Problems,
) -> Kept {
    let mut kept = Kept::of(path);
    match &mut kept {
        Kept::Objects(unchecked) => {
            if let Some(checked) = place((at, "path"), &unchecked.url, given, problems) {
                *unchecked = checked;
            }
        }
        Kept::Folder(_) => {
            for (field, is_given) in [("options", !given.0.is_empty()), ("option_files", !given.1.is_empty())]
            {
                if is_given {
                    problems.add(format!("{at}.{field}"), WITH_A_URL);
                }
            }
        }
    }
    kept
}

/// A place, with the options that are read from files.
pub(super) fn place(
    (at, field): (&str, &str),
    url: &str,
    (options, files): (&BTreeMap<String, String>, &BTreeMap<String, PathBuf>),
    problems: &mut Problems,
) -> Option<Place> {
    let mut all = BTreeMap::new();
    for (name, value) in options {
        all.insert(name.clone(), Secret::new(value.clone()));
    }
    for (name, file) in files {
        let read = Secret::read(Some(file), None);
        let read = problems.take(&format!("{at}.option_files.{name}"), read)?;
        all.extend(read.map(|read| (name.clone(), read)));
    }
    let place = Place { url: url.to_owned(), options: all };
    match place.check() {
        Ok(()) => return Some(place),
        Err(Fault::Url(what)) => problems.add(format!("{at}.{field}"), what),
        #[cfg(feature = "objects")]
        Err(Fault::Option { name, what }) => {
            let map = if files.contains_key(&name) { "option_files" } else { "options" };
            problems.add(format!("{at}.{map}.{name}"), what);
        }
    }
    None
}

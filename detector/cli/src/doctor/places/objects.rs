//! Places in stores: do they answer, is anything there, and can it be read?

#[cfg(feature = "objects")]
use ambit_ingest::Reader;
#[cfg(feature = "objects")]
use futures_util::{StreamExt, TryStreamExt, future::ready};

use super::Notes;
use crate::config::{self, Source};
use crate::objects::Place;
#[cfg(feature = "objects")]
use crate::objects::{Objects, why};

/// Objects that are looked at.
#[cfg(feature = "objects")]
const SAMPLE: usize = 20;

/// Looks at a place that the daemon writes to. Whether it may is only known when it does.
#[cfg(feature = "objects")]
pub(super) fn kept(about: &str, place: &Place, notes: &mut Notes) {
    let objects = match Objects::open(place) {
        Ok(objects) => objects,
        Err(fault) => return notes.ill(about, fault.to_string()),
    };
    match objects.wait(objects.store().list_with_delimiter(Some(objects.prefix()))) {
        Ok(_) => notes.well(about, format!("{} answers", place.url)),
        Err(error) => notes.ill(about, format!("{} cannot be listed: {}", place.url, why(&error))),
    }
}

/// The configuration was refused before.
#[cfg(not(feature = "objects"))]
pub(super) fn kept(about: &str, _place: &Place, notes: &mut Notes) {
    notes.ill(about, "this program was built without object stores");
}

/// Looks at a source.
#[cfg(feature = "objects")]
pub(super) fn source(source: &Source, from: &config::Objects, notes: &mut Notes) {
    let about = format!("source {}", source.name);
    let objects = match Objects::open(&from.place) {
        Ok(objects) => objects,
        Err(fault) => return notes.ill(about, fault.to_string()),
    };
    let listing = objects.wait(objects.list());
    let is_taken = listing.rule();
    let names = listing.names.try_filter(move |meta| ready(is_taken(&meta.location)));
    let mut fetched = objects.fetch(names.take(SAMPLE).boxed());
    let mut reader = Reader::new(crate::source::settings(source));
    let mut any = false;
    while let Some(found) = fetched.next_unless(&|| false) {
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                return notes.ill(about, format!("{} cannot be listed: {}", from.place.url, why(&error)));
            }
        };
        match found.into_input(0) {
            Ok(input) => reader.push(input),
            Err(unread) => {
                let (meta, why) = *unread;
                notes.ill(&about, format!("{}: {why}", objects.url_of(&meta.location)));
            }
        }
        any = true;
    }
    if any {
        super::judge(&about, &mut reader, notes);
    } else {
        let what = format!("{} answers and holds no object whose key ends as a log's does", from.place.url);
        notes.look(about, what);
    }
}

/// The configuration was refused before.
#[cfg(not(feature = "objects"))]
pub(super) fn source(source: &Source, _from: &config::Objects, notes: &mut Notes) {
    notes.ill(format!("source {}", source.name), "this program was built without object stores");
}

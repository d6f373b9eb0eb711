//! The events of an archive: in a folder, or in a store.

use std::path::Path;

use ambit_history::Hunt;
use anyhow::Context;

use crate::config::Kept;
use crate::exit::usage;
use crate::objects::Place;

/// Makes the events of an archive a table.
///
/// # Errors
/// When there is no such place, or it cannot be looked at.
pub(super) fn open(hunt: &Hunt, path: &Path) -> anyhow::Result<()> {
    match Kept::of(path) {
        Kept::Folder(folder) if !folder.is_dir() => {
            Err(usage(format!("--archive {}: there is no such folder", folder.display())))
        }
        Kept::Folder(folder) => {
            hunt.events(&folder).with_context(|| format!("--archive {}", folder.display()))
        }
        Kept::Objects(place) => {
            place.check().map_err(|fault| usage(format!("--archive {}: {fault}", place.shown())))?;
            stored(hunt, &place)
        }
    }
}

/// The store is asked once before the query, so that one that does not answer is told as that.
#[cfg(feature = "objects")]
fn stored(hunt: &Hunt, place: &Place) -> anyhow::Result<()> {
    use std::sync::Arc;

    use crate::objects::{Objects, why};

    let objects = Objects::open(place).with_context(|| place.shown())?;
    let events = objects.prefix().clone().join(ambit_history::EVENTS);
    let listed = objects.wait(objects.store().list_with_delimiter(Some(&events)));
    let listed = listed
        .map_err(|error| anyhow::anyhow!("--archive {}: cannot be listed: {}", place.url, why(&error)))?;
    if listed.common_prefixes.is_empty() {
        tracing::warn!("--archive {}: no events are there", place.url);
    }
    Ok(hunt.stored_events(Arc::clone(objects.store()), objects.prefix().clone())?)
}

/// Such a place is refused before.
#[cfg(not(feature = "objects"))]
fn stored(_: &Hunt, place: &Place) -> anyhow::Result<()> {
    Ok(place.check()?)
}

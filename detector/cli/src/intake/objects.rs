//! Objects in, for every command that takes a PATH: listed as they are read, so that a bucket of millions costs no more
//! memory than one of ten.

use ambit_ingest::Reader;

use super::{Intake, RejectLine};
use crate::exit::usage;
use crate::objects::{Objects, Place, why};

/// Objects that are read together, so that small ones share a batch.
const TOGETHER: usize = 512;
/// Bytes of them, as they are stored.
const TOGETHER_BYTES: u64 = 16 << 20;

/// Reads a place; gives how many objects are of no kind that is read.
///
/// # Errors
/// When what is read cannot be taken up. What cannot be read is a reject.
pub(super) fn take(place: &Place, reader: &mut Reader, intake: &mut Intake<'_>) -> anyhow::Result<u64> {
    let objects = Objects::open(place).map_err(|fault| usage(format!("{}: {fault}", place.shown())))?;
    let listed = objects.wait(objects.list());
    let is_taken = listed.rule();
    let (mut any, mut skipped, mut held, mut bytes) = (false, 0, 0, 0);
    let mut fetched = objects.fetch_taken(listed.names, is_taken.clone());
    while let Some(found) = fetched.next_unless(&|| false) {
        any = true;
        match found {
            Err(error) => {
                let reason = format!("cannot be listed: {}", why(&error));
                intake.listing.refuse(RejectLine::whole(&place.url, reason))?;
            }
            Ok(found) if !is_taken(&found.meta.location) => skipped += 1,
            Ok(found) => {
                held += 1;
                bytes += found.meta.size;
                match found.into_input(0) {
                    Ok(input) => reader.push(input),
                    Err(unread) => {
                        let (meta, why) = *unread;
                        let url = objects.url_of(&meta.location);
                        intake.listing.refuse(RejectLine::whole(&url, format!("cannot be read: {why}")))?;
                    }
                }
            }
        }
        if held >= TOGETHER || bytes >= TOGETHER_BYTES {
            intake.drain(reader)?;
            (held, bytes) = (0, 0);
        }
    }
    if !any {
        intake.listing.refuse(RejectLine::whole(&place.url, "cannot be read: no object is there"))?;
    }
    intake.drain(reader)?;
    Ok(skipped)
}

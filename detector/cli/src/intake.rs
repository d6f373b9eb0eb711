//! Files in, resolved events out: what every command that takes a PATH does first.

#[cfg(feature = "objects")]
mod objects;

use std::io::Write;
use std::path::PathBuf;

use ambit_ingest::decode::{Labels, TimeBounds};
use ambit_ingest::reader::Reader;
use ambit_ingest::resolve::{ResolveCounts, Resolver};
use ambit_ingest::{Counts, Settings};
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::{EventBatch, EventTime, Inventory};
use anyhow::Context;
use serde::Serialize;

use crate::args::InputArgs;
use crate::clock;
use crate::exit::usage;
use crate::objects::{Place, is_url};
use crate::output::Target;
use crate::progress::Progress;

/// The path of standard input.
const STDIN: &str = "-";
/// Rejects that are listed; `--rejects` has them all.
const LISTED_REJECTS: usize = 100;
/// How far a clock may be ahead of ours before its times are implausible.
const FUTURE_MICROS: i64 = DAY_MICROS;
/// Our own clock is not believed when it shows less than this, 2027-01-01: a machine whose clock was never set must not
/// reject every log.
const LEAST_NOW: EventTime = EventTime::from_secs(1_798_761_600);

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) counts: Counts,
    pub(crate) resolved: ResolveCounts,
    pub(crate) files_read: u64,
    pub(crate) files_skipped: u64,
    pub(crate) bytes_read: u64,
    pub(crate) first: Option<EventTime>,
    pub(crate) last: Option<EventTime>,
    pub(crate) rejects: Vec<RejectLine>,
    pub(crate) rejects_truncated: bool,
}

/// A reject, as the summary and `--rejects` show it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RejectLine {
    pub(crate) file: String,
    /// Bytes from the start of the decompressed file.
    pub(crate) offset: i64,
    pub(crate) reason: String,
}

/// Reads all inputs, resolves whose each event is, and hands the batches on as they come.
///
/// # Errors
/// When a URL means nothing, `--rejects` cannot be written, or `into` fails. What cannot be read is no error: it is
/// counted and listed.
pub(crate) fn take(
    paths: &[PathBuf],
    args: &InputArgs,
    inventory: &Inventory,
    rejects: Option<&Target>,
    into: &mut dyn FnMut(EventBatch) -> anyhow::Result<()>,
) -> anyhow::Result<Taken> {
    let mut listing = Listing::new(rejects)?;
    let (paths, places) = readable(paths, &mut listing)?;
    let mut reader = Reader::open(&paths, settings(args)).map_err(|error| usage(error.to_string()))?;
    let mut resolver = Resolver::new(inventory, labels(args));
    let mut taken = Taken::default();
    let progress = progress(&reader, &paths, &places);
    let mut drain = |reader: &mut Reader, listing: &mut Listing| -> anyhow::Result<()> {
        while let Some(delivery) = reader.next() {
            for reject in &delivery.rejects {
                listing.add(RejectLine {
                    file: reject.position.origin.to_string(),
                    offset: reject.position.offset,
                    reason: reject.reason.to_string(),
                })?;
            }
            taken.cover(delivery.batch.times());
            into(resolver.resolve(&delivery.batch)?)?;
            progress.at(reader.progress().bytes_read);
        }
        Ok(())
    };
    drain(&mut reader, &mut listing)?;
    let skipped = stored(&places, &mut reader, &mut listing, &mut drain)?;
    let read = reader.progress();
    taken.counts = reader.counts().clone();
    taken.counts.unknown.read += listing.absent;
    taken.counts.unknown.rejected += listing.absent;
    taken.files_read = read.files_read;
    taken.files_skipped = read.files_skipped + skipped;
    taken.bytes_read = read.bytes_read;
    taken.resolved = resolver.counts();
    listing.finish(taken)
}

/// Reads what is in the reader.
type Drain<'a> = &'a mut dyn FnMut(&mut Reader, &mut Listing) -> anyhow::Result<()>;

/// Reads places in stores; gives how many objects are of no kind that is read.
#[cfg(feature = "objects")]
fn stored(
    places: &[Place],
    reader: &mut Reader,
    listing: &mut Listing,
    drain: Drain<'_>,
) -> anyhow::Result<u64> {
    places.iter().try_fold(0, |skipped, place| Ok(skipped + objects::take(place, reader, listing, drain)?))
}

/// Such a place is refused before.
#[cfg(not(feature = "objects"))]
#[expect(clippy::unnecessary_wraps, reason = "reading may fail")]
const fn stored(_: &[Place], _: &mut Reader, _: &mut Listing, _: Drain<'_>) -> anyhow::Result<u64> {
    Ok(0)
}

impl Taken {
    fn cover(&mut self, times: &[i64]) {
        let first = times.iter().min().copied().map(EventTime);
        let last = times.iter().max().copied().map(EventTime);
        self.first = self.first.into_iter().chain(first).min();
        self.last = self.last.max(last);
    }
}

fn labels(args: &InputArgs) -> Labels {
    args.labels.iter().cloned().collect()
}

/// The latest plausible moment of an event.
pub(crate) fn latest() -> EventTime {
    latest_believed().plus_micros(FUTURE_MICROS)
}

/// The present, as far as our own clock is believed.
pub(crate) fn latest_believed() -> EventTime {
    clock::wall().max(LEAST_NOW)
}

fn settings(args: &InputArgs) -> Settings {
    Settings {
        format: args.format.0,
        times: TimeBounds { latest: Some(latest()), ..TimeBounds::default() },
        labels: labels(args),
        ..Settings::default()
    }
}

/// The paths that are there, and the places in stores. A path that is not there is input that cannot be read, and does not
/// keep the others from being read; a URL that means nothing is a wrong command.
fn readable(paths: &[PathBuf], listing: &mut Listing) -> anyhow::Result<(Vec<PathBuf>, Vec<Place>)> {
    let (mut readable, mut places) = (Vec::with_capacity(paths.len()), Vec::new());
    if paths.iter().filter(|path| path.as_os_str() == STDIN).count() > 1 {
        return Err(usage("`-` is given twice, but there is one standard input"));
    }
    for path in paths {
        let shown = path.to_string_lossy();
        match path.metadata() {
            _ if shown == STDIN => readable.push(path.clone()),
            Ok(_) => readable.push(path.clone()),
            Err(_) if is_url(&shown) => {
                let place = Place::new(shown.into_owned());
                place.check().map_err(|fault| usage(format!("{}: {fault}", place.shown())))?;
                places.push(place);
            }
            Err(error) => {
                listing.absent += 1;
                let reason = format!("cannot be read: {error}");
                listing.add(RejectLine { file: shown.into_owned(), offset: 0, reason })?;
            }
        }
    }
    Ok((readable, places))
}

/// How many bytes there are is only known when none come from standard input or from a store, which is listed as it is
/// read.
fn progress(reader: &Reader, paths: &[PathBuf], places: &[Place]) -> Progress {
    let streams = !places.is_empty() || paths.iter().any(|path| path.as_os_str() == STDIN);
    Progress::reading((!streams).then(|| reader.progress().bytes_total))
}

/// Lists rejects: the first in memory, all of them in `--rejects`.
struct Listing {
    out: Option<Box<dyn Write>>,
    first: Vec<RejectLine>,
    truncated: bool,
    /// Paths that are not there; the reader never sees them.
    absent: u64,
}

#[expect(clippy::multiple_inherent_impl, reason = "what is refused of object stores is beside them")]
impl Listing {
    fn new(target: Option<&Target>) -> anyhow::Result<Self> {
        let out = target.map(Target::create).transpose()?;
        Ok(Self { out, first: Vec::new(), truncated: false, absent: 0 })
    }

    fn add(&mut self, line: RejectLine) -> anyhow::Result<()> {
        if let Some(out) = &mut self.out {
            let line = serde_json::to_string(&line)?;
            writeln!(out, "{line}").context("cannot write --rejects")?;
        }
        if self.first.len() < LISTED_REJECTS {
            self.first.push(line);
        } else {
            self.truncated = true;
        }
        Ok(())
    }

    fn finish(mut self, taken: Taken) -> anyhow::Result<Taken> {
        if let Some(out) = &mut self.out {
            out.flush().context("cannot write --rejects")?;
        }
        if let Some(first) = self.first.first() {
            let rejected = taken.counts.total().rejected;
            tracing::warn!(
                "{rejected} could not be read; the first: {} at byte {}: {}",
                first.file,
                first.offset,
                first.reason
            );
        }
        Ok(Taken { rejects: self.first, rejects_truncated: self.truncated, ..taken })
    }
}

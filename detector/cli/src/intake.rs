//! Files in, resolved events out: what every command that takes a PATH does first.

#[cfg(feature = "objects")]
mod objects;
mod topics;

use std::io::Write;
use std::path::PathBuf;

use ambit_ingest::decode::{Labels, TimeBounds};
use ambit_ingest::reader::Reader;
use ambit_ingest::resolve::{ResolveCounts, Resolver};
use ambit_ingest::{Counts, Delivery, Reject, Settings};
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::{EventBatch, EventTime, Inventory};
use anyhow::Context;
use serde::Serialize;

use self::topics::Topic;
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
/// Our own clock is not believed when it shows less than this, 2026-01-01: a machine whose clock was never set must not
/// hold up every event.
const LEAST_NOW: EventTime = EventTime::from_secs(1_767_225_600);
/// Whatever our own clock shows, times up to 2027-01-01 are plausible: it must not reject every log, nor what `ambit simulate`
/// makes up of the year.
const LEAST_LATEST: EventTime = EventTime::from_secs(1_798_761_600);

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
    /// A file, an object, or a topic.
    pub(crate) file: String,
    /// Of a topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition: Option<i32>,
    /// Bytes from the start of the decompressed file, or the offset in the partition.
    pub(crate) offset: i64,
    pub(crate) reason: String,
}

impl RejectLine {
    /// Something that cannot be read from its beginning on.
    fn whole(file: &str, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), partition: None, offset: 0, reason: reason.into() }
    }

    /// The place, for people.
    pub(crate) fn place(&self) -> String {
        match self.partition {
            Some(partition) => format!("{}[{partition}] @ {}", self.file, self.offset),
            None => format!("{} @ {}", self.file, self.offset),
        }
    }
}

impl From<&Reject> for RejectLine {
    fn from(reject: &Reject) -> Self {
        Self {
            file: reject.position.origin.to_string(),
            partition: reject.position.partition,
            offset: reject.position.offset,
            reason: reject.reason.to_string(),
        }
    }
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
    let inputs = readable(paths, &mut listing)?;
    let mut reader = Reader::open(&inputs.files, settings(args)).map_err(|error| usage(error.to_string()))?;
    let mut intake = Intake {
        resolver: Resolver::new(inventory, labels(args)),
        taken: Taken::default(),
        progress: progress(&reader, &inputs),
        listing,
        into,
    };
    intake.drain(&mut reader)?;
    let skipped = stored(&inputs.places, &mut reader, &mut intake)?;
    for topic in &inputs.topics {
        topics::take(topic, settings(args), &mut intake)?;
    }
    let Intake { resolver, mut taken, listing, .. } = intake;
    let read = reader.progress();
    taken.counts.add(reader.counts());
    taken.counts.unknown.read += listing.absent;
    taken.counts.unknown.rejected += listing.absent;
    taken.files_read = read.files_read;
    taken.files_skipped = read.files_skipped + skipped;
    taken.bytes_read += read.bytes_read;
    taken.resolved = resolver.counts();
    listing.finish(taken)
}

/// What all inputs are read into.
struct Intake<'a> {
    resolver: Resolver<'a>,
    /// What is not in a reader's own counts.
    taken: Taken,
    progress: Progress,
    listing: Listing,
    into: &'a mut dyn FnMut(EventBatch) -> anyhow::Result<()>,
}

impl Intake<'_> {
    /// Takes what is in a reader.
    fn drain(&mut self, reader: &mut Reader) -> anyhow::Result<()> {
        while let Some(delivery) = reader.next() {
            self.deliver(&delivery)?;
            self.progress.at(reader.progress().bytes_read);
        }
        Ok(())
    }

    fn deliver(&mut self, delivery: &Delivery) -> anyhow::Result<()> {
        for reject in &delivery.rejects {
            self.listing.add(reject.into())?;
        }
        self.taken.cover(delivery.batch.times());
        (self.into)(self.resolver.resolve(&delivery.batch)?)
    }
}

/// Reads places in stores; gives how many objects are of no kind that is read.
#[cfg(feature = "objects")]
fn stored(places: &[Place], reader: &mut Reader, intake: &mut Intake<'_>) -> anyhow::Result<u64> {
    places.iter().try_fold(0, |skipped, place| Ok(skipped + objects::take(place, reader, intake)?))
}

/// Such a place is refused before.
#[cfg(not(feature = "objects"))]
#[expect(clippy::unnecessary_wraps, reason = "reading may fail")]
const fn stored(_: &[Place], _: &mut Reader, _: &mut Intake<'_>) -> anyhow::Result<u64> {
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
    clock::wall().max(LEAST_LATEST).plus_micros(FUTURE_MICROS)
}

/// The present, as far as our own clock is believed.
pub(crate) fn now() -> EventTime {
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

/// What paths name.
#[derive(Debug, Default)]
struct Inputs {
    files: Vec<PathBuf>,
    places: Vec<Place>,
    topics: Vec<Topic>,
}

/// The paths that are there, the places in stores and the topics. A path that is not there is input that cannot be read,
/// and does not keep the others from being read; a URL that means nothing is a wrong command.
fn readable(paths: &[PathBuf], listing: &mut Listing) -> anyhow::Result<Inputs> {
    let mut inputs = Inputs::default();
    if paths.iter().filter(|path| path.as_os_str() == STDIN).count() > 1 {
        return Err(usage("`-` is given twice, but there is one standard input"));
    }
    for path in paths {
        let shown = path.to_string_lossy();
        match path.metadata() {
            _ if shown == STDIN => inputs.files.push(path.clone()),
            Ok(_) => inputs.files.push(path.clone()),
            Err(_) if topics::is_topic(&shown) => inputs.topics.push(Topic::parse(&shown)?),
            Err(_) if is_url(&shown) => {
                let place = Place::new(shown.into_owned());
                place.check().map_err(|fault| usage(format!("{}: {fault}", place.shown())))?;
                inputs.places.push(place);
            }
            Err(error) => listing.refuse(RejectLine::whole(&shown, format!("cannot be read: {error}")))?,
        }
    }
    Ok(inputs)
}

/// How many bytes there are is only known when all come from files: a store is listed as it is read.
fn progress(reader: &Reader, inputs: &Inputs) -> Progress {
    let from_files = inputs.places.is_empty() && inputs.topics.is_empty();
    let known = from_files && inputs.files.iter().all(|path| path.as_os_str() != STDIN);
    Progress::reading(known.then(|| reader.progress().bytes_total))
}

/// Lists rejects: the first in memory, all of them in `--rejects`.
struct Listing {
    out: Option<Box<dyn Write>>,
    first: Vec<RejectLine>,
    truncated: bool,
    /// What no decoder sees: paths that are not there, objects that are not given, the rest of a topic.
    absent: u64,
}

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

    /// Lists something that no decoder sees.
    fn refuse(&mut self, line: RejectLine) -> anyhow::Result<()> {
        self.absent += 1;
        self.add(line)
    }

    fn finish(mut self, taken: Taken) -> anyhow::Result<Taken> {
        if let Some(out) = &mut self.out {
            out.flush().context("cannot write --rejects")?;
        }
        if let Some(first) = self.first.first() {
            let rejected = taken.counts.total().rejected;
            tracing::warn!("{rejected} could not be read; the first: {}: {}", first.place(), first.reason);
        }
        Ok(Taken { rejects: self.first, rejects_truncated: self.truncated, ..taken })
    }
}

//! What is known of each partition of each source: how far it was read, and how far its time has come. The watermark
//! comes from it.
//!
//! A partition's own watermark is its latest event less the lateness allowed to its kind. The watermark of all is the
//! least of them. A partition that has been idle for some time counts as if it had come as far as the furthest: so it
//! freezes nobody, and yet what is allowed to be late may be late. A partition that is known to have something unread
//! holds everybody until it is read. One that cannot be read may have something unread: it is not idle, and holds
//! everybody too, but only for the time that the operator gives an outage.

#[cfg(feature = "kafka")]
pub(crate) mod upstream;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ambit_ingest::source::Mark;
use ambit_schemas::EventTime;

use super::message::Signal;

/// Partitions by the place of their source in the configuration, and by their name.
#[derive(Debug)]
pub(crate) struct Partitions {
    all: BTreeMap<(usize, Arc<str>), Partition>,
    idle: Duration,
    /// How long a partition that cannot be read is waited for.
    outage: Duration,
    /// When the sources were started.
    started: Duration,
    /// Sources that have said nothing yet. What they have may be older than what others have, so they are waited for, as
    /// long as for one that is idle.
    awaited: BTreeSet<usize>,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) mark: Option<Mark>,
    pub(crate) latest: Option<EventTime>,
    pub(crate) lateness_micros: i64,
    pub(crate) stage: Stage,
    /// When something was last heard of it.
    heard: Duration,
    /// Since when it cannot be read.
    silent: Option<Duration>,
}

/// Where a partition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has something unread.
    Behind,
    /// The same, but it is read in no order of time: it counts as being where it was before, if anywhere.
    Unordered(Option<EventTime>),
    /// It was read to its end and may grow.
    Live,
    /// The same, and there never was anything in it: what comes first may be as old as what others have had long since.
    #[cfg(feature = "kafka")]
    Empty,
    /// It was read for good.
    Finished,
    /// It carries what others have read, and how far they have come is told by those.
    Carrier,
    /// Another daemon reads it and tells how far it has come; whether it is idle there.
    Carried { idle: bool },
}

impl Stage {
    /// Whether it was read to its end.
    fn is_read(self) -> bool {
        #[cfg(feature = "kafka")]
        if self == Self::Empty {
            return true;
        }
        self == Self::Live
    }
}

/// The partition that stands for all finished ones of a source: what comes next is a new file, and is as late as they.
const FINISHED: &str = "";

impl Partitions {
    pub(crate) fn new((idle, outage): (Duration, Duration), sources: usize) -> Self {
        Self { all: BTreeMap::new(), idle, outage, started: Duration::ZERO, awaited: (0..sources).collect() }
    }

    /// The same for sources that are started now: what a daemon needs to begin is no silence of theirs.
    pub(crate) fn started_at(self, now: Duration) -> Self {
        Self { started: now, ..self }
    }

    /// A source has brought something, or was read to an end: by then it has said what else it has.
    pub(crate) fn heard_of(&mut self, source: usize) {
        self.awaited.remove(&source);
    }

    /// A source has said something. What it found is said one by one before anything is read: while it is at that, more may
    /// come, and one that is in trouble has said nothing of what it holds.
    pub(crate) fn told(&mut self, source: usize, signal: &Signal) {
        match signal {
            Signal::CaughtUp(_) | Signal::Finished(_) | Signal::Well => self.heard_of(source),
            #[cfg(feature = "kafka")]
            Signal::Carries(..) | Signal::Elsewhere(_) | Signal::Empty(_) => self.heard_of(source),
            _ => {}
        }
    }

    /// Whether a source that has said nothing yet is waited for.
    pub(crate) fn is_awaiting(&self, now: Duration) -> bool {
        !self.awaited.is_empty() && now < self.started + self.idle
    }

    /// Puts back what a checkpoint holds; nothing comes later than the configuration now allows.
    pub(crate) fn restore(
        &mut self,
        (source, name): (usize, Arc<str>),
        partition: Partition,
        most_lateness_micros: i64,
        now: Duration,
    ) {
        let lateness_micros = partition.lateness_micros.min(most_lateness_micros);
        let partition = Partition { lateness_micros, ..partition };
        self.all.insert((source, name), Partition { heard: now, ..partition });
    }

    fn of(&mut self, source: usize, name: &Arc<str>, now: Duration) -> &mut Partition {
        let partition = self.all.entry((source, Arc::clone(name))).or_insert(Partition {
            mark: None,
            latest: None,
            lateness_micros: 0,
            stage: Stage::Live,
            heard: now,
            silent: None,
        });
        (partition.heard, partition.silent) = (now, None);
        partition
    }

    /// A partition cannot be read; this is said again as long as it is so.
    #[cfg(feature = "kafka")]
    pub(crate) fn silent(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let Some(partition) = self.all.get_mut(&(source, Arc::clone(name))) else { return };
        let since = *partition.silent.get_or_insert(now);
        if now < since + self.outage {
            partition.heard = now;
        }
    }

    /// A partition can be read again; what it has may be on its way.
    #[cfg(feature = "kafka")]
    pub(crate) fn answers(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        // One that is not known is not ours.
        if let Some(partition) = self.all.get_mut(&(source, Arc::clone(name))) {
            (partition.heard, partition.silent) = (now, None);
        }
    }

    /// A partition has something unread.
    pub(crate) fn found(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let partition = self.of(source, name, now);
        if partition.stage.is_read() {
            partition.stage = Stage::Behind;
        }
    }

    /// A partition has something unread, which is read in no order of time.
    pub(crate) fn unordered(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let partition = self.of(source, name, now);
        if partition.stage.is_read() {
            partition.stage = Stage::Unordered(partition.latest);
        }
    }

    /// A partition is read anew from its start.
    pub(crate) fn restarted(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        self.of(source, name, now).stage = Stage::Behind;
    }

    /// A piece of a partition was taken up: how far it reaches, its latest event, and how late its kind may be.
    pub(crate) fn took(
        &mut self,
        (source, name): (usize, &Arc<str>),
        mark: Option<Mark>,
        (latest, lateness_micros): (Option<EventTime>, i64),
        now: Duration,
    ) {
        let partition = self.of(source, name, now);
        partition.mark = mark.or_else(|| partition.mark.take());
        if partition.stage != Stage::Carrier {
            partition.latest = partition.latest.max(latest);
            partition.lateness_micros = partition.lateness_micros.max(lateness_micros);
        }
        if partition.stage.is_read() {
            partition.stage = Stage::Live;
        }
    }

    /// A partition was read to its end.
    pub(crate) fn caught_up(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let partition = self.of(source, name, now);
        if partition.stage != Stage::Carrier {
            partition.stage = Stage::Live;
        }
    }

    /// A partition was read to its end, and there never was anything in it.
    #[cfg(feature = "kafka")]
    pub(crate) fn empty(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let partition = self.of(source, name, now);
        if partition.stage != Stage::Carrier {
            partition.stage = if partition.latest.is_none() { Stage::Empty } else { Stage::Live };
        }
    }

    /// A partition was read for good.
    pub(crate) fn finished(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        let partition = self.of(source, name, now);
        partition.stage = Stage::Finished;
        let reached = (partition.latest, partition.lateness_micros);
        self.took((source, &FINISHED.into()), None, reached, now);
    }

    /// A partition will never be needed again.
    pub(crate) fn gone(&mut self, source: usize, name: &Arc<str>, now: Duration) {
        self.finished(source, name, now);
        self.all.remove(&(source, Arc::clone(name)));
    }

    /// All partitions of a source are another daemon's.
    #[cfg(feature = "kafka")]
    pub(crate) fn leave(&mut self, source: usize) {
        self.all.retain(|(of, _), _| *of != source);
    }

    /// The watermark; nothing while a partition is there of which nothing was read. `now` is the time since the start, and
    /// `ceiling` the present: a partition whose events are later counts as having come so far and no further.
    pub(crate) fn watermark(&self, now: Duration, ceiling: EventTime) -> Option<EventTime> {
        if self.is_awaiting(now) {
            return None;
        }
        let furthest = self.furthest(ceiling)?;
        let told = |stage| matches!(stage, Stage::Finished | Stage::Carrier);
        let mut least = None;
        for partition in self.all.values().filter(|partition| !told(partition.stage)) {
            let (is_behind, latest) = match partition.stage {
                Stage::Unordered(before) => (true, before),
                // One that is not told of any longer may have something unread, but not for ever.
                Stage::Carried { idle } => (!idle && now < partition.heard + self.outage, partition.latest),
                stage => (stage == Stage::Behind, partition.latest),
            };
            let reached = match latest {
                Some(latest) if is_behind => latest,
                Some(latest) if partition.stage == Stage::Live && now < partition.heard + self.idle => latest,
                Some(_) => furthest,
                None if is_behind => return None,
                #[cfg(feature = "kafka")]
                None if partition.stage == Stage::Empty && now < partition.heard + self.idle => return None,
                // The first that it has may have come while it could not be read.
                None if partition.silent.is_some_and(|since| now < since + self.outage) => return None,
                None => continue,
            };
            let own = reached.min(ceiling).plus_micros(-partition.lateness_micros);
            least = Some(least.map_or(own, |least: EventTime| least.min(own)));
        }
        least
    }

    /// The watermark if nobody held it: only what is allowed to be late may still come.
    pub(crate) fn forced(&self, ceiling: EventTime) -> Option<EventTime> {
        let lateness = self.all.values().map(|partition| partition.lateness_micros).max()?;
        Some(self.furthest(ceiling)?.plus_micros(-lateness))
    }

    /// The latest event of all, up to the present.
    pub(crate) fn furthest(&self, ceiling: EventTime) -> Option<EventTime> {
        self.all.values().filter_map(|partition| partition.latest).max().map(|latest| latest.min(ceiling))
    }

    /// Every partition, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &str, &Partition)> {
        self.all.iter().map(|((source, name), partition)| (*source, &**name, partition))
    }

    /// The marks of a source.
    pub(crate) fn marks(&self, source: usize) -> Vec<Mark> {
        let own = self.all.range((source, FINISHED.into())..).take_while(|((of, _), _)| *of == source);
        own.filter_map(|(_, partition)| partition.mark.clone()).collect()
    }
}

impl Partition {
    /// A partition as a checkpoint holds it.
    pub(crate) const fn kept(
        mark: Option<Mark>,
        latest: Option<EventTime>,
        lateness_micros: i64,
        stage: Stage,
    ) -> Self {
        Self { mark, latest, lateness_micros, stage, heard: Duration::ZERO, silent: None }
    }
}

#[cfg(test)]
mod tests;

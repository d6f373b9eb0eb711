//! The daemon's archive: what the detector has dealt with is kept as Parquet. Files that are full are put in their place
//! before a checkpoint says that they are done with; those that are not are put there now and then as they are.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ambit_core::Detector;
use ambit_history::{Archive, Naming, Part};
use ambit_schemas::EventTime;
use anyhow::Context;
use arrow::array::{ArrayRef, AsArray as _, RecordBatch, StringArray};

use super::control::Control;
use super::health::Health;
use crate::config;
use crate::output::ArchivePlace;

const PART: &str = "archive";
/// The table of a checkpoint that says where the archive is.
const PLACE: &str = "archive_place";
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The archive, and what is to be put into it.
#[derive(Debug)]
pub(super) struct Kept {
    archive: Archive,
    place: ArchivePlace,
    /// Files that are made and not put in their place yet.
    made: VecDeque<Part>,
    flush: Duration,
    flushed: Duration,
    /// The UTC day that the watermark was in last.
    day: Option<i64>,
    /// Where it is, as people write it.
    shown: String,
    /// Whether nothing is known of its place: no checkpoint has it, and what another state may have made there was not looked
    /// at.
    pub(super) is_new: bool,
}

impl Kept {
    /// The archive of the configuration, going on where a checkpoint left it.
    ///
    /// # Errors
    /// When its place cannot be opened, or the checkpoint's part of it cannot be read.
    pub(super) fn open(
        config: &config::Archive,
        tables: Option<&[(String, RecordBatch)]>,
    ) -> anyhow::Result<Self> {
        let place = ArchivePlace::open(&config.kept).context("archive.path")?;
        let known = tables.filter(|tables| Archive::is_in(tables));
        let shown = config.kept.to_string();
        // An older checkpoint does not say where its archive is.
        let before = known.and_then(|tables| tables.iter().find(|(name, _)| name == PLACE));
        let before = before.and_then(|(_, table)| table.column(0).as_string_opt::<i32>()?.iter().next()?);
        let has_moved = before.is_some_and(|before| before != shown);
        let archive = match known {
            Some(tables) => Archive::restore(config.part_rows, tables)
                .context("the checkpoint's part of the archive cannot be read")?,
            None => Archive::new(Naming::Numbered, config.part_rows),
        };
        Ok(Self {
            archive,
            place,
            is_new: known.is_none() || has_moved,
            shown,
            made: VecDeque::new(),
            flush: config.flush,
            flushed: Duration::ZERO,
            day: None,
        })
    }

    /// Looks what is in the place of one that is new, and numbers its files behind that: it is not ours to replace. A
    /// checkpoint must hold the numbers before any file is put: after a crash it would be taken for another state's, and the
    /// same events would come again behind it. `false` if the daemon was asked to stop before that was done.
    pub(super) fn begin(&mut self, control: &Control, health: &Health) -> bool {
        let mut pause = FIRST_PAUSE;
        loop {
            health.beat();
            match self.place.paths() {
                Ok(there) => {
                    self.archive.begin_behind(there.iter().map(String::as_str));
                    self.is_new = false;
                    health.well(PART);
                    return true;
                }
                Err(error) => {
                    if health.ill(PART, format!("{error:#}")) {
                        tracing::error!("the archive cannot be looked at: {error:#}; it is tried again");
                    }
                }
            }
            if control.wait(pause) {
                return false;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Takes what the detector has dealt with.
    ///
    /// # Errors
    /// When a file cannot be made of it.
    pub(super) fn take(&mut self, detector: &mut Detector) -> anyhow::Result<()> {
        while let Some(batch) = detector.poll_taken() {
            self.made.extend(self.archive.add(&batch?)?);
        }
        let watermark = detector.watermark();
        let day = (watermark > EventTime::MIN).then(|| watermark.day());
        if day > self.day {
            self.day = day;
            self.made.extend(self.archive.close_before(watermark.day())?);
        }
        Ok(())
    }

    /// Puts every file that is made in its place, and now and then those that still grow. `false` if the daemon was asked
    /// to stop before that was done.
    ///
    /// # Errors
    /// When a file cannot be made.
    pub(super) fn settle(&mut self, control: &Control, health: &Health) -> anyhow::Result<bool> {
        if self.is_new {
            return Ok(false);
        }
        let now = health.now();
        if now >= self.flushed + self.flush || control.is_stopping() {
            self.flushed = now;
            self.made.extend(self.archive.grown()?);
        }
        let mut pause = FIRST_PAUSE;
        while let Some(part) = self.made.front() {
            match self.place.put(part, &|| health.beat()) {
                Ok(()) => {
                    self.made.pop_front();
                    if health.well(PART) {
                        tracing::info!("the archive works again");
                    }
                }
                Err(error) => {
                    if health.ill(PART, format!("{error:#}")) {
                        tracing::error!("the archive cannot be written: {error:#}; it is tried again");
                    }
                    if control.wait(pause) {
                        return Ok(false);
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        Ok(true)
    }

    /// What a checkpoint must hold of it.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub(super) fn tables(&self) -> anyhow::Result<Vec<(String, RecordBatch)>> {
        let mut tables = self.archive.tables()?;
        let place = Arc::new(StringArray::from(vec![self.shown.as_str()])) as ArrayRef;
        tables.push((PLACE.to_owned(), RecordBatch::try_from_iter([("place", place)])?));
        Ok(tables)
    }

    /// Bytes of rows and files that wait.
    pub(super) fn bytes(&self) -> usize {
        self.archive.bytes() + self.made.iter().map(|part| part.bytes.len()).sum::<usize>()
    }
}

//! The progress bar: on a terminal only, on stderr, so that data stays data.

use indicatif::{ProgressBar, ProgressStyle};

const READING: &str = "{spinner} reading {wide_bar} {bytes}/{total_bytes} ({eta})";
const READING_STREAM: &str = "{spinner} reading {bytes} ({bytes_per_sec})";
const SIMULATING: &str = "{spinner} simulating {wide_bar} {pos}/{len} days ({eta})";
const DETECTING: &str = "{spinner} detecting {wide_bar} {human_pos}/{human_len} events ({eta})";

/// Shows how far a run has come. Hidden where stderr is no terminal.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    fn new(length: Option<u64>, template: &str) -> Self {
        let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Of the bytes to read; `None` where nobody knows how many.
    pub(crate) fn reading(bytes: Option<u64>) -> Self {
        Self::new(bytes, if bytes.is_some() { READING } else { READING_STREAM })
    }

    /// Of the days to live.
    pub(crate) fn simulating(days: u64) -> Self {
        Self::new(Some(days), SIMULATING)
    }

    /// Of the events to look at.
    pub(crate) fn detecting(events: u64) -> Self {
        Self::new(Some(events), DETECTING)
    }

    pub(crate) fn at(&self, position: u64) {
        self.0.set_position(position);
    }

    pub(crate) fn advance(&self, by: u64) {
        self.0.inc(by);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

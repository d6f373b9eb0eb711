//! The lines of the daemon's file of findings, as they come.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::clock;
use super::traffic::Trip;

/// How long to wait before the file is looked at again: the least that is measured.
const PAUSE: Duration = Duration::from_millis(1);

/// A finding of a trip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub(super) trip: Trip,
    pub(super) number: usize,
    /// Whether it was told before the watermark had passed its event.
    pub(super) early: bool,
    pub(super) at: Instant,
}

/// Reads until it is told to stop; gives what was told of trips, and how many lines there were.
pub(super) fn follow(path: &Path, stop: &AtomicBool) -> anyhow::Result<(Vec<Told>, usize)> {
    let (mut file, mut open, mut told, mut lines) = (None, Vec::new(), Vec::new(), 0);
    loop {
        // Before it is read, or the last lines are missed.
        let last = stop.load(Ordering::Acquire);
        if file.is_none() {
            file = File::open(path).ok();
        }
        let got = file.as_mut().map_or(Ok(0), |file| file.read_to_end(&mut open))?;
        let at = clock::now();
        let whole = open.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        for line in open.drain(..whole).collect::<Vec<_>>().split(|byte| *byte == b'\n') {
            if !line.is_empty() {
                lines += 1;
                told.extend(trip(line, at)?);
            }
        }
        if last {
            return Ok((told, lines));
        }
        if got == 0 {
            clock::pause(PAUSE);
        }
    }
}

fn trip(line: &[u8], at: Instant) -> anyhow::Result<Option<Told>> {
    let finding: Value = serde_json::from_slice(line)?;
    let trip = match finding["finding_info"]["analytic"]["uid"].as_str() {
        Some("H04") => Trip::Leaked,
        Some("L02") => Trip::Moves,
        _ => return Ok(None),
    };
    let early = finding["unmapped"]["provisional"] == true;
    let number = trip.told_by(std::str::from_utf8(line)?);
    Ok(number.map(|number| Told { trip, number, early, at }))
}

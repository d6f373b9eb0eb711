//! Making and storing checkpoints, between the turns of the loop.

use std::time::Duration;

use super::super::checkpoint::Made;
use super::super::keeper::Stored;
use super::going::is_sharing;
use super::{LOOK, Times, Turn};
use crate::clock::Stopwatch;

/// Makes a checkpoint when it is time, and stores it once the sinks have all that was found before it. A sink that is
/// down holds up checkpoints, not the detector: the one that is made waits, and no other is made meanwhile.
pub(super) fn keep(turn: &mut Turn<'_>, times: &mut Times) -> anyhow::Result<()> {
    if let Some(stored) = turn.keeper.poll() {
        note(turn, stored, times);
    }
    let now = turn.health.now();
    let due = now >= times.stored + turn.config.checkpoint.interval;
    // Of shared shards all make them at moments of event time.
    if due && times.changed && !turn.keeper.is_busy && !is_sharing(turn) {
        begin_checkpoint(turn, times)?;
    }
    if let Some(checkpoint) = times.made.take_if(|checkpoint| turn.sinks.have_settled(*checkpoint)) {
        turn.keeper.store();
        times.storing = Some(checkpoint);
    }
    Ok(())
}

/// Makes a checkpoint, which waits for the sinks.
pub(super) fn begin_checkpoint(turn: &mut Turn<'_>, times: &mut Times) -> anyhow::Result<()> {
    let Some((made, took)) = make(turn)? else { return Ok(()) };
    times.changed = false;
    times.made = Some(turn.sinks.settle());
    turn.keeper.pack(made, took);
    Ok(())
}

/// Begins an archive that is new, with a checkpoint before anything is taken up; tries until it is stored, or it is time to
/// stop.
pub(super) fn begin_archive(turn: &mut Turn<'_>, times: &mut Times) -> anyhow::Result<()> {
    let Some(kept) = turn.kept.as_mut().filter(|kept| kept.is_new) else { return Ok(()) };
    if !kept.begin(&turn.control, &turn.health) {
        return Ok(());
    }
    while let Some((made, took)) = make(turn)? {
        turn.keeper.pack(made, took);
        turn.keeper.store();
        let stored = turn.keeper.wait(|| turn.health.beat());
        if stored.is_some_and(|stored| note(turn, stored, times)) || turn.control.wait(LOOK) {
            break;
        }
    }
    Ok(())
}

/// Ends the sinks, and stores the last checkpoint.
pub(super) fn end(turn: &mut Turn<'_>, times: &mut Times) -> anyhow::Result<()> {
    turn.sinks.finish()?;
    if is_sharing(turn) {
        // The one that is made holds what the sinks now have; no other is of a moment that all agree on.
        if let Some(checkpoint) = times.made.take() {
            turn.keeper.store();
            times.storing = Some(checkpoint);
        }
        let last = if turn.keeper.is_storing { turn.keeper.wait(|| turn.health.beat()) } else { None };
        if let Some(stored) = last {
            note(turn, stored, times);
        }
        return Ok(());
    }
    let waited = times.made.take().is_some();
    // One that is being stored comes first: after a failure it must be made again.
    if !waited && let Some(stored) = turn.keeper.wait(|| turn.health.beat()) {
        note(turn, stored, times);
    }
    let made = if waited || times.changed { make(turn)? } else { None };
    let Some((made, took)) = made else { return Ok(()) };
    turn.keeper.pack(made, took);
    turn.keeper.store();
    if let Some(stored) = turn.keeper.wait(|| turn.health.beat()) {
        note(turn, stored, times);
    }
    Ok(())
}

/// A checkpoint of what is so now, and the time that it took to make it. None while the archive does not take what was
/// found before it.
fn make(turn: &mut Turn<'_>) -> anyhow::Result<Option<(Made, Duration)>> {
    if let Some(kept) = &mut turn.kept {
        // What the detector has dealt with is no part of its state.
        kept.take(&mut turn.detector)?;
        if !kept.settle(&turn.control, &turn.health)? {
            tracing::warn!("the archive does not take its files; at the next start they are made again");
            return Ok(None);
        }
    }
    let watch = Stopwatch::start();
    let mut snapshot = turn.detector.snapshot()?;
    if let Some(kept) = &turn.kept {
        snapshot.tables.extend(kept.tables()?);
    }
    let state = (&turn.partitions, turn.ledgers.as_slice());
    let state_at = (snapshot, turn.detector.watermark());
    let made = Made::new(state_at, state, &turn.config.sources, turn.keeper.writer)?;
    Ok(Some((made, watch.elapsed())))
}

/// A checkpoint was stored: lets the sources forget. After a store that does not work another is made and tried; until
/// one works, nothing is forgotten. Returns whether this one did.
fn note(turn: &mut Turn<'_>, stored: Stored, times: &mut Times) -> bool {
    times.stored = turn.health.now();
    let checkpoint = times.storing.take();
    let Some(saved) = stored.told(&turn.metrics, &turn.health) else {
        times.changed = true;
        return false;
    };
    times.changed |= !saved.is_all;
    if let Some(checkpoint) = checkpoint {
        turn.sinks.stored(checkpoint);
    }
    turn.sources.may_forget(&saved, &turn.names);
    true
}

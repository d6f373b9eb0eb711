//! Letting event time go on. Where others have some of the shards it goes on from stop to stop: the ends of days, for which
//! all wait for each other, and the moments at which all make a checkpoint.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
#[cfg(feature = "kafka")]
use std::time::Duration;

use ambit_schemas::EventTime;

use super::super::message::Message;

#[cfg(feature = "kafka")]
use super::super::share::course::{Course, PATIENCE, STEP};
use super::super::world::World;
#[cfg(feature = "kafka")]
use super::storing;
use super::{PAUSE, Times, Turn};

/// Whether others have some of the shards.
#[cfg(feature = "kafka")]
pub(super) const fn is_sharing(turn: &Turn<'_>) -> bool {
    turn.course.is_some()
}

/// Without Kafka there are no others.
#[cfg(not(feature = "kafka"))]
pub(super) const fn is_sharing(_turn: &Turn<'_>) -> bool {
    false
}

/// The next message of the sources.
#[cfg(not(feature = "kafka"))]
pub(super) fn receive(
    _turn: &mut Turn<'_>,
    receiver: &Receiver<Message>,
    _times: &mut Times,
) -> Result<Message, RecvTimeoutError> {
    receiver.recv_timeout(PAUSE)
}

/// The next message of the sources, after what others have said. While a day waits for them no more events are taken than
/// may wait: the sources wait too, and nothing is lost.
#[cfg(feature = "kafka")]
pub(super) fn receive(
    turn: &mut Turn<'_>,
    receiver: &Receiver<Message>,
    times: &mut Times,
) -> Result<Message, RecvTimeoutError> {
    let Some(course) = &turn.course else { return receiver.recv_timeout(PAUSE) };
    if course.hear(&mut turn.detector) {
        times.advanced = Duration::ZERO;
    }
    let is_full = turn.detector.pending_bytes() as u64 > turn.config.pending_bytes;
    if !turn.detector.is_awaiting_parts() || turn.control.is_stopping() {
        receiver.recv_timeout(PAUSE)
    } else if is_full {
        turn.control.wait(STEP);
        times.listening.looked_away(turn.health.now());
        Err(RecvTimeoutError::Timeout)
    } else {
        receiver.recv_timeout(STEP)
    }
}

/// Advances the detector.
#[cfg(not(feature = "kafka"))]
#[expect(clippy::unnecessary_wraps, reason = "others may be asked")]
pub(super) fn go_on_to(
    turn: &mut Turn<'_>,
    watermark: EventTime,
    _world: &World,
    _times: &mut Times,
) -> anyhow::Result<()> {
    turn.detector.advance(watermark);
    Ok(())
}

/// Advances the detector, as far as the others have said what there is to say.
#[cfg(feature = "kafka")]
pub(super) fn go_on_to(
    turn: &mut Turn<'_>,
    watermark: EventTime,
    world: &World,
    times: &mut Times,
) -> anyhow::Result<()> {
    loop {
        let due = turn.health.now() >= times.stored + turn.config.checkpoint.interval;
        let is_free = due && !turn.keeper.is_busy && times.made.is_none();
        let Some(course) = &mut turn.course else {
            turn.detector.advance(watermark);
            return Ok(());
        };
        let stop = course.next_stop(&turn.detector, is_free).min(watermark);
        turn.detector.advance(stop);
        if !course.tell(&mut turn.detector, (&turn.control, &turn.health)) {
            return Ok(());
        }
        if turn.detector.watermark() < stop || turn.detector.is_awaiting_parts() {
            return Ok(());
        }
        let is_for_all = Course::is_for_all(stop, &turn.detector);
        if is_for_all || (is_free && course.is_for_some(stop)) {
            turn.deliver(world)?;
            cut(turn, times)?;
        }
        if stop == watermark {
            return Ok(());
        }
    }
}

/// Makes a checkpoint of a moment on which all agree. One before it that is not stored yet is waited for, but not for
/// ever: those of another moment will do.
#[cfg(feature = "kafka")]
fn cut(turn: &mut Turn<'_>, times: &mut Times) -> anyhow::Result<()> {
    let since = turn.health.now();
    while turn.keeper.is_busy || times.made.is_some() {
        storing::keep(turn, times)?;
        turn.health.beat();
        if turn.health.now() > since + PATIENCE || turn.control.wait(STEP) {
            return Ok(());
        }
    }
    storing::begin_checkpoint(turn, times)
}

//! How event time goes on for a detector that owns some shards only: the end of a UTC day waits for what the others say of
//! it.

use ambit_schemas::EventTime;

use crate::detector::Detector;
use crate::part::Peers;

/// Goes as far towards a watermark as the days that are sealed allow.
pub(crate) fn advance(detector: &mut Detector, watermark: EventTime) {
    let is_there = watermark == detector.watermark && !detector.is_awaiting_parts();
    if watermark < detector.watermark || is_there {
        return;
    }
    while let Some(day) = open_day(detector, watermark) {
        let end = EventTime::from_day(day + 1);
        if watermark < end {
            break;
        }
        if !detector.is_awaiting_parts() {
            look_before(detector, end);
            detector.engine.close_shards(day);
            let said = detector.engine.shards.take_days();
            let engine = &mut detector.engine;
            if let Some(peers) = &mut engine.peers {
                peers.close(day, said, &engine.atoms, &engine.symbols);
            }
        }
        let Some((day, sum)) = detector.engine.peers.as_mut().and_then(Peers::sum) else { return };
        detector.engine.seal_day(day, &sum);
        detector.engine.day = Some(day + 1);
        detector.engine.early.retract_before(end);
    }
    look_before(detector, watermark);
    detector.engine.early.retract_before(watermark);
}

/// The open day. The first is that of the first event, if that is before a moment. Of days long after the last event, which
/// change nothing more, none is closed: all detectors know the same events, and pass over the same days.
fn open_day(detector: &mut Detector, before: EventTime) -> Option<i64> {
    let next = detector.pending.next_due().filter(|due| *due < before).map(EventTime::day);
    let engine = &mut detector.engine;
    match (engine.day, engine.latest) {
        (None, _) => {
            engine.day = next;
            if let (Some(peers), Some(first)) = (&mut engine.peers, next) {
                peers.begin(first);
            }
        }
        (Some(day), Some(latest)) if day > latest.day().saturating_add(engine.memory_days()) => {
            engine.day = Some(day.max(before.day().min(next.unwrap_or(i64::MAX))));
        }
        _ => {}
    }
    engine.day
}

fn look_before(detector: &mut Detector, watermark: EventTime) {
    detector.watermark = detector.watermark.max(watermark);
    let due = detector.pending.take_due(watermark, false);
    detector.take_up(&due);
}

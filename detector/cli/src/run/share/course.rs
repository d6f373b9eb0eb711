//! How far event time may go where others have some of the shards.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use ambit_core::{Detector, PartOfDay};
use ambit_schemas::EventTime;
use ambit_schemas::time::DAY_MICROS;

use super::said::Teller;
use crate::run::control::Control;
use crate::run::health::Health;

/// How long a checkpoint that all make waits for the one before.
pub(in crate::run) const PATIENCE: Duration = Duration::from_mins(1);
pub(in crate::run) const STEP: Duration = Duration::from_millis(10);
/// After so long a shard that says nothing of a day is a fault to be said.
const SILENCE: Duration = Duration::from_secs(30);
/// Its name, for those who ask how the parts fare.
const OTHERS: &str = "other shards";

/// It, and what is to be told to the others.
#[derive(Debug)]
pub(in crate::run) struct Course {
    teller: Teller,
    /// What others say.
    words: Receiver<PartOfDay>,
    untold: VecDeque<PartOfDay>,
    cut_micros: i64,
    /// Since when others are waited for.
    waiting: Option<Duration>,
}

impl Course {
    pub(super) const fn new(teller: Teller, words: Receiver<PartOfDay>, cut_micros: i64) -> Self {
        Self { teller, words, untold: VecDeque::new(), cut_micros, waiting: None }
    }

    /// Where a detector must stop next: at the end of a day, or before it where it may make a checkpoint.
    pub(in crate::run) fn next_stop(&self, detector: &Detector, may_cut: bool) -> EventTime {
        let now = detector.watermark();
        if detector.is_awaiting_parts() {
            return now;
        }
        if now == EventTime::MIN {
            return EventTime::MAX;
        }
        let step = if may_cut { self.cut_micros } else { DAY_MICROS };
        EventTime((now.micros().div_euclid(step) + 1).saturating_mul(step))
    }

    /// Whether all make a checkpoint at a moment: at the end of a day on which there was something.
    pub(in crate::run) fn is_for_all(at: EventTime, detector: &Detector) -> bool {
        let day = at.plus_micros(-DAY_MICROS);
        at.micros().rem_euclid(DAY_MICROS) == 0 && detector.latest().is_some_and(|latest| latest >= day)
    }

    /// Takes in what others have said; `true` if there was anything.
    pub(in crate::run) fn hear(&self, detector: &mut Detector) -> bool {
        let mut any = false;
        for said in self.words.try_iter() {
            any = true;
            if let Err(error) = detector.hear_part_of_day(&said) {
                tracing::error!("what shard {} says of a day cannot be read: {error}", said.shard);
            }
        }
        any
    }

    /// Whether those make a checkpoint at a moment who have made none for a while; they all have while nothing is read that
    /// is old.
    pub(in crate::run) const fn is_for_some(&self, at: EventTime) -> bool {
        at.micros().rem_euclid(self.cut_micros) == 0
    }

    /// Tells the others what our shards have to say of days that have ended; `false` while they cannot be told.
    pub(in crate::run) fn tell(
        &mut self,
        detector: &mut Detector,
        (control, health): (&Control, &Health),
    ) -> bool {
        self.untold.extend(std::iter::from_fn(|| detector.poll_part_of_day()));
        if !self.untold.is_empty() {
            match self.teller.tell(&self.untold) {
                Ok(()) => self.untold.clear(),
                Err(why) => {
                    if health.ill(OTHERS, format!("they cannot be told of a day: {why}")) {
                        tracing::warn!("{OTHERS}: they cannot be told of a day: {why}");
                    }
                    control.wait(STEP);
                    return false;
                }
            }
        }
        self.note_silence(detector, health);
        true
    }

    /// Says who has been waited for too long.
    fn note_silence(&mut self, detector: &Detector, health: &Health) {
        let Some((day, missing)) = detector.missing_parts() else {
            self.waiting = None;
            if health.well(OTHERS) {
                tracing::info!("{OTHERS}: all have had their say again");
            }
            return;
        };
        let since = *self.waiting.get_or_insert_with(|| health.now());
        if health.now() > since + SILENCE {
            let shards = missing.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            let why = format!(
                "shards {shards} say nothing of {}: does a daemon have them, and does it read?",
                EventTime::from_day(day).to_string().split('T').next().unwrap_or_default()
            );
            if health.ill(OTHERS, why.as_str()) {
                tracing::warn!("{OTHERS}: {why}");
            }
        }
    }
}

//! Letting event time go on. Where others have some of the shards it goes on from stop to stop: the ends of days, for which
//! all wait for each other, and the moments at which all make a checkpoint.

use ambit_schemas::EventTime;

use super::super::world::World;
use super::{Times, Turn};

impl Turn<'_> {
    /// Whether others have some of the shards.
    #[cfg_attr(
        not(feature = "kafka"),
        expect(clippy::unused_self, reason = "without Kafka there are no others")
    )]
    pub(super) const fn is_sharing(&self) -> bool {
        #[cfg(feature = "kafka")]
        return self.course.is_some();
        #[cfg(not(feature = "kafka"))]
        false
    }

    /// Advances the detector.
    #[cfg(not(feature = "kafka"))]
    #[expect(clippy::unnecessary_wraps, reason = "others may be asked")]
    pub(super) fn go_on_to(
        &mut self,
        watermark: EventTime,
        _world: &World,
        _times: &mut Times,
    ) -> anyhow::Result<()> {
        self.detector.advance(watermark);
        Ok(())
    }

    /// Advances the detector, as far as the others have said what there is to say.
    #[cfg(feature = "kafka")]
    pub(super) fn go_on_to(
        &mut self,
        watermark: EventTime,
        world: &World,
        times: &mut Times,
    ) -> anyhow::Result<()> {
        loop {
            let due = self.health.now() >= times.stored + self.config.checkpoint.interval;
            let is_free = due && !self.keeper.is_busy && times.made.is_none();
            let Some(course) = &mut self.course else {
                self.detector.advance(watermark);
                return Ok(());
            };
            let stop = course.next_stop(&self.detector, is_free).min(watermark);
            self.detector.advance(stop);
            if !course.tell(&mut self.detector, (&self.control, &self.health)) {
                return Ok(());
            }
            if self.detector.watermark() < stop || self.detector.is_awaiting_parts() {
                return Ok(());
            }
            if course.is_for_all(stop) || (is_free && course.is_for_some(stop)) {
                self.deliver(world)?;
                self.cut(times)?;
            }
            if stop == watermark {
                return Ok(());
            }
        }
    }

    /// Makes a checkpoint of a moment on which all agree. One before it that is not stored yet is waited for, but not for
    /// ever: those of another moment will do.
    #[cfg(feature = "kafka")]
    fn cut(&mut self, times: &mut Times) -> anyhow::Result<()> {
        use super::super::share::course::{PATIENCE, STEP};
        let since = self.health.now();
        while self.keeper.is_busy || times.made.is_some() {
            self.keep(times)?;
            self.health.beat();
            if self.health.now() > since + PATIENCE || self.control.wait(STEP) {
                return Ok(());
            }
        }
        self.begin_checkpoint(times)
    }
}

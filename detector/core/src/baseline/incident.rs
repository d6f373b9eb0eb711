//! One incident, one finding: a statistical alarm that comes again before things have been quiet for a while is the same
//! incident, and keeps the UTC day of its first alarm as its subject.

use crate::codec::codec_struct;

/// The last incident of one channel of one workload.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Incident {
    days: Option<(i64, i64)>,
}
codec_struct!(Incident { days });

impl Incident {
    /// Whether it still goes on at a day.
    pub(crate) fn goes_on(&self, day: i64, quiet_days: i64) -> bool {
        self.days.is_some_and(|(_, last)| day - last <= quiet_days)
    }

    /// The day that names the incident an alarm of a day belongs to.
    pub(crate) fn subject_day(&self, day: i64, quiet_days: i64) -> i64 {
        self.days.filter(|_| self.goes_on(day, quiet_days)).map_or(day, |(first, _)| first)
    }

    /// Notes an alarm.
    pub(crate) fn note(&mut self, day: i64, quiet_days: i64) {
        self.days = Some((self.subject_day(day, quiet_days), day));
    }
}

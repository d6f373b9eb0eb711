//! Days and hours of a story, in UTC.

use ambit_schemas::time::{DAY_MICROS, EventTime, HOUR_MICROS, SECOND_MICROS};

use crate::rng::Rng;

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

/// When in the day something tends to happen: a weight for each hour.
pub type Hours = [u64; 24];

/// Office hours of a company in two time zones of Europe and the American east coast.
pub const OFFICE: Hours = [0, 0, 0, 0, 0, 0, 1, 4, 8, 9, 9, 8, 7, 8, 9, 9, 8, 7, 5, 3, 2, 1, 0, 0];
/// Customers, who also write at night.
pub const CUSTOMERS: Hours = [1, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 8, 7, 8, 9, 9, 9, 8, 7, 6, 5, 4, 3, 2];

impl Day {
    /// A date of 2025 or 2026, or of any year that RFC 3339 knows; day 0 when there is no such date.
    pub fn date(year: i64, month: i64, day: i64) -> Self {
        let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
        Self(EventTime::parse_rfc3339(&text).map_or(0, EventTime::day))
    }

    /// The first moment of the day.
    pub const fn start(self) -> EventTime {
        EventTime::from_day(self.0)
    }

    /// A moment of the day.
    pub const fn at(self, hour: i64, minute: i64, second: i64) -> EventTime {
        after(self.start(), hour * 3_600 + minute * 60 + second)
    }

    /// 0 is Monday, 6 is Sunday.
    pub const fn weekday(self) -> i64 {
        (self.0 + 3).rem_euclid(7)
    }

    /// Monday to Friday.
    pub const fn is_workday(self) -> bool {
        self.weekday() < 5
    }

    /// The date as `2026-03-02`.
    pub fn iso(self) -> String {
        self.start().to_string()[..10].to_owned()
    }

    /// A moment of this day, likely in the likely hours, to the millisecond.
    pub fn moment(self, rng: &mut Rng, hours: &Hours) -> EventTime {
        let hour = i64::try_from(rng.weighted(hours)).unwrap_or(0);
        self.start().plus_micros(hour * HOUR_MICROS + rng.range(0, 3_599_999) * 1_000)
    }
}

/// The day of a moment.
pub const fn day_of(time: EventTime) -> Day {
    Day(time.0.div_euclid(DAY_MICROS))
}

/// That many seconds later.
pub const fn after(time: EventTime, secs: i64) -> EventTime {
    time.plus_micros(secs.saturating_mul(SECOND_MICROS))
}

/// That many milliseconds later.
pub const fn after_millis(time: EventTime, millis: i64) -> EventTime {
    time.plus_micros(millis.saturating_mul(1_000))
}

/// As CloudTrail writes event times: whole seconds.
pub fn whole_seconds(time: EventTime) -> String {
    EventTime::from_secs(time.0.div_euclid(SECOND_MICROS)).to_string()
}

/// As AWS writes the end of a session: `Mar 2, 2026, 9:00:00 PM`.
pub fn american(time: EventTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let iso = whole_seconds(time);
    let number = |from: usize, to: usize| iso[from..to].parse::<usize>().unwrap_or(0);
    let (month, day, hour) = (number(5, 7), number(8, 10), number(11, 13));
    let half = if hour < 12 { "AM" } else { "PM" };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or("Jan");
    format!("{name} {day}, {}, {twelve}:{} {half}", &iso[..4], &iso[14..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_weekdays() {
        let day = Day::date(2026, 3, 2);
        assert_eq!((day.iso().as_str(), day.weekday(), day.is_workday()), ("2026-03-02", 0, true));
        assert_eq!(Day::date(2026, 4, 12).weekday(), 6);
        assert_eq!(Day::date(2026, 2, 30), Day(0));
        assert_eq!(day_of(day.at(23, 59, 59)), day);
    }

    #[test]
    fn times_as_aws_writes_them() {
        let day = Day::date(2026, 3, 2);
        assert_eq!(american(day.at(0, 5, 9)), "Mar 2, 2026, 12:05:09 AM");
        assert_eq!(american(day.at(21, 0, 0)), "Mar 2, 2026, 9:00:00 PM");
        assert_eq!(whole_seconds(after_millis(day.at(1, 2, 3), 900)), "2026-03-02T01:02:03Z");
    }
}

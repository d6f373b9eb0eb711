//! What is done again and again: how often, in which hours, on which days.

use ambit_schemas::EventTime;

use super::deed::Deed;
use super::member::Act;
use crate::calendar::{CUSTOMERS, Day, Hours, OFFICE, after};
use crate::rng::Rng;

/// Polling: the same in every hour.
const STEADY: Hours = [1; 24];
/// After the business day, before the next.
const NIGHT: Hours = [6, 9, 9, 8, 6, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 5];
/// No habit lasts longer.
pub(super) const FOR_EVER: Day = Day(i64::MAX);

/// On which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Every day, more or less.
    Daily,
    /// On this day of the week, at this hour.
    Weekly(i64, i64),
    /// On the first day of the month, at this hour.
    Monthly(i64),
}

/// Something done again and again.
#[derive(Debug, Clone)]
pub(super) struct Habit {
    /// What.
    pub deed: Deed,
    /// How often on a usual day, in thousandths.
    pub per_day_milli: i64,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
    /// On which days.
    pub rhythm: Rhythm,
}

impl Habit {
    /// A habit of every day that lasts.
    pub(super) const fn daily(deed: Deed, per_day_milli: i64, from: Day) -> Self {
        Self { deed, per_day_milli, from, until: FOR_EVER, rhythm: Rhythm::Daily }
    }

    /// Whether it lasts and is seen on nearly every day.
    pub(super) fn is_steady(&self) -> bool {
        self.rhythm == Rhythm::Daily && self.until == FOR_EVER && self.per_day_milli >= 900
    }

    fn runs_on(&self, day: Day) -> bool {
        let right_day = match self.rhythm {
            Rhythm::Daily => true,
            Rhythm::Weekly(weekday, _) => day.weekday() == weekday,
            Rhythm::Monthly(_) => day.iso().ends_with("-01"),
        };
        right_day && self.from <= day && day <= self.until
    }
}

/// When somebody works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tempo {
    /// The hours.
    pub hours: &'static Hours,
    /// How much of a workday's volume a day of the weekend has.
    pub weekend_percent: i64,
    /// Rounds of a day in which calls come together; none for who polls all day.
    pub rounds: i64,
}

impl Tempo {
    /// One of the ways to work: with customers, in office hours, all day, at night.
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let rounds = rng.range(3, 10);
        let (hours, weekend_percent, rounds): (&Hours, i64, i64) = match rng.below(100) {
            0..=39 => (&CUSTOMERS, 70, rounds),
            40..=64 => (&OFFICE, 25, rounds),
            65..=84 => (&STEADY, 100, 0),
            _ => (&NIGHT, 90, rounds),
        };
        Self { hours, weekend_percent, rounds }
    }

    /// The moments around which the calls of a day come.
    fn starts(&self, day: Day, rng: &mut Rng) -> Vec<EventTime> {
        (0..self.rounds).map(|_| day.moment(rng, self.hours)).collect()
    }
}

/// How much busier than usual a day is, in percent, for one workload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Volume(pub i64);

/// What a workload's habits make it do on a day.
pub(super) fn acts(habits: &[Habit], tempo: &Tempo, volume: Volume, day: Day, rng: &mut Rng) -> Vec<Act> {
    let starts = tempo.starts(day, rng);
    let weekend = if day.is_workday() { 100 } else { tempo.weekend_percent };
    let mut acts = Vec::new();
    for habit in habits.iter().filter(|habit| habit.runs_on(day)) {
        let (hour, percent) = match habit.rhythm {
            Rhythm::Daily => (None, weekend * volume.0 / 100),
            Rhythm::Weekly(_, hour) | Rhythm::Monthly(hour) => (Some(hour), 100),
        };
        for _ in 0..count(habit.per_day_milli * percent / 100, rng) {
            let time = match (hour, starts.is_empty()) {
                (Some(hour), _) => after(day.at(hour, 5, 0), rng.range(0, 2_400)),
                (None, true) => day.moment(rng, tempo.hours),
                (None, false) => after(*rng.pick(&starts), rng.range(0, 1_500)),
            };
            if Day(time.day()) == day {
                acts.push(Act::own(time, habit.deed.clone()));
            }
        }
    }
    acts
}

/// How often something happens that happens so often on average: a sum of small chances, which is nearly Poisson's law
/// and needs whole numbers only.
pub(super) fn count(mean_milli: i64, rng: &mut Rng) -> i64 {
    const CHANCES: i64 = 4;
    let mean_milli = mean_milli.max(0);
    let trials = (mean_milli / 1_000 + 1) * CHANCES;
    let per_million = u64::try_from(mean_milli * 1_000 / trials).unwrap_or(0);
    (0..trials).map(|_| i64::from(rng.below(1_000_000) < per_million)).sum()
}

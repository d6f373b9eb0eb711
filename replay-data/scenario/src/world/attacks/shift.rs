//! A secret or restricted data that the workload has always read is read 8 to 20 times as often, for 10 to 15 days.

use super::Scheme;
use crate::calendar::Day;
use crate::world::member::{Act, Member};

/// What it does on a day, beyond the usual.
pub(super) fn acts(scheme: &mut Scheme, member: &Member, day: Day) -> Vec<Act> {
    let age = scheme.age(day);
    if age < 0 {
        return Vec::new();
    }
    if scheme.deeds.is_empty() {
        scheme.deeds.extend(member.sensitive_habit().map(|habit| habit.deed.clone()));
    }
    let Some(deed) = scheme.deeds.first() else { return Vec::new() };
    // The same on every day of it, whenever that is asked.
    let mut fixed = member.stream(0, "shift");
    let (days, factor) = (fixed.range(10, 15), fixed.range(8, 20));
    let usual =
        member.habits.iter().find(|habit| habit.deed == *deed).map_or(1_000, |habit| habit.per_day_milli);
    if age >= days {
        return Vec::new();
    }
    let more = usual * (factor - 1) / 1_000 + scheme.rng.range(-2, 2);
    (0..more.max(7))
        .map(|_| {
            let time = day.moment(&mut scheme.rng, member.tempo.hours);
            Act::own(time, deed.clone()).of(scheme.incident)
        })
        .collect()
}

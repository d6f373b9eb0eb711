//! What a workload is used to from its first day: 8 to 40 things, most of them few. Use is zipf-like: the second half as
//! often as the first, the third a third as often. Rates between workloads are heavy-tailed, 8 to 100 calls a day.
//! Nothing is so rare that it would first be seen after the learning: the rarest comes every other day.

use super::choice;
use crate::calendar::Day;
use crate::rng::Rng;
use crate::world::deed::{Deed, Kind};
use crate::world::habit::Habit;
use crate::world::member::Member;
use crate::world::words::SERVERS;

/// The rarest thing of a template comes so often on a day, in thousandths.
const RAREST_MILLI: i64 = 500;

/// Teaches a workload its habits.
pub(in crate::world) fn template(member: &mut Member, rng: &mut Rng, from: Day) {
    let total_milli = 1_000 * drawn(rng, [(30, 8, 14), (40, 14, 26), (20, 26, 50), (10, 50, 100)]);
    let size = drawn(rng, [(50, 8, 14), (30, 14, 22), (15, 22, 32), (5, 32, 40)]);
    for deed in secrets(member, rng) {
        let per_day_milli = rng.range(1_200, 4_000);
        member.adopt(Habit::daily(deed, per_day_milli, from));
    }
    let mut deeds = specials(member, rng);
    while i64::try_from(deeds.len() + member.habits.len()).unwrap_or(i64::MAX) < size {
        let deed = choice::fresh(member, rng);
        if deed.is_sensitive() || deeds.contains(&deed) {
            continue;
        }
        deeds.push(deed);
    }
    shuffle(&mut deeds, rng);
    let shares: Vec<i64> = (1..).take(deeds.len()).map(|rank: i64| 1_000_000 / rank).collect();
    let whole: i64 = shares.iter().sum();
    for (deed, share) in deeds.into_iter().zip(shares) {
        let per_day_milli = (total_milli * share / whole.max(1)).max(RAREST_MILLI);
        member.adopt(Habit::daily(deed, per_day_milli, from));
    }
}

/// One or two secrets of its own, fetched when it starts; who uses Vault keeps some of them there.
fn secrets(member: &Member, rng: &mut Rng) -> Vec<Deed> {
    let mut deeds = Vec::new();
    if member.uses_vault {
        deeds.push(choice::of_kind(Kind::Kv, member, rng));
    }
    if !member.uses_vault || rng.chance(300) {
        deeds.push(choice::of_kind(Kind::Secret, member, rng));
    }
    deeds
}

/// What comes with the kind of workload: tools, models, keys, restricted data, a second role.
fn specials(member: &Member, rng: &mut Rng) -> Vec<Deed> {
    let mut deeds = Vec::new();
    if member.is_agent {
        let (server, tools) = rng.pick(&SERVERS);
        let most = rng.range(2, 5);
        deeds.extend(tools.iter().take(usize::try_from(most).unwrap_or(2)).map(|tool| {
            let server = format!("{server}-mcp.internal.acme.example");
            Deed::new(Kind::Tool, server, *tool)
        }));
    }
    if member.is_agent || matches!(member.component, "inference" | "orchestrator" | "evaluation") {
        deeds.push(choice::of_kind(Kind::Model, member, rng));
    }
    if rng.chance(350) {
        deeds.push(choice::of_kind(Kind::Decrypt, member, rng));
    }
    if rng.chance(150) {
        deeds.push(choice::restricted(member.team, rng));
    }
    if let Some(role) = &member.second_role {
        deeds.push(Deed::new(Kind::Assume, role.arn(), ""));
    }
    deeds
}

/// A number from one of several ranges, each as likely as its share of a hundred says.
fn drawn(rng: &mut Rng, ranges: [(u64, i64, i64); 4]) -> i64 {
    let (_, low, high) = ranges[rng.weighted(&ranges.map(|(share, _, _)| share))];
    rng.range(low, high)
}

/// In any order.
pub(in crate::world) fn shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, rng.index(last + 1));
    }
}

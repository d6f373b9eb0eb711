//! What may be taken up: something that a workload of this team would plausibly do and has not done yet.

use crate::ids;
use crate::rng::Rng;
use crate::world::deed::{Deed, Kind};
use crate::world::member::Member;
use crate::world::words::{FOLDERS, MODELS, PURPOSES, TEAMS, THINGS};

/// What is taken up, and out of a hundred how often.
const KINDS: [(Kind, u64); 13] = [
    (Kind::ReadObject, 30),
    (Kind::ListObjects, 9),
    (Kind::WriteObject, 12),
    (Kind::GetItem, 9),
    (Kind::PutItem, 5),
    (Kind::Query, 8),
    (Kind::Receive, 3),
    (Kind::Send, 6),
    (Kind::Publish, 4),
    (Kind::Parameter, 8),
    (Kind::StartMachine, 2),
    (Kind::Secret, 2),
    (Kind::Kv, 2),
];

/// Something of these kinds that the workload has not done yet.
pub(in crate::world) fn fresh(member: &Member, rng: &mut Rng) -> Deed {
    let weights = KINDS.map(|(_, weight)| weight);
    loop {
        let (kind, _) = KINDS[rng.weighted(&weights)];
        if kind == Kind::Kv && !member.uses_vault {
            continue;
        }
        let deed = of_kind(kind, member, rng);
        if !member.known.contains(&deed) {
            return deed;
        }
    }
}

/// Something of a kind, mostly of the workload's own team. Secrets are always its own: nobody shares them here.
pub(in crate::world) fn of_kind(kind: Kind, member: &Member, rng: &mut Rng) -> Deed {
    let team = if rng.chance(750) { member.team } else { rng.pick(&TEAMS) };
    let thing = *rng.pick(&THINGS);
    let folder = *rng.pick(&FOLDERS);
    match kind {
        Kind::ReadObject | Kind::WriteObject => Deed::new(kind, format!("acme-{team}-{thing}"), folder),
        Kind::ListObjects => Deed::new(kind, format!("acme-{team}-{thing}"), ""),
        Kind::Decrypt => Deed::new(kind, key_of(team), ""),
        Kind::Secret => Deed::new(kind, format!("{}-{}", member.name, rng.pick(&PURPOSES)), ""),
        Kind::Kv => Deed::new(kind, member.name.as_str(), *rng.pick(&PURPOSES)),
        Kind::Parameter => Deed::new(kind, team, folder),
        Kind::Model => Deed::new(kind, *rng.pick(&MODELS), ""),
        _ => Deed::new(kind, format!("{team}-{thing}"), ""),
    }
}

/// A folder of the team's restricted bucket.
pub(in crate::world) fn restricted(team: &str, rng: &mut Rng) -> Deed {
    Deed::new(Kind::ReadObject, format!("acme-{team}-restricted"), *rng.pick(&FOLDERS))
}

/// The key of a team's data.
pub(in crate::world) fn key_of(team: &str) -> String {
    ids::uuid(&mut Rng::stream(0, &format!("key/{team}")))
}

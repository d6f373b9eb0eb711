//! Who is attacked, how and when: drawn before the first day, so that the inventory can name keys and secrets.

use std::collections::BTreeMap;

use super::{Attack, Part, Scheme, revoked};
use crate::calendar::Day;
use crate::cloudtrail::User;
use crate::rng::Rng;
use crate::world::Settings;
use crate::world::deed::{Deed, Kind, suffix};
use crate::world::life;
use crate::world::member::{Member, Way};
use crate::world::register::Extras;
use crate::world::truth::{Incident, Truth};

/// The first day on which anybody is attacked, counted from 0.
const QUIET_DAYS: i64 = 24;
/// Workloads for each of which there are so many attacks of a kind as `weight` says.
const UNIT: usize = 60;
/// Of so many workloads one is attacked at most.
const SPARED: usize = 3;

/// All attacks of a world, by the workloads that have a part in them.
#[derive(Debug, Default)]
pub(in crate::world) struct Schemes {
    /// By a workload's place.
    pub by_member: BTreeMap<usize, Vec<Scheme>>,
    /// What the inventory must know.
    pub extras: Extras,
}

/// How many attacks of a kind there are for 60 workloads.
const fn weight(attack: Attack) -> usize {
    match attack {
        Attack::Drip => 3,
        Attack::Burst | Attack::Shift => 2,
        _ => 1,
    }
}

/// How many days an attack needs before the world ends.
const fn needs_days(attack: Attack) -> i64 {
    match attack {
        Attack::Drip => 32,
        Attack::Poisoner => 25,
        Attack::Shift => 16,
        Attack::Probing => 5,
        _ => 3,
    }
}

/// Draws the attacks.
pub(in crate::world) fn plan(
    settings: &Settings,
    first: Day,
    members: &mut [Member],
    truth: &mut Truth,
) -> Schemes {
    let mut schemes = Schemes::default();
    let mut rng = Rng::stream(settings.seed, "attacks");
    if settings.days <= QUIET_DAYS {
        return schemes;
    }
    let mut pool: Vec<usize> = (0..members.len()).filter(|index| members[*index].born == first).collect();
    life::shuffle(&mut pool, &mut rng);
    let mut left = settings.workloads / SPARED;
    for attack in wanted(settings) {
        let heads = if matches!(attack, Attack::SecretHop | Attack::RoleChain) { 2 } else { 1 };
        if left < heads {
            continue;
        }
        let Some(victim) = take(&mut pool, |index| suits(attack, &members[index])) else { continue };
        left -= 1;
        let latest = (settings.days - needs_days(attack)).max(QUIET_DAYS);
        let start = Day(first.0 + rng.range(QUIET_DAYS, latest));
        let case = Case { attack, victim, start, seed: settings.seed };
        if heads == 1 {
            case.alone(members, truth, &mut schemes);
        } else {
            let site = members[victim].site.account;
            let other = take(&mut pool, |index| {
                let other = &members[index];
                !other.is_bounded() && (attack == Attack::SecretHop || other.site.account != site)
            });
            let Some(other) = other else { continue };
            left -= 1;
            case.with_another(other, members, truth, &mut schemes);
        }
    }
    schemes
}

/// The attacks of a world in the order in which they find victims: one of each kind first.
fn wanted(settings: &Settings) -> Vec<Attack> {
    let kinds: Vec<Attack> =
        Attack::ALL.into_iter().filter(|attack| settings.attacks.contains(attack)).collect();
    let count = |attack: Attack| (weight(attack) * settings.workloads).div_ceil(UNIT);
    let most = kinds.iter().map(|attack| count(*attack)).max().unwrap_or(0);
    (0..most).flat_map(|round| kinds.iter().copied().filter(move |attack| count(*attack) > round)).collect()
}

fn take(pool: &mut Vec<usize>, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let at = pool.iter().position(|index| fits(*index))?;
    Some(pool.remove(at))
}

/// Only who has a boundary can break it; the others are left to attacks that nothing else explains.
fn suits(attack: Attack, member: &Member) -> bool {
    match attack {
        Attack::Boundary => member.is_bounded(),
        Attack::Unregistered => {
            // Its role is its only identity: it would go by another name in each other log.
            let is_plain = !member.is_agent && !member.uses_vault && member.second_role.is_none();
            is_plain && member.way != Way::Pod && !member.is_bounded()
        }
        Attack::Shift => !member.is_bounded() && member.sensitive_habit().is_some(),
        _ => !member.is_bounded(),
    }
}

/// An attack that is being planned.
struct Case {
    attack: Attack,
    victim: usize,
    start: Day,
    seed: u64,
}

impl Case {
    fn scheme(&self, member: &Member, part: Part, incident: usize) -> Scheme {
        let rng = member.stream(self.seed, &format!("attack/{}", self.attack.as_str()));
        Scheme { part, incident, other: None, start: self.start, rng, deeds: Vec::new() }
    }

    fn alone(&self, members: &mut [Member], truth: &mut Truth, schemes: &mut Schemes) {
        let member = &mut members[self.victim];
        if self.attack == Attack::Unregistered {
            // Nobody registered it, so its role is its only name.
            let incident = truth.open(label(self.attack, &member.role.arn()));
            schemes.extras.unregistered.insert(self.victim, incident);
            return;
        }
        let incident = truth.open(label(self.attack, &member.name));
        if self.attack == Attack::Revoked {
            let user = User::new(self.seed, member.site.account, &format!("{}-uploader", member.name));
            schemes.extras.revoked.push((user.key.clone(), revoked::revoked_at(self.start)));
            member.user = Some(user);
        }
        let scheme = self.scheme(member, Part::Victim(self.attack), incident);
        schemes.by_member.entry(self.victim).or_default().push(scheme);
    }

    fn with_another(&self, other: usize, members: &mut [Member], truth: &mut Truth, schemes: &mut Schemes) {
        let incident = truth.open(label(self.attack, &members[self.victim].name));
        if self.attack == Attack::RoleChain {
            let target = &members[other];
            let table = format!("{}-results", target.team);
            let part = Part::Assumes(target.role.arn(), table);
            let mut scheme = self.scheme(&members[self.victim], part, incident);
            let what = "Another workload assumed its role and read a table with it.";
            scheme.other = Some(
                truth.open(
                    Incident::attack("role_chain_target", &target.name, what, &[])
                        .may_raise(&["D01", "D02", "D10", "L03", "L07"]),
                ),
            );
            schemes.by_member.entry(self.victim).or_default().push(scheme);
            return;
        }
        let in_vault = members[self.victim].uses_vault;
        let owner = &mut members[other];
        let user = User::new(self.seed, owner.site.account, &format!("{}-uploader", owner.name));
        let (secret, stored) = if in_vault {
            let secret = Deed::new(Kind::Kv, owner.name.as_str(), "awsaccess");
            (secret, ("vault", format!("kv/data/{}/awsaccess/main", owner.name)))
        } else {
            let name = format!("{}-awsaccess", owner.name);
            let place = format!("arn:aws:secretsmanager:*:secret:{name}-{}", suffix(&name));
            (Deed::new(Kind::Secret, name, ""), ("aws_secret", place))
        };
        schemes.extras.secrets.push((stored.0, stored.1, user.key.clone()));
        owner.user = Some(user);
        let mut theirs = self.scheme(&members[other], Part::OwnsKey, incident);
        let what = "Its key was used from outside, after another workload had read it from a secret.";
        theirs.other = Some(
            truth.open(
                Incident::attack("secret_hop_owner", &members[other].name, what, &[])
                    .may_raise(&["D01", "D02", "D03", "D10", "H05", "H07", "L05", "L07"]),
            ),
        );
        let reads = self.scheme(&members[self.victim], Part::Reads(secret), incident);
        schemes.by_member.entry(self.victim).or_default().push(reads);
        schemes.by_member.entry(other).or_default().push(theirs);
    }
}

/// What the truth says of an attack.
fn label(attack: Attack, name: &str) -> Incident {
    let (what, raises, may): (&'static str, &'static str, &[&'static str]) = match attack {
        Attack::Burst => (
            "A stolen session looked around and read many new things within hours.",
            "D02",
            &["D01", "D03", "D10", "L02", "H05", "H07"],
        ),
        Attack::Drip => (
            "Twelve new things in thirty days, each used again later.",
            "D01",
            &["D02", "D03", "D04", "D10", "H05"],
        ),
        Attack::Shift => ("An established secret was read many times as often as before.", "D04", &[]),
        Attack::Poisoner => {
            ("Something new and sensitive every five days.", "D10", &["D01", "D02", "D03", "H05"])
        }
        Attack::Probing => ("Many different calls were refused.", "C05", &[]),
        Attack::SecretHop => (
            "It read another's secret, and the key in it was used from outside.",
            "L05",
            &["D01", "D02", "D03", "H05", "H07", "L07"],
        ),
        Attack::RoleChain => (
            "It assumed the role of another workload in another account.",
            "L03",
            &["D01", "D03", "D10", "L07"],
        ),
        Attack::TokenReuse => ("Its session was used from a network outside.", "L02", &["H07"]),
        Attack::Revoked => {
            ("Its user's key was used after it had been revoked.", "H04", &["L02", "D01", "H07"])
        }
        Attack::SelfGrant => {
            ("It gave itself rights and used them.", "C03", &["D01", "D02", "D03", "D05", "D10", "H05"])
        }
        Attack::Boundary => ("It left the reach that its owner declared.", "D08", &["D01", "D02", "D10"]),
        Attack::Unregistered => ("Nobody registered it.", "H06", &["D01", "D02", "D06", "D10"]),
        Attack::LoggingOff => ("It stopped the trail of its account.", "C04", &["D01", "D02", "D10"]),
    };
    Incident::attack(attack.as_str(), name, what, &[raises]).may_raise(may)
}

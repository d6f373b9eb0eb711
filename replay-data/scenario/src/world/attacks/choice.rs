//! What attackers reach for: things of other teams and other workloads, which the victim has never touched.

use crate::rng::Rng;
use crate::world::deed::{Deed, Kind, Plane};
use crate::world::member::Member;
use crate::world::words::{FOLDERS, PURPOSES, ROLES, TEAMS, THINGS};

/// Looks around an account.
const LOOKS: [(&str, &str); 14] = [
    ("s3", "ListBuckets"),
    ("secretsmanager", "ListSecrets"),
    ("iam", "ListRoles"),
    ("iam", "ListUsers"),
    ("iam", "ListPolicies"),
    ("iam", "GetAccountAuthorizationDetails"),
    ("lambda", "ListFunctions20150331"),
    ("ec2", "DescribeInstances"),
    ("kms", "ListKeys"),
    ("dynamodb", "ListTables"),
    ("ssm", "DescribeParameters"),
    ("sqs", "ListQueues"),
    ("rds", "DescribeDBInstances"),
    ("ecr", "DescribeRepositories"),
];

/// A look around.
pub(super) fn look(rng: &mut Rng) -> Deed {
    let (service, action) = *rng.pick(&LOOKS);
    Deed::look(service, action, "", "")
}

/// A look at one role.
pub(super) fn role(rng: &mut Rng) -> Deed {
    let name = format!("{}-{}", rng.pick(&TEAMS), rng.pick(&ROLES).0);
    Deed::look("iam", "GetRole", "roleName", &name)
}

/// Data that is not restricted.
pub(super) fn data(member: &Member, rng: &mut Rng) -> Deed {
    let (team, thing) = (stranger(member, rng), rng.pick(&THINGS));
    match rng.below(3) {
        0 => Deed::new(Kind::ListObjects, format!("acme-{team}-{thing}"), ""),
        1 => Deed::new(Kind::Query, format!("{team}-{thing}"), ""),
        _ => Deed::new(Kind::ReadObject, format!("acme-{team}-{thing}"), *rng.pick(&FOLDERS)),
    }
}

/// A secret, or restricted data.
pub(super) fn sensitive(member: &Member, rng: &mut Rng) -> Deed {
    let team = stranger(member, rng);
    if rng.chance(300) {
        return Deed::new(Kind::ReadObject, format!("acme-{team}-restricted"), *rng.pick(&FOLDERS));
    }
    let name = format!("{team}-{}", rng.pick(&ROLES).0);
    if member.uses_vault && rng.chance(400) {
        return Deed::new(Kind::Kv, name, *rng.pick(&PURPOSES));
    }
    Deed::new(Kind::Secret, format!("{name}-{}", rng.pick(&PURPOSES)), "")
}

/// So many different things by `draw`, none of which the workload has ever done.
pub(super) fn several(
    count: i64,
    member: &Member,
    rng: &mut Rng,
    draw: impl Fn(&Member, &mut Rng) -> Deed,
) -> Vec<Deed> {
    let mut deeds = Vec::new();
    // More tries than things: there may be fewer than are wanted.
    for _ in 0..count * 20 {
        if i64::try_from(deeds.len()).unwrap_or(count) >= count {
            break;
        }
        let deed = draw(member, rng);
        if !member.known.contains(&deed) && !deeds.contains(&deed) {
            deeds.push(deed);
        }
    }
    deeds
}

/// Another team.
fn stranger(member: &Member, rng: &mut Rng) -> &'static str {
    loop {
        let team = *rng.pick(&TEAMS);
        if team != member.team {
            return team;
        }
    }
}

/// What the workload does anyway, with its AWS session.
pub(super) fn usual(member: &Member) -> Vec<&Deed> {
    let plain = |deed: &&Deed| deed.plane(member.is_agent) == Plane::Aws && deed.kind != Kind::Assume;
    member.habits.iter().filter(|habit| habit.is_steady()).map(|habit| &habit.deed).filter(plain).collect()
}

/// An address that belongs to nobody here.
pub(super) fn address(rng: &mut Rng) -> String {
    format!("192.0.2.{}", rng.range(4, 250))
}

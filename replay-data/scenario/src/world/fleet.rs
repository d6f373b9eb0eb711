//! The workloads of a world: named, placed, taught their habits.

use std::collections::BTreeSet;

use super::Settings;
use super::accounts::{NETWORKS, SITES, Site};
use super::habit::Tempo;
use super::life;
use super::member::{Holdings, Member, Way};
use super::words::{CLIENTS, ROLES, TEAMS, VARIANTS};
use crate::calendar::Day;
use crate::cloudtrail::Role;
use crate::rng::Rng;

/// The most workloads that have names.
pub(super) const MOST: usize = TEAMS.len() * ROLES.len() * VARIANTS.len();

/// All workloads.
pub(super) fn members(settings: &Settings, first: Day) -> Vec<Member> {
    let mut names: Vec<usize> = (0..MOST).collect();
    life::shuffle(&mut names, &mut Rng::stream(settings.seed, "names"));
    // Few variants in small worlds: a name with an ending comes when the plain ones are used up.
    names.sort_by_key(|number| number / (TEAMS.len() * ROLES.len()));
    names.into_iter().take(settings.workloads).map(|number| member(settings, number, first)).collect()
}

fn member(settings: &Settings, number: usize, first: Day) -> Member {
    let team = TEAMS[number % TEAMS.len()];
    let (role, component) = ROLES[number / TEAMS.len() % ROLES.len()];
    let variant = VARIANTS[number / TEAMS.len() / ROLES.len() % VARIANTS.len()];
    let name = format!("{team}-{role}{variant}");
    let mut rng = Rng::stream(settings.seed, &format!("member/{name}"));
    let site = site(&mut rng);
    let way = match rng.below(100) {
        0..=64 => Way::Pod,
        65..=79 => Way::Machine,
        _ => Way::Function,
    };
    let talks = matches!(component, "inference" | "orchestrator" | "retrieval" | "evaluation");
    let born = life::born(&mut rng, first, settings.days);
    let last = Day(first.0 + settings.days - 1);
    let second = rng.chance(120).then(|| Role::new(0, site.account, "/", &format!("{name}-writer")));
    let mut member = Member {
        team,
        component,
        site,
        network: site.network + u8::try_from(rng.below(u64::from(NETWORKS))).unwrap_or(0),
        role: Role::new(0, site.account, "/", &name),
        second_role: second,
        way,
        client: rng.pick::<&str>(&CLIENTS),
        session_secs: 3_600 * *rng.pick(&[1, 3, 6, 6, 12]),
        is_agent: talks && way == Way::Pod && rng.chance(600),
        uses_vault: way != Way::Function && rng.chance(450),
        tempo: Tempo::draw(&mut rng),
        born,
        novelty_ppm: life::novelty_rate(&mut rng),
        habits: Vec::new(),
        known: BTreeSet::new(),
        deploys: life::plan_deploys(&name, &mut rng, born, last),
        user: None,
        holds: Holdings {
            session: None,
            token: None,
            address: String::new(),
            rng: Rng::stream(settings.seed, &format!("running/{name}")),
        },
        name,
    };
    life::template(&mut member, &mut rng, born);
    life::jobs(&mut member, &mut rng, born);
    member
}

fn site(rng: &mut Rng) -> Site {
    SITES[rng.weighted(&SITES.map(|site| site.share))]
}

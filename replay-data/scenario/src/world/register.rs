//! The inventory that goes with a world.

use std::collections::BTreeMap;

use super::accounts::SITES;
use super::life;
use super::life::choice::key_of;
use super::member::{Member, Way};
use crate::inventory::{Boundary, Environment, Inventory, Registration};

/// Teams whose keys are worth more than others'.
const GUARDED_KEYS: [&str; 4] = ["billing", "identity", "risk", "claims"];
/// Every service that benign life knows.
const ALLOWED: [&str; 14] = [
    "aws:s3:*",
    "aws:dynamodb:*",
    "aws:sqs:*",
    "aws:sns:*",
    "aws:kms:*",
    "aws:ssm:*",
    "aws:states:*",
    "aws:secretsmanager:*",
    "aws:bedrock:*",
    "aws:sts:*",
    "vault:*",
    "tool:*",
    "gen_ai:*",
    "mcp:*",
];

/// What attacks add to it.
#[derive(Debug, Default)]
pub(super) struct Extras {
    /// Store, place and key of declared secrets.
    pub secrets: Vec<(&'static str, String, String)>,
    /// Keys and when they were revoked.
    pub revoked: Vec<(String, ambit_schemas::EventTime)>,
    /// Workloads that nobody registered, by their place, and the incident that each of them is.
    pub unregistered: BTreeMap<usize, usize>,
}

/// The whole inventory.
pub(super) fn inventory<'a>(members: &'a [Member], extras: &Extras) -> Inventory<'a> {
    let mut environments: Vec<Environment<'_>> = Vec::new();
    for site in &SITES {
        match environments.iter_mut().find(|environment| environment.name == site.name) {
            Some(environment) => {
                environment.accounts.push(site.account.id);
                environment.clusters.push(site.cluster);
            }
            None => environments.push(Environment {
                name: site.name,
                accounts: vec![site.account.id],
                clusters: vec![site.cluster],
            }),
        }
    }
    let keys: Vec<String> =
        GUARDED_KEYS.iter().map(|team| format!("arn:aws:kms:*:*:key/{}", key_of(team))).collect();
    let mut sensitivity: Vec<(String, u8)> = vec![("arn:aws:s3:::acme-*-restricted*".to_owned(), 3)];
    sensitivity.extend(keys.into_iter().map(|key| (key, 2)));
    Inventory {
        environments,
        workloads: registered(members, extras).map(registration).collect(),
        secrets: extras.secrets.clone(),
        sensitivity,
        revoked: extras.revoked.clone(),
        changes: registered(members, extras).flat_map(life::changes).collect(),
    }
}

fn registered<'a>(members: &'a [Member], extras: &Extras) -> impl Iterator<Item = &'a Member> {
    let known = (0..).zip(members).filter(|(index, _)| !extras.unregistered.contains_key(index));
    known.map(|(_, member)| member)
}

fn registration(member: &Member) -> Registration<'_> {
    let mut identities = vec![("aws_role", member.role.arn())];
    if let Some(role) = &member.second_role {
        identities.push(("aws_role", role.arn()));
    }
    if member.way == Way::Pod {
        let account = format!("{}/ml-{}/{}", member.site.cluster, member.team, member.name);
        identities.push(("k8s_service_account", account));
    }
    if let Some(user) = &member.user {
        identities.push(("aws_user", user.arn()));
    }
    if member.uses_vault {
        identities.push(("vault_role", member.vault_role()));
    }
    if member.is_agent {
        identities.push(("agent", member.name.clone()));
        identities.push(("service", member.name.clone()));
    }
    let boundary = member.is_bounded().then(|| Boundary {
        allow: ALLOWED.iter().map(|action| (*action, None)).collect(),
        kinds: Vec::new(),
        max_age: None,
    });
    Registration {
        name: &member.name,
        owner: member.team,
        environment: member.site.name,
        component: member.component,
        model: None,
        identities,
        boundary,
        retired_at: None,
    }
}

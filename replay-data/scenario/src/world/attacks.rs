//! Attacks, spliced into the benign life of workloads that are old enough: at most one a workload, on at most a third of
//! them, none before the 24th day. Each kind has its own file. The benign life around them is the same with and without.

mod boundary;
mod burst;
mod choice;
mod drip;
mod logging_off;
mod plan;
mod poisoner;
mod probing;
mod revoked;
mod role_chain;
mod secret_hop;
mod self_grant;
mod shift;
mod token_reuse;

use crate::calendar::Day;
use crate::rng::Rng;

use super::deed::Deed;
use super::member::{Act, Member};

pub(super) use plan::{Schemes, plan};

/// The kinds of attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attack {
    /// A stolen session reads much within hours.
    Burst,
    /// Something new every other day for a month.
    Drip,
    /// An established secret is read far more often than before.
    Shift,
    /// Something sensitive every five days, slowly enough to be learnt.
    Poisoner,
    /// Many different calls that are refused.
    Probing,
    /// Another's secret is read, and the key in it used.
    SecretHop,
    /// Another workload's role is assumed.
    RoleChain,
    /// A session is used from a second network.
    TokenReuse,
    /// A key is used after it was revoked.
    Revoked,
    /// A workload gives itself rights.
    SelfGrant,
    /// A declared boundary is broken.
    Boundary,
    /// A trail is stopped.
    LoggingOff,
    /// A workload that nobody registered; it does no more than others do.
    Unregistered,
}

impl Attack {
    /// Every kind, the most telling first: where there is room for few, these come.
    pub const ALL: [Self; 13] = [
        Self::Drip,
        Self::Burst,
        Self::Shift,
        Self::Poisoner,
        Self::Probing,
        Self::SecretHop,
        Self::RoleChain,
        Self::TokenReuse,
        Self::Revoked,
        Self::SelfGrant,
        Self::Boundary,
        Self::LoggingOff,
        Self::Unregistered,
    ];

    /// The name, which is also the kind of its labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Burst => "burst",
            Self::Drip => "drip",
            Self::Shift => "shift",
            Self::Poisoner => "poisoner",
            Self::Probing => "probing",
            Self::SecretHop => "secret_hop",
            Self::RoleChain => "role_chain",
            Self::TokenReuse => "token_reuse",
            Self::Revoked => "revoked",
            Self::SelfGrant => "self_grant",
            Self::Boundary => "boundary",
            Self::LoggingOff => "logging_off",
            Self::Unregistered => "unregistered",
        }
    }

    /// The kind of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attack| attack.as_str() == name)
    }
}

/// An attack that is under way, or the part that one workload has in it.
#[derive(Debug)]
pub(super) struct Scheme {
    part: Part,
    incident: usize,
    /// The incident as the other workload in it sees it.
    other: Option<usize>,
    start: Day,
    rng: Rng,
    /// What is done, worked out on the first day.
    deeds: Vec<Deed>,
}

/// The part that a workload has in an attack.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// It is the victim.
    Victim(Attack),
    /// It reads the secret of another, which is this.
    Reads(Deed),
    /// Its key is in the secret.
    OwnsKey,
    /// It assumes this role, and reads this table with it.
    Assumes(String, String),
}

impl Scheme {
    /// What the attack makes a workload do on a day.
    pub(super) fn acts(&mut self, member: &Member, day: Day) -> Vec<Act> {
        let mut acts = match self.part.clone() {
            Part::Victim(Attack::Burst) => burst::acts(self, member, day),
            Part::Victim(Attack::Drip) => drip::acts(self, member, day),
            Part::Victim(Attack::Shift) => shift::acts(self, member, day),
            Part::Victim(Attack::Poisoner) => poisoner::acts(self, member, day),
            Part::Victim(Attack::Probing) => probing::acts(self, member, day),
            Part::Victim(Attack::TokenReuse) => token_reuse::acts(self, member, day),
            Part::Victim(Attack::Revoked) => revoked::acts(self, member, day),
            Part::Victim(Attack::SelfGrant) => self_grant::acts(self, member, day),
            Part::Victim(Attack::Boundary) => boundary::acts(self, member, day),
            Part::Victim(Attack::LoggingOff) => logging_off::acts(self, member, day),
            Part::Reads(secret) => secret_hop::reads(self, &secret, day),
            Part::Assumes(role, table) => role_chain::acts(self, (&role, &table), day),
            Part::OwnsKey => secret_hop::key_used(self, member, day),
            // These have parts of their own.
            Part::Victim(Attack::SecretHop | Attack::RoleChain | Attack::Unregistered) => Vec::new(),
        };
        acts.retain(|act| Day(act.time.day()) == day);
        acts
    }

    /// How many days it has been going on; below zero before it begins.
    const fn age(&self, day: Day) -> i64 {
        day.0 - self.start.0
    }
}

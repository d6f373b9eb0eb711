//! One workload of the world: what it is, what it is used to, and what it holds at the moment.

use std::collections::BTreeSet;

use ambit_schemas::EventTime;

use super::accounts::Site;
use super::deed::Deed;
use super::habit::{Habit, Tempo};
use super::life::Deploy;
use super::vault::Token;
use crate::calendar::Day;
use crate::cloudtrail::{Role, Session, User};
use crate::rng::Rng;

/// How it comes to its AWS session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A pod with a web identity; a new address with each session.
    Pod,
    /// A machine that keeps its address.
    Machine,
    /// A function; a new address with each session.
    Function,
}

/// A workload.
#[derive(Debug)]
pub(super) struct Member {
    /// The name in the inventory, and of its role, its service account and its approle.
    pub name: String,
    /// The team that answers for it.
    pub team: &'static str,
    /// What part it plays.
    pub component: &'static str,
    /// Where it lives.
    pub site: Site,
    /// The second number of its addresses.
    pub network: u8,
    /// Its AWS role.
    pub role: Role,
    /// A second role of its own, which it assumes for its results.
    pub second_role: Option<Role>,
    /// How it comes to its session.
    pub way: Way,
    /// Its AWS client.
    pub client: &'static str,
    /// How long its sessions last.
    pub session_secs: i64,
    /// Whether it is an agent that writes spans.
    pub is_agent: bool,
    /// Whether it logs in to Vault.
    pub uses_vault: bool,
    /// When in the day and the week it works.
    pub tempo: Tempo,
    /// Its first day.
    pub born: Day,
    /// The chance of something new on a day, in millionths.
    pub novelty_ppm: u64,
    /// What it does.
    pub habits: Vec<Habit>,
    /// All that it ever did.
    pub known: BTreeSet<Deed>,
    /// Its deployments, planned ahead.
    pub deploys: Vec<Deploy>,
    /// Its user with a long-lived key, where a story needs one.
    pub user: Option<User>,
    /// What it holds at the moment.
    pub holds: Holdings,
}

/// What a running workload holds.
#[derive(Debug)]
pub(super) struct Holdings {
    /// Its AWS session.
    pub session: Option<Session>,
    /// Its Vault token.
    pub token: Option<Token>,
    /// The address of its pod or machine.
    pub address: String,
    /// Its chance while it runs.
    pub rng: Rng,
}

impl Member {
    /// A stream of chance of its own for a purpose.
    pub(super) fn stream(&self, seed: u64, purpose: &str) -> Rng {
        Rng::stream(seed, &format!("{}/{purpose}", self.name))
    }

    /// Whether it has a declared reach; then it never leaves the services that this world's benign life knows.
    pub(super) fn is_bounded(&self) -> bool {
        Rng::stream(0, &format!("boundary/{}", self.name)).chance(200)
    }

    /// Takes something up, unless it does it already.
    pub(super) fn adopt(&mut self, habit: Habit) {
        self.known.insert(habit.deed.clone());
        self.habits.push(habit);
    }

    /// Forgets habits that have ended.
    pub(super) fn tidy(&mut self, day: Day) {
        self.habits.retain(|habit| habit.until >= day);
    }

    /// A habit by which it reads something sensitive nearly every day, the busiest.
    pub(super) fn sensitive_habit(&self) -> Option<&Habit> {
        let daily = self.habits.iter().filter(|habit| habit.is_steady() && habit.deed.is_sensitive());
        daily.max_by_key(|habit| (habit.per_day_milli, &habit.deed))
    }

    /// Its names by Vault: mount and approle.
    pub(super) fn vault_role(&self) -> String {
        format!("approle/{}", self.name)
    }
}

/// Something that is to be done at a moment.
#[derive(Debug, Clone)]
pub(super) struct Act {
    /// When.
    pub time: EventTime,
    /// What.
    pub deed: Deed,
    /// In which way.
    pub how: How,
    /// The incidents it belongs to: its own workload's, and another's.
    pub incidents: [Option<usize>; 2],
}

/// The way in which something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// As always.
    Own,
    /// In vain: there is no permission.
    Refused,
    /// Too fast: the first attempt is throttled, the second succeeds.
    Throttled,
    /// With the workload's own session, from an address elsewhere.
    From(String),
    /// With the long-lived key of the workload's user, from an address; empty is its own.
    Key(String),
}

impl Act {
    /// Something ordinary.
    pub(super) const fn own(time: EventTime, deed: Deed) -> Self {
        Self { time, deed, how: How::Own, incidents: [None; 2] }
    }

    /// The same as part of an incident.
    #[must_use]
    pub(super) const fn of(mut self, incident: usize) -> Self {
        self.incidents[0] = Some(incident);
        self
    }

    /// The same as part of an incident of another workload, too.
    #[must_use]
    pub(super) const fn also_of(mut self, incident: Option<usize>) -> Self {
        self.incidents[1] = incident;
        self
    }

    /// The same in another way.
    #[must_use]
    pub(super) fn by(mut self, how: How) -> Self {
        self.how = how;
        self
    }
}

//! One credential: who asked for it, who acts with it, from where, and until when.

use ambit_schemas::finding::Evidence;
use ambit_schemas::vocabulary::CredentialKind;
use ambit_schemas::{Column, EventTime};

use super::issue::{Issue, SecretHop};
use super::sharing::User;
use crate::codec::codec_struct;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::network::{self, Network};
use crate::symbol::Symbol;

/// Networks remembered of one credential.
const NETWORKS: usize = 8;
/// Workloads remembered of one credential.
const USERS: usize = 8;
/// Days for which an AWS session is remembered after its last use: none lasts longer than 36 hours.
pub(super) const SESSION_DAYS: i64 = 1;
/// Days for which a temporary credential is remembered after its last use, or after its end.
const TEMPORARY_DAYS: i64 = 2;
/// Days for which a Vault token is remembered that does not say when it ends: a periodic one serves monthly jobs.
const PERIODIC_DAYS: i64 = 35;
/// Days for which a lasting credential is remembered after its last use.
pub(super) const LASTING_DAYS: i64 = 400;

/// A network from which a credential was used.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) network: Network,
    pub(super) first: EventTime,
    pub(super) client: Option<String>,
    /// The secret hop by which it came to be used from there.
    hop: Option<Box<SecretHop>>,
}
codec_struct!(Seen { network, first, client, hop });

/// What is known of one credential.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) kind: Option<CredentialKind>,
    /// The workload that acts with it.
    pub(super) holder: Option<Symbol>,
    /// The workload at the far end of its chain of parents.
    pub(super) root: Option<Symbol>,
    pub(super) issue: Option<Box<Issue>>,
    pub(super) expires: Option<EventTime>,
    /// The event that took it out of service.
    pub(super) revoked: Option<Box<Evidence>>,
    /// When it was made, where a record said so.
    pub(super) created: Option<EventTime>,
    /// First use; `None` while it was only handed out.
    pub(super) first_used: Option<EventTime>,
    last_day: i64,
    last_address: Option<String>,
    /// The network of the last address, as its place in `networks`.
    here: Option<u8>,
    pub(super) networks: Vec<Seen>,
    /// The secret hop by which it came to be used from addresses that are no network.
    unplaced_hop: Option<Box<SecretHop>>,
    /// Whether uses from the last address follow from a secret hop.
    hopped: bool,
    /// Workloads that used it.
    pub(super) users: Vec<User>,
}
codec_struct!(Credential {
    id,
    kind,
    holder,
    root,
    issue,
    expires,
    revoked,
    created,
    first_used,
    last_day,
    last_address,
    here,
    networks,
    unplaced_hop,
    hopped,
    users,
});

/// Which use of a credential one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The first use ever.
    First,
    /// The first use of its UTC day.
    FirstToday,
    /// Any other.
    Later,
}

/// What is new about one use of a credential.
#[derive(Debug, Clone, Copy)]
pub(super) struct News {
    /// Whether it is the first, ever or of the day.
    pub(super) turn: Turn,
    /// The same for the workload that uses it.
    pub(super) users_turn: Turn,
    /// Whether it is the first from its network.
    pub(super) new_network: bool,
    /// Networks and users that made room for new ones.
    pub(super) dropped: u8,
}

/// A use that shows something, and the credential used.
#[derive(Debug)]
pub(super) struct Use<'a> {
    pub(super) credential: &'a Credential,
    pub(super) news: News,
}

/// Whether a kind of credential lasts until somebody revokes it.
pub(super) const fn lasts(kind: Option<CredentialKind>) -> bool {
    matches!(kind, Some(CredentialKind::StaticKey | CredentialKind::ApiKey | CredentialKind::Certificate))
}

impl Credential {
    pub(super) fn new(id: &str, time: EventTime) -> Self {
        Self {
            id: id.to_owned(),
            kind: None,
            holder: None,
            root: None,
            issue: None,
            expires: None,
            revoked: None,
            created: None,
            first_used: None,
            last_day: time.day(),
            last_address: None,
            here: None,
            networks: Vec::new(),
            unplaced_hop: None,
            hopped: false,
            users: Vec::new(),
        }
    }

    /// Whether it lasts until somebody revokes it.
    pub(super) const fn is_static(&self) -> bool {
        lasts(self.kind)
    }

    /// By this the table forgets: temporary ones before lasting ones, the least recently used first.
    pub(super) const fn age(&self) -> (bool, i64) {
        (self.is_static(), self.last_day)
    }

    /// The last UTC day on which it was used, or handed out.
    pub(super) const fn last_day(&self) -> i64 {
        self.last_day
    }

    /// The last day on which it need be remembered.
    pub(super) fn memory_ends(&self) -> i64 {
        // One that is used after its end has been renewed: the end says nothing any more.
        let ends = self.expires.map(EventTime::day).filter(|end| *end >= self.last_day);
        match (self.kind, ends) {
            _ if self.is_static() => self.last_day + LASTING_DAYS,
            (_, Some(end)) => end + TEMPORARY_DAYS,
            (Some(CredentialKind::StsSession | CredentialKind::ConsoleSession), None) => {
                self.last_day + SESSION_DAYS
            }
            (Some(CredentialKind::VaultToken), None) => self.last_day + PERIODIC_DAYS,
            _ => self.last_day + TEMPORARY_DAYS,
        }
    }

    /// The issue by which the walk to the root goes on. A static key is made by whoever provisions it and then lives a
    /// life of its own: its maker is not the cause of what it does.
    pub(super) fn lineage(&self) -> Option<&Issue> {
        self.issue.as_deref().filter(|_| !self.is_static())
    }

    /// The secret hop that uses from the last address follow from.
    pub(super) fn hop(&self) -> Option<&SecretHop> {
        let placed = self.here.and_then(|here| self.networks.get(usize::from(here)));
        placed.map_or(&self.unplaced_hop, |seen| &seen.hop).as_deref()
    }

    /// The workload that is the cause of what it is used for now.
    pub(super) fn causal_root(&self) -> Option<Symbol> {
        let reader = if self.hopped { self.hop().map(|hop| hop.reader) } else { None };
        reader.or_else(|| self.root.filter(|_| !self.is_static()))
    }

    /// When it was first used from where it is used now; an address that is no network says nothing.
    pub(super) fn here_since(&self) -> Option<EventTime> {
        let placed = self.here.and_then(|here| self.networks.get(usize::from(here)));
        placed.map(|seen| seen.first).or(self.first_used)
    }

    /// Notes that its uses from the last address follow from a secret hop. The first hop stands.
    pub(super) fn follows(&mut self, hop: SecretHop) {
        let placed = self.here.and_then(|here| self.networks.get_mut(usize::from(here)));
        let slot = placed.map_or(&mut self.unplaced_hop, |seen| &mut seen.hop);
        slot.get_or_insert_with(|| Box::new(hop));
        self.hopped = true;
    }

    /// Whether its uses from the last address follow from a secret hop.
    pub(super) const fn is_hopped(&self) -> bool {
        self.hopped
    }

    /// The user of a use that is like the last one: the same user, address and day.
    fn routine_user(&self, row: &Row<'_>, user: Symbol) -> Option<usize> {
        let day = row.time.day();
        if self.last_day < day || (row.credential_kind.is_some() && row.credential_kind != self.kind) {
            return None;
        }
        // It was renewed.
        if row.moment(Column::CredentialExpiresAt) > self.expires {
            return None;
        }
        if row.ids.via_service.is_none() && row.text(Column::SourceAddress) != self.last_address.as_deref() {
            return None;
        }
        self.users.iter().position(|held| held.name == user && held.last.day() >= day)
    }

    /// Whether a use is like the last one.
    pub(super) fn is_routine(&self, row: &Row<'_>, user: Symbol) -> bool {
        self.routine_user(row, user).is_some()
    }

    /// Notes a use that is like the last one. False if it is not.
    pub(super) fn note_routine(&mut self, row: &Row<'_>, user: Symbol) -> bool {
        let Some(slot) = self.routine_user(row, user) else { return false };
        let held = &mut self.users[slot];
        held.last = held.last.max(row.time);
        true
    }

    /// Notes any other use.
    pub(super) fn note_use(&mut self, row: &Row<'_>, scene: &Scene<'_>) -> News {
        let (user, day) = (scene.workload.name, row.time.day());
        let turn = match self.first_used {
            None => Turn::First,
            Some(_) if self.last_day < day => Turn::FirstToday,
            Some(_) => Turn::Later,
        };
        // Who acts under its own name says whose it is better than who asked for it.
        if self.holder.is_none() || (turn == Turn::First && row.ids.workload.is_some()) {
            self.holder = Some(user);
        }
        self.kind = row.credential_kind.or(self.kind);
        self.expires = self.expires.max(row.moment(Column::CredentialExpiresAt));
        if self.created.is_none() && self.is_static() {
            self.created = row.moment(Column::CredentialIssuedAt);
        }
        self.last_day = self.last_day.max(day);
        self.first_used = self.first_used.or(Some(row.time));
        let mut dropped = 0;
        let new_network = self.note_place(row, scene, &mut dropped);
        if self.users.len() >= USERS && !self.users.iter().any(|held| held.name == user) {
            let oldest = (0..self.users.len()).min_by_key(|slot| self.users[*slot].last);
            oldest.map(|slot| self.users.remove(slot));
            dropped += 1;
        }
        let users_turn = super::sharing::note_user(&mut self.users, user, row.time, scene);
        News { turn, users_turn, new_network, dropped }
    }

    /// Notes the address, if it is the user's own; whether its network is new to the credential.
    fn note_place(&mut self, row: &Row<'_>, scene: &Scene<'_>, dropped: &mut u8) -> bool {
        let address = row.text(Column::SourceAddress);
        if row.ids.via_service.is_some() || address == self.last_address.as_deref() {
            return false;
        }
        self.last_address = address.map(str::to_owned);
        let network = address.and_then(|address| network::of(address, scene.rules));
        let known = network.and_then(|network| self.networks.iter().position(|seen| seen.network == network));
        self.here = known.and_then(|slot| u8::try_from(slot).ok());
        if let Some(network) = network.filter(|_| known.is_none()) {
            if self.networks.len() >= NETWORKS {
                // The first says where it belongs, and a hop must not be forgotten.
                let slot = (1..NETWORKS - 1).find(|slot| self.networks[*slot].hop.is_none()).unwrap_or(1);
                self.networks.remove(slot);
                *dropped += 1;
            }
            let client = row.text(Column::Client).map(str::to_owned);
            self.networks.reserve_exact(1);
            self.networks.push(Seen { network, first: row.time, client, hop: None });
            self.here = u8::try_from(self.networks.len() - 1).ok();
        }
        self.hopped = self.hop().is_some();
        network.is_some() && known.is_none()
    }

    /// Bytes held beside the record itself.
    pub(super) fn bytes(&self) -> usize {
        let hop = |hop: &Option<Box<SecretHop>>| hop.as_ref().map_or(0, |hop| hop.bytes());
        let seen =
            |seen: &Seen| size_of::<Seen>() + seen.client.as_ref().map_or(0, String::len) + hop(&seen.hop);
        self.id.len()
            + self.last_address.as_ref().map_or(0, String::len)
            + self.networks.iter().map(seen).sum::<usize>()
            + self.issue.as_ref().map_or(0, |issue| issue.bytes())
            + hop(&self.unplaced_hop)
            + self.revoked.as_ref().map_or(0, |_| size_of::<Evidence>() + 256)
            + self.users.capacity() * size_of::<User>()
    }
}

impl News {
    /// Whether there is anything for a check to look at.
    pub(super) const fn is_any(self) -> bool {
        self.opens_day() || self.new_network || !matches!(self.users_turn, Turn::Later)
    }

    /// Whether it is the first of its day, or ever.
    pub(super) const fn opens_day(self) -> bool {
        !matches!(self.turn, Turn::Later)
    }
}

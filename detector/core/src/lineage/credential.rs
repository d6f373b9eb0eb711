//! The credential table: credential -> (parent, issuing event, holder, kind, issued, expires, revoked), and from where it
//! was used. Bounded; the one least recently used goes first.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use ambit_schemas::vocabulary::CredentialKind;
use ambit_schemas::{Column, EventTime};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::network;
use crate::codec::{Codec, CodecError, Reader, codec_struct};
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Networks remembered of one credential.
const NETWORKS: usize = 8;
/// Workloads remembered of one credential.
const USERS: usize = 8;
/// Days for which a temporary credential is remembered after its last use.
const TEMPORARY_DAYS: i64 = 2;
/// Days for which a lasting credential is remembered after its last use.
const LASTING_DAYS: i64 = 400;

/// The event that handed a credential out.
#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) event_id: String,
    pub(super) time: EventTime,
    pub(super) action: String,
    /// The credential that was used to ask for it.
    pub(super) parent: Option<String>,
    /// The workload that asked.
    pub(super) by: Option<Symbol>,
}
codec_struct!(Issue { event_id, time, action, parent, by });

/// A network from which a credential was used.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) network: String,
    pub(super) first: EventTime,
    pub(super) client: Option<String>,
}
codec_struct!(Seen { network, first, client });

/// What is known of one credential.
#[derive(Debug)]
pub(super) struct Credential {
    pub(super) id: String,
    pub(super) kind: Option<CredentialKind>,
    /// The workload that acts with it.
    pub(super) holder: Option<Symbol>,
    /// The workload at the far end of its chain of parents, if that is another.
    pub(super) root: Option<Symbol>,
    pub(super) issue: Option<Issue>,
    pub(super) expires: Option<EventTime>,
    pub(super) revoked: Option<EventTime>,
    /// When it was made, where a record said so.
    pub(super) created: Option<EventTime>,
    /// First use; `None` while it was only handed out.
    pub(super) first_used: Option<EventTime>,
    last_day: i64,
    last_address: String,
    pub(super) networks: Vec<Seen>,
    /// Workloads that used it, and when last.
    pub(super) users: Vec<(Symbol, EventTime)>,
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
    networks,
    users,
});

impl Credential {
    fn new(id: &str, time: EventTime) -> Self {
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
            last_address: String::new(),
            networks: Vec::new(),
            users: Vec::new(),
        }
    }

    /// Whether it lasts until somebody revokes it.
    pub(super) const fn is_static(&self) -> bool {
        matches!(
            self.kind,
            Some(CredentialKind::StaticKey | CredentialKind::ApiKey | CredentialKind::Certificate)
        )
    }

    fn bytes(&self) -> usize {
        let networks = self.networks.iter().map(|seen| size_of::<Seen>() + seen.network.len()).sum::<usize>();
        let issue = self.issue.as_ref().map_or(0, |issue| issue.event_id.len() + issue.action.len());
        size_of::<Self>()
            + self.id.len()
            + self.last_address.len()
            + networks
            + issue
            + self.users.len() * 16
            + 40
    }
}

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

/// What one use of a credential showed.
#[derive(Debug)]
pub(super) struct Use<'a> {
    pub(super) credential: &'a Credential,
    /// The workload at the root of its chain.
    pub(super) root: Option<Symbol>,
    /// Whether it is the first, ever or of the day.
    pub(super) turn: Turn,
    /// The network, if this use is the first from it.
    pub(super) new_network: bool,
    /// Whether this workload never used it before.
    pub(super) new_user: bool,
}

impl Use<'_> {
    /// Whether there is anything for a check to look at.
    pub(super) const fn is_news(&self) -> bool {
        self.opens_day() || self.new_network || self.new_user
    }

    /// Whether it is the first of its day, or ever.
    pub(super) const fn opens_day(&self) -> bool {
        !matches!(self.turn, Turn::Later)
    }
}

/// All credentials.
#[derive(Debug)]
pub(super) struct Credentials {
    list: Vec<Option<Credential>>,
    index: HashTable<(u64, u32)>,
    ages: BTreeSet<(i64, u32)>,
    free: Vec<u32>,
    most: usize,
    pub(super) evicted: u64,
}

impl Credentials {
    pub(super) const fn new(most: usize) -> Self {
        Self {
            list: Vec::new(),
            index: HashTable::new(),
            ages: BTreeSet::new(),
            free: Vec::new(),
            most,
            evicted: 0,
        }
    }

    fn slot(&self, id: &str) -> Option<u32> {
        let hash = hash(id);
        let same = |(stored, slot): &(u64, u32)| {
            *stored == hash
                && self.list[*slot as usize].as_ref().is_some_and(|credential| credential.id == id)
        };
        self.index.find(hash, same).map(|(_, slot)| *slot)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Credential> {
        self.slot(id).and_then(|slot| self.list[slot as usize].as_ref())
    }

    fn slot_or_add(&mut self, id: &str, time: EventTime) -> u32 {
        if let Some(slot) = self.slot(id) {
            return slot;
        }
        if self.list.len() - self.free.len() >= self.most
            && let Some((_, oldest)) = self.ages.first().copied()
        {
            self.remove(oldest);
            self.evicted += 1;
        }
        self.insert(Credential::new(id, time))
    }

    fn insert(&mut self, credential: Credential) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.list.push(None);
            u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX)
        });
        let hash = hash(&credential.id);
        self.ages.insert((credential.last_day, slot));
        self.list[slot as usize] = Some(credential);
        self.index.insert_unique(hash, (hash, slot), |(stored, _)| *stored);
        slot
    }

    fn remove(&mut self, slot: u32) {
        let Some(credential) = self.list[slot as usize].take() else { return };
        self.ages.remove(&(credential.last_day, slot));
        let found = self.index.find_entry(hash(&credential.id), |(_, held)| *held == slot);
        if let Ok(entry) = found {
            entry.remove();
        }
        self.free.push(slot);
    }

    /// Notes that a credential was handed out: to `holder`, asked for by `by`.
    pub(super) fn note_issue(&mut self, id: &str, row: &Row<'_>, holder: Option<Symbol>, by: Option<Symbol>) {
        let parent = row.text(Column::Credential).or_else(|| row.text(Column::ParentCredential));
        let parent = parent.filter(|parent| *parent != id);
        let root = parent.and_then(|parent| self.get(parent)).and_then(|parent| parent.root).or(by);
        let slot = self.slot_or_add(id, row.time);
        let Some(credential) = self.list[slot as usize].as_mut() else { return };
        credential.kind = row.issued_kind.or(credential.kind);
        credential.holder = holder.or(credential.holder);
        credential.root = root.filter(|root| Some(*root) != holder);
        credential.expires = row.moment(Column::IssuedExpiresAt);
        credential.created = Some(row.time);
        credential.issue = Some(Issue {
            event_id: row.event_id().to_owned(),
            time: row.time,
            action: row.text(Column::Action).unwrap_or_default().to_owned(),
            parent: parent.map(str::to_owned),
            by,
        });
    }

    /// Gives a credential, seen for the first time, the issue that its role and its time of issue point to.
    pub(super) fn adopt(&mut self, id: &str, issue: Option<Issue>, row: &Row<'_>) {
        let Some(issue) = issue else { return };
        let parent_root =
            issue.parent.as_deref().and_then(|parent| self.get(parent)).and_then(|parent| parent.root);
        let slot = self.slot_or_add(id, row.time);
        if let Some(credential) = self.list[slot as usize].as_mut() {
            credential.root = parent_root.or(issue.by);
            credential.created = Some(issue.time);
            credential.issue = Some(issue);
        }
    }

    /// Notes a use. The common case, the same workload from the same address on the same day, is one look-up.
    pub(super) fn note_use(&mut self, id: &str, row: &Row<'_>, scene: &Scene<'_>) -> Use<'_> {
        let (user, day) = (scene.workload.name, row.time.day());
        let address = row.text(Column::SourceAddress).filter(|_| row.ids.via_service.is_none());
        let slot = self.slot_or_add(id, row.time);
        // The slot is filled; the closure only spares a branch that cannot happen.
        let credential = self.list[slot as usize].get_or_insert_with(|| Credential::new(id, row.time));
        let first_today = credential.last_day < day;
        if first_today {
            self.ages.remove(&(credential.last_day, slot));
            self.ages.insert((day, slot));
            credential.last_day = day;
        }
        credential.kind = row.credential_kind.or(credential.kind);
        if credential.created.is_none() && credential.is_static() {
            credential.created = row.moment(Column::CredentialIssuedAt);
        }
        let moved = address.filter(|address| *address != credential.last_address);
        let new_network = moved.is_some_and(|address| note_network(credential, address, row, scene));
        let new_user = note_user(credential, user, row.time);
        credential.holder = credential.holder.or(Some(user));
        let turn = match credential.first_used {
            None => Turn::First,
            Some(_) if first_today => Turn::FirstToday,
            Some(_) => Turn::Later,
        };
        credential.first_used = credential.first_used.or(Some(row.time));
        let root = credential.root.filter(|root| *root != user);
        Use { credential, root, turn, new_network, new_user }
    }

    /// Notes that a credential was taken out of service.
    pub(super) fn revoke(&mut self, id: &str, time: EventTime) {
        if let Some(slot) = self.slot(id)
            && let Some(credential) = self.list[slot as usize].as_mut()
        {
            credential.revoked = Some(credential.revoked.map_or(time, |earlier| earlier.min(time)));
        }
    }

    /// Forgets the credentials that cannot come back.
    pub(super) fn close_day(&mut self, day: i64) {
        let dead = |slot: u32| {
            self.list[slot as usize].as_ref().is_none_or(|credential| {
                let lasting =
                    credential.is_static() || credential.expires.is_some_and(|end| end.day() >= day);
                day - credential.last_day > if lasting { LASTING_DAYS } else { TEMPORARY_DAYS }
            })
        };
        let old = self.ages.range(..(day - TEMPORARY_DAYS, 0)).map(|(_, slot)| *slot);
        let dead = old.filter(|slot| dead(*slot)).collect::<Vec<_>>();
        for slot in dead {
            self.remove(slot);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let index = self.index.capacity() * 17 + self.ages.len() * 24;
        index + self.list.iter().flatten().map(Credential::bytes).sum::<usize>()
    }
}

/// Notes the address; whether its network is new to the credential, and not its first.
fn note_network(credential: &mut Credential, address: &str, row: &Row<'_>, scene: &Scene<'_>) -> bool {
    address.clone_into(&mut credential.last_address);
    let Some(network) = network::of(address, scene.rules) else { return false };
    if credential.networks.iter().any(|seen| seen.network == network) {
        return false;
    }
    if credential.networks.len() >= NETWORKS {
        // The first says where it belongs, so the one after it makes room.
        credential.networks.remove(1);
    }
    let client = row.text(Column::Client).map(str::to_owned);
    credential.networks.push(Seen { network, first: row.time, client });
    true
}

/// Notes the user; whether it is new to the credential.
fn note_user(credential: &mut Credential, user: Symbol, time: EventTime) -> bool {
    if let Some((_, last)) = credential.users.iter_mut().find(|(held, _)| *held == user) {
        *last = time.max(*last);
        return false;
    }
    if credential.users.len() >= USERS {
        credential.users.remove(0);
    }
    credential.users.push((user, time));
    true
}

fn hash(id: &str) -> u64 {
    FixedState::default().hash_one(id.as_bytes())
}

impl Codec for Credentials {
    fn put(&self, out: &mut Vec<u8>) {
        self.list.put(out);
        self.free.put(out);
        self.most.put(out);
        self.evicted.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let list = Vec::<Option<Credential>>::take(reader)?;
        let free = Vec::take(reader)?;
        let mut credentials = Self { list, free, ..Self::new(usize::take(reader)?) };
        credentials.evicted = u64::take(reader)?;
        for (slot, credential) in credentials.list.iter().enumerate() {
            let slot = u32::try_from(slot).map_err(|_large| CodecError::Malformed("credentials"))?;
            if let Some(credential) = credential {
                let hash = hash(&credential.id);
                credentials.ages.insert((credential.last_day, slot));
                credentials.index.insert_unique(hash, (hash, slot), |(stored, _)| *stored);
            }
        }
        let holes = credentials
            .free
            .iter()
            .all(|slot| credentials.list.get(*slot as usize).is_some_and(Option::is_none));
        if holes { Ok(credentials) } else { Err(CodecError::Malformed("credentials")) }
    }
}

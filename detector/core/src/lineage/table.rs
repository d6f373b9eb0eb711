//! The credential table. Bounded: temporary credentials go before lasting ones, the least recently used first.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use ambit_schemas::finding::Evidence;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::CredentialKind;
use ambit_schemas::{Column, EventTime};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::credential::{Credential, LASTING_DAYS, News, SESSION_DAYS, lasts};
use super::issue::{Issue, SecretHop};
use crate::codec::{Codec, CodecError, Reader};
use crate::draft::evidence;
use crate::engine::Scene;
use crate::loaded::Row;
use crate::symbol::Symbol;

/// How a decoder calls a static key of AWS as a resource.
pub(super) const ACCESS_KEY: &str = "aws.access_key";

/// All credentials.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    list: Vec<Option<Credential>>,
    index: HashTable<(u64, u32)>,
    /// By [`Credential::age`], then slot.
    ages: BTreeSet<(bool, i64, u32)>,
    free: Vec<u32>,
    /// Credentials that were forgotten for want of room.
    pub(super) evicted: u64,
    /// Networks and users of credentials that were forgotten for want of room.
    pub(super) dropped: u64,
}

/// A use that was noted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted {
    pub(super) slot: u32,
    /// What is new about it; `None` if it is like the last one.
    pub(super) news: Option<News>,
}

impl Credentials {
    fn slot(&self, id: &str) -> Option<u32> {
        let hash = hash(id);
        let same = |(stored, slot): &(u64, u32)| {
            *stored == hash
                && self.list[*slot as usize].as_ref().is_some_and(|credential| credential.id == id)
        };
        self.index.find(hash, same).map(|(_, slot)| *slot)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Credential> {
        self.slot(id).and_then(|slot| self.at(slot))
    }

    pub(super) fn at(&self, slot: u32) -> Option<&Credential> {
        self.list.get(slot as usize).and_then(Option::as_ref)
    }

    /// All of them, in no order that may leave.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.list.iter().flatten()
    }

    fn add(&mut self, id: &str, time: EventTime, most: usize) -> u32 {
        while self.len() >= most.max(1) {
            let Some((_, _, oldest)) = self.ages.first().copied() else { break };
            self.remove(oldest);
            self.evicted += 1;
        }
        let credential = Credential::new(id, time);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.list.push(None);
            u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX)
        });
        self.enter(slot, &credential);
        self.list[slot as usize] = Some(credential);
        slot
    }

    fn enter(&mut self, slot: u32, credential: &Credential) {
        let (is_static, day) = credential.age();
        self.ages.insert((is_static, day, slot));
        let hash = hash(&credential.id);
        self.index.insert_unique(hash, (hash, slot), |(stored, _)| *stored);
    }

    fn remove(&mut self, slot: u32) {
        let Some(credential) = self.list[slot as usize].take() else { return };
        let (is_static, day) = credential.age();
        self.ages.remove(&(is_static, day, slot));
        let found = self.index.find_entry(hash(&credential.id), |(_, held)| *held == slot);
        if let Ok(entry) = found {
            entry.remove();
        }
        self.free.push(slot);
    }

    /// Changes a credential and keeps its place in the order of forgetting.
    fn change<T>(&mut self, slot: u32, change: impl FnOnce(&mut Credential) -> T) -> Option<T> {
        let credential = self.list.get_mut(slot as usize).and_then(Option::as_mut)?;
        let before = credential.age();
        let changed = change(credential);
        let after = credential.age();
        if before != after {
            self.ages.remove(&(before.0, before.1, slot));
            self.ages.insert((after.0, after.1, slot));
        }
        Some(changed)
    }

    /// The workload at the root of what an issue hands out: who read the secret that it was asked with, else the root of
    /// the parent, else who asked.
    fn root_of(&self, issue: &Issue) -> Option<Symbol> {
        let parent = issue.parent.as_deref().and_then(|parent| self.get(parent));
        let inherited = parent.filter(|parent| !parent.is_static()).and_then(|parent| parent.root);
        issue.hop.as_ref().map(|hop| hop.reader).or(inherited).or(issue.by)
    }

    /// Notes that a credential was handed out to `holder`. False if the record names another asker than the one that is
    /// known.
    pub(super) fn note_issue(
        &mut self,
        row: &Row<'_>,
        holder: Option<Symbol>,
        issue: Issue,
        most: usize,
    ) -> bool {
        let Some(id) = row.text(Column::IssuedCredential) else { return true };
        let root = self.root_of(&issue).filter(|_| !lasts(row.issued_kind));
        let slot = self.slot(id).unwrap_or_else(|| self.add(id, row.time, most));
        let changed = self.change(slot, |credential| {
            credential.kind = row.issued_kind.or(credential.kind);
            credential.holder = credential.holder.or(holder);
            credential.expires = credential.expires.max(row.moment(Column::IssuedExpiresAt));
            credential.created = Some(credential.created.map_or(row.time, |made| made.min(row.time)));
            let taken = match &mut credential.issue {
                Some(known) => known.merge(issue),
                none => {
                    *none = Some(Box::new(issue));
                    true
                }
            };
            if taken {
                credential.root = root.or(credential.root);
            }
            taken
        });
        changed.unwrap_or(true)
    }

    /// Notes a use. The common case, the same workload from the same address on the same day, is one look-up. An unknown
    /// credential has the issue that `adopt` finds for it.
    pub(super) fn note_use(
        &mut self,
        id: &str,
        row: &Row<'_>,
        scene: &Scene<'_>,
        adopt: impl FnOnce() -> Option<Issue>,
    ) -> Noted {
        let slot = if let Some(slot) = self.slot(id) {
            let known = self.list.get_mut(slot as usize).and_then(Option::as_mut);
            if known.is_some_and(|credential| credential.note_routine(row, scene.workload.name)) {
                return Noted { slot, news: None };
            }
            slot
        } else {
            self.add_adopted(id, row.time, scene.rules.count(Parameter::Credentials), adopt())
        };
        let news = self.change(slot, |credential| credential.note_use(row, scene));
        self.dropped += news.map_or(0, |news| u64::from(news.dropped));
        Noted { slot, news: news.filter(|news| news.is_any()) }
    }

    fn add_adopted(&mut self, id: &str, time: EventTime, most: usize, issue: Option<Issue>) -> u32 {
        let root = issue.as_ref().and_then(|issue| self.root_of(issue));
        let slot = self.add(id, time, most);
        self.change(slot, |credential| {
            credential.root = root;
            credential.created = issue.as_ref().map(|issue| issue.time);
            credential.issue = issue.map(Box::new);
        });
        slot
    }

    /// Notes that the uses of a credential from where it is used now follow from a secret hop.
    pub(super) fn note_hop(&mut self, slot: u32, hop: SecretHop) {
        self.change(slot, |credential| credential.follows(hop));
    }

    /// Forgets when a credential was to end: it did not, and that was said.
    pub(super) fn forget_end(&mut self, slot: u32) {
        self.change(slot, |credential| credential.expires = None);
    }

    /// Notes that a credential was taken out of service; the first time stands. A static key is remembered even if it
    /// was never seen: it may be used yet.
    pub(super) fn revoke(&mut self, id: &str, row: &Row<'_>, most: usize) {
        let known = self.slot(id);
        let is_key = row.text(Column::ResourceKind) == Some(ACCESS_KEY);
        let Some(slot) = known.or_else(|| is_key.then(|| self.add(id, row.time, most))) else { return };
        self.change(slot, |credential| {
            if known.is_none() {
                credential.kind = Some(CredentialKind::StaticKey);
            }
            if credential.revoked.as_ref().is_none_or(|held| row.time < held.time) {
                credential.revoked = Some(Box::new(evidence(row)));
            }
        });
    }

    /// Notes that a key was switched on again.
    pub(super) fn reinstate(&mut self, id: &str, row: &Row<'_>) {
        let Some(slot) = self.slot(id) else { return };
        self.change(slot, |credential| {
            if credential.revoked.as_ref().is_some_and(|held| held.time <= row.time) {
                credential.revoked = None;
            }
        });
    }

    /// The nearest revoked token above one, and the event that revoked it, if its issuer revokes what was made with it
    /// too: a Vault does. A session that was made with an AWS key outlives the key.
    pub(super) fn revoked_above<'a>(
        &'a self,
        credential: &'a Credential,
        most_hops: usize,
    ) -> Option<(&'a str, &'a Evidence)> {
        let mut below = credential;
        for _ in 0..most_hops {
            let is_token = below.kind == Some(CredentialKind::VaultToken);
            let issue = below.issue.as_deref().filter(|issue| is_token && issue.ends_with_parent)?;
            let parent = self.get(issue.parent.as_deref()?)?;
            if let Some(proof) = parent.revoked.as_deref().filter(|proof| proof.time >= issue.time) {
                return Some((&parent.id, proof));
            }
            below = parent;
        }
        None
    }

    /// Forgets the credentials that cannot come back.
    pub(super) fn close_day(&mut self, day: i64) {
        let dead = |slot: u32| self.at(slot).is_none_or(|credential| credential.memory_ends() < day);
        let idle = |is_static: bool, days: i64| {
            self.ages.range((is_static, i64::MIN, 0)..(is_static, day.saturating_sub(days), 0))
        };
        let idle = idle(false, SESSION_DAYS).chain(idle(true, LASTING_DAYS));
        let dead = idle.map(|(_, _, slot)| *slot).filter(|slot| dead(*slot));
        for slot in dead.collect::<Vec<_>>() {
            self.remove(slot);
        }
    }

    /// Credentials held.
    pub(super) const fn len(&self) -> usize {
        self.list.len() - self.free.len()
    }

    pub(super) fn bytes(&self) -> usize {
        let index = self.index.capacity() * 17
            + self.ages.len() * 32
            + self.list.capacity() * size_of::<Option<Credential>>();
        index + self.list.iter().flatten().map(Credential::bytes).sum::<usize>()
    }
}

fn hash(id: &str) -> u64 {
    FixedState::default().hash_one(id.as_bytes())
}

impl Codec for Credentials {
    fn put(&self, out: &mut Vec<u8>) {
        self.list.put(out);
        self.free.put(out);
        self.evicted.put(out);
        self.dropped.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let list = Vec::<Option<Credential>>::take(reader)?;
        let free = Vec::<u32>::take(reader)?;
        let mut credentials =
            Self { evicted: u64::take(reader)?, dropped: u64::take(reader)?, ..Self::default() };
        for (slot, credential) in list.iter().enumerate() {
            let slot = u32::try_from(slot).map_err(|_large| CodecError::Malformed("credentials"))?;
            if let Some(credential) = credential {
                credentials.enter(slot, credential);
            }
        }
        let holes = free.iter().all(|slot| list.get(*slot as usize).is_some_and(Option::is_none));
        let all_free = free.len() == list.iter().filter(|credential| credential.is_none()).count();
        credentials.list = list;
        credentials.free = free;
        if holes && all_free { Ok(credentials) } else { Err(CodecError::Malformed("credentials")) }
    }
}

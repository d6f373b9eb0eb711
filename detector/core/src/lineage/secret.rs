//! Who read which stored secret, and L05, secret hop: one workload reads it, another uses what it holds.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use ambit_schemas::finding::{Evidence, SubjectKind};
use ambit_schemas::inventory::Secret;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS};
use ambit_schemas::vocabulary::{Check, Confidence, Severity};
use ambit_schemas::{Column, EventTime};

use super::credential::{Turn, Use};
use super::issue::SecretHop;
use super::path;
use super::room::make_room;
use super::sharing::{self, User};
use super::table::Credentials;
use crate::codec::codec_struct;
use crate::draft::{Draft, evidence};
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Readers remembered of one secret.
const READERS: usize = 16;
/// Reads of the last hour that an undeclared hop may start from.
const RECENT: usize = 1_024;

/// One workload that read a secret.
#[derive(Debug)]
struct SecretReader {
    user: User,
    first: EventTime,
    credential: Option<String>,
    address: Option<String>,
    proof: Evidence,
}
codec_struct!(SecretReader { user, first, credential, address, proof });

/// A read of the last hour, by the secret's id.
#[derive(Debug)]
struct RecentRead {
    secret: String,
    workload: Symbol,
    time: EventTime,
}
codec_struct!(RecentRead { secret, workload, time });

/// The reads of every secret, bounded.
#[derive(Debug, Default)]
pub(super) struct SecretReads {
    secrets: BTreeMap<String, Vec<SecretReader>>,
    recent: VecDeque<RecentRead>,
    /// The first read of all: before a day of history a first use says nothing.
    since: Option<EventTime>,
    /// Secrets that were forgotten for want of room.
    pub(super) evicted: u64,
    /// Readers and recent reads that were forgotten for want of room.
    pub(super) dropped: u64,
}
codec_struct!(SecretReads { secrets, recent, since, evicted, dropped });

impl SecretReads {
    /// Notes a read of a stored secret, and drafts H05 where several workloads read the same one.
    pub(super) fn read(&mut self, id: &str, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        self.since = self.since.or(Some(row.time));
        if !self.secrets.contains_key(id) {
            let last = |readers: &Vec<SecretReader>| {
                readers.iter().map(|reader| reader.user.last.micros()).max().unwrap_or(i64::MIN)
            };
            let most = scene.rules.count(Parameter::Credentials);
            self.evicted += make_room(&mut self.secrets, most, last);
        }
        let readers = self.secrets.entry(id.to_owned()).or_default();
        let turn = note_reader(readers, row, scene, &mut self.dropped);
        if turn != Turn::Later {
            drafts.extend(sharing::draft(id, readers.iter().map(|reader| reader.user), row, scene));
        }
        let workload = scene.workload.name;
        self.note_recent(RecentRead { secret: id.to_owned(), workload, time: row.time });
    }

    fn note_recent(&mut self, read: RecentRead) {
        let horizon = read.time.plus_micros(-HOUR_MICROS);
        while self.recent.front().is_some_and(|old| old.time < horizon) {
            self.recent.pop_front();
        }
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
            self.dropped += 1;
        }
        self.recent.push_back(read);
    }

    /// Forgets readers whose last read is too long ago to matter.
    pub(super) fn close_day(&mut self, day: i64, memory_days: i64) {
        self.secrets.retain(|_, readers| {
            readers.retain(|reader| day - reader.user.last.day() <= memory_days);
            !readers.is_empty()
        });
    }

    /// Secrets held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.secrets.len()
    }

    pub(super) fn bytes(&self) -> usize {
        let reader_bytes = size_of::<SecretReader>() + 256;
        self.secrets.iter().map(|(id, readers)| id.len() + 64 + readers.len() * reader_bytes).sum()
    }
}

/// Notes the reader; which of its turns it is.
fn note_reader(readers: &mut Vec<SecretReader>, row: &Row<'_>, scene: &Scene<'_>, dropped: &mut u64) -> Turn {
    let text = |column| row.text(column).map(str::to_owned);
    let (credential, address) = (text(Column::Credential), text(Column::SourceAddress));
    let proof = evidence(row);
    if let Some(reader) = readers.iter_mut().find(|reader| reader.user.name == scene.workload.name) {
        (reader.credential, reader.address, reader.proof) = (credential, address, proof);
        return reader.user.note(row.time, scene);
    }
    if readers.len() >= READERS
        && let Some(oldest) = (0..readers.len()).min_by_key(|slot| readers[*slot].user.last)
    {
        readers.remove(oldest);
        *dropped += 1;
    }
    let user = User::new(scene.workload.name, row.time);
    readers.push(SecretReader { user, first: row.time, credential, address, proof });
    Turn::First
}

/// L05: the use of a static credential that somebody else could have read from a secret. Gives the hop that the
/// inventory proves, if there is one: of several the last read before the use.
pub(super) fn hops(
    secrets: &SecretReads,
    used: &Use<'_>,
    (row, scene): (&Row<'_>, &Scene<'_>),
    credentials: &Credentials,
    drafts: &mut Vec<Draft>,
) -> Option<SecretHop> {
    if !used.credential.is_static() || row.ids.via_service.is_some() {
        return None;
    }
    let held_in = scene.inventory.secrets.iter().filter(|secret| match &secret.holds {
        Some(id) => *id == used.credential.id,
        None => secret.holds_for.as_deref() == Some(scene.name),
    });
    let mut declared = false;
    let mut latest: Option<SecretHop> = None;
    for entry in held_in {
        declared |= entry.holds.is_some();
        for (id, reader) in readers_of(secrets, entry, scene) {
            if is_hop(reader, used, row, scene) {
                let hop = reader.hop(id);
                drafts.push(draft(&hop, reader, row, scene, credentials));
                if latest.as_ref().is_none_or(|latest| latest.time < hop.time) {
                    latest = Some(hop);
                }
            }
        }
    }
    if used.news.turn == Turn::First && !declared {
        drafts.extend(candidate(secrets, row, scene, credentials));
    }
    latest
}

/// The readers of the secrets that an entry speaks of, but for the workload that it is meant for and the user itself.
fn readers_of<'a>(
    secrets: &'a SecretReads,
    entry: &'a Secret,
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = (&'a str, &'a SecretReader)> {
    let prefix = entry.stored.as_str().split('*').next().unwrap_or_default();
    let after = secrets
        .secrets
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(move |(id, _)| id.starts_with(prefix));
    let stored = after.filter(|(id, _)| entry.stored.matches(id));
    stored.flat_map(|(id, readers)| readers.iter().map(move |reader| (id.as_str(), reader))).filter(
        |(_, reader)| {
            let name = scene.symbols.text(reader.user.name);
            name != scene.name && entry.holds_for.as_deref() != Some(name)
        },
    )
}

/// A use is a hop only if it may come of the read: within the window after it, and from a network from which the
/// credential was never used before the read. Its rightful user goes on as before.
fn is_hop(reader: &SecretReader, used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> bool {
    let window_micros = scene.rules.days_micros(Parameter::SecretHopDays);
    if row.time.micros_since(reader.user.last) > window_micros || row.time < reader.first {
        return false;
    }
    used.credential.here_since().is_none_or(|since| since >= reader.first)
}

impl SecretReader {
    fn hop(&self, secret: &str) -> SecretHop {
        SecretHop {
            reader: self.user.name,
            credential: self.credential.clone(),
            secret: secret.to_owned(),
            time: self.proof.time,
            event_id: self.proof.event_id.clone(),
        }
    }
}

fn draft(
    hop: &SecretHop,
    reader: &SecretReader,
    row: &Row<'_>,
    scene: &Scene<'_>,
    credentials: &Credentials,
) -> Draft {
    let name = scene.symbols.text(hop.reader).to_owned();
    let credential = row.text(Column::Credential).unwrap_or("-");
    let about = subject(SubjectKind::Edge, format!("{name} -> {} -> {credential}", hop.secret));
    let mut draft = Draft::new(Check::L05, name.clone(), about)
        .fact("secret", hop.secret.as_str())
        .fact("reader", name)
        .fact("user", scene.name)
        .fact("credential", credential)
        .fact("basis", "declared");
    draft.path = path::up_to(credentials, Some(hop), row, scene);
    draft.evidence.push(reader.proof.clone());
    draft.sensitivity = row.sensitivity;
    draft.correlation = path::root_credential(&draft.path);
    path::revoke_from_root(&mut draft);
    draft
}

/// A credential used for the first time ever, from the very address from which exactly one other workload had read
/// exactly one undeclared secret within the hour. That is a hint, not a proof.
fn candidate(
    secrets: &SecretReads,
    row: &Row<'_>,
    scene: &Scene<'_>,
    credentials: &Credentials,
) -> Option<Draft> {
    if row.time.micros_since(secrets.since?) < DAY_MICROS {
        return None;
    }
    let address = row.text(Column::SourceAddress)?;
    let horizon = row.time.plus_micros(-HOUR_MICROS);
    let declared = |id: &str| {
        scene.inventory.secrets.iter().any(|entry| entry.holds.is_some() && entry.stored.matches(id))
    };
    let mut found: Option<(&str, &SecretReader)> = None;
    for read in secrets.recent.iter().filter(|read| read.time >= horizon) {
        let Some((id, readers)) = secrets.secrets.get_key_value(&read.secret) else { continue };
        let reader = readers.iter().find(|reader| reader.user.name == read.workload);
        let Some(reader) = reader.filter(|reader| reader.address.as_deref() == Some(address)) else {
            continue;
        };
        if read.workload == scene.workload.name || declared(id) {
            continue;
        }
        if found.is_some_and(|(other, held)| other != id || held.user.name != read.workload) {
            return None;
        }
        found = Some((id, reader));
    }
    let (id, reader) = found?;
    let mut draft = draft(&reader.hop(id), reader, row, scene, credentials);
    draft.facts.retain(|(name, _)| *name != "basis");
    draft.facts.push(("basis", "candidate".to_owned()));
    draft.confidence = Some(Confidence::Low);
    draft.severity = scene.rules.check(Check::L05).map(|rule| Severity::lowered(rule.severity));
    Some(draft)
}

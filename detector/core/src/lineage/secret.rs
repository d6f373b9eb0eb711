//! Who read which stored secret, and L05, secret hop: one workload reads it, another uses what it holds.

use std::collections::{BTreeMap, VecDeque};

use ambit_schemas::finding::{Evidence, Hop, SubjectKind};
use ambit_schemas::inventory::Secret;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::{DAY_MICROS, HOUR_MICROS};
use ambit_schemas::vocabulary::{Check, Confidence, Severity};
use ambit_schemas::{Column, EventTime};

use super::credential::{Turn, Use};
use super::{path, sharing};
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
    workload: Symbol,
    first: EventTime,
    last: EventTime,
    credential: Option<String>,
    address: Option<String>,
    proof: Evidence,
}
codec_struct!(SecretReader { workload, first, last, credential, address, proof });

/// A read of the last hour, by the secret's id.
#[derive(Debug)]
struct RecentRead {
    secret: String,
    workload: Symbol,
    time: EventTime,
}
codec_struct!(RecentRead { secret, workload, time });

/// The reads of every secret, bounded.
#[derive(Debug)]
pub(super) struct SecretReads {
    secrets: BTreeMap<String, Vec<SecretReader>>,
    recent: VecDeque<RecentRead>,
    /// The first read of all: before a day of history a first use says nothing.
    since: Option<EventTime>,
    most: usize,
    pub(super) evicted: u64,
}
codec_struct!(SecretReads { secrets, recent, since, most, evicted });

impl SecretReads {
    pub(super) const fn new(most: usize) -> Self {
        Self { secrets: BTreeMap::new(), recent: VecDeque::new(), since: None, most, evicted: 0 }
    }

    /// Notes a read, and drafts H05 where several workloads read the same secret.
    pub(super) fn read(&mut self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        let Some(id) = row.text(Column::IssuedCredential).or_else(|| row.text(Column::Resource)) else {
            return;
        };
        self.since = self.since.or(Some(row.time));
        if self.secrets.len() >= self.most && !self.secrets.contains_key(id) {
            self.evicted += 1;
            return;
        }
        let workload = scene.workload.name;
        let readers = self.secrets.entry(id.to_owned()).or_default();
        let known = readers.iter_mut().find(|reader| reader.workload == workload);
        let news = known.as_ref().is_none_or(|reader| reader.last.day() < row.time.day());
        let text = |column| row.text(column).map(str::to_owned);
        if let Some(reader) = known {
            reader.last = row.time;
            reader.credential = text(Column::Credential);
            reader.address = text(Column::SourceAddress);
            reader.proof = evidence(row);
        } else {
            if readers.len() >= READERS {
                readers.remove(0);
            }
            let (credential, address) = (text(Column::Credential), text(Column::SourceAddress));
            let proof = evidence(row);
            readers.push(SecretReader {
                workload,
                first: row.time,
                last: row.time,
                credential,
                address,
                proof,
            });
        }
        if news {
            let users = readers.iter().map(|reader| (reader.workload, reader.last)).collect::<Vec<_>>();
            drafts.extend(sharing::draft(id, &users, row, scene));
        }
        self.note_recent(RecentRead { secret: id.to_owned(), workload, time: row.time });
    }

    fn note_recent(&mut self, read: RecentRead) {
        let horizon = read.time.plus_micros(-HOUR_MICROS);
        while self.recent.front().is_some_and(|old| old.time < horizon) || self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(read);
    }

    /// Forgets readers whose last read is too long ago to matter.
    pub(super) fn close_day(&mut self, day: i64, memory_days: i64) {
        self.secrets.retain(|_, readers| {
            readers.retain(|reader| day - reader.last.day() <= memory_days);
            !readers.is_empty()
        });
    }

    pub(super) fn bytes(&self) -> usize {
        let reader_bytes = size_of::<SecretReader>() + 256;
        self.secrets.iter().map(|(id, readers)| id.len() + 64 + readers.len() * reader_bytes).sum()
    }
}

/// L05: the use of a static credential that somebody else could have read from a secret.
pub(super) fn hops(
    secrets: &SecretReads,
    used: &Use<'_>,
    row: &Row<'_>,
    scene: &Scene<'_>,
    drafts: &mut Vec<Draft>,
) {
    if !used.credential.is_static() {
        return;
    }
    let held_in = scene.inventory.secrets.iter().filter(|secret| {
        secret.holds.as_deref() == Some(&used.credential.id)
            || secret.holds_for.as_deref() == Some(scene.name)
    });
    let mut declared = false;
    for entry in held_in {
        declared |= entry.holds.is_some();
        for (id, reader) in readers_of(secrets, entry, scene) {
            if is_hop(reader, used, row, scene) {
                drafts.push(hop(id, reader, row, scene, "declared"));
            }
        }
    }
    if used.turn == Turn::First && !declared {
        drafts.extend(candidate(secrets, row, scene));
    }
}

/// The readers of the secrets that an entry speaks of, but for the workload that it is meant for and the user itself.
fn readers_of<'a>(
    secrets: &'a SecretReads,
    entry: &'a Secret,
    scene: &'a Scene<'_>,
) -> impl Iterator<Item = (&'a str, &'a SecretReader)> {
    let stored = secrets.secrets.iter().filter(|(id, _)| entry.stored.matches(id));
    stored.flat_map(|(id, readers)| readers.iter().map(move |reader| (id.as_str(), reader))).filter(
        |(_, reader)| {
            let name = scene.symbols.text(reader.workload);
            name != scene.name && entry.holds_for.as_deref() != Some(name)
        },
    )
}

/// A use is a hop only if it may come of the read: within the window after it, and from a network from which the
/// credential was never used before the read. Its rightful user goes on as before.
fn is_hop(reader: &SecretReader, used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> bool {
    let window_micros = scene.rules.days_micros(Parameter::SecretHopDays);
    if row.time.micros_since(reader.last) > window_micros || row.time < reader.first {
        return false;
    }
    let address = row.text(Column::SourceAddress);
    let network = address.and_then(|address| super::network::of(address, scene.rules));
    let seen =
        network.and_then(|network| used.credential.networks.iter().find(|seen| seen.network == network));
    let since = seen.map(|seen| seen.first).or(used.credential.first_used);
    since.is_none_or(|since| since >= reader.first)
}

fn hop(secret: &str, reader: &SecretReader, row: &Row<'_>, scene: &Scene<'_>, basis: &str) -> Draft {
    let name = scene.symbols.text(reader.workload).to_owned();
    let credential = row.text(Column::Credential).unwrap_or("-");
    let about = subject(SubjectKind::Edge, format!("{name} -> {secret} -> {credential}"));
    let mut draft = Draft::new(Check::L05, name.clone(), about)
        .fact("secret", secret)
        .fact("reader", name.clone())
        .fact("user", scene.name)
        .fact("credential", credential)
        .fact("basis", basis);
    draft.path = vec![
        Hop {
            workload: name,
            credential: reader.credential.clone(),
            via: format!("read {secret}"),
            time: reader.proof.time,
            event_id: reader.proof.event_id.clone(),
        },
        path::here(row, scene),
    ];
    draft.evidence.push(reader.proof.clone());
    draft.sensitivity = row.sensitivity;
    draft.correlation = reader.credential.clone().or_else(|| Some(credential.to_owned()));
    path::revoke_from_root(&mut draft);
    draft
}

/// A credential used for the first time ever, from the very address from which exactly one other workload had read
/// exactly one undeclared secret within the hour. That is a hint, not a proof.
fn candidate(secrets: &SecretReads, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
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
        let reader = readers.iter().find(|reader| reader.workload == read.workload);
        let Some(reader) = reader.filter(|reader| reader.address.as_deref() == Some(address)) else {
            continue;
        };
        if reader.workload == scene.workload.name || declared(id) {
            continue;
        }
        if found.is_some_and(|(other, held)| other != id || held.workload != reader.workload) {
            return None;
        }
        found = Some((id, reader));
    }
    let (id, reader) = found?;
    let mut draft = hop(id, reader, row, scene, "candidate");
    draft.confidence = Some(Confidence::Low);
    draft.severity = scene.rules.check(Check::L05).map(|rule| Severity::lowered(rule.severity));
    Some(draft)
}

//! Who becomes whom: assume edges, and L03, new role chain.

use std::collections::BTreeMap;

use ambit_schemas::finding::{Hop, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check};
use ambit_schemas::{Column, EventTime};

use super::issue::{Issue, SecretHop};
use super::path;
use super::room::make_room;
use super::table::Credentials;
use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Seconds by which a session's creation may differ from the event that assumed the role.
const TOLERANCE_SECS: i64 = 2;
/// Sessions last hours; how they began is remembered for longer than any lasts.
const KEYLESS_DAYS: i64 = 2;

/// An assume edge that was seen.
#[derive(Debug)]
struct Known {
    last: EventTime,
    /// Whether a record has told if it crosses accounts or environments.
    judged: bool,
}
codec_struct!(Known { last, judged });

/// The assume edges seen, and the assumptions whose record did not show the key it handed out.
#[derive(Debug, Default)]
pub(super) struct Assumed {
    edges: BTreeMap<(Symbol, Symbol), Known>,
    /// By role, second and event.
    keyless: BTreeMap<(String, i64, String), Issue>,
    /// Edges and assumptions that were forgotten for want of room.
    pub(super) evicted: u64,
}
codec_struct!(Assumed { edges, keyless, evicted });

/// An assume edge that is news.
#[derive(Debug)]
pub(super) struct Edge {
    to: Symbol,
    /// It leaves the account or the environment.
    crosses: bool,
}

impl Assumed {
    /// Notes a role that was assumed; gives the edge where it is news: new after the workload's maturity, or across
    /// accounts or environments before. Records that cannot tell whether it crosses leave that to a later one.
    pub(super) fn edge(&mut self, row: &Row<'_>, scene: &Scene<'_>) -> Option<Edge> {
        let own_move = row.class == ActionClass::Assume && row.succeeded() && row.ids.via_service.is_none();
        let to = row.ids.target_workload.filter(|to| own_move && *to != scene.workload.name)?;
        let key = (scene.workload.name, to);
        let known = self.edges.get_mut(&key);
        let is_new = known.is_none();
        let crosses = if let Some(known) = known {
            known.last = known.last.max(row.time);
            let crosses = if known.judged { None } else { crosses(row, to, scene) };
            known.judged |= crosses.is_some();
            crosses
        } else {
            let crosses = crosses(row, to, scene);
            let most = scene.rules.count(Parameter::Credentials);
            self.evicted += make_room(&mut self.edges, most, |known| known.last.micros());
            self.edges.insert(key, Known { last: row.time, judged: crosses.is_some() });
            crosses
        };
        let crosses = crosses.unwrap_or(false);
        let is_news = crosses || (is_new && scene.is_mature());
        (is_news && !scene.workload.human).then_some(Edge { to, crosses })
    }

    /// Remembers an assumption by the role and the second, for the session whose key it did not show.
    pub(super) fn note_keyless(&mut self, role: String, issue: Issue, most: usize) {
        self.evicted += make_room(&mut self.keyless, most, |issue| issue.time.micros());
        self.keyless.insert((role, secs(issue.time), issue.event_id.clone()), issue);
    }

    /// The assumption that began a session of a role at a moment: the nearest, and of equals the first by its id.
    pub(super) fn issue(&self, role: &str, issued_at: EventTime) -> Option<&Issue> {
        let at = secs(issued_at);
        let end = |secs| (role.to_owned(), secs, String::new());
        let range = end(at - TOLERANCE_SECS)..end(at + TOLERANCE_SECS + 1);
        let nearest = self.keyless.range(range).min_by_key(|((_, secs, _), _)| (secs - at).abs());
        nearest.map(|(_, issue)| issue)
    }

    pub(super) fn close_day(&mut self, day: i64) {
        self.keyless.retain(|_, issue| day - issue.time.day() <= KEYLESS_DAYS);
    }

    /// Edges and keyless assumptions held.
    #[cfg(test)]
    pub(super) fn len(&self) -> (usize, usize) {
        (self.edges.len(), self.keyless.len())
    }

    pub(super) fn bytes(&self) -> usize {
        let keyless = |((role, _, id), issue): (&(String, i64, String), &Issue)| {
            role.len() + id.len() + issue.bytes() + 72
        };
        self.edges.len() * 40 + self.keyless.iter().map(keyless).sum::<usize>()
    }
}

const fn secs(time: EventTime) -> i64 {
    time.micros().div_euclid(SECOND_MICROS)
}

/// A role's ARN without its path, which a session's ARN does not show; any other text as it is.
pub(super) fn role(text: &str) -> String {
    let Some((account, name)) = text.split_once(":role/") else { return text.to_owned() };
    format!("{account}:role/{}", name.rsplit('/').next().unwrap_or(name))
}

/// Whether the role is in another account than who assumed it, or at home in another environment; `None` where the
/// record cannot tell.
fn crosses(row: &Row<'_>, to: Symbol, scene: &Scene<'_>) -> Option<bool> {
    let principal = row.text(Column::Principal);
    let accounts = if principal.is_some_and(is_unique_id) {
        Some(true)
    } else {
        principal
            .and_then(account)
            .zip(row.text(Column::Resource).and_then(account))
            .map(|(from, to)| from != to)
    };
    let home = scene.registered.and_then(|entry| entry.environment.as_deref());
    let other =
        scene.inventory.by_name(scene.symbols.text(to)).and_then(|entry| entry.environment.as_deref());
    let homes = home.zip(other).is_some_and(|(home, other)| home != other);
    if homes { Some(true) } else { accounts }
}

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|id| !id.is_empty())
}

/// AWS's unique id of a role or user. That is how the log of an account names a caller from another one.
fn is_unique_id(text: &str) -> bool {
    let known = ["AROA", "AIDA"].iter().any(|prefix| text.starts_with(prefix));
    known && text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// L03 with its path: from the root of the credential that assumed, to the role. `hop` says that the credential came
/// from a secret.
pub(super) fn draft(
    edge: &Edge,
    row: &Row<'_>,
    scene: &Scene<'_>,
    credentials: &Credentials,
    hop: Option<&SecretHop>,
) -> Draft {
    let to = scene.symbols.text(edge.to);
    let used = row.text(Column::Credential);
    let mut path = used.map(|id| path::chain(credentials, id, hop, scene)).unwrap_or_default();
    if path.last().is_none_or(|hop| hop.event_id.is_empty()) {
        path.pop();
        path.push(Hop { via: path::IN_USE.to_owned(), ..path::here(row, scene) });
    }
    path.push(Hop {
        workload: to.to_owned(),
        credential: row.text(Column::IssuedCredential).map(str::to_owned),
        ..path::here(row, scene)
    });
    let mut draft = Draft::new(
        Check::L03,
        scene.name.to_owned(),
        subject(SubjectKind::Edge, format!("{} -> {to}", scene.name)),
    )
    .fact("role", row.text(Column::Resource).unwrap_or(to))
    .fact("previous", row.text(Column::Principal).unwrap_or(scene.name))
    .fact("depth", path.len().to_string());
    draft.severity = scene
        .rules
        .check(Check::L03)
        .map(|rule| if edge.crosses { rule.severity.raised() } else { rule.severity });
    draft.sensitivity = row.sensitivity;
    draft.added = scene.new_atom.map(|new| new.change(scene)).into_iter().collect();
    draft.correlation = path::root_credential(&path);
    draft.path = path;
    path::revoke_from_root(&mut draft);
    draft
}

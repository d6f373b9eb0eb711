//! Who becomes whom: assume edges, and L03, new role chain.

use std::collections::BTreeMap;

use ambit_schemas::finding::{Hop, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::SECOND_MICROS;
use ambit_schemas::vocabulary::{ActionClass, Check};
use ambit_schemas::{Column, EventTime};

use super::credential::{Credentials, Issue};
use super::path;
use crate::codec::codec_struct;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Seconds by which a session's creation may differ from the event that assumed the role.
const TOLERANCE_SECS: i64 = 2;

/// The assume edges seen, and the assumptions whose record did not show the key it handed out.
#[derive(Debug)]
pub(super) struct Assumed {
    edges: BTreeMap<(Symbol, Symbol), i64>,
    keyless: BTreeMap<(Symbol, i64), Issue>,
    most: usize,
    pub(super) evicted: u64,
}
codec_struct!(Assumed { edges, keyless, most, evicted });

/// A new assume edge.
#[derive(Debug)]
pub(super) struct Edge {
    to: Symbol,
    /// It leaves the account or the environment.
    crosses: bool,
}

impl Assumed {
    pub(super) const fn new(most: usize) -> Self {
        Self { edges: BTreeMap::new(), keyless: BTreeMap::new(), most, evicted: 0 }
    }

    /// Notes a role that was assumed; gives the edge where it is news: new after the source's maturity, or across
    /// accounts or environments before.
    pub(super) fn edge(&mut self, row: &Row<'_>, scene: &Scene<'_>) -> Option<Edge> {
        let own_move = row.class == ActionClass::Assume && row.succeeded() && row.ids.via_service.is_none();
        let to = row.ids.target_workload.filter(|to| own_move && *to != scene.workload.name)?;
        let key = (scene.workload.name, to);
        if let Some(last_day) = self.edges.get_mut(&key) {
            *last_day = row.time.day();
            return None;
        }
        if self.edges.len() >= self.most {
            self.evicted += 1;
            return None;
        }
        self.edges.insert(key, row.time.day());
        let crosses = crosses(row, to, scene);
        (!scene.workload.human && (scene.is_mature() || crosses)).then_some(Edge { to, crosses })
    }

    /// Remembers an assumption by the role and the second, for the session whose key it did not show.
    pub(super) fn note_keyless(&mut self, role: Symbol, row: &Row<'_>, by: Option<Symbol>) {
        if self.keyless.len() >= self.most {
            self.evicted += 1;
            return;
        }
        let issue = Issue {
            event_id: row.event_id().to_owned(),
            time: row.time,
            action: row.text(Column::Action).unwrap_or_default().to_owned(),
            parent: row.text(Column::Credential).map(str::to_owned),
            by,
        };
        self.keyless.insert((role, secs(row.time)), issue);
    }

    /// The assumption that began a session of a role at a moment.
    pub(super) fn issue(&self, role: Symbol, issued_at: EventTime) -> Option<Issue> {
        let at = secs(issued_at);
        let range = (role, at - TOLERANCE_SECS)..=(role, at + TOLERANCE_SECS);
        let nearest = self.keyless.range(range).min_by_key(|((_, secs), _)| (secs - at).abs());
        nearest.map(|(_, issue)| issue.clone())
    }

    /// Sessions last hours; their keyless beginnings need not be remembered for longer than two days.
    pub(super) fn close_day(&mut self, day: i64) {
        self.keyless.retain(|_, issue| day - issue.time.day() <= 2);
    }

    pub(super) fn bytes(&self) -> usize {
        self.edges.len() * 32 + self.keyless.len() * 192
    }
}

const fn secs(time: EventTime) -> i64 {
    time.micros().div_euclid(SECOND_MICROS)
}

/// Whether the role is in another account than the principal, or at home in another environment than the workload.
fn crosses(row: &Row<'_>, to: Symbol, scene: &Scene<'_>) -> bool {
    let account =
        |column| row.text(column).and_then(|arn: &str| arn.split(':').nth(4)).filter(|id| !id.is_empty());
    let accounts = account(Column::Principal).zip(account(Column::Resource));
    let home = scene.registered.and_then(|entry| entry.environment.as_deref());
    let other =
        scene.inventory.by_name(scene.symbols.text(to)).and_then(|entry| entry.environment.as_deref());
    accounts.is_some_and(|(from, to)| from != to)
        || home.zip(other).is_some_and(|(home, other)| home != other)
}

/// L03 with its path: from the root of the credential that assumed, to the role.
pub(super) fn draft(edge: &Edge, row: &Row<'_>, scene: &Scene<'_>, credentials: &Credentials) -> Draft {
    let to = scene.symbols.text(edge.to);
    let most = scene.rules.count(Parameter::RoleChainDepth);
    let used = row.text(Column::Credential);
    let mut path = used.map(|id| path::chain(credentials, id, most, scene.symbols)).unwrap_or_default();
    if path.is_empty() {
        path.push(Hop { via: "first use".to_owned(), ..path::here(row, scene) });
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
    draft.added = scene.new_atom.map(|new| new.change(scene.atoms, scene.symbols)).into_iter().collect();
    draft.correlation = path.first().and_then(|hop| hop.credential.clone());
    draft.path = path;
    path::revoke_from_root(&mut draft);
    draft
}

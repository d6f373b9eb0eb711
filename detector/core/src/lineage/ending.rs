//! H02, token outlives its task: a session is used after it was ended, or a credential after its end.
//!
//! Canonical events say that a session ended where a log does (`session_end`), and when a credential ends where it was
//! handed out or says so itself. They do not say when a span ended, so the end of an agent's run cannot be told from
//! spans alone.

use std::collections::BTreeMap;

use ambit_schemas::finding::{Evidence, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::{HOUR_MICROS, SECOND_MICROS};
use ambit_schemas::vocabulary::{ActionClass, Check, Confidence, CredentialKind, Source};
use ambit_schemas::{Column, EventTime};

use super::credential::Credential;
use super::room::make_room;
use crate::codec::codec_struct;
use crate::draft::{Draft, evidence};
use crate::engine::{Scene, subject};
use crate::loaded::Row;
use crate::symbol::Symbol;

/// Days for which the end of a session is remembered.
const MEMORY_DAYS: i64 = 7;

/// The sessions that were ended, by workload and either session id or, for a console, the credential.
#[derive(Debug, Default)]
pub(super) struct Endings {
    ended: BTreeMap<(Symbol, String), Evidence>,
    /// Ends that were forgotten for want of room.
    pub(super) evicted: u64,
}
codec_struct!(Endings { ended, evicted });

impl Endings {
    /// Notes the end of a session, or drafts what goes on in one that was ended.
    pub(super) fn observe(&mut self, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
        if scene.workload.human {
            return;
        }
        match row.class {
            ActionClass::SessionEnd => self.note(row, scene),
            // Whoever takes up a conversation again begins it anew.
            ActionClass::SessionStart => self.forget(row, scene),
            _ => drafts.extend(self.ended(row, scene)),
        }
    }

    fn note(&mut self, row: &Row<'_>, scene: &Scene<'_>) {
        if !row.succeeded() {
            return;
        }
        for id in ids(row) {
            let most = scene.rules.count(Parameter::Credentials);
            self.evicted += make_room(&mut self.ended, most, |proof| proof.time.micros());
            self.ended.insert((scene.workload.name, id.to_owned()), evidence(row));
        }
    }

    fn forget(&mut self, row: &Row<'_>, scene: &Scene<'_>) {
        if self.ended.is_empty() {
            return;
        }
        for id in ids(row) {
            self.ended.remove(&(scene.workload.name, id.to_owned()));
        }
    }

    /// A use of a session that was ended.
    pub(super) fn ended(&self, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
        if self.ended.is_empty() || !row.succeeded() {
            return None;
        }
        let sessions = [session(row), row.text(Column::Credential)].into_iter().flatten();
        let mut found = sessions.filter_map(|id| {
            let end = self.ended.get_key_value(&(scene.workload.name, id.to_owned()))?;
            is_late(end.1.time, row, scene).then_some(end)
        });
        let ((_, id), proof) = found.next()?;
        let mut draft = draft(id, "ended", proof.time, row, scene);
        draft.evidence.push(proof.clone());
        Some(draft)
    }

    pub(super) fn close_day(&mut self, day: i64) {
        self.ended.retain(|_, proof| day - proof.time.day() <= MEMORY_DAYS);
    }

    /// Ends held.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ended.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.ended.keys().map(|(_, id)| id.len() + size_of::<Evidence>() + 256).sum()
    }
}

/// The session of an event, where the source's sessions are ones that can be ended. A role's session name is none.
fn session<'a>(row: &Row<'a>) -> Option<&'a str> {
    let has_sessions = matches!(row.source, Source::OtelGenai | Source::McpAudit | Source::Ocsf);
    row.text(Column::Session).filter(|_| has_sessions)
}

/// What an event begins or ends: its session, and the credential that a console session is.
fn ids<'a>(row: &Row<'a>) -> impl Iterator<Item = &'a str> {
    let console = row.credential_kind == Some(CredentialKind::ConsoleSession);
    let credential = row.text(Column::Credential).filter(|_| console);
    session(row).into_iter().chain(credential)
}

fn is_late(end: EventTime, row: &Row<'_>, scene: &Scene<'_>) -> bool {
    row.time.micros_since(end) > scene.rules.secs_micros(Parameter::OutlivedMarginSecs)
}

/// A use of a temporary credential that succeeded after its known end: it was renewed where no log shows it, or a clock
/// is wrong, or its issuer does not look. AWS renews no session, so there the first is out.
pub(super) fn expired(credential: &Credential, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
    let end = credential.expires.filter(|end| is_late(*end, row, scene) && row.succeeded())?;
    if credential.is_static() || scene.workload.human {
        return None;
    }
    let mut draft = draft(&credential.id, "expired", end, row, scene);
    let is_final = credential.kind == Some(CredentialKind::StsSession);
    draft.confidence = Some(if is_final { Confidence::Medium } else { Confidence::Low });
    draft.severity = scene.rules.check(Check::H02).map(|rule| rule.severity.lowered());
    Some(draft)
}

fn draft(id: &str, basis: &str, end: EventTime, row: &Row<'_>, scene: &Scene<'_>) -> Draft {
    let credential = row.text(Column::Credential);
    let mut draft = Draft::new(Check::H02, scene.name.to_owned(), subject(SubjectKind::Credential, id))
        .fact("session", id)
        .fact("basis", basis)
        .fact("end", end.to_string())
        .fact("late", late(row.time.micros_since(end)))
        .fact("action", scene.word(row.ids.action));
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(credential.unwrap_or(id).to_owned());
    draft.correlation = Some(credential.unwrap_or(id).to_owned());
    draft
}

fn late(micros: i64) -> String {
    if micros >= 2 * HOUR_MICROS {
        format!("{} hours", micros / HOUR_MICROS)
    } else {
        format!("{} minutes", micros / (60 * SECOND_MICROS))
    }
}

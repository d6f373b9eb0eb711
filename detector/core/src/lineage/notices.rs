//! H04, used after revocation or leak: what the inventory and the logs say of credentials that must not be used any more.

use std::collections::BTreeMap;

use ambit_schemas::Column;
use ambit_schemas::finding::{Evidence, SubjectKind};
use ambit_schemas::inventory::CredentialNotice;
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{Check, Confidence};
use ambit_schemas::{EventTime, Inventory};

use super::credential::Credential;
use super::table::Credentials;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

/// From this sensitivity on a use that succeeded is what a thief comes for.
const SENSITIVE: u8 = 2;

/// The inventory's lists by credential: leaked since, revoked at. No state: the inventory says it.
#[derive(Debug)]
pub(super) struct Notices(BTreeMap<String, (Option<EventTime>, Option<EventTime>)>);

impl Notices {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let mut listed = BTreeMap::<String, (Option<EventTime>, Option<EventTime>)>::new();
        let earliest = |held: &mut Option<EventTime>, notice: &CredentialNotice| {
            *held = Some(held.map_or(notice.from, |held| held.min(notice.from)));
        };
        for notice in &inventory.leaked {
            earliest(&mut listed.entry(notice.credential.clone()).or_default().0, notice);
        }
        for notice in &inventory.revoked {
            earliest(&mut listed.entry(notice.credential.clone()).or_default().1, notice);
        }
        Self(listed)
    }

    fn get(&self, id: &str) -> (Option<EventTime>, Option<EventTime>) {
        if self.0.is_empty() { (None, None) } else { self.0.get(id).copied().unwrap_or_default() }
    }
}

/// Why a credential must not be used.
#[derive(Debug)]
struct Reason<'a> {
    basis: &'static str,
    since: EventTime,
    /// The credential that was revoked: itself, or the one that it was made with.
    revoked: &'a str,
    proof: Option<&'a Evidence>,
}

/// Whatever came of the use, because a refused one shows that somebody holds it. People's credentials count too: they
/// were named, by an operator or by whoever revoked them.
pub(super) fn run(
    notices: &Notices,
    (credentials, credential): (&Credentials, &Credential),
    row: &Row<'_>,
    scene: &Scene<'_>,
    drafts: &mut Vec<Draft>,
) {
    let Some(reason) = reason(notices, credentials, credential, row, scene) else { return };
    let about = subject(SubjectKind::Credential, credential.id.clone());
    let mut draft = Draft::new(Check::H04, scene.name.to_owned(), about)
        .fact("credential", credential.id.clone())
        .fact("basis", reason.basis)
        .fact("since", reason.since.to_string())
        .fact("revoked", reason.revoked)
        .fact("action", scene.word(row.ids.action))
        .fact("outcome", row.outcome.as_str());
    let rule = scene.rules.check(Check::H04);
    if row.succeeded() && row.sensitivity >= SENSITIVE {
        draft.severity = rule.map(|rule| rule.severity.raised());
    }
    if reason.basis == "parent" {
        // A token role may make tokens that do not end with the one they were made with, and no log says so.
        draft.confidence = Some(Confidence::Medium);
    }
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(credential.id.clone());
    draft.correlation = Some(credential.id.clone());
    draft.evidence.extend(reason.proof.cloned());
    drafts.push(draft);
}

fn reason<'a>(
    notices: &Notices,
    credentials: &'a Credentials,
    credential: &'a Credential,
    row: &Row<'_>,
    scene: &Scene<'_>,
) -> Option<Reason<'a>> {
    let skew_micros = scene.rules.secs_micros(Parameter::RevocationSkewSecs);
    let is_over = |since: &EventTime| row.time > since.plus_micros(skew_micros);
    let (leaked, listed) = notices.get(&credential.id);
    let logged = credential.revoked.as_deref();
    let revoked = logged.map(|proof| proof.time).into_iter().chain(listed).min();
    let reason = |basis, since, proof| Reason { basis, since, revoked: &credential.id, proof };
    if let Some(since) = revoked.filter(is_over) {
        return Some(reason("revoked", since, logged.filter(|proof| proof.time == since)));
    }
    if let Some(since) = leaked.filter(|since| row.time >= *since) {
        return Some(reason("leaked", since, None));
    }
    let most = scene.rules.count(Parameter::RoleChainDepth);
    let (above, proof) = credentials.revoked_above(credential, most)?;
    is_over(&proof.time).then_some(Reason {
        basis: "parent",
        since: proof.time,
        revoked: above,
        proof: Some(proof),
    })
}

/// The access key that an event switched on: any other change of a key takes it away.
pub(super) fn reinstated_by<'a>(row: &Row<'a>) -> Option<&'a str> {
    use ambit_schemas::vocabulary::ActionClass::PermissionsChange;
    let is_key = row.text(Column::ResourceKind) == Some(super::table::ACCESS_KEY);
    row.text(Column::Resource).filter(|_| is_key && row.class == PermissionsChange && row.succeeded())
}

/// The credential that an event takes out of service; where the log names it.
pub(super) fn revoked_by<'a>(row: &Row<'a>) -> Option<&'a str> {
    use ambit_schemas::vocabulary::ActionClass::TokenRevoke;
    row.text(Column::Resource).filter(|_| row.class == TokenRevoke && row.succeeded())
}

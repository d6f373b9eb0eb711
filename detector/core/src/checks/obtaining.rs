//! D03, credential reach growth, one hop: a secret, role or token that a grown workload obtains for the first time.
//!
//! The atom names the group of the secret or role and never the thing itself, so a new version of a secret, a new session
//! of a role or a new token of a kind is nothing new.

use ambit_schemas::Column;
use ambit_schemas::finding::SubjectKind;
use ambit_schemas::vocabulary::{Check, Plane, Severity};

use super::NewAtom;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let Some(new) = scene.new_atom else { return };
    let key = scene.atoms.key(new.atom);
    if key.plane() != Plane::Credential {
        return;
    }
    let atom = key.text(scene.symbols);
    let kind = row.issued_kind.map_or("-", ambit_schemas::vocabulary::CredentialKind::as_str);
    let issued = row.text(Column::IssuedCredential);
    let mut draft = Draft::new(Check::D03, scene.name.to_owned(), subject(SubjectKind::Atom, atom.clone()))
        .fact("atom", atom)
        .fact("kind", kind)
        .fact("resource", row.text(Column::Resource).unwrap_or("-"))
        .fact("action", scene.word(row.ids.action));
    draft.severity = scene.rules.check(Check::D03).map(|rule| match new.sensitivity {
        3 => rule.severity.raised(),
        // Every release brings secrets of its own; their sum is what drift and ratchet watch.
        _ if !is_of_others(new, issued, scene) => Severity::Informational,
        2 => rule.severity,
        _ => rule.severity.lowered(),
    });
    draft.sensitivity = new.sensitivity;
    draft.added.push(new.change(scene));
    // What was obtained is revoked by its own name, where it has one: a stored secret is replaced, not revoked.
    let used = row.text(Column::Credential);
    draft.revoke = issued.into_iter().chain(used).map(str::to_owned).collect();
    draft.correlation = used.map(str::to_owned);
    drafts.push(draft);
}

/// Whether what was obtained matters to somebody else: another workload holds it too, or the inventory says what it opens.
fn is_of_others(new: &NewAtom, issued: Option<&str>, scene: &Scene<'_>) -> bool {
    let is_declared = |id| scene.inventory.secrets.iter().any(|secret| secret.stored.matches(id));
    scene.fleet.anybody_holds(new.atom) || issued.is_some_and(is_declared)
}

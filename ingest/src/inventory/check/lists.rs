//! The flat sections: `secrets:`, `sensitivity:`, `leaked:`, `revoked:`, `changes:`.

use ambit_schemas::inventory::{ChangeKind, ChangeRecord, CredentialNotice, Glob, Secret, SensitivityRule};
use ambit_schemas::time::DAY_MICROS;

use super::super::field::Field;
use super::super::problem::Problems;
use super::reference;

/// A longer record would excuse everything; it is refused.
const LONGEST_CHANGE_DAYS: i64 = 7;

const CHANGES: [ChangeKind; 6] = [
    ChangeKind::Deploy,
    ChangeKind::Permission,
    ChangeKind::ModelSwap,
    ChangeKind::Serving,
    ChangeKind::Promotion,
    ChangeKind::Rotation,
];

pub(super) fn secret(item: &Field<'_>, workloads: &[&str], problems: &mut Problems) -> Option<Secret> {
    let fields = item.fields(&["vault", "aws_secret", "holds", "holds_for"], problems)?;
    let stored = match (fields.get("vault"), fields.get("aws_secret")) {
        (Some(vault), None) => vault.text(problems).map(vault_id),
        (None, Some(secret)) => secret.glob(problems),
        _ => {
            item.wrong(problems, "must say where the secret is stored: either `vault` or `aws_secret`");
            None
        }
    };
    let (holds, holds_for) = (fields.get("holds"), fields.get("holds_for"));
    if holds.is_none() && holds_for.is_none() {
        let message = "says not what the secret holds; add `holds` with a credential's id or `holds_for` with a workload";
        item.wrong(problems, message);
    }
    let holds = holds.and_then(|field| field.text(problems)).map(str::to_owned);
    let holds_for = holds_for.and_then(|field| reference(&field, workloads, "workloads", problems));
    Some(Secret { stored: stored?, holds, holds_for })
}

/// As the canonical event names a secret of Vault.
fn vault_id(path: &str) -> Glob {
    Glob::new(format!("vault:{}", path.trim_start_matches('/')))
}

pub(super) fn sensitivity(item: &Field<'_>, problems: &mut Problems) -> Option<SensitivityRule> {
    let fields = item.fields(&["resource", "level"], problems)?;
    let resource = fields.need("resource", problems).and_then(|field| field.glob(problems));
    let level = fields.need("level", problems).and_then(|field| field.level(problems));
    Some(SensitivityRule { resource: resource?, level: level? })
}

/// A credential that leaked or was revoked; `moment` is the key of the time.
pub(super) fn notice(item: &Field<'_>, moment: &str, problems: &mut Problems) -> Option<CredentialNotice> {
    let fields = item.fields(&["credential", moment], problems)?;
    let credential = fields.need("credential", problems).and_then(|field| field.text(problems));
    let from = fields.need(moment, problems).and_then(|field| field.time(problems));
    Some(CredentialNotice { credential: credential?.to_owned(), from: from? })
}

pub(super) fn change(item: &Field<'_>, workloads: &[&str], problems: &mut Problems) -> Option<ChangeRecord> {
    const KNOWN: &[&str] = &["id", "workload", "kind", "from", "to", "approved_by"];
    let fields = item.fields(KNOWN, problems)?;
    let id = fields.need("id", problems).and_then(|field| field.text(problems));
    let workload = fields.need("workload", problems);
    let workload = workload.and_then(|field| reference(&field, workloads, "workloads", problems));
    let kind = fields.need("kind", problems);
    let kind = kind.and_then(|field| field.word(&CHANGES.map(ChangeKind::as_str), problems));
    let from = fields.need("from", problems).and_then(|field| field.time(problems));
    let end = fields.need("to", problems);
    let to = end.as_ref().and_then(|field| field.time(problems));
    let approved_by = fields.get("approved_by").and_then(|field| field.text(problems)).map(str::to_owned);
    let (from, to) = (from?, to?);
    if let Some(end) = &end {
        if to < from {
            end.wrong(problems, format!("ends before it begins ({from}); swap `from` and `to`"));
        } else if to.micros_since(from) > LONGEST_CHANGE_DAYS * DAY_MICROS {
            let message = format!(
                "is more than {LONGEST_CHANGE_DAYS} days after `from`; a change record is at most that long"
            );
            end.wrong(problems, message);
        }
    }
    let kind = CHANGES.into_iter().find(|known| Some(known.as_str()) == kind)?;
    Some(ChangeRecord { id: id?.to_owned(), workload: workload?, kind, from, to, approved_by })
}

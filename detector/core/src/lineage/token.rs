//! H01, static secret in use, and L02, token reuse: what one credential shows by itself.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{Check, CredentialKind};

use super::credential::Use;
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if used.credential.is_static() {
        drafts.extend(old(used, row, scene));
    } else if used.new_network {
        drafts.extend(moved(used, row, scene));
    }
}

/// A static credential past its age, once a UTC day: its count is the days it was used on.
fn old(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
    if !used.opens_day() {
        return None;
    }
    let credential = used.credential;
    let (since, basis) = match credential.created {
        Some(created) => (created, "created"),
        None => (credential.first_used?, "first seen"),
    };
    let age_micros = row.time.micros_since(since);
    if age_micros < scene.rules.days_micros(Parameter::StaticSecretAgeDays) {
        return None;
    }
    let age_days = (age_micros / DAY_MICROS).to_string();
    let about = subject(SubjectKind::Credential, credential.id.clone());
    let mut draft = Draft::new(Check::H01, scene.name.to_owned(), about)
        .fact("credential", credential.id.clone())
        .fact("age_days", age_days.clone())
        .fact("age_basis", basis);
    draft.comparisons.push(Comparison {
        parameter: "age of the credential in days".into(),
        baseline: format!("at most {}", scene.rules.value(Parameter::StaticSecretAgeDays)),
        live: age_days,
    });
    draft.revoke.push(credential.id.clone());
    draft.correlation = Some(credential.id.clone());
    Some(draft)
}

/// A temporary credential used from a second network. People roam, and their console sessions with them.
fn moved(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
    let credential = used.credential;
    let temporary = matches!(
        credential.kind,
        Some(
            CredentialKind::StsSession
                | CredentialKind::OidcToken
                | CredentialKind::VaultToken
                | CredentialKind::K8sToken
                | CredentialKind::OauthToken
        )
    );
    let (first, second) = (credential.networks.first()?, credential.networks.last()?);
    if !temporary || credential.networks.len() < 2 {
        return None;
    }
    let client = |client: &Option<String>| client.clone().unwrap_or_else(|| "an unnamed client".into());
    let about = subject(SubjectKind::Credential, credential.id.clone());
    let mut draft = Draft::new(Check::L02, scene.name.to_owned(), about)
        .fact("credential", credential.id.clone())
        .fact("first_network", first.network.clone())
        .fact("second_network", second.network.clone())
        .fact("first_client", client(&first.client))
        .fact("second_client", client(&second.client));
    draft.comparisons.push(Comparison {
        parameter: "network of the session".into(),
        baseline: first.network.clone(),
        live: second.network.clone(),
    });
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(credential.id.clone());
    draft.correlation = Some(credential.id.clone());
    Some(draft)
}

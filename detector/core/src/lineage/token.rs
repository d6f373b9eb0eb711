//! H01, static secret in use, and L02, token reuse: what one credential shows by itself.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::time::DAY_MICROS;
use ambit_schemas::vocabulary::{Check, CredentialKind};

use super::beginnings::Beginnings;
use super::credential::{Turn, Use};
use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(
    used: &Use<'_>,
    row: &Row<'_>,
    scene: &Scene<'_>,
    beginnings: &mut Beginnings,
    drafts: &mut Vec<Draft>,
) {
    if used.credential.is_static() {
        drafts.extend(old(used, row, scene));
        return;
    }
    let (workload, day) = (scene.workload.name, row.time.day());
    let Some(seen) = used.credential.networks.last().filter(|_| used.news.new_network && roams_not(used))
    else {
        return;
    };
    if used.news.turn == Turn::First {
        beginnings.note(workload, seen.network, day, scene.rules.count(Parameter::Workloads));
    } else if !beginnings.is_home(workload, seen.network, day) {
        drafts.extend(moved(used, row, scene));
    }
}

/// Whether a credential is temporary and stays where it is. People roam, and their console sessions with them.
fn roams_not(used: &Use<'_>) -> bool {
    matches!(
        used.credential.kind,
        Some(
            CredentialKind::StsSession
                | CredentialKind::OidcToken
                | CredentialKind::VaultToken
                | CredentialKind::K8sToken
                | CredentialKind::OauthToken
        )
    )
}

/// A static credential past its age, once a UTC day: its count is the days it was used on.
fn old(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
    if !used.news.opens_day() {
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

/// A temporary credential used from a second network.
fn moved(used: &Use<'_>, row: &Row<'_>, scene: &Scene<'_>) -> Option<Draft> {
    let credential = used.credential;
    let (first, second) = (credential.networks.first()?, credential.networks.last()?);
    if credential.networks.len() < 2 {
        return None;
    }
    let client = |client: &Option<String>| client.clone().unwrap_or_else(|| "an unnamed client".into());
    let about = subject(SubjectKind::Credential, credential.id.clone());
    let mut draft = Draft::new(Check::L02, scene.name.to_owned(), about)
        .fact("credential", credential.id.clone())
        .fact("first_network", first.network.to_string())
        .fact("second_network", second.network.to_string())
        .fact("first_client", client(&first.client))
        .fact("second_client", client(&second.client));
    draft.comparisons.push(Comparison {
        parameter: "network of the session".into(),
        baseline: first.network.to_string(),
        live: second.network.to_string(),
    });
    draft.sensitivity = row.sensitivity;
    draft.revoke.push(credential.id.clone());
    draft.correlation = Some(credential.id.clone());
    Some(draft)
}

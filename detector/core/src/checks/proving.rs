//! H08, authentication downgrade: a lasting secret where temporary credentials were used before, from the moment on
//! that it is made.

use ambit_schemas::finding::{Comparison, SubjectKind};
use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, Check, CredentialKind, Maturity};
use ambit_schemas::{Column, EventTime};

use crate::draft::Draft;
use crate::engine::{Scene, subject};
use crate::loaded::Row;

pub(super) fn run(row: &Row<'_>, scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    if let Some(back) = scene.turns.step_back {
        let kind = match row.text(Column::AuthMethod) {
            Some(method) => format!("a lasting secret ({method})"),
            None => "a lasting key".to_owned(),
        };
        let credential = row.text(Column::Credential);
        let step = Step { basis: "used", workload: scene.name, since: back.since, kind, credential };
        drafts.push(Draft { sensitivity: row.sensitivity, ..step.draft(row, scene) });
    }
    drafts.extend(made(row, scene).map(|step| step.draft(row, scene)));
}

/// A step back from temporary credentials to one that lasts.
struct Step<'a> {
    basis: &'static str,
    workload: &'a str,
    /// Since when it had been temporary credentials alone.
    since: EventTime,
    kind: String,
    credential: Option<&'a str>,
}

/// A lasting key or a password that is made for a workload which uses neither. What it will reach is not known, so its
/// sensitivity is none: else no rotation could be approved.
fn made<'a>(row: &Row<'a>, scene: &Scene<'a>) -> Option<Step<'a>> {
    let issues = row.class == ActionClass::CredentialIssue && row.succeeded();
    let kind = match row.issued_kind {
        Some(CredentialKind::StaticKey | CredentialKind::ApiKey) => "a lasting key",
        // A password has no id.
        None if row.text(Column::IssuedCredential).is_none() => "a password",
        _ => return None,
    };
    let target = scene.target.filter(|target| issues && !target.human)?;
    let since = target.habits.temporary_since(row.source)?;
    let needed_micros = scene.rules.days_micros(Parameter::FederatedDays);
    if target.maturity == Maturity::Learning || row.time.micros_since(since) < needed_micros {
        return None;
    }
    Some(Step {
        basis: "made",
        workload: scene.symbols.text(target.name),
        since,
        kind: kind.to_owned(),
        credential: row.text(Column::IssuedCredential),
    })
}

impl Step<'_> {
    /// About the credential where it has an id, so that its making and its use are one finding.
    fn draft(self, row: &Row<'_>, scene: &Scene<'_>) -> Draft {
        let about = match self.credential {
            Some(id) => subject(SubjectKind::Credential, id),
            None => subject(SubjectKind::Identity, format!("{} in {}", self.workload, row.source)),
        };
        let mut draft = Draft::new(Check::H08, self.workload.to_owned(), about)
            .fact("basis", self.basis)
            .fact("kind", self.kind.clone())
            .fact("credential", self.credential.unwrap_or("without an id"))
            .fact("since", self.since.to_string())
            .fact("actor", scene.name)
            .fact("action", scene.word(row.ids.action));
        draft.comparisons.push(Comparison {
            parameter: "kind of credential".into(),
            baseline: "temporary".into(),
            live: self.kind,
        });
        draft.revoke = self.credential.map(str::to_owned).into_iter().collect();
        draft.correlation = self.credential.map(str::to_owned);
        draft
    }
}

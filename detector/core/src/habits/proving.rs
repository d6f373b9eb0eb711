//! How a workload proves who it is: H08, authentication downgrade.

use ambit_schemas::ruleset::Parameter;
use ambit_schemas::vocabulary::{ActionClass, CredentialKind, Source};
use ambit_schemas::{Column, EventTime, RuleSet};

use crate::codec::codec_struct;
use crate::loaded::Row;

/// The strength of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Something that was handed out for a while to who could prove itself.
    Temporary,
    /// Something that whoever knows it can use for ever.
    Lasting,
}

/// Ways of logging in to a Vault with something that lasts. The others (a pod's token, a cloud's, a certificate that is
/// renewed) are federated.
const LASTING_LOGINS: &[&str] = &["approle", "userpass", "ldap", "radius", "github"];

/// The strength of what an event proves itself with; `None` where that says nothing about the workload. Of a Vault only
/// logins count: behind a token stands whatever it was issued for.
fn proof_of(row: &Row<'_>) -> Option<Proof> {
    if row.source == Source::VaultAudit {
        let method = row.text(Column::AuthMethod).filter(|_| row.class == ActionClass::SessionStart)?;
        let lasting = LASTING_LOGINS.contains(&method);
        return Some(if lasting { Proof::Lasting } else { Proof::Temporary });
    }
    match row.credential_kind? {
        CredentialKind::StaticKey | CredentialKind::ApiKey => Some(Proof::Lasting),
        CredentialKind::StsSession
        | CredentialKind::OidcToken
        | CredentialKind::K8sToken
        | CredentialKind::OauthToken => Some(Proof::Temporary),
        _ => None,
    }
}

/// How it proves itself in the world of one source: a static login to a Vault does not excuse a static key of a cloud.
#[derive(Debug)]
struct InSource {
    source: Source,
    temporary: Option<EventTime>,
    lasting: Option<EventTime>,
    /// The step back, once there was one: since when it had been temporary alone.
    back: Option<EventTime>,
    /// The UTC day and the credential of the last report.
    reported: Option<(i64, String)>,
}
codec_struct!(InSource { source, temporary, lasting, back, reported });

/// By source; there are few.
#[derive(Debug, Default)]
pub(super) struct Proofs(Vec<InSource>);

impl crate::codec::Codec for Proofs {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut crate::codec::Reader<'_>) -> Result<Self, crate::codec::CodecError> {
        Ok(Self(crate::codec::Codec::take(reader)?))
    }
}

/// A workload that proved itself with temporary credentials does so with a lasting one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StepBack {
    /// Since when it had been temporary credentials alone.
    pub(crate) since: EventTime,
}

impl Proofs {
    /// Reported once a UTC day and credential, for as long as it goes on.
    pub(super) fn note(&mut self, row: &Row<'_>, is_mature: bool, rules: &RuleSet) -> Option<StepBack> {
        let proof = proof_of(row).filter(|_| row.succeeded())?;
        let slot = self.0.iter().position(|held| held.source == row.source).unwrap_or_else(|| {
            let source = row.source;
            self.0.push(InSource { source, temporary: None, lasting: None, back: None, reported: None });
            self.0.len() - 1
        });
        let held = self.0.get_mut(slot)?;
        if proof == Proof::Temporary {
            held.temporary = held.temporary.or(Some(row.time));
            return None;
        }
        let is_first = held.lasting.is_none();
        held.lasting = held.lasting.or(Some(row.time));
        if is_first && is_mature {
            let needed_micros = rules.days_micros(Parameter::FederatedDays);
            held.back = held.temporary.filter(|since| row.time.micros_since(*since) >= needed_micros);
        }
        let since = held.back?;
        let today = (row.time.day(), row.text(Column::Credential).unwrap_or_default());
        if held.reported.as_ref().is_some_and(|(day, id)| (*day, id.as_str()) == today) {
            return None;
        }
        held.reported = Some((today.0, today.1.to_owned()));
        Some(StepBack { since })
    }

    pub(super) fn temporary_since(&self, source: Source) -> Option<EventTime> {
        let held = self.0.iter().find(|held| held.source == source)?;
        // After a step back a further key is more of it.
        held.back.or_else(|| held.temporary.filter(|_| held.lasting.is_none()))
    }

    pub(super) fn bytes(&self) -> usize {
        let reported = |held: &InSource| held.reported.as_ref().map_or(0, |(_, id)| id.len());
        self.0.capacity() * size_of::<InSource>() + self.0.iter().map(reported).sum::<usize>()
    }
}

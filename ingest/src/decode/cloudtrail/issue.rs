//! The credential that an event handed out. The response holds the secret beside the id: only ids and expiries leave.

use std::borrow::Cow;

use ambit_schemas::EventTime;
use ambit_schemas::vocabulary::CredentialKind;

use super::expiry::expiry;
use super::identity::{kind_of_key, unmasked};
use crate::json::{Fault, Json};

/// A credential that was handed out.
#[derive(Debug, PartialEq)]
pub(super) struct Issued<'e> {
    pub(super) id: Cow<'e, str>,
    pub(super) kind: CredentialKind,
    pub(super) expires_at: Option<EventTime>,
}

/// Reads the response of an action that hands out a credential: `credentials` of STS and its kin, `accessKey` and
/// `serviceSpecificCredential` of IAM, `credentialSet` of Roles Anywhere, `roleCredentials` of Identity Center.
pub(super) fn issued(response: &str) -> Option<Issued<'_>> {
    let (mut id, mut expires) = (None, None);
    let mut json = Json::of_text(response);
    let read = json.object(|json, key| match key {
        b"credentials" | b"accessKey" | b"roleCredentials" | b"serviceSpecificCredential" => {
            credential(json, &mut id, &mut expires)
        }
        b"credentialSet" => json.array(|json| {
            json.object(|json, key| match key {
                b"credentials" => credential(json, &mut id, &mut expires),
                _ => json.skip(),
            })
        }),
        _ => json.skip(),
    });
    debug_assert_eq!(read, Ok(()));
    let id = id.filter(|id: &Cow<'_, str>| unmasked(id).is_some())?;
    let kind = kind_of_key(&id).unwrap_or(CredentialKind::ApiKey);
    Some(Issued { id, kind, expires_at: expires.and_then(|text: Cow<'_, str>| expiry(&text)) })
}

fn credential<'e>(
    json: &mut Json<'e>,
    id: &mut Option<Cow<'e, str>>,
    expires: &mut Option<Cow<'e, str>>,
) -> Result<(), Fault> {
    json.object(|json, key| {
        match key {
            b"accessKeyId" | b"serviceSpecificCredentialId" if id.is_none() => *id = json.text()?,
            b"expiration" => *expires = json.text()?,
            _ => json.skip()?,
        }
        Ok(())
    })
}

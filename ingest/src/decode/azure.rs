//! Azure's logs as diagnostic settings write them: the activity log and resources' own logs, Entra sign-ins, Entra
//! audit and Key Vault audit. They share an envelope; the category tells them apart.
//!
//! The thread through them is the token: a sign-in names the key or the federated credential that it was proved with
//! and hands out a token, whose id the other logs repeat as the claim `uti`.

mod activity;
mod audit;
mod claims;
mod column;
mod keyvault;
mod meaning;
mod place;
mod record;
mod signin;

use ambit_schemas::vocabulary::Outcome;
use ambit_schemas::{EventRow, EventTime};

use self::claims::Who;
use self::record::{Properties, Read, Record};
use super::cloudtrail::clients::Clients;
use super::fields::moment;
use super::text::filled;
use super::{Format, Output, reason};
use crate::actions::plane::Known;
use crate::json::Json;
use crate::record::{RawRecord, Reason};
use crate::remembered::Remembered;

pub(super) use self::meaning::action as meaning_of;

/// Decodes records of all four logs. Holds only buffers and what it looked up.
#[derive(Debug, Default)]
pub(super) struct Azure {
    texts: Texts,
    meanings: Remembered<Known>,
    operations: Remembered<activity::Operation>,
    accesses: Remembered<keyvault::Operation>,
    /// Templates of ids by what stands below their providers.
    places: Remembered<Box<str>>,
    secrets: Remembered<keyvault::Secret>,
    outcomes: Outcomes,
    clients: Clients,
}

/// Texts of a row that do not stand in the record as they are.
#[derive(Debug, Default)]
struct Texts {
    action: String,
    resource: String,
    group: String,
    kind: String,
}

impl Texts {
    fn clear(&mut self) {
        for text in [&mut self.action, &mut self.resource, &mut self.group, &mut self.kind] {
            text.clear();
        }
    }
}

impl Azure {
    pub(super) fn decode(
        &mut self,
        format: Format,
        raw: &RawRecord<'_>,
        out: &mut Output<'_>,
    ) -> Result<(), Reason> {
        match format {
            Format::EntraSignin => signin::decode(self, raw, out),
            Format::EntraAudit => audit::decode(self, raw, out),
            Format::AzureKeyvault => keyvault::decode(self, raw, out),
            format => activity::decode(self, format, raw, out),
        }
    }

    /// Reads a record, and its time if it has one. What was read stays where it is: it is too large to be moved about.
    fn read<'r, P: Properties<'r>>(
        &mut self,
        read: &mut Read<'r, P>,
        format: Format,
        raw: &RawRecord<'r>,
        out: &Output<'_>,
    ) -> Result<Option<EventTime>, Reason> {
        let text = simdutf8::basic::from_utf8(raw.bytes).map_err(|_utf8| Reason::Utf8)?;
        let mut json = Json::of_text(text);
        read.read(&mut json).map_err(|fault| reason(fault, json.at()))?;
        let record = &read.record;
        out.expect(record.shape, format)?;
        if record.operation.is_none() && !record.shape.is_bare_sign_in() {
            return Err(Reason::Missing("operationName"));
        }
        let time = match record.time.as_deref() {
            Some(text) => Some(moment(text).ok_or(Reason::Unreadable("time"))?),
            None => None,
        };
        self.texts.clear();
        Ok(time)
    }

    fn known(&mut self) -> Known {
        let action = &*self.texts.action;
        *self.meanings.of(action, || meaning::action(action))
    }
}

/// What the words of results mean that were seen before: the table is gone through for each word. A memory for each
/// field, because a field mostly says what it said in the record before.
#[derive(Debug, Default)]
struct Outcomes {
    fields: [Remembered<Option<Outcome>>; 5],
    others: Remembered<Option<Outcome>>,
}

impl Outcomes {
    fn word(&mut self, word: &str) -> Option<Outcome> {
        *self.others.of(word, || meaning::outcome(word))
    }

    /// How it ended: by the first of its words that says something graver than the others, else by the first that says
    /// anything.
    fn of<'e>(&mut self, record: &'e Record<'_>) -> (Outcome, Option<&'e str>) {
        let words =
            [&record.sub_status, &record.result_detail, &record.status_code, &record.result, &record.status];
        let (mut failure, mut by_word) = (None, Outcome::Unknown);
        for (word, remembered) in words.into_iter().zip(&mut self.fields) {
            let Some(word) = word.as_deref() else { continue };
            match *remembered.of(word, || meaning::outcome(word)) {
                Some(Outcome::Denied) => return (Outcome::Denied, Some(word)),
                Some(Outcome::Failure) => failure = failure.or(Some(word)),
                Some(Outcome::Success) => by_word = Outcome::Success,
                Some(Outcome::Unknown) | None => {}
            }
        }
        match failure {
            Some(word) => (Outcome::Failure, Some(word)),
            None => (by_word, None),
        }
    }
}

fn put_who<'t>(row: &mut EventRow<'t>, who: &Who<'t>) {
    row.principal = who.principal;
    row.principal_kind = who.kind;
    row.principal_alias = who.alias;
    row.session = who.session;
    row.credential = who.credential;
    row.credential_kind = who.credential_kind;
    row.credential_issued_at = who.issued_at;
    row.credential_expires_at = who.expires_at;
    row.auth_method = who.auth_method;
}

/// Puts what the buffers hold.
fn put_texts<'t>(row: &mut EventRow<'t>, texts: &'t Texts) {
    row.action = &texts.action;
    row.resource = filled(&texts.resource);
    row.resource_group = filled(&texts.group);
    if row.resource_kind.is_none() {
        row.resource_kind = filled(&texts.kind);
    }
}

//! A CloudTrail record as it is written: the fields that anything here needs, borrowed.

#![expect(clippy::inline_always, reason = "measured: the members of a record are read in one loop")]

use std::borrow::Cow;

use crate::decode::reason;
use crate::json::{Fault, Json};
use crate::record::Reason;

/// A text that may be absent. Owned only where the record writes it with escapes.
pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// The fields of a record. The names are CloudTrail's. Response elements and request parameters are kept as they are
/// written, and looked into only for the actions that need it: they hold tokens, passwords and user data.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) id: Text<'a>,
    pub(super) time: Text<'a>,
    pub(super) timestamp: Text<'a>,
    pub(super) source: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) kind: Text<'a>,
    pub(super) region: Text<'a>,
    pub(super) source_address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) error_code: Text<'a>,
    pub(super) has_error_message: bool,
    pub(super) recipient_account: Text<'a>,
    pub(super) from_console: Text<'a>,
    pub(super) request: Option<&'a str>,
    pub(super) response: Option<&'a str>,
    pub(super) resources: Option<&'a str>,
    pub(super) identity: Identity<'a>,
    /// The identity as a row of a table has it: the text of an object.
    pub(super) identity_text: Text<'a>,
    /// The record inside, where `lookup-events` wrapped it.
    pub(super) wrapped: Text<'a>,
    /// What an event of AWS's own says beside a response: how a sign-in ended.
    pub(super) details: Option<&'a str>,
    /// When a digest of log files begins, which is no event.
    pub(super) digest: Text<'a>,
    /// Whether it tells of how many calls there were, which is no event either.
    pub(super) is_insight: bool,
}

/// `userIdentity`.
#[derive(Debug, Default)]
pub(super) struct Identity<'a> {
    pub(super) kind: Text<'a>,
    pub(super) arn: Text<'a>,
    pub(super) account: Text<'a>,
    pub(super) access_key: Text<'a>,
    pub(super) principal_id: Text<'a>,
    pub(super) user_name: Text<'a>,
    pub(super) invoked_by: Text<'a>,
    pub(super) provider: Text<'a>,
    pub(super) credential_id: Text<'a>,
    /// `onBehalfOf.userId`: the person of IAM Identity Center.
    pub(super) on_behalf_of: Text<'a>,
    pub(super) issuer: Text<'a>,
    pub(super) created: Text<'a>,
    /// `sourceIdentity`: who began the chain of roles.
    pub(super) origin: Text<'a>,
    pub(super) ec2_role_delivery: bool,
    pub(super) federated_provider: Text<'a>,
    pub(super) federated_subject: Text<'a>,
}

impl<'a> Event<'a> {
    /// Reads a record to its end. It stays where it is: it is too large to be moved about.
    pub(super) fn read(&mut self, text: &'a str) -> Result<(), Reason> {
        let mut json = Json::of_text(text);
        let result = json.object(|json, key| self.member(json, key)).and_then(|()| json.end());
        result.map_err(|fault| reason(fault, json.at()))
    }

    #[inline(always)]
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let text = match key {
            b"eventID" => &mut self.id,
            b"eventTime" => &mut self.time,
            b"@timestamp" => &mut self.timestamp,
            b"eventSource" => &mut self.source,
            b"eventName" => &mut self.name,
            b"eventType" => &mut self.kind,
            b"awsRegion" => &mut self.region,
            b"sourceIPAddress" => &mut self.source_address,
            b"userAgent" => &mut self.user_agent,
            b"errorCode" => &mut self.error_code,
            b"recipientAccountId" => &mut self.recipient_account,
            b"sessionCredentialFromConsole" => &mut self.from_console,
            b"CloudTrailEvent" => &mut self.wrapped,
            b"digestStartTime" => &mut self.digest,
            b"userIdentity" if json.peek() == b'{' => {
                return json.object(|json, key| self.identity.member(json, key));
            }
            b"userIdentity" => &mut self.identity_text,
            _ => return self.raw(json, key),
        };
        json.text_into(text)
    }

    #[inline(always)]
    fn raw(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"requestParameters" => self.request = json.raw()?,
            b"responseElements" => self.response = json.raw()?,
            b"resources" => self.resources = json.raw()?,
            b"serviceEventDetails" => self.details = json.raw()?,
            b"insightDetails" => self.is_insight = json.raw()?.is_some(),
            b"errorMessage" => self.has_error_message = json.raw()?.is_some(),
            _ => json.skip()?,
        }
        Ok(())
    }
}

impl<'a> Identity<'a> {
    /// Reads the text of an object; whatever else it is says nothing.
    pub(super) fn of_text(text: &'a str) -> Self {
        let mut identity = Self::default();
        let read = Json::of_text(text).object(|json, key| identity.member(json, key));
        if read.is_ok() { identity } else { Self::default() }
    }

    #[inline(always)]
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        let text = match key {
            b"type" => &mut self.kind,
            b"arn" => &mut self.arn,
            b"accountId" => &mut self.account,
            b"accessKeyId" => &mut self.access_key,
            b"principalId" => &mut self.principal_id,
            b"userName" => &mut self.user_name,
            b"invokedBy" => &mut self.invoked_by,
            b"identityProvider" => &mut self.provider,
            b"credentialId" => &mut self.credential_id,
            b"onBehalfOf" => return only(json, b"userId", &mut self.on_behalf_of),
            b"sessionContext" => return json.object(|json, key| self.session(json, key)),
            _ => return json.skip(),
        };
        json.text_into(text)
    }

    #[inline(always)]
    fn session(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"sessionIssuer" => only(json, b"arn", &mut self.issuer),
            b"attributes" => only(json, b"creationDate", &mut self.created),
            b"webIdFederationData" => json.object(|json, key| self.federation(json, key)),
            b"sourceIdentity" => json.text_into(&mut self.origin),
            b"ec2RoleDelivery" => {
                self.ec2_role_delivery = true;
                json.skip()
            }
            _ => json.skip(),
        }
    }

    fn federation(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"federatedProvider" => json.text_into(&mut self.federated_provider),
            b"attributes" => json.object(|json, key| match key {
                key if key.ends_with(b":sub") => json.text_into(&mut self.federated_subject),
                _ => json.skip(),
            }),
            _ => json.skip(),
        }
    }
}

/// Reads one member of an object.
fn only<'a>(json: &mut Json<'a>, name: &[u8], into: &mut Text<'a>) -> Result<(), Fault> {
    json.object(|json, key| if key == name { json.text_into(into) } else { json.skip() })
}

/// A text that says something: not empty.
pub(super) fn some<'t>(text: &'t Text<'_>) -> Option<&'t str> {
    text.as_deref().filter(|text| !text.is_empty())
}

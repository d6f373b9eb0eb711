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
    /// The record inside, where `lookup-events` wrapped it.
    pub(super) wrapped: Text<'a>,
    /// When a digest of log files begins, which is no event.
    pub(super) digest: Text<'a>,
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
    pub(super) fn read(text: &'a str) -> Result<Self, Reason> {
        let mut json = Json::of_text(text);
        let mut event = Self::default();
        let result = json.object(|json, key| event.member(json, key)).and_then(|()| json.end());
        result.map(|()| event).map_err(|fault| reason(fault, json.at()))
    }

    #[inline(always)]
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"eventID" => self.id = json.text()?,
            b"eventTime" => self.time = json.text()?,
            b"@timestamp" => self.timestamp = json.text()?,
            b"eventSource" => self.source = json.text()?,
            b"eventName" => self.name = json.text()?,
            b"eventType" => self.kind = json.text()?,
            b"awsRegion" => self.region = json.text()?,
            b"sourceIPAddress" => self.source_address = json.text()?,
            b"userAgent" => self.user_agent = json.text()?,
            b"errorCode" => self.error_code = json.text()?,
            b"errorMessage" => self.has_error_message = json.raw()?.is_some(),
            b"recipientAccountId" => self.recipient_account = json.text()?,
            b"sessionCredentialFromConsole" => self.from_console = json.text()?,
            b"requestParameters" => self.request = json.raw()?,
            b"responseElements" => self.response = json.raw()?,
            b"resources" => self.resources = json.raw()?,
            b"userIdentity" => json.object(|json, key| self.identity.member(json, key))?,
            b"CloudTrailEvent" => self.wrapped = json.text()?,
            b"digestStartTime" => self.digest = json.text()?,
            _ => json.skip()?,
        }
        Ok(())
    }
}

impl<'a> Identity<'a> {
    #[inline(always)]
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"type" => self.kind = json.text()?,
            b"arn" => self.arn = json.text()?,
            b"accountId" => self.account = json.text()?,
            b"accessKeyId" => self.access_key = json.text()?,
            b"principalId" => self.principal_id = json.text()?,
            b"userName" => self.user_name = json.text()?,
            b"invokedBy" => self.invoked_by = json.text()?,
            b"identityProvider" => self.provider = json.text()?,
            b"credentialId" => self.credential_id = json.text()?,
            b"onBehalfOf" => json.object(|json, key| match key {
                b"userId" => json.text().map(|text| self.on_behalf_of = text),
                _ => json.skip(),
            })?,
            b"sessionContext" => json.object(|json, key| self.session(json, key))?,
            _ => json.skip()?,
        }
        Ok(())
    }

    #[inline(always)]
    fn session(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"sessionIssuer" => json.object(|json, key| match key {
                b"arn" => json.text().map(|text| self.issuer = text),
                _ => json.skip(),
            }),
            b"attributes" => json.object(|json, key| match key {
                b"creationDate" => json.text().map(|text| self.created = text),
                _ => json.skip(),
            }),
            b"webIdFederationData" => json.object(|json, key| match key {
                b"federatedProvider" => json.text().map(|text| self.federated_provider = text),
                b"attributes" => json.object(|json, key| match key {
                    key if key.ends_with(b":sub") => json.text().map(|text| self.federated_subject = text),
                    _ => json.skip(),
                }),
                _ => json.skip(),
            }),
            b"sourceIdentity" => json.text().map(|text| self.origin = text),
            b"ec2RoleDelivery" => {
                self.ec2_role_delivery = true;
                json.skip()
            }
            _ => json.skip(),
        }
    }
}

/// A text that says something: not empty.
pub(super) fn some<'t>(text: &'t Text<'_>) -> Option<&'t str> {
    text.as_deref().filter(|text| !text.is_empty())
}

//! A log entry as it is written: the fields that anything here needs, borrowed. Requests and responses are stepped over
//! but for a few names: they hold policies, queries, prompts and tokens.

use crate::decode::fields::{Text, first_into, inside, inside_into, is_true, text, text_into};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// Identities of a delegation chain that are kept: the nearest.
const MAX_DELEGATES: usize = 8;

/// A log entry.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub(super) shape: Shape,
    pub(super) insert_id: Text<'a>,
    pub(super) log_name: Text<'a>,
    pub(super) timestamp: Text<'a>,
    pub(super) received: Text<'a>,
    pub(super) payload: Option<Payload<'a>>,
    /// Whether it has a payload that is no protocol buffer.
    pub(super) has_other_payload: bool,
    pub(super) project: Text<'a>,
    pub(super) location: Text<'a>,
    /// `email_id`: the service account that is acted on.
    pub(super) account_email: Text<'a>,
    /// The cluster whose API server was called.
    pub(super) cluster: Text<'a>,
    pub(super) operation: Operation,
}

/// Where in a long-running operation an entry stands.
#[derive(Debug, Default)]
pub(super) struct Operation {
    is_first: bool,
    is_last: bool,
}

impl Operation {
    /// Whether it was begun in another entry.
    pub(super) const fn only_ends(&self) -> bool {
        self.is_last && !self.is_first
    }
}

/// What an audit log says.
#[derive(Debug, Default)]
pub(super) struct Payload<'a> {
    pub(super) kind: Text<'a>,
    pub(super) service: Text<'a>,
    pub(super) method: Text<'a>,
    pub(super) resource: Text<'a>,
    pub(super) location: Text<'a>,
    pub(super) email: Text<'a>,
    pub(super) subject: Text<'a>,
    pub(super) authority: Text<'a>,
    pub(super) key_name: Text<'a>,
    pub(super) has_oauth_client: bool,
    /// As the log has them: who began first.
    pub(super) delegates: Vec<Text<'a>>,
    pub(super) has_permissions: bool,
    pub(super) permission: Option<Permission<'a>>,
    /// The service account that the new thing will act as.
    pub(super) acts_as: Text<'a>,
    pub(super) caller: Text<'a>,
    pub(super) agent: Text<'a>,
    pub(super) requested: Text<'a>,
    pub(super) status: Text<'a>,
    /// The name of what was made.
    pub(super) made: Text<'a>,
    pub(super) made_email: Text<'a>,
    pub(super) expires: Text<'a>,
    /// Who was added to a policy.
    pub(super) members: Vec<Text<'a>>,
}

/// A permission that was checked.
#[derive(Debug, Default, Clone)]
pub(super) struct Permission<'a> {
    pub(super) name: Text<'a>,
    pub(super) resource: Text<'a>,
    pub(super) is_refused: bool,
}

impl<'a> Entry<'a> {
    /// Reads an entry to its end.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"insertId" | b"insertid" => text_into(json, &mut self.insert_id)?,
                b"logName" | b"logname" => {
                    self.shape.add(const { Shape::of(b"logName") });
                    text_into(json, &mut self.log_name)?;
                }
                b"timestamp" => text_into(json, &mut self.timestamp)?,
                b"receiveTimestamp" | b"receivetimestamp" => {
                    self.shape.add(const { Shape::of(b"receiveTimestamp") });
                    text_into(json, &mut self.received)?;
                }
                b"protoPayload" | b"protopayload" | b"protopayload_auditlog" if json.peek() == b'{' => {
                    self.shape.add(const { Shape::of(b"protoPayload") });
                    self.payload.insert(Payload::default()).read(json)?;
                }
                b"jsonPayload" | b"textPayload" => self.has_other_payload |= json.raw()?.is_some(),
                b"resource" => self.read_resource(json)?,
                b"operation" => self.read_operation(json)?,
                _ => {
                    self.shape.note(key);
                    json.skip()?;
                }
            }
            Ok(())
        })?;
        json.end()
    }

    fn read_resource(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"labels" => json.object(|json, key| {
                match key {
                    b"project_id" => text_into(json, &mut self.project)?,
                    b"location" | b"zone" | b"region" => {
                        let place = text(json)?;
                        self.location = self.location.take().or(place);
                    }
                    b"email_id" => text_into(json, &mut self.account_email)?,
                    b"cluster_name" => text_into(json, &mut self.cluster)?,
                    _ => json.skip()?,
                }
                Ok(())
            }),
            _ => json.skip(),
        })
    }

    fn read_operation(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"first" => self.operation.is_first = is_true(json)?,
                b"last" => self.operation.is_last = is_true(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> Payload<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"@type" | b"at_sign_type" | b"at_type" => text_into(json, &mut self.kind)?,
                b"serviceName" => text_into(json, &mut self.service)?,
                b"methodName" => text_into(json, &mut self.method)?,
                b"resourceName" => text_into(json, &mut self.resource)?,
                b"status" => inside_into(json, b"code", &mut self.status)?,
                b"resourceLocation" => self.read_location(json)?,
                b"authenticationInfo" => self.read_identity(json)?,
                b"authorizationInfo" => self.read_permissions(json)?,
                b"requestMetadata" => self.read_request_metadata(json)?,
                b"serviceData" | b"servicedata_v1_iam" | b"metadata" => self.read_service_data(json)?,
                b"response" => self.read_response(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_location(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"currentLocations" => first_into(json, &mut self.location)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_identity(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"principalEmail" => text_into(json, &mut self.email)?,
                b"principalSubject" => text_into(json, &mut self.subject)?,
                b"authoritySelector" => text_into(json, &mut self.authority)?,
                b"serviceAccountKeyName" => text_into(json, &mut self.key_name)?,
                b"oauthInfo" => self.has_oauth_client = inside(json, b"oauthClientId")?.is_some(),
                b"serviceAccountDelegationInfo" => json.array(|json| self.read_delegate(json))?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    /// `principalSubject`, or the mail address of a first party, or the claim `sub` of a third.
    fn read_delegate(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut subject, mut email, mut claim) = (None, None, None);
        json.object(|json, key| {
            match key {
                b"principalSubject" => text_into(json, &mut subject)?,
                b"firstPartyPrincipal" => email = inside(json, b"principalEmail")?,
                b"thirdPartyPrincipal" => json.object(|json, key| {
                    match key {
                        b"thirdPartyClaims" => claim = inside(json, b"sub")?,
                        _ => json.skip()?,
                    }
                    Ok(())
                })?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let delegate = email.or(subject).or(claim);
        if delegate.is_some() {
            // The nearest comes last.
            if self.delegates.len() == MAX_DELEGATES {
                self.delegates.remove(0);
            }
            self.delegates.push(delegate);
        }
        Ok(())
    }

    /// Of several permissions the first that was refused counts, else the first.
    fn read_permissions(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.array(|json| {
            let mut next = Permission::default();
            let mut granted = None;
            let mut named = None;
            json.object(|json, key| {
                match key {
                    b"permission" => text_into(json, &mut next.name)?,
                    b"resource" => text_into(json, &mut next.resource)?,
                    b"granted" => text_into(json, &mut granted)?,
                    b"resourceAttributes" => named = inside(json, b"name")?,
                    _ => json.skip()?,
                }
                Ok(())
            })?;
            next.is_refused = granted.is_some_and(|granted| granted.eq_ignore_ascii_case("false"));
            next.resource = next.resource.or(named);
            self.has_permissions = true;
            if next.name.as_deref() == Some("iam.serviceAccounts.actAs") && !next.is_refused {
                self.acts_as.clone_from(&next.resource);
            }
            let is_graver = |held: &Permission<'_>| next.is_refused && !held.is_refused;
            if self.permission.as_ref().is_none_or(is_graver) {
                self.permission = Some(next);
            }
            Ok(())
        })
    }

    fn read_request_metadata(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"callerIp" | b"callerIP" => {
                    let caller = text(json)?;
                    self.caller = self.caller.take().or(caller);
                }
                b"callerSuppliedUserAgent" => text_into(json, &mut self.agent)?,
                b"requestAttributes" => self.requested = only_time(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    /// `policyDelta.bindingDeltas[]`, which services put here or there.
    fn read_service_data(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"policyDelta" => json.object(|json, key| match key {
                b"bindingDeltas" => json.array(|json| self.read_delta(json)),
                _ => json.skip(),
            }),
            _ => json.skip(),
        })
    }

    fn read_delta(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut action, mut member) = (None, None);
        json.object(|json, key| {
            match key {
                b"action" => text_into(json, &mut action)?,
                b"member" => text_into(json, &mut member)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let is_added = action.is_none_or(|action| action.eq_ignore_ascii_case("add") || action == "1");
        // As many as the record has: it is bounded itself.
        if is_added && member.is_some() {
            self.members.push(member);
        }
        Ok(())
    }

    fn read_response(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"name" => text_into(json, &mut self.made)?,
                b"email" => text_into(json, &mut self.made_email)?,
                b"valid_before_time" | b"validBeforeTime" | b"expireTime" => {
                    self.expires = inside(json, b"seconds")?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

/// `requestAttributes.time`; a text in its place is none.
fn only_time<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    if json.peek() != b'{' {
        json.skip()?;
        return Ok(None);
    }
    inside(json, b"time")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::tests::check_shape;

    #[test]
    fn every_key_that_tells_a_shape_is_noted() {
        check_shape(|json| {
            let mut read = Entry::default();
            read.read(json).unwrap();
            read.shape
        });
    }
}

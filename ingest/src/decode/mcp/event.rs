//! An audit event as it is written. Captured requests and responses (`data`) are stepped over unread.

use crate::decode::fields::{Text, text, text_into};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// Actors of a chain that are kept.
const MAX_ACTORS: usize = 8;

/// An audit event.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) shape: Shape,
    pub(super) id: Text<'a>,
    pub(super) kind: Text<'a>,
    pub(super) time: Text<'a>,
    pub(super) outcome: Text<'a>,
    pub(super) component: Text<'a>,
    pub(super) address_kind: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) user_id: Text<'a>,
    pub(super) user: Text<'a>,
    pub(super) client: Text<'a>,
    pub(super) client_version: Text<'a>,
    /// Who acts first, then who acted before: the claim of a token, whether the event or its subject has it.
    pub(super) actors: Vec<Text<'a>>,
    /// The same as the gateway writes it out, which counts where there is no claim.
    pub(super) chain: Vec<Text<'a>>,
    pub(super) target_kind: Text<'a>,
    pub(super) target: Text<'a>,
    pub(super) session: Text<'a>,
}

impl<'a> Event<'a> {
    /// Reads an event to its end.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| self.member(json, key))?;
        json.end()
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"audit_id" | b"auditId" => {
                self.shape.add(const { Shape::of(b"audit_id") });
                text_into(json, &mut self.id)?;
            }
            b"type" => {
                self.shape.add(const { Shape::of(b"type") });
                text_into(json, &mut self.kind)?;
            }
            b"logged_at" | b"loggedAt" => {
                self.shape.add(const { Shape::of(b"logged_at") });
                text_into(json, &mut self.time)?;
            }
            b"outcome" => text_into(json, &mut self.outcome)?,
            b"component" => text_into(json, &mut self.component)?,
            b"source" => {
                self.shape.add(const { Shape::of(b"source") });
                json.object(|json, key| self.source(json, key))?;
            }
            b"subjects" => json.object(|json, key| self.subject(json, key))?,
            b"delegation" => json.object(|json, key| match key {
                b"chain" => json.array(|json| actor(json, &mut self.chain)),
                _ => json.skip(),
            })?,
            b"act" => self.claim(json)?,
            b"target" => json.object(|json, key| self.target(json, key))?,
            b"metadata" => {
                self.shape.add(const { Shape::of(b"metadata") });
                json.object(|json, key| match key {
                    b"extra" => json.object(|json, key| self.extra(json, key)),
                    _ => json.skip(),
                })?;
            }
            _ => {
                self.shape.note(key);
                json.skip()?;
            }
        }
        Ok(())
    }

    fn source(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"type" => text_into(json, &mut self.address_kind)?,
            b"value" => text_into(json, &mut self.address)?,
            b"extra" => json.object(|json, key| self.extra(json, key))?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn extra(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user_agent" | b"userAgent" => text_into(json, &mut self.user_agent)?,
            b"session_id" | b"sessionId" | b"mcp_session_id" => text_into(json, &mut self.session)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn subject(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user_id" | b"userId" | b"sub" => text_into(json, &mut self.user_id)?,
            b"user" => text_into(json, &mut self.user)?,
            b"client_name" | b"clientName" => text_into(json, &mut self.client)?,
            b"client_version" | b"clientVersion" => text_into(json, &mut self.client_version)?,
            b"session_id" | b"sessionId" => text_into(json, &mut self.session)?,
            b"act" => self.claim(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn target(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"type" => text_into(json, &mut self.target_kind)?,
            b"name" => text_into(json, &mut self.target)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    /// The claim `act`. An event may repeat that of its subject.
    fn claim(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        if self.actors.iter().any(Option::is_some) {
            return json.skip();
        }
        self.actors.clear();
        actor(json, &mut self.actors)
    }

    /// Who acts first, then who acted before.
    pub(super) fn acting(&self) -> impl Iterator<Item = &str> {
        let has_claim = self.actors.iter().any(Option::is_some);
        let actors = if has_claim { &self.actors } else { &self.chain };
        actors.iter().filter_map(|actor| actor.as_deref())
    }
}

/// An actor, and those nested in it: the claim `act` of RFC 8693, the current one outermost. Nesting is followed as
/// far as actors are kept, so that it cannot overflow a stack.
fn actor<'a>(json: &mut Json<'a>, into: &mut Vec<Text<'a>>) -> Result<(), Fault> {
    if into.len() >= MAX_ACTORS {
        return json.skip();
    }
    let place = into.len();
    into.push(None);
    let mut subject = None;
    json.object(|json, key| match key {
        b"sub" => {
            subject = text(json)?;
            Ok(())
        }
        b"act" => actor(json, into),
        _ => json.skip(),
    })?;
    if let Some(held) = into.get_mut(place) {
        *held = subject;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::tests::check_shape;

    #[test]
    fn every_key_that_tells_a_shape_is_noted() {
        check_shape(|json| {
            let mut read = Event::default();
            read.read(json).unwrap();
            read.shape
        });
    }
}

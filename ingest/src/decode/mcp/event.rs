//! An audit event as it is written. Captured requests and responses (`data`) are stepped over unread.

use crate::decode::fields::{Text, text};
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
    /// Who acts first, then who acted before.
    pub(super) actors: Vec<Text<'a>>,
    pub(super) target_kind: Text<'a>,
    pub(super) target: Text<'a>,
    pub(super) session: Text<'a>,
}

impl<'a> Event<'a> {
    /// Reads an event to its end.
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut event = Self::default();
        json.object(|json, key| {
            event.shape.note(key);
            event.member(json, key)
        })?;
        json.end()?;
        Ok(event)
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"audit_id" | b"auditId" => self.id = text(json)?,
            b"type" => self.kind = text(json)?,
            b"logged_at" | b"loggedAt" => self.time = text(json)?,
            b"outcome" => self.outcome = text(json)?,
            b"component" => self.component = text(json)?,
            b"source" => json.object(|json, key| self.source(json, key))?,
            b"subjects" => json.object(|json, key| self.subject(json, key))?,
            b"delegation" => json.object(|json, key| match key {
                b"chain" => json.array(|json| self.actor(json)),
                _ => json.skip(),
            })?,
            b"act" => self.actor(json)?,
            b"target" => json.object(|json, key| self.target(json, key))?,
            b"metadata" => json.object(|json, key| match key {
                b"extra" => json.object(|json, key| self.extra(json, key)),
                _ => json.skip(),
            })?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn source(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"type" => self.address_kind = text(json)?,
            b"value" => self.address = text(json)?,
            b"extra" => json.object(|json, key| self.extra(json, key))?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn extra(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user_agent" | b"userAgent" => self.user_agent = text(json)?,
            b"session_id" | b"sessionId" | b"mcp_session_id" => self.session = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn subject(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user_id" | b"userId" | b"sub" => self.user_id = text(json)?,
            b"user" => self.user = text(json)?,
            b"client_name" | b"clientName" => self.client = text(json)?,
            b"client_version" | b"clientVersion" => self.client_version = text(json)?,
            b"session_id" | b"sessionId" => self.session = text(json)?,
            b"act" => self.actor(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn target(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"type" => self.target_kind = text(json)?,
            b"name" => self.target = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    /// An actor, and those nested in it: the claim `act` of RFC 8693, the current one outermost. Nesting is followed as
    /// far as actors are kept, so that it cannot overflow a stack.
    fn actor(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        if self.actors.len() >= MAX_ACTORS {
            return json.skip();
        }
        let place = self.actors.len();
        self.actors.push(None);
        let mut subject = None;
        json.object(|json, key| match key {
            b"sub" => {
                subject = text(json)?;
                Ok(())
            }
            b"act" => self.actor(json),
            _ => json.skip(),
        })?;
        if let Some(held) = self.actors.get_mut(place) {
            *held = subject;
        }
        Ok(())
    }
}

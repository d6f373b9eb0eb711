//! An OCSF event as it is written: the fields of API Activity and Authentication that anything here needs.

use crate::decode::fields::{Text, inside, text};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// An event.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) shape: Shape,
    pub(super) class: Text<'a>,
    pub(super) activity: Text<'a>,
    /// Milliseconds.
    pub(super) time: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) status_id: Text<'a>,
    pub(super) status_code: Text<'a>,
    /// Who did it: of an API call the actor's user, of an authentication the user itself.
    pub(super) actor: User<'a>,
    pub(super) user: User<'a>,
    pub(super) session: Session<'a>,
    pub(super) invoked_by: Text<'a>,
    pub(super) operation: Text<'a>,
    pub(super) service: Text<'a>,
    pub(super) error: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) provider: Text<'a>,
    pub(super) account: Text<'a>,
    pub(super) region: Text<'a>,
    pub(super) resource: Text<'a>,
    pub(super) protocol: Text<'a>,
}

/// A user.
#[derive(Debug, Default)]
pub(super) struct User<'a> {
    pub(super) id: Text<'a>,
    pub(super) other_id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) email: Text<'a>,
    pub(super) kind: Text<'a>,
    pub(super) credential: Text<'a>,
    pub(super) account: Text<'a>,
}

/// A session.
#[derive(Debug, Default)]
pub(super) struct Session<'a> {
    pub(super) id: Text<'a>,
    pub(super) issuer: Text<'a>,
    pub(super) credential: Text<'a>,
    pub(super) created: Text<'a>,
    pub(super) expires: Text<'a>,
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
            b"class_uid" => self.class = text(json)?,
            b"activity_id" => self.activity = text(json)?,
            b"time" => self.time = text(json)?,
            b"status_id" => self.status_id = text(json)?,
            b"status_code" => self.status_code = text(json)?,
            b"metadata" => self.id = inside(json, b"uid")?,
            b"actor" => json.object(|json, key| self.actor(json, key))?,
            b"user" => self.user = User::read(json)?,
            b"session" => self.session = Session::read(json)?,
            b"api" => json.object(|json, key| self.api(json, key))?,
            b"service" => {
                let service = inside(json, b"name")?;
                self.service = self.service.take().or(service);
            }
            b"src_endpoint" => self.address = inside(json, b"ip")?,
            b"http_request" => self.user_agent = inside(json, b"user_agent")?,
            b"cloud" => json.object(|json, key| self.cloud(json, key))?,
            b"resources" => json.array(|json| {
                let resource = resource(json)?;
                self.resource = self.resource.take().or(resource);
                Ok(())
            })?,
            b"auth_protocol" => self.protocol = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn actor(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user" => self.actor = User::read(json)?,
            b"session" => self.session = Session::read(json)?,
            b"invoked_by" => self.invoked_by = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn api(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"operation" => self.operation = text(json)?,
            b"service" => self.service = inside(json, b"name")?,
            b"response" => self.error = inside(json, b"error")?,
            b"request" if self.id.is_none() => self.id = inside(json, b"uid")?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn cloud(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"provider" => self.provider = text(json)?,
            b"region" => self.region = text(json)?,
            b"account" => self.account = inside(json, b"uid")?,
            b"project_uid" => {
                let project = text(json)?;
                self.account = self.account.take().or(project);
            }
            _ => json.skip()?,
        }
        Ok(())
    }
}

impl<'a> User<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut user = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"uid" => &mut user.id,
                b"uid_alt" => &mut user.other_id,
                b"name" => &mut user.name,
                b"email_addr" => &mut user.email,
                b"type_id" => &mut user.kind,
                b"credential_uid" => &mut user.credential,
                b"account" => {
                    user.account = inside(json, b"uid")?;
                    return Ok(());
                }
                _ => return json.skip(),
            };
            *field = text(json)?;
            Ok(())
        })?;
        Ok(user)
    }
}

impl<'a> Session<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut session = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"uid" => &mut session.id,
                b"issuer" => &mut session.issuer,
                b"credential_uid" => &mut session.credential,
                b"created_time" => &mut session.created,
                b"expiration_time" => &mut session.expires,
                _ => return json.skip(),
            };
            *field = text(json)?;
            Ok(())
        })?;
        Ok(session)
    }
}

/// A resource by its id, else by its name.
fn resource<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    let (mut id, mut name) = (None, None);
    json.object(|json, key| {
        match key {
            b"uid" => id = text(json)?,
            b"name" => name = text(json)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(id.or(name))
}

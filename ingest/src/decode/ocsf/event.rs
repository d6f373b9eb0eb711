//! An OCSF event as it is written: the fields of API Activity and Authentication that anything here needs, and what
//! `ambit normalize` writes beside them.

use ambit_schemas::EventTime;

use crate::decode::fields::{Text, inside, text};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};
use crate::record::Reason;

/// An event.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) shape: Shape,
    pub(super) class: Text<'a>,
    pub(super) activity: Text<'a>,
    /// Milliseconds.
    time: Text<'a>,
    pub(super) metadata: Metadata<'a>,
    pub(super) status_id: Text<'a>,
    pub(super) status_code: Text<'a>,
    pub(super) status_detail: Text<'a>,
    /// Who did it: of an API call the actor's user, of an authentication the user itself.
    pub(super) actor: User<'a>,
    pub(super) user: User<'a>,
    pub(super) session: Option<Session<'a>>,
    pub(super) actor_session: Session<'a>,
    pub(super) invoked_by: Text<'a>,
    pub(super) operation: Text<'a>,
    pub(super) service: Text<'a>,
    pub(super) error: Text<'a>,
    pub(super) address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) provider: Text<'a>,
    pub(super) account: Text<'a>,
    pub(super) region: Text<'a>,
    pub(super) resource: Resource<'a>,
    pub(super) protocol: Text<'a>,
    pub(super) model: Model<'a>,
    /// What had no other place, as it is written.
    pub(super) unmapped: Option<&'a str>,
}

/// What is said of the event itself.
#[derive(Debug, Default)]
pub(super) struct Metadata<'a> {
    pub(super) id: Text<'a>,
    pub(super) event_code: Text<'a>,
    pub(super) log_name: Text<'a>,
    pub(super) original_time: Text<'a>,
    pub(super) logged_time: Text<'a>,
    /// Whether Ambit made the event of a record.
    pub(super) is_own: bool,
}

/// A resource or an entity.
#[derive(Debug, Default)]
pub(super) struct Resource<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) kind: Text<'a>,
}

/// A model.
#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub(super) provider: Text<'a>,
    pub(super) name: Text<'a>,
}

/// A moment in milliseconds.
pub(super) fn millis(text: &Text<'_>) -> Option<EventTime> {
    text.as_deref()?.parse().ok().map(EventTime::from_millis)
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

    /// When it happened, to the millisecond.
    pub(super) fn time(&self) -> Result<EventTime, Reason> {
        let millis = self.time.as_deref().ok_or(Reason::Missing("time"))?;
        millis.parse().map(EventTime::from_millis).map_err(|_number| Reason::Unreadable("time"))
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"class_uid" => self.class = text(json)?,
            b"activity_id" => self.activity = text(json)?,
            b"time" => self.time = text(json)?,
            b"status_id" => self.status_id = text(json)?,
            b"status_code" => self.status_code = text(json)?,
            b"status_detail" => self.status_detail = text(json)?,
            b"metadata" => json.object(|json, key| self.metadata.member(json, key))?,
            b"actor" => json.object(|json, key| self.actor(json, key))?,
            b"user" => self.user = User::read(json)?,
            b"session" => self.session = Some(Session::read(json)?),
            b"api" => json.object(|json, key| self.api(json, key))?,
            b"service" => {
                let service = inside(json, b"name")?;
                self.service = self.service.take().or(service);
            }
            b"src_endpoint" => self.address = inside(json, b"ip")?,
            b"http_request" => self.user_agent = inside(json, b"user_agent")?,
            b"cloud" => json.object(|json, key| self.cloud(json, key))?,
            b"resources" => json.array(|json| {
                let resource = Resource::read(json)?;
                if self.resource.is_empty() {
                    self.resource = resource;
                }
                Ok(())
            })?,
            b"entity" => self.resource = Resource::read(json)?,
            b"auth_protocol" => self.protocol = text(json)?,
            b"ai_model" => self.model = Model::read(json)?,
            b"unmapped" => self.unmapped = json.raw()?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn actor(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user" => self.actor = User::read(json)?,
            b"session" => self.actor_session = Session::read(json)?,
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
            b"request" if self.metadata.id.is_none() => self.metadata.id = inside(json, b"uid")?,
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
    /// When its credential was issued, and when that expires.
    pub(super) fn times(&self) -> (Option<EventTime>, Option<EventTime>) {
        (millis(&self.created), millis(&self.expires))
    }

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

impl<'a> Resource<'a> {
    const fn is_empty(&self) -> bool {
        self.id.is_none() && self.name.is_none()
    }

    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut resource = Self::default();
        json.object(|json, key| {
            match key {
                b"uid" => resource.id = text(json)?,
                b"name" => resource.name = text(json)?,
                b"type" => resource.kind = text(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(resource)
    }
}

impl<'a> Model<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut model = Self::default();
        json.object(|json, key| {
            match key {
                b"ai_provider" => model.provider = text(json)?,
                b"name" => model.name = text(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(model)
    }
}

impl<'a> Metadata<'a> {
    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"uid" => self.id = text(json)?,
            b"event_code" => self.event_code = text(json)?,
            b"log_name" => self.log_name = text(json)?,
            b"original_time" => self.original_time = text(json)?,
            b"logged_time" => self.logged_time = text(json)?,
            b"transformation_info_list" => json.array(|json| {
                let by = inside(json, b"uid")?;
                self.is_own |= by.as_deref() == Some(super::own::UID);
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    }
}

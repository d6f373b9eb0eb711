//! An OCSF event as it is written: the fields of API Activity and Authentication that anything here needs, and what
//! `ambit normalize` writes beside them.

use ambit_schemas::EventTime;

use crate::decode::fields::{Text, inside, inside_into, text, text_into};
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
            b"class_uid" => text_into(json, &mut self.class)?,
            b"activity_id" => text_into(json, &mut self.activity)?,
            b"time" => text_into(json, &mut self.time)?,
            b"status_id" => text_into(json, &mut self.status_id)?,
            b"status_code" => text_into(json, &mut self.status_code)?,
            b"status_detail" => text_into(json, &mut self.status_detail)?,
            b"metadata" => json.object(|json, key| self.metadata.member(json, key))?,
            b"actor" => json.object(|json, key| self.actor(json, key))?,
            b"user" => self.user = User::read(json)?,
            b"session" => self.session = Some(Session::read(json)?),
            b"api" => json.object(|json, key| self.api(json, key))?,
            b"service" => {
                let service = inside(json, b"name")?;
                self.service = self.service.take().or(service);
            }
            b"src_endpoint" => inside_into(json, b"ip", &mut self.address)?,
            b"http_request" => inside_into(json, b"user_agent", &mut self.user_agent)?,
            b"cloud" => json.object(|json, key| self.cloud(json, key))?,
            b"resources" => json.array(|json| {
                let resource = Resource::read(json)?;
                if self.resource.is_empty() {
                    self.resource = resource;
                }
                Ok(())
            })?,
            b"entity" => self.resource = Resource::read(json)?,
            b"auth_protocol" => text_into(json, &mut self.protocol)?,
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
            b"invoked_by" => text_into(json, &mut self.invoked_by)?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn api(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"operation" => text_into(json, &mut self.operation)?,
            b"service" => inside_into(json, b"name", &mut self.service)?,
            b"response" => inside_into(json, b"error", &mut self.error)?,
            b"request" if self.metadata.id.is_none() => self.metadata.id = inside(json, b"uid")?,
            _ => json.skip()?,
        }
        Ok(())
    }

    fn cloud(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"provider" => text_into(json, &mut self.provider)?,
            b"region" => text_into(json, &mut self.region)?,
            b"account" => inside_into(json, b"uid", &mut self.account)?,
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
            text_into(json, field)
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
            text_into(json, field)
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
                b"uid" => text_into(json, &mut resource.id)?,
                b"name" => text_into(json, &mut resource.name)?,
                b"type" => text_into(json, &mut resource.kind)?,
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
                b"ai_provider" => text_into(json, &mut model.provider)?,
                b"name" => text_into(json, &mut model.name)?,
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
            b"uid" => text_into(json, &mut self.id)?,
            b"event_code" => text_into(json, &mut self.event_code)?,
            b"log_name" => text_into(json, &mut self.log_name)?,
            b"original_time" => text_into(json, &mut self.original_time)?,
            b"logged_time" => text_into(json, &mut self.logged_time)?,
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

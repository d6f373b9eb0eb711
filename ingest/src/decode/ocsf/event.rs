//! An OCSF event as it is written: the fields of API Activity and Authentication that anything here needs, and what
//! `ambit normalize` writes beside them.

use ambit_schemas::EventTime;

use crate::decode::fields::{Text, inside, inside_into, moment, text, text_into};
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
    /// The same as text.
    time_text: Text<'a>,
    pub(super) metadata: Metadata<'a>,
    pub(super) status_id: Text<'a>,
    pub(super) status: Text<'a>,
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
    /// The service that called, where it is named as the source.
    pub(super) domain: Text<'a>,
    /// What an API was asked for, as it is written: looked into for single members only.
    pub(super) request: Option<&'a str>,
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
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| self.member(json, key))?;
        json.end()
    }

    /// When it happened, to the millisecond.
    pub(super) fn time(&self) -> Result<EventTime, Reason> {
        match (self.time.as_deref(), self.time_text.as_deref()) {
            // Some writers have no integers.
            (Some(number), _) => {
                let millis = number.strip_suffix(".0").unwrap_or(number);
                millis.parse().map(EventTime::from_millis).map_err(|_number| Reason::Unreadable("time"))
            }
            (None, Some(text)) => moment(text).ok_or(Reason::Unreadable("time_dt")),
            (None, None) => Err(Reason::Missing("time")),
        }
    }

    /// A member of what an API was asked for: in the request itself, or in what had no other place.
    pub(super) fn asked(&self, name: &str) -> Text<'a> {
        let within = |object: &'a str| inside(&mut Json::of_text(object), name.as_bytes()).ok().flatten();
        let flat = ["requestParameters.", name].concat();
        let mut found = self.request.filter(|request| request.starts_with('{')).and_then(within);
        let unmapped = self.unmapped.unwrap_or("{}");
        let read = Json::of_text(unmapped).object(|json, key| match key {
            b"requestParameters" if found.is_none() => {
                found = inside(json, name.as_bytes())?;
                Ok(())
            }
            key if key == flat.as_bytes() => text_into(json, &mut found),
            _ => json.skip(),
        });
        read.ok().and(found)
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"class_uid" => {
                self.shape.add(const { Shape::of(b"class_uid") });
                text_into(json, &mut self.class)?;
            }
            b"activity_id" => text_into(json, &mut self.activity)?,
            b"time" => text_into(json, &mut self.time)?,
            b"time_dt" => text_into(json, &mut self.time_text)?,
            b"status" => text_into(json, &mut self.status)?,
            b"status_id" => text_into(json, &mut self.status_id)?,
            b"status_code" => text_into(json, &mut self.status_code)?,
            b"status_detail" => text_into(json, &mut self.status_detail)?,
            b"metadata" => {
                self.shape.add(const { Shape::of(b"metadata") });
                json.object(|json, key| self.metadata.member(json, key))?;
            }
            b"actor" => json.object(|json, key| self.actor(json, key))?,
            b"user" => self.user.read(json)?,
            b"session" => self.session.insert(Session::default()).read(json)?,
            b"api" => json.object(|json, key| self.api(json, key))?,
            b"service" => {
                let service = inside(json, b"name")?;
                self.service = self.service.take().or(service);
            }
            b"src_endpoint" => json.object(|json, key| match key {
                b"ip" => text_into(json, &mut self.address),
                b"domain" | b"svc_name" => text_into(json, &mut self.domain),
                _ => json.skip(),
            })?,
            b"http_request" => inside_into(json, b"user_agent", &mut self.user_agent)?,
            b"cloud" => json.object(|json, key| self.cloud(json, key))?,
            b"resources" => json.array(|json| {
                if self.resource.is_empty() {
                    return self.resource.read(json);
                }
                let mut resource = Resource::default();
                resource.read(json)?;
                if self.resource.is_bucket() && !resource.is_empty() && !resource.is_bucket() {
                    self.resource = resource;
                }
                Ok(())
            })?,
            b"entity" => self.resource.read(json)?,
            b"auth_protocol" => text_into(json, &mut self.protocol)?,
            b"ai_model" => self.model.read(json)?,
            b"unmapped" => self.unmapped = json.raw()?,
            _ => {
                self.shape.note(key);
                json.skip()?;
            }
        }
        Ok(())
    }

    fn actor(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"user" => self.actor.read(json)?,
            b"session" => self.actor_session.read(json)?,
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
            b"request" => json.object(|json, key| match key {
                b"uid" if self.metadata.id.is_none() => text_into(json, &mut self.metadata.id),
                b"data" => {
                    self.request = json.raw()?;
                    Ok(())
                }
                _ => json.skip(),
            })?,
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
    /// Reads who it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"uid" => &mut self.id,
                b"uid_alt" => &mut self.other_id,
                b"name" => &mut self.name,
                b"email_addr" => &mut self.email,
                b"type_id" => &mut self.kind,
                b"credential_uid" => &mut self.credential,
                b"account" => {
                    let account = inside(json, b"uid")?;
                    self.account = account.or(self.account.take());
                    return Ok(());
                }
                b"account_uid" if self.account.is_none() => &mut self.account,
                _ => return json.skip(),
            };
            text_into(json, field)
        })
    }
}

impl<'a> Session<'a> {
    /// When its credential was issued, and when that expires.
    pub(super) fn times(&self) -> (Option<EventTime>, Option<EventTime>) {
        (millis(&self.created), millis(&self.expires))
    }

    /// Reads which it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"uid" => &mut self.id,
                b"issuer" => &mut self.issuer,
                b"credential_uid" => &mut self.credential,
                b"created_time" => &mut self.created,
                b"expiration_time" => &mut self.expires,
                _ => return json.skip(),
            };
            text_into(json, field)
        })
    }
}

impl<'a> Resource<'a> {
    const fn is_empty(&self) -> bool {
        self.id.is_none() && self.name.is_none()
    }

    /// Whether it is merely where another resource of the same event lies.
    fn is_bucket(&self) -> bool {
        let tail = self.id.as_deref().and_then(|id| id.strip_prefix("arn:aws:s3:::"));
        self.kind.as_deref() == Some("AWS::S3::Bucket") || tail.is_some_and(|tail| !tail.contains('/'))
    }

    /// Reads what it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| match key {
            b"uid" => text_into(json, &mut self.id),
            b"name" => text_into(json, &mut self.name),
            b"type" => text_into(json, &mut self.kind),
            _ => json.skip(),
        })
    }
}

impl<'a> Model<'a> {
    /// Reads which it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| match key {
            b"ai_provider" => text_into(json, &mut self.provider),
            b"name" => text_into(json, &mut self.name),
            _ => json.skip(),
        })
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

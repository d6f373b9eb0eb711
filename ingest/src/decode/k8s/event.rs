//! An audit event as it is written: the fields that anything here needs, borrowed. Of objects in requests and responses
//! only the subjects of a binding, the identities that annotations name and the end of a token are looked at.

use super::annotation::Annotations;
use crate::decode::fields::{Text, first_into, inside, inside_into, last_into, text_into};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// An audit event.
#[derive(Debug, Default)]
pub(super) struct Event<'a> {
    pub(super) shape: Shape,
    pub(super) id: Text<'a>,
    pub(super) stage: Text<'a>,
    pub(super) uri: Text<'a>,
    pub(super) verb: Text<'a>,
    pub(super) user: User<'a>,
    pub(super) impersonated: User<'a>,
    pub(super) source_address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    pub(super) object: Object<'a>,
    /// `None` if the event has no status at all.
    pub(super) status: Option<Status<'a>>,
    pub(super) received: Text<'a>,
    pub(super) staged: Text<'a>,
    /// What the envelope of a wrapped event says.
    pub(super) enveloped: Text<'a>,
    pub(super) subjects: Vec<Subject<'a>>,
    pub(super) annotations: Annotations<'a>,
    pub(super) token_expires: Text<'a>,
    pub(super) issued_id: Text<'a>,
    pub(super) decision: Text<'a>,
    /// The event inside, where a cloud's log wrapped it, and the cloud's name of the cluster.
    pub(super) wrapped: Text<'a>,
    pub(super) cluster: Text<'a>,
    /// Whether it is a batch of events.
    pub(super) is_list: bool,
}

/// Who called.
#[derive(Debug, Default)]
pub(super) struct User<'a> {
    pub(super) name: Text<'a>,
    pub(super) credential: Text<'a>,
    pub(super) pod: Text<'a>,
    pub(super) access_key: Text<'a>,
    pub(super) arn: Text<'a>,
    pub(super) session: Text<'a>,
}

/// What was acted on.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) resource: Text<'a>,
    pub(super) subresource: Text<'a>,
    pub(super) namespace: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) group: Text<'a>,
}

/// How it ended.
#[derive(Debug, Default)]
pub(super) struct Status<'a> {
    pub(super) code: Text<'a>,
    pub(super) reason: Text<'a>,
    pub(super) word: Text<'a>,
}

/// Somebody whom a binding gives a role.
#[derive(Debug, Default)]
pub(super) struct Subject<'a> {
    pub(super) kind: Text<'a>,
    pub(super) namespace: Text<'a>,
    pub(super) name: Text<'a>,
}

impl<'a> Event<'a> {
    /// Reads an event to its end.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| self.member(json, key))?;
        json.end()
    }

    fn member(&mut self, json: &mut Json<'a>, key: &[u8]) -> Result<(), Fault> {
        match key {
            b"auditID" => {
                self.shape.add(const { Shape::of(b"auditID") });
                text_into(json, &mut self.id)?;
            }
            b"stage" => text_into(json, &mut self.stage)?,
            b"requestURI" => {
                self.shape.add(const { Shape::of(b"requestURI") });
                text_into(json, &mut self.uri)?;
            }
            b"verb" => {
                self.shape.add(const { Shape::of(b"verb") });
                text_into(json, &mut self.verb)?;
            }
            b"user" => self.user.read(json)?,
            b"impersonatedUser" => self.impersonated.read(json)?,
            // All but the last may be made up by who calls (X-Forwarded-For).
            b"sourceIPs" => last_into(json, &mut self.source_address)?,
            b"userAgent" => text_into(json, &mut self.user_agent)?,
            b"objectRef" => {
                self.shape.add(const { Shape::of(b"objectRef") });
                self.object.read(json)?;
            }
            b"responseStatus" if json.peek() == b'{' => self.status.insert(Status::default()).read(json)?,
            b"requestReceivedTimestamp" => text_into(json, &mut self.received)?,
            b"stageTimestamp" => text_into(json, &mut self.staged)?,
            b"requestObject" => self.read_request(json)?,
            b"responseObject" => self.read_response(json)?,
            b"annotations" => self.read_annotations(json)?,
            b"properties" => inside_into(json, b"log", &mut self.wrapped)?,
            b"items" => self.is_list = json.raw()?.is_some(),
            b"time" => text_into(json, &mut self.enveloped)?,
            b"resourceId" => {
                self.shape.add(const { Shape::of(b"resourceId") });
                text_into(json, &mut self.cluster)?;
            }
            _ if self.shape.note_with(key, json)? => {}
            _ => json.skip()?,
        }
        Ok(())
    }

    fn read_request(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        if json.peek() == b'[' {
            return json.array(|json| self.read_step(json));
        }
        self.read_object(json)
    }

    fn read_object(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"metadata" => self.annotations.read_metadata(json),
            b"subjects" => json.array(|json| self.read_subject(json)),
            _ => json.skip(),
        })
    }

    /// Reads a step of a JSON patch.
    fn read_step(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        let (mut operation, mut path, mut value) = (None, None, None);
        json.object(|json, key| {
            match key {
                b"op" => text_into(json, &mut operation)?,
                b"path" => text_into(json, &mut path)?,
                b"value" => {
                    value = Some(json.clone());
                    json.skip()?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let is_written = matches!(operation.as_deref(), Some("add" | "replace"));
        let Some(mut value) = value.filter(|_| is_written) else { return Ok(()) };
        // The path of the whole document is empty.
        let path = path.as_deref().unwrap_or_default();
        if path.is_empty() {
            return self.read_object(&mut value);
        }
        match path.strip_prefix("/subjects") {
            Some("") => value.array(|json| self.read_subject(json)),
            Some(index) if index.starts_with('/') => self.read_subject(&mut value),
            _ => self.annotations.read_change(path, &mut value),
        }
    }

    /// Reads whom a binding gives its role: as many as the record has, which is bounded itself.
    fn read_subject(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        self.subjects.push(Subject::read(json)?);
        Ok(())
    }

    /// The end of a token; the token stands beside it.
    fn read_response(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"status" if json.peek() == b'{' => {
                    self.token_expires = inside(json, b"expirationTimestamp")?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_annotations(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"authentication.kubernetes.io/issued-credential-id" => text_into(json, &mut self.issued_id)?,
                b"authorization.k8s.io/decision" => text_into(json, &mut self.decision)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> User<'a> {
    /// Reads who it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| match key {
            b"username" => text_into(json, &mut self.name),
            b"extra" => json.object(|json, key| {
                let field = match key {
                    b"authentication.kubernetes.io/credential-id"
                    | b"authentication_kubernetes_io_slash_credential-id" => &mut self.credential,
                    b"authentication.kubernetes.io/pod-name"
                    | b"authentication_kubernetes_io_slash_pod-name" => &mut self.pod,
                    b"accessKeyId" => &mut self.access_key,
                    b"canonicalArn" => &mut self.arn,
                    b"sessionName" => &mut self.session,
                    _ => return json.skip(),
                };
                first_into(json, field)
            }),
            _ => json.skip(),
        })
    }
}

impl<'a> Object<'a> {
    /// Reads what it is; what was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"resource" => &mut self.resource,
                b"subresource" => &mut self.subresource,
                b"namespace" => &mut self.namespace,
                b"name" => &mut self.name,
                b"apiGroup" => &mut self.group,
                _ => return json.skip(),
            };
            text_into(json, field)
        })
    }
}

impl<'a> Status<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            let field = match key {
                b"code" => &mut self.code,
                b"reason" => &mut self.reason,
                b"status" => &mut self.word,
                _ => return json.skip(),
            };
            text_into(json, field)
        })
    }
}

impl<'a> Subject<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut subject = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"kind" => &mut subject.kind,
                b"namespace" => &mut subject.namespace,
                b"name" => &mut subject.name,
                _ => return json.skip(),
            };
            text_into(json, field)
        })?;
        Ok(subject)
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

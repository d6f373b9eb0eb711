//! The shape of an audit line, as far as it is looked at. Everything borrows from the line.

use crate::decode::fields::{self, Text};
use crate::decode::format::Shape;
use crate::json::{Fault, Json};

/// A whole line.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) kind: Text<'a>,
    pub(super) time: Text<'a>,
    pub(super) auth: Auth<'a>,
    /// `None` if the line has no such object.
    pub(super) request: Option<Request<'a>>,
    pub(super) response: Response<'a>,
    pub(super) error: Text<'a>,
    pub(super) shape: Shape,
}

/// Who was or became authenticated.
#[derive(Debug, Default)]
pub(super) struct Auth<'a> {
    pub(super) accessor: Text<'a>,
    pub(super) display_name: Text<'a>,
    pub(super) entity_id: Text<'a>,
    pub(super) metadata: Metadata<'a>,
    /// The names as a JSON array.
    pub(super) policies: Option<&'a str>,
    pub(super) token_type: Text<'a>,
    pub(super) token_ttl_secs: Option<i64>,
    pub(super) token_issue_time: Text<'a>,
}

/// What an auth method says of the one who logged in.
#[derive(Debug, Default)]
pub(super) struct Metadata<'a> {
    pub(super) role_name: Text<'a>,
    pub(super) role: Text<'a>,
    pub(super) username: Text<'a>,
    pub(super) service_account_name: Text<'a>,
    pub(super) service_account_namespace: Text<'a>,
    /// The role of AWS, or the service account of Google Cloud, that logged in.
    pub(super) canonical_arn: Text<'a>,
    pub(super) service_account_email: Text<'a>,
}

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Request<'a> {
    pub(super) id: Text<'a>,
    pub(super) operation: Text<'a>,
    pub(super) mount_point: Text<'a>,
    pub(super) mount_type: Text<'a>,
    pub(super) path: Text<'a>,
    /// Whether the request came with a token; the token itself is not looked at.
    pub(super) has_token: bool,
    pub(super) client_token_accessor: Text<'a>,
    pub(super) namespace_id: Text<'a>,
    pub(super) namespace_path: Text<'a>,
    pub(super) remote_address: Text<'a>,
    pub(super) user_agent: Text<'a>,
    /// The accessor that a request to revoke or to look up names.
    pub(super) named_accessor: Text<'a>,
    /// The lease that a request to renew or to revoke names.
    pub(super) named_lease: Text<'a>,
}

/// What was given.
#[derive(Debug, Default)]
pub(super) struct Response<'a> {
    pub(super) auth: Option<Auth<'a>>,
    pub(super) mount_type: Text<'a>,
    pub(super) lease_id: Text<'a>,
    pub(super) wrap: Option<Wrap<'a>>,
    pub(super) data: Option<Data<'a>>,
}

/// A response that was put under a wrapping token.
#[derive(Debug, Default)]
pub(super) struct Wrap<'a> {
    pub(super) ttl_secs: Option<i64>,
    pub(super) accessor: Text<'a>,
    pub(super) wrapped_accessor: Text<'a>,
}

/// The few members of a response's data that are no secrets.
#[derive(Debug, Default)]
pub(super) struct Data<'a> {
    members: usize,
    has_error: bool,
    pub(super) status_code: Option<i64>,
    pub(super) expiration_secs: Option<i64>,
    pub(super) ttl_secs: Option<i64>,
    pub(super) secret_id_accessor: Text<'a>,
    pub(super) secret_id_ttl_secs: Option<i64>,
}

impl Data<'_> {
    /// The server tells its own error responses by this.
    pub(super) const fn is_error(&self) -> bool {
        self.has_error && self.members == 1
    }
}

impl<'a> Line<'a> {
    /// Reads a line to its end.
    pub(super) fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"type" => {
                    self.shape.add(const { Shape::of(b"type") });
                    text_into(json, &mut self.kind)?;
                }
                b"time" => text_into(json, &mut self.time)?,
                b"error" => text_into(json, &mut self.error)?,
                b"auth" => self.auth.read(json)?,
                b"request" if json.peek() == b'{' => {
                    self.shape.add(const { Shape::of(b"request") });
                    self.request.insert(Request::default()).read(json)?;
                }
                b"response" => self.response.read(json)?,
                _ => {
                    self.shape.note(key);
                    json.skip()?;
                }
            }
            Ok(())
        })?;
        json.end()
    }
}

impl<'a> Auth<'a> {
    /// What was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            match key {
                b"accessor" => text_into(json, &mut self.accessor)?,
                b"display_name" => text_into(json, &mut self.display_name)?,
                b"entity_id" => text_into(json, &mut self.entity_id)?,
                b"metadata" => self.metadata.read(json)?,
                b"policies" => self.policies = json.raw()?,
                b"token_type" => text_into(json, &mut self.token_type)?,
                b"token_ttl" => self.token_ttl_secs = number(json)?,
                b"token_issue_time" => text_into(json, &mut self.token_issue_time)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> Metadata<'a> {
    /// What was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"role_name" => &mut self.role_name,
                b"role" => &mut self.role,
                b"username" => &mut self.username,
                b"service_account_name" => &mut self.service_account_name,
                b"service_account_namespace" => &mut self.service_account_namespace,
                b"canonical_arn" => &mut self.canonical_arn,
                b"service_account_email" => &mut self.service_account_email,
                _ => return json.skip(),
            };
            text_into(json, field)
        })
    }
}

impl<'a> Request<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"id" => text_into(json, &mut self.id)?,
                b"operation" => text_into(json, &mut self.operation)?,
                b"mount_point" => text_into(json, &mut self.mount_point)?,
                b"mount_type" => text_into(json, &mut self.mount_type)?,
                b"path" => text_into(json, &mut self.path)?,
                b"client_token" => self.has_token = json.raw()?.is_some_and(|raw| raw != "\"\""),
                b"client_token_accessor" => text_into(json, &mut self.client_token_accessor)?,
                b"remote_address" => text_into(json, &mut self.remote_address)?,
                b"namespace" => self.read_namespace(json)?,
                b"headers" => self.read_headers(json)?,
                b"data" => self.read_data(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_namespace(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"id" => text_into(json, &mut self.namespace_id)?,
                b"path" => text_into(json, &mut self.namespace_path)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_headers(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            if !key.eq_ignore_ascii_case(b"user-agent") {
                return json.skip();
            }
            json.array(|json| text_into(json, &mut self.user_agent))
        })
    }

    fn read_data(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"accessor" => text_into(json, &mut self.named_accessor)?,
                b"lease_id" => text_into(json, &mut self.named_lease)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> Response<'a> {
    /// What was read before is forgotten.
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        *self = Self::default();
        json.object(|json, key| {
            match key {
                b"auth" if json.peek() == b'{' => self.auth.insert(Auth::default()).read(json)?,
                b"mount_type" => text_into(json, &mut self.mount_type)?,
                b"secret" => self.read_secret(json)?,
                b"wrap_info" if json.peek() == b'{' => self.wrap.insert(Wrap::default()).read(json)?,
                b"data" if json.peek() == b'{' => self.data.insert(Data::default()).read(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }

    fn read_secret(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"lease_id" => text_into(json, &mut self.lease_id),
            _ => json.skip(),
        })
    }
}

impl<'a> Wrap<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"ttl" => self.ttl_secs = number(json)?,
                b"accessor" => text_into(json, &mut self.accessor)?,
                b"wrapped_accessor" => text_into(json, &mut self.wrapped_accessor)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> Data<'a> {
    fn read(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            self.members += 1;
            match key {
                b"error" => {
                    self.has_error = json.raw()?.is_some();
                }
                b"http_status_code" => self.status_code = number(json)?,
                b"expiration" => self.expiration_secs = number(json)?,
                b"ttl" => self.ttl_secs = number(json)?,
                b"secret_id_accessor" => text_into(json, &mut self.secret_id_accessor)?,
                b"secret_id_ttl" => self.secret_id_ttl_secs = number(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

/// A string that is not empty, where it shall stand. Other values are none: the log never gives them here.
fn text_into<'a>(json: &mut Json<'a>, into: &mut Text<'a>) -> Result<(), Fault> {
    if json.peek() != b'"' {
        *into = None;
        return json.skip();
    }
    fields::text_into(json, into)
}

/// A number, as a number.
fn number(json: &mut Json<'_>) -> Result<Option<i64>, Fault> {
    Ok(json.raw()?.and_then(|raw| raw.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::format::tests::check_shape;

    #[test]
    fn every_key_that_tells_a_shape_is_noted() {
        check_shape(|json| {
            let mut read = Line::default();
            read.read(json).unwrap();
            read.shape
        });
    }
}

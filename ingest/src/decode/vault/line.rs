//! The shape of an audit line, as far as it is looked at. Everything borrows from the line.

use std::borrow::Cow;

use crate::decode::format::Shape;
use crate::json::{Fault, Json};

type Text<'a> = Option<Cow<'a, str>>;

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
    pub(super) fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut line = Self::default();
        json.object(|json, key| {
            line.shape.note(key);
            match key {
                b"type" => line.kind = text(json)?,
                b"time" => line.time = text(json)?,
                b"error" => line.error = text(json)?,
                b"auth" => line.auth = Auth::read(json)?,
                b"request" if json.peek() == b'{' => line.request = Some(Request::read(json)?),
                b"response" => line.response = Response::read(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        json.end()?;
        Ok(line)
    }
}

impl<'a> Auth<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut auth = Self::default();
        json.object(|json, key| {
            match key {
                b"accessor" => auth.accessor = text(json)?,
                b"display_name" => auth.display_name = text(json)?,
                b"entity_id" => auth.entity_id = text(json)?,
                b"metadata" => auth.metadata = Metadata::read(json)?,
                b"policies" => auth.policies = json.raw()?,
                b"token_type" => auth.token_type = text(json)?,
                b"token_ttl" => auth.token_ttl_secs = number(json)?,
                b"token_issue_time" => auth.token_issue_time = text(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(auth)
    }
}

impl<'a> Metadata<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut metadata = Self::default();
        json.object(|json, key| {
            let field = match key {
                b"role_name" => &mut metadata.role_name,
                b"role" => &mut metadata.role,
                b"username" => &mut metadata.username,
                b"service_account_name" => &mut metadata.service_account_name,
                b"service_account_namespace" => &mut metadata.service_account_namespace,
                b"canonical_arn" => &mut metadata.canonical_arn,
                b"service_account_email" => &mut metadata.service_account_email,
                _ => return json.skip(),
            };
            *field = text(json)?;
            Ok(())
        })?;
        Ok(metadata)
    }
}

impl<'a> Request<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut request = Self::default();
        json.object(|json, key| {
            match key {
                b"id" => request.id = text(json)?,
                b"operation" => request.operation = text(json)?,
                b"mount_point" => request.mount_point = text(json)?,
                b"mount_type" => request.mount_type = text(json)?,
                b"path" => request.path = text(json)?,
                b"client_token" => request.has_token = json.raw()?.is_some_and(|raw| raw != "\"\""),
                b"client_token_accessor" => request.client_token_accessor = text(json)?,
                b"remote_address" => request.remote_address = text(json)?,
                b"namespace" => request.read_namespace(json)?,
                b"headers" => request.read_headers(json)?,
                b"data" => request.read_data(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(request)
    }

    fn read_namespace(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"id" => self.namespace_id = text(json)?,
                b"path" => self.namespace_path = text(json)?,
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
            json.array(|json| {
                self.user_agent = text(json)?;
                Ok(())
            })
        })
    }

    fn read_data(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| {
            match key {
                b"accessor" => self.named_accessor = text(json)?,
                b"lease_id" => self.named_lease = text(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })
    }
}

impl<'a> Response<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut response = Self::default();
        json.object(|json, key| {
            match key {
                b"auth" if json.peek() == b'{' => response.auth = Some(Auth::read(json)?),
                b"mount_type" => response.mount_type = text(json)?,
                b"secret" => response.read_secret(json)?,
                b"wrap_info" if json.peek() == b'{' => response.wrap = Some(Wrap::read(json)?),
                b"data" if json.peek() == b'{' => response.data = Some(Data::read(json)?),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(response)
    }

    fn read_secret(&mut self, json: &mut Json<'a>) -> Result<(), Fault> {
        json.object(|json, key| match key {
            b"lease_id" => {
                self.lease_id = text(json)?;
                Ok(())
            }
            _ => json.skip(),
        })
    }
}

impl<'a> Wrap<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut wrap = Self::default();
        json.object(|json, key| {
            match key {
                b"ttl" => wrap.ttl_secs = number(json)?,
                b"accessor" => wrap.accessor = text(json)?,
                b"wrapped_accessor" => wrap.wrapped_accessor = text(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(wrap)
    }
}

impl<'a> Data<'a> {
    fn read(json: &mut Json<'a>) -> Result<Self, Fault> {
        let mut data = Self::default();
        json.object(|json, key| {
            data.members += 1;
            match key {
                b"error" => {
                    data.has_error = json.raw()?.is_some();
                }
                b"http_status_code" => data.status_code = number(json)?,
                b"expiration" => data.expiration_secs = number(json)?,
                b"ttl" => data.ttl_secs = number(json)?,
                b"secret_id_accessor" => data.secret_id_accessor = text(json)?,
                b"secret_id_ttl" => data.secret_id_ttl_secs = number(json)?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(data)
    }
}

/// A string that is not empty. Other values are none: the log never gives them here.
fn text<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    if json.peek() != b'"' {
        json.skip()?;
        return Ok(None);
    }
    Ok(json.text()?.filter(|text| !text.is_empty()))
}

/// A number, as a number.
fn number(json: &mut Json<'_>) -> Result<Option<i64>, Fault> {
    Ok(json.raw()?.and_then(|raw| raw.parse().ok()))
}

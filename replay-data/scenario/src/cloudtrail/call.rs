//! One API call, before anybody makes it.

use crate::json::{Json, map, text};

/// A refusal or a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `AccessDenied`, `ThrottlingException`.
    pub code: &'static str,
    /// The sentence beside it.
    pub message: String,
}

/// An API call: what is asked of which service, and what comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The service as in `eventSource`, without the domain.
    pub service: &'static str,
    /// The host in front of `.<region>.amazonaws.com`, where it is not the service.
    pub host: Option<String>,
    /// The action.
    pub name: &'static str,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Whether it is a data event.
    pub data: bool,
    /// `requestParameters`.
    pub request: Json,
    /// `responseElements`.
    pub response: Json,
    /// `additionalEventData`.
    pub additional: Json,
    /// `resources`.
    pub resources: Vec<Json>,
    /// Why it did not succeed.
    pub fault: Option<Fault>,
    /// The service that calls for the identity.
    pub invoked_by: Option<&'static str>,
}

impl Call {
    /// A call that changes nothing.
    pub fn read(service: &'static str, name: &'static str) -> Self {
        Self {
            service,
            host: None,
            name,
            read_only: true,
            data: false,
            request: Json::Null,
            response: Json::Null,
            additional: Json::Null,
            resources: Vec::new(),
            fault: None,
            invoked_by: None,
        }
    }

    /// A call that changes something.
    pub fn write(service: &'static str, name: &'static str) -> Self {
        Self { read_only: false, ..Self::read(service, name) }
    }

    /// With these parameters.
    #[must_use]
    pub fn asking<const N: usize>(mut self, fields: [(&str, Json); N]) -> Self {
        self.request = map(fields);
        self
    }

    /// With this answer.
    #[must_use]
    pub fn answering<const N: usize>(mut self, fields: [(&str, Json); N]) -> Self {
        self.response = map(fields);
        self
    }

    /// On this resource.
    #[must_use]
    pub fn on(mut self, account: &str, kind: &str, arn: impl Into<String>) -> Self {
        let resource =
            map([("accountId", text(account)), ("type", text(kind)), ("ARN", Json::Text(arn.into()))]);
        self.resources.push(resource);
        self
    }

    /// Refused for want of permission.
    #[must_use]
    pub fn denied(mut self, message: impl Into<String>) -> Self {
        self.fault = Some(Fault { code: "AccessDenied", message: message.into() });
        self.response = Json::Null;
        self
    }

    /// Refused because there were too many; the client tries again.
    #[must_use]
    pub fn throttled(mut self) -> Self {
        let message = "Too many requests, please wait before trying again.".into();
        self.fault = Some(Fault { code: "ThrottlingException", message });
        self.response = Json::Null;
        self
    }

    /// Made by a service for the identity.
    #[must_use]
    pub const fn through(mut self, service: &'static str) -> Self {
        self.invoked_by = Some(service);
        self
    }
}

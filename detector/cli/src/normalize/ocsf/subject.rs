//! Who did it, to whom, and on what.

use ambit_schemas::vocabulary::PrincipalKind;
use ambit_schemas::{EventRow, EventTime};

use super::class::{Class, is_identity};
use crate::ocsf::json::{Json, known, object};

/// The attributes of a class that say who and what.
pub(super) fn fields<'a>(row: &EventRow<'a>, class: Class) -> Vec<(&'a str, Json<'a>)> {
    let mut fields = vec![("actor", actor(row))];
    match class {
        Class::ApiActivity => {
            if let Some(resource) = resource(row) {
                fields.push(("resources", Json::Array(vec![resource])));
            }
            if names_model(row) {
                fields.push(("ai_model", model(row)));
            }
        }
        Class::Authentication => {
            fields.push(("user", user(row)));
            fields.extend(row.session.map(|session| ("session", object([("uid", session.into())]))));
            fields.extend(token(row).map(|token| ("authentication_token", token)));
            if let Some(method) = row.auth_method {
                let id = protocol_id(method);
                fields.extend([("auth_protocol", method.into()), ("auth_protocol_id", id.into())]);
            }
        }
        Class::AuthorizeSession => {
            let privilege = row.resource.unwrap_or(row.action);
            let session = known([
                ("uid", row.issued_credential.into()),
                ("expiration_time", row.issued_expires_at.map(EventTime::millis).into()),
            ]);
            fields.push(("user", user(row)));
            fields.push(("privileges", Json::Array(vec![privilege.into()])));
            fields.extend(row.issued_credential.map(|_| ("session", session)));
        }
        Class::UserAccess => {
            fields.push(("user", target(row).unwrap_or_else(|| nobody(row))));
            // Which privilege it was, an event does not keep; the operation does say what kind.
            fields.push(("privileges", Json::Array(vec![row.action.into()])));
            fields.extend(resource(row).map(|resource| ("resources", Json::Array(vec![resource]))));
        }
        Class::AccountChange => {
            fields.push(("user", target(row).unwrap_or_else(|| user(row))));
        }
        Class::EntityManagement => fields.push(("entity", entity(row))),
    }
    fields
}

fn actor<'a>(row: &EventRow<'a>) -> Json<'a> {
    let unused = row.principal.is_none();
    let session = known([
        ("uid", row.session.into()),
        ("credential_uid", row.credential.filter(|_| unused).into()),
        ("created_time", row.credential_issued_at.map(EventTime::millis).into()),
        ("expiration_time", row.credential_expires_at.map(EventTime::millis).into()),
    ]);
    let is_session = matches!(&session, Json::Object(fields) if !fields.is_empty());
    known([
        ("user", user(row)),
        ("session", is_session.then_some(session).into()),
        ("invoked_by", row.via_service.into()),
    ])
}

/// Who acted.
fn user<'a>(row: &EventRow<'a>) -> Json<'a> {
    let Some(principal) = row.principal else { return nobody(row) };
    let (type_id, kind) = match row.principal_kind {
        Some(PrincipalKind::Human | PrincipalKind::User) => (1, "User"),
        Some(PrincipalKind::Root) => (2, "Admin"),
        // Behind a role stands anybody.
        Some(PrincipalKind::Role) => (99, "Role"),
        Some(_) => (4, "Service"),
        None => (0, "Unknown"),
    };
    known([
        ("uid", principal.into()),
        ("name", short(principal).into()),
        ("uid_alt", row.principal_alias.into()),
        ("type_id", type_id.into()),
        ("type", kind.into()),
        ("credential_uid", row.credential.into()),
    ])
}

/// The name within an ARN, else the whole.
fn short(principal: &str) -> &str {
    let name = principal.strip_prefix("arn:").and_then(|arn| arn.rsplit(['/', ':']).next());
    name.filter(|name| !name.is_empty()).unwrap_or(principal)
}

/// OCSF wants a user even where the log names none: the account in which it happened, then.
fn nobody<'a>(row: &EventRow<'a>) -> Json<'a> {
    let account = match row.account {
        Some(account) => ("uid", account.into()),
        None => ("name", super::NOWHERE.into()),
    };
    object([("type_id", 0.into()), ("type", "Unknown".into()), ("account", object([account]))])
}

/// The identity that was acted on.
fn target<'a>(row: &EventRow<'a>) -> Option<Json<'a>> {
    if !is_identity(row) {
        return None;
    }
    Some(known([("uid", row.resource.into()), ("name", row.target_workload.into())]))
}

fn resource<'a>(row: &EventRow<'a>) -> Option<Json<'a>> {
    let resource = row.resource?;
    Some(known([("uid", resource.into()), ("type", row.resource_kind.into())]))
}

fn entity<'a>(row: &EventRow<'a>) -> Json<'a> {
    let kind = row.resource_kind.map(|_| 99);
    known([
        ("uid", row.resource.into()),
        ("name", row.target_workload.into()),
        ("type", row.resource_kind.into()),
        ("type_id", kind.into()),
    ])
}

/// What was handed out.
fn token<'a>(row: &EventRow<'a>) -> Option<Json<'a>> {
    let issued = row.issued_credential?;
    Some(known([
        ("uid", issued.into()),
        ("type_id", 99.into()),
        ("type", row.issued_kind.map_or("Other", |kind| kind.as_str()).into()),
        ("expiration_time", row.issued_expires_at.map(EventTime::millis).into()),
    ]))
}

/// The number of a protocol that OCSF knows under this very name.
fn protocol_id(method: &str) -> u32 {
    match method {
        "Kerberos" => 2,
        "OpenID" => 4,
        "SAML" => 5,
        "LDAP" => 12,
        _ => 99,
    }
}

/// Whether the event tells enough of a model.
pub(super) const fn names_model(row: &EventRow<'_>) -> bool {
    row.model.is_some() && row.model_provider.is_some()
}

fn model<'a>(row: &EventRow<'a>) -> Json<'a> {
    known([("ai_provider", row.model_provider.into()), ("name", row.model.into())])
}

//! The role behind a session's ARN.

use std::borrow::Cow;

use ambit_schemas::vocabulary::PrincipalKind;

use super::pieces::{cut, pieces};
use super::text::behind_colons;

/// An ARN as a principal: of a session its role, whose name alone is stable, and the session's name.
pub(super) fn principal(arn: &str) -> (Cow<'_, str>, Option<PrincipalKind>, Option<&str>) {
    let tail = behind_colons(arn, 4).and_then(|tail| cut(tail, b':'));
    let Some((account, tail)) = tail else { return (Cow::Borrowed(arn), None, None) };
    let partition = pieces(arn, b':').nth(1).unwrap_or("aws");
    match cut(tail, b'/') {
        Some(("assumed-role", rest)) => {
            let (role, session) = cut(rest, b'/').unwrap_or((rest, ""));
            let kind = if role.starts_with("AWSServiceRoleFor") {
                PrincipalKind::Service
            } else if role.starts_with("AWSReservedSSO_") {
                PrincipalKind::Human
            } else {
                PrincipalKind::Role
            };
            let role = Cow::Owned(format!("arn:{partition}:iam::{account}:role/{role}"));
            (role, Some(kind), Some(session).filter(|session| !session.is_empty()))
        }
        Some(("role", _)) => (Cow::Borrowed(arn), Some(PrincipalKind::Role), None),
        Some(("user" | "federated-user", _)) => (Cow::Borrowed(arn), Some(PrincipalKind::User), None),
        _ if tail == "root" => (Cow::Borrowed(arn), Some(PrincipalKind::Root), None),
        _ => (Cow::Borrowed(arn), None, None),
    }
}

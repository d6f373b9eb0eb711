//! The role behind a session's ARN.

use std::borrow::Cow;

use ambit_schemas::vocabulary::PrincipalKind;

use super::pieces::{cut, pieces};
use super::text::behind_colons;

/// What only AWS's own access portal and its services have before the name of a role. The name itself anybody may give, and
/// the ARN of a session has no path.
const PATHS: &[(&str, PrincipalKind)] = &[
    ("aws-reserved/sso.amazonaws.com/", PrincipalKind::Human),
    ("aws-service-role/", PrincipalKind::Service),
];

/// Whose a role is by its path and name, if it is AWS's own.
pub(super) fn own_role(path: &str) -> Option<PrincipalKind> {
    PATHS.iter().find(|(own, _)| path.starts_with(own)).map(|(_, kind)| *kind)
}

/// An ARN as a principal: of a session its role, whose name alone is stable, and the session's name.
pub(super) fn principal(arn: &str) -> (Cow<'_, str>, Option<PrincipalKind>, Option<&str>) {
    let tail = behind_colons(arn, 4).and_then(|tail| cut(tail, b':'));
    let Some((account, tail)) = tail else { return (Cow::Borrowed(arn), None, None) };
    let partition = pieces(arn, b':').nth(1).unwrap_or("aws");
    match cut(tail, b'/') {
        Some(("assumed-role", rest)) => {
            let (role, session) = cut(rest, b'/').unwrap_or((rest, ""));
            let role = Cow::Owned(format!("arn:{partition}:iam::{account}:role/{role}"));
            (role, Some(PrincipalKind::Role), Some(session).filter(|session| !session.is_empty()))
        }
        Some(("role", role)) => (Cow::Borrowed(arn), own_role(role).or(Some(PrincipalKind::Role)), None),
        Some(("user" | "federated-user", _)) => (Cow::Borrowed(arn), Some(PrincipalKind::User), None),
        _ if tail == "root" => (Cow::Borrowed(arn), Some(PrincipalKind::Root), None),
        _ => (Cow::Borrowed(arn), None, None),
    }
}

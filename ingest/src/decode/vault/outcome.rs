//! How a request ended.

use ambit_schemas::vocabulary::{ActionClass, Outcome};

use super::actions::{self, Meaning};
use super::line::{Data, Line, Response};

/// The outcome and the code of the error. A request line does not know how it will end, even where it names an error
/// already: its response says so again.
pub(super) fn outcome(
    line: &Line<'_>,
    is_request: bool,
    meaning: Meaning,
) -> (Outcome, Option<&'static str>) {
    if let Some(error) = &line.error {
        let (code, outcome) = actions::error(error);
        return (if is_request { Outcome::Unknown } else { outcome }, Some(code));
    }
    if is_request {
        return (Outcome::Unknown, None);
    }
    match failure(&line.response, meaning) {
        Some((outcome, code)) => (outcome, Some(code)),
        None => (Outcome::Success, None),
    }
}

/// Failures that are no error to the audit log: an error response, an HTTP status, a secret that is not there.
fn failure(response: &Response<'_>, meaning: Meaning) -> Option<(Outcome, &'static str)> {
    let data = response.data.as_ref();
    if data.is_some_and(Data::is_error) {
        return Some((Outcome::Failure, "error_response"));
    }
    match data.and_then(|data| data.status_code) {
        Some(403) => return Some((Outcome::Denied, "permission_denied")),
        Some(404) => return Some((Outcome::Failure, "not_found")),
        Some(400..) => return Some((Outcome::Failure, "http_error")),
        _ => {}
    }
    let empty = data.is_none() && response.wrap.is_none() && response.auth.is_none();
    (empty && meaning.class == ActionClass::SecretRead).then_some((Outcome::Failure, "not_found"))
}

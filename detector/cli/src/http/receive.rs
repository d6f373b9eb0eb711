//! What is sent to the daemon: OTLP, Kubernetes audit webhooks, any records. A sender hears 200 when its events are on
//! disk, and 429 or 503 when it should come again.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::App;
use crate::source::{Answer, Post, Receiver};

/// How long a sender waits for the disk, and we for its body.
const PATIENCE: Duration = Duration::from_secs(30);
/// When to come again, in seconds.
const AGAIN_SECS: &str = "2";

/// `POST /ingest/NAME` and `POST /k8s/audit/NAME`.
pub(super) async fn records(
    State(app): State<Arc<App>>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = take(&app, Some(&source), &headers, body).await;
    finish(&app, "/ingest", answer, |rows, rejected| json!({ "accepted": rows, "rejected": rejected }))
}

/// `POST /v1/traces`.
pub(super) async fn traces(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, app.otlp.as_deref(), &headers, body).await;
    finish(&app, "/v1/traces", answer, |_, rejected| partial("rejectedSpans", rejected))
}

/// `POST /v1/logs`.
pub(super) async fn logs(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, app.otlp.as_deref(), &headers, body).await;
    finish(&app, "/v1/logs", answer, |_, rejected| partial("rejectedLogRecords", rejected))
}

/// OTLP's own words for what was not taken; nothing where all was.
fn partial(what: &str, rejected: u64) -> Value {
    if rejected == 0 { json!({}) } else { json!({ "partialSuccess": { what: rejected } }) }
}

/// Why a request is not taken.
struct Refusal {
    code: StatusCode,
    why: String,
}

fn refusal(code: StatusCode, why: impl Into<String>) -> Refusal {
    Refusal { code, why: why.into() }
}

async fn take(app: &App, source: Option<&str>, headers: &HeaderMap, body: Body) -> Result<Answer, Refusal> {
    let receiver = source.and_then(|source| app.receivers.get(source));
    let receiver = receiver
        .ok_or_else(|| refusal(StatusCode::NOT_FOUND, "no source of the configuration takes this"))?;
    if !receiver.admits(bearer(headers)) {
        return Err(refusal(
            StatusCode::UNAUTHORIZED,
            "show the token of this source: `authorization: bearer …`",
        ));
    }
    check_type(headers)?;
    let busy = || refusal(StatusCode::TOO_MANY_REQUESTS, "too much at once; come again");
    let _permit = app.bodies.try_acquire().map_err(|_closed| busy())?;
    if receiver.is_full() {
        return Err(busy());
    }
    let too_long = || refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {} bytes", app.body_bytes));
    let slow = |_slow| refusal(StatusCode::REQUEST_TIMEOUT, "the body came too slowly");
    let body = tokio::time::timeout(PATIENCE, to_bytes(body, app.body_bytes)).await.map_err(slow)?;
    let body = body.map_err(|_cut| too_long())?;
    let body = match headers.get(header::CONTENT_ENCODING).map(header::HeaderValue::as_bytes) {
        None | Some(b"identity" | b"") => body.to_vec(),
        Some(b"gzip") => unpack(&body, app.body_bytes)?.ok_or_else(too_long)?,
        Some(_) => return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it plain or as gzip")),
    };
    hand_on(receiver, body).await
}

async fn hand_on(receiver: &Receiver, body: Vec<u8>) -> Result<Answer, Refusal> {
    let (answer, answered) = oneshot::channel();
    receiver.posts.try_send(Post { body, answer }).map_err(|error| match error {
        TrySendError::Full(_) => refusal(StatusCode::TOO_MANY_REQUESTS, "too much at once; come again"),
        TrySendError::Disconnected(_) => refusal(StatusCode::SERVICE_UNAVAILABLE, "the daemon is ending"),
    })?;
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        _ => Err(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            "it is not known whether it was taken; send it again",
        )),
    }
}

/// JSON in any dress is taken. Protobuf is told apart by its type, and is where OTLP's binary form would be decoded.
fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-protobuf") {
        return Err(refusal(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send OTLP as JSON: `OTEL_EXPORTER_OTLP_PROTOCOL=http/json`",
        ));
    }
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Decompresses a body; `None` if it would be longer than the limit.
fn unpack(body: &[u8], most: usize) -> Result<Option<Vec<u8>>, Refusal> {
    let mut unpacked = Vec::new();
    let mut limited = MultiGzDecoder::new(body).take(most as u64 + 1);
    limited
        .read_to_end(&mut unpacked)
        .map_err(|_broken| refusal(StatusCode::BAD_REQUEST, "the body is no whole gzip stream"))?;
    Ok((unpacked.len() <= most).then_some(unpacked))
}

fn finish(
    app: &App,
    path: &str,
    answer: Result<Answer, Refusal>,
    taken: impl FnOnce(u64, u64) -> Value,
) -> Response {
    let (code, body) = match answer {
        Ok(Answer::Taken { rows: 0, ignored: 0, rejected, reason: Some(reason) }) => {
            (StatusCode::BAD_REQUEST, json!({ "rejected": rejected, "message": reason }))
        }
        Ok(Answer::Taken { rows, rejected, .. }) => (StatusCode::OK, taken(rows, rejected)),
        Ok(Answer::Failed(why)) => (StatusCode::SERVICE_UNAVAILABLE, json!({ "message": why })),
        Err(Refusal { code, why }) => (code, json!({ "message": why })),
    };
    app.metrics.outside.requests.with_label_values(&[path, code.as_str()]).inc();
    let mut response = (code, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if matches!(code, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(AGAIN_SECS));
    }
    response
}

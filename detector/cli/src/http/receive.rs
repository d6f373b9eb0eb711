//! What is sent to the daemon: OTLP, Kubernetes audit webhooks, any records. A sender hears 200 when its events are on
//! disk, and 429 or 503 when it should come again.

use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use std::time::Duration;

use ambit_ingest::Signal;
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
const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

/// `POST /ingest/NAME` and `POST /k8s/audit/NAME`.
pub(super) async fn records(
    State(app): State<Arc<App>>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = take(&app, (Some(&source), None), &headers, body).await;
    let taken = |rows, rejected| as_json(&json!({ "accepted": rows, "rejected": rejected }));
    finish(&app, "/ingest", answer, taken)
}

/// `POST /v1/traces`.
pub(super) async fn traces(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, (app.otlp.as_deref(), Some(Signal::Traces)), &headers, body).await;
    finish(&app, "/v1/traces", answer, |_, rejected| partial("rejectedSpans", rejected, &headers))
}

/// `POST /v1/logs`.
pub(super) async fn logs(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, (app.otlp.as_deref(), Some(Signal::Logs)), &headers, body).await;
    finish(&app, "/v1/logs", answer, |_, rejected| partial("rejectedLogRecords", rejected, &headers))
}

/// A body, and what it is.
type Dressed = (&'static str, Vec<u8>);

fn as_json(value: &Value) -> Dressed {
    (JSON, value.to_string().into_bytes())
}

/// OTLP's own words for what was not taken, in the form in which it was sent; nothing where all was.
fn partial(what: &str, rejected: u64, headers: &HeaderMap) -> Dressed {
    if !is_protobuf(headers) {
        let all = if rejected == 0 { json!({}) } else { json!({ "partialSuccess": { what: rejected } }) };
        return as_json(&all);
    }
    // Of both answers field 1 is the partial success, and of that field 1 is the number.
    let mut inner = vec![0x08];
    let mut rest = rejected;
    while rest >= 0x80 {
        inner.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    inner.push(u8::try_from(rest).unwrap_or(0));
    let length = u8::try_from(inner.len()).unwrap_or(0);
    (PROTOBUF, if rejected == 0 { Vec::new() } else { [&[0x0a, length][..], &inner].concat() })
}

/// Why a request is not taken.
struct Refusal {
    code: StatusCode,
    why: String,
}

fn refusal(code: StatusCode, why: impl Into<String>) -> Refusal {
    Refusal { code, why: why.into() }
}

async fn take(
    app: &App,
    (source, signal): (Option<&str>, Option<Signal>),
    headers: &HeaderMap,
    body: Body,
) -> Result<Answer, Refusal> {
    let receiver = source.and_then(|source| app.receivers.get(source));
    let receiver = receiver
        .ok_or_else(|| refusal(StatusCode::NOT_FOUND, "no source of the configuration takes this"))?;
    if !receiver.admits(bearer(headers)) {
        return Err(refusal(
            StatusCode::UNAUTHORIZED,
            "show the token of this source: `authorization: bearer …`",
        ));
    }
    let protobuf = signal.filter(|_| is_protobuf(headers));
    if protobuf.is_none() && is_protobuf(headers) {
        let why = "protobuf is taken as OTLP only: post it to /v1/traces or /v1/logs";
        return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
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
    hand_on(receiver, body, protobuf).await
}

async fn hand_on(receiver: &Receiver, body: Vec<u8>, protobuf: Option<Signal>) -> Result<Answer, Refusal> {
    let (answer, answered) = oneshot::channel();
    receiver.posts.try_send(Post { body, protobuf, answer }).map_err(|error| match error {
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

/// Whether a body is said to be protobuf.
fn is_protobuf(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with(PROTOBUF))
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
    taken: impl FnOnce(u64, u64) -> Dressed,
) -> Response {
    let (code, (kind, body)) = match answer {
        Ok(Answer::Taken { rows: 0, ignored: 0, rejected, reason: Some(reason) }) => {
            (StatusCode::BAD_REQUEST, as_json(&json!({ "rejected": rejected, "message": reason })))
        }
        Ok(Answer::Taken { rows, rejected, .. }) => (StatusCode::OK, taken(rows, rejected)),
        Ok(Answer::Failed(why)) => (StatusCode::SERVICE_UNAVAILABLE, as_json(&json!({ "message": why }))),
        Err(Refusal { code, why }) => (code, as_json(&json!({ "message": why }))),
    };
    app.metrics.outside.requests.with_label_values(&[path, code.as_str()]).inc();
    let mut response = (code, [(header::CONTENT_TYPE, kind)], body).into_response();
    if matches!(code, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(AGAIN_SECS));
    }
    response
}

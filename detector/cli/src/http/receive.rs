//! What is sent to the daemon: OTLP, Kubernetes audit webhooks, any records. A sender hears 200 when its events are on
//! disk, and 429 or 503 when it should come again.

use std::error::Error;
use std::io;
use std::io::Read;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use std::time::Duration;

use ambit_ingest::Signal;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use http_body_util::LengthLimitError;
use serde_json::json;
use tokio::sync::{SemaphorePermit, oneshot};

use super::App;
use super::dress::Dress;
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
    let answer = take(&app, (Some(&source), None), &headers, body).await;
    let taken = |rows, rejected| json!({ "accepted": rows, "rejected": rejected }).to_string().into_bytes();
    finish(&app, "/ingest", answer, (Dress::Json, taken))
}

/// `POST /v1/traces`.
pub(super) async fn traces(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, (app.otlp.as_deref(), Some(Signal::Traces)), &headers, body).await;
    let dress = Dress::of(&headers);
    finish(&app, "/v1/traces", answer, (dress, |_, rejected| dress.partial("rejectedSpans", rejected)))
}

/// `POST /v1/logs`.
pub(super) async fn logs(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response {
    let answer = take(&app, (app.otlp.as_deref(), Some(Signal::Logs)), &headers, body).await;
    let dress = Dress::of(&headers);
    finish(&app, "/v1/logs", answer, (dress, |_, rejected| dress.partial("rejectedLogRecords", rejected)))
}

/// Why a request is not taken.
pub(super) struct Refusal {
    pub(super) code: StatusCode,
    pub(super) why: String,
}

pub(super) fn refusal(code: StatusCode, why: impl Into<String>) -> Refusal {
    Refusal { code, why: why.into() }
}

async fn take(
    app: &App,
    (source, otlp): (Option<&str>, Option<Signal>),
    headers: &HeaderMap,
    body: Body,
) -> Result<Answer, Refusal> {
    let receiver = admit(app, source, headers)?;
    let protobuf = match (Dress::of(headers), otlp) {
        (Dress::Json, _) => None,
        (Dress::Protobuf, Some(signal)) => Some(signal),
        (Dress::Protobuf, None) => {
            return Err(refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "protobuf is taken at /v1/traces and /v1/logs",
            ));
        }
    };
    let _permit = room(app, receiver)?;
    let body = read(app, body).await?;
    let too_long = || refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {} bytes", app.body_bytes));
    let encoding =
        headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.as_bytes().to_ascii_lowercase());
    let body = match encoding.as_deref() {
        None | Some(b"identity" | b"") => body.to_vec(),
        Some(b"gzip") => unpack(&body, app.body_bytes)?.ok_or_else(too_long)?,
        Some(_) => return Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it plain or as gzip")),
    };
    hand_on(receiver, body, protobuf).await
}

/// The source that takes it, if the sender may send to it.
pub(super) fn admit<'a>(
    app: &'a App,
    source: Option<&str>,
    headers: &HeaderMap,
) -> Result<&'a Receiver, Refusal> {
    let receiver = source.and_then(|source| app.receivers.get(source));
    let receiver = receiver
        .ok_or_else(|| refusal(StatusCode::NOT_FOUND, "no source of the configuration takes this"))?;
    if receiver.admits(bearer(headers)) {
        return Ok(receiver);
    }
    Err(refusal(StatusCode::UNAUTHORIZED, "show the token of this source: `authorization: bearer …`"))
}

/// Room for a body, kept until it is handed on.
pub(super) fn room<'a>(app: &'a App, receiver: &Receiver) -> Result<SemaphorePermit<'a>, Refusal> {
    let busy = || refusal(StatusCode::TOO_MANY_REQUESTS, "too much at once; come again");
    let permit = app.bodies.try_acquire().map_err(|_closed| busy())?;
    if receiver.is_full() { Err(busy()) } else { Ok(permit) }
}

/// A whole body, within the limits of length and patience.
pub(super) async fn read(app: &App, body: Body) -> Result<Bytes, Refusal> {
    let too_long = || refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {} bytes", app.body_bytes));
    let slow = |_slow| refusal(StatusCode::REQUEST_TIMEOUT, "the body came too slowly");
    let body = tokio::time::timeout(PATIENCE, to_bytes(body, app.body_bytes)).await.map_err(slow)?;
    body.map_err(|error| {
        let causes =
            || std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (**cause).source());
        let is_slow = |cause: &(dyn Error + 'static)| {
            cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
        };
        if causes().any(<dyn Error>::is::<LengthLimitError>) {
            too_long()
        } else if causes().any(is_slow) {
            refusal(StatusCode::REQUEST_TIMEOUT, "the body came too slowly")
        } else {
            refusal(StatusCode::BAD_REQUEST, "the body is broken or was cut off")
        }
    })
}

pub(super) async fn hand_on(
    receiver: &Receiver,
    body: Vec<u8>,
    protobuf: Option<Signal>,
) -> Result<Answer, Refusal> {
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

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Decompresses a body; `None` if it would be longer than the limit.
pub(super) fn unpack(body: &[u8], most: usize) -> Result<Option<Vec<u8>>, Refusal> {
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
    (dress, taken): (Dress, impl FnOnce(u64, u64) -> Vec<u8>),
) -> Response {
    let (code, body) = match answer {
        Ok(Answer::Taken { rows: 0, ignored: 0, rejected, reason: Some(reason) }) => {
            (StatusCode::BAD_REQUEST, dress.refused(&reason, Some(rejected)))
        }
        Ok(Answer::Taken { rows, rejected, .. }) => (StatusCode::OK, taken(rows, rejected)),
        Ok(Answer::Failed(why)) => (StatusCode::SERVICE_UNAVAILABLE, dress.refused(&why, None)),
        Err(Refusal { code, why }) => (code, dress.refused(&why, None)),
    };
    app.metrics.outside.requests.with_label_values(&[path, code.as_str()]).inc();
    let mut response = (code, [(header::CONTENT_TYPE, dress.content_type())], body).into_response();
    if matches!(code, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(AGAIN_SECS));
    }
    response
}

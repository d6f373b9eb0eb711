//! OTLP over gRPC: two unary calls, on the port that also speaks HTTP/1. A call is a POST of HTTP/2 whose body is one message
//! behind five bytes, and whose outcome is in the trailers, or in the headers where there is no answer.

use std::sync::Arc;

use ambit_ingest::Signal;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http_body_util::{BodyExt as _, Full};

use super::App;
use super::dress::{Dress, message};
use super::receive::{Refusal, admit, hand_on, read, refusal, room, unpack};
use crate::source::Answer;

/// Where `TraceService.Export` is called.
pub(super) const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Where `LogsService.Export` is called.
pub(super) const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

const KIND: HeaderValue = HeaderValue::from_static("application/grpc");
/// A flag (1: compressed) and the length of the message.
const PREFIX_BYTES: usize = 5;
/// `google.rpc.Code`.
const INVALID_ARGUMENT: u8 = 3;
const DEADLINE_EXCEEDED: u8 = 4;
const RESOURCE_EXHAUSTED: u8 = 8;
const UNIMPLEMENTED: u8 = 12;
const UNAVAILABLE: u8 = 14;
const UNAUTHENTICATED: u8 = 16;

/// `TraceService.Export`.
pub(super) async fn traces(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response<Body> {
    let answer = take(&app, Signal::Traces, &headers, body).await;
    finish(&app, TRACES, answer)
}

/// `LogsService.Export`.
pub(super) async fn logs(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Response<Body> {
    let answer = take(&app, Signal::Logs, &headers, body).await;
    finish(&app, LOGS, answer)
}

async fn take(app: &App, signal: Signal, headers: &HeaderMap, body: Body) -> Result<Answer, Refusal> {
    let receiver = admit(app, app.otlp.as_deref(), headers)?;
    let _permit = room(app, receiver)?;
    let body = read(app, body).await?;
    let export = export(&body, headers, app.body_bytes)?;
    hand_on(receiver, export, Some(signal)).await
}

/// The message of a call.
fn export(body: &[u8], headers: &HeaderMap, most: usize) -> Result<Vec<u8>, Refusal> {
    let broken = || refusal(StatusCode::BAD_REQUEST, "the body is not one whole message of gRPC");
    let (prefix, message) = body.split_at_checked(PREFIX_BYTES).ok_or_else(broken)?;
    let [flag, length @ ..] = prefix else { return Err(broken()) };
    let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    if length != message.len() {
        return Err(broken());
    }
    match (flag, headers.get("grpc-encoding").map(HeaderValue::as_bytes)) {
        (0, _) => Ok(message.to_vec()),
        (1, Some(b"gzip")) => unpack(message, most)?
            .ok_or_else(|| refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("more than {most} bytes"))),
        _ => Err(refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send it plain or as gzip")),
    }
}

fn finish(app: &App, path: &str, answer: Result<Answer, Refusal>) -> Response<Body> {
    let (status, response) = match answer {
        Ok(Answer::Taken { rows: 0, ignored: 0, reason: Some(reason), .. }) => {
            (INVALID_ARGUMENT, refused(INVALID_ARGUMENT, &reason))
        }
        Ok(Answer::Taken { rejected, .. }) => (0, taken(rejected)),
        Ok(Answer::Failed(why)) => (UNAVAILABLE, refused(UNAVAILABLE, &why)),
        Err(Refusal { code, why }) => (status(code), refused(status(code), &why)),
    };
    app.metrics.outside.requests.with_label_values(&[path, &format!("grpc {status}")]).inc();
    response
}

/// The answer, and that all is well.
fn taken(rejected: u64) -> Response<Body> {
    let answer = Dress::Protobuf.partial("", rejected);
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(answer.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend_from_slice(&answer);
    let trailers = HeaderMap::from_iter([(GRPC_STATUS, HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from(framed)).with_trailers(async move { Some(Ok(trailers)) });
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, KIND);
    response
}

const GRPC_STATUS: header::HeaderName = header::HeaderName::from_static("grpc-status");

/// No answer: the status stands in the headers. Who should come again is told when, as OTLP demands it, in a
/// `google.rpc.RetryInfo`.
fn refused(status: u8, why: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, KIND);
    headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(status)));
    if let Ok(why) = HeaderValue::from_str(&percent_encoded(why)) {
        headers.insert("grpc-message", why);
    }
    if matches!(status, RESOURCE_EXHAUSTED | UNAVAILABLE)
        && let Ok(details) = HeaderValue::from_str(&STANDARD_NO_PAD.encode(retry_info(status, why)))
    {
        headers.insert("grpc-status-details-bin", details);
    }
    response
}

/// `google.rpc.Status` with the code, the message and the detail to come again after two seconds.
fn retry_info(status: u8, why: &str) -> Vec<u8> {
    const AGAIN: &[u8] = &[0x0a, 0x02, 0x08, 0x02];
    let any = [message(0x0a, b"type.googleapis.com/google.rpc.RetryInfo"), message(0x12, AGAIN)].concat();
    [vec![0x08, status], message(0x12, why.as_bytes()), message(0x1a, &any)].concat()
}

/// As `grpc-message` wants it: printable ASCII but for `%`, the rest by its bytes.
fn percent_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

/// What an HTTP status is called here.
fn status(code: StatusCode) -> u8 {
    match code {
        StatusCode::UNAUTHORIZED => UNAUTHENTICATED,
        StatusCode::NOT_FOUND | StatusCode::UNSUPPORTED_MEDIA_TYPE => UNIMPLEMENTED,
        StatusCode::TOO_MANY_REQUESTS => RESOURCE_EXHAUSTED,
        StatusCode::REQUEST_TIMEOUT => DEADLINE_EXCEEDED,
        StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
        _ => INVALID_ARGUMENT,
    }
}

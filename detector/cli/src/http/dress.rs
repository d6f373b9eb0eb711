//! How a request is dressed, and its answer after it: JSON, or OTLP's protobuf.

use axum::http::{HeaderMap, header};
use serde_json::json;

const PROTOBUF: &str = "application/x-protobuf";

/// What the bodies are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dress {
    Json,
    Protobuf,
}

impl Dress {
    /// Told by the type that the sender names; whatever is not protobuf is looked at as JSON.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with(PROTOBUF) { Self::Protobuf } else { Self::Json }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Protobuf => PROTOBUF,
        }
    }

    /// OTLP's own words for what was not taken; nothing where all was. In protobuf a message with field 1, in which field 1
    /// is the number.
    pub(super) fn partial(self, what: &str, rejected: u64) -> Vec<u8> {
        match (self, rejected) {
            (Self::Json, 0) => b"{}".to_vec(),
            (Self::Json, _) => json!({ "partialSuccess": { what: rejected } }).to_string().into_bytes(),
            (Self::Protobuf, 0) => Vec::new(),
            (Self::Protobuf, _) => {
                let mut inner = vec![NUMBER_1];
                varint(&mut inner, rejected);
                message(BYTES_1, &inner)
            }
        }
    }

    /// Why nothing was taken. In protobuf `google.rpc.Status`, whose field 2 is the message.
    pub(super) fn refused(self, why: &str, rejected: Option<u64>) -> Vec<u8> {
        match (self, rejected) {
            (Self::Protobuf, _) => message(BYTES_2, why.as_bytes()),
            (Self::Json, None) => json!({ "message": why }).to_string().into_bytes(),
            (Self::Json, Some(rejected)) => {
                json!({ "rejected": rejected, "message": why }).to_string().into_bytes()
            }
        }
    }
}

/// Field 1, a number; field 1 and field 2, with a length.
const NUMBER_1: u8 = 0x08;
const BYTES_1: u8 = 0x0a;
const BYTES_2: u8 = 0x12;

/// A field with a length.
pub(super) fn message(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![tag];
    varint(&mut message, bytes.len() as u64);
    message.extend_from_slice(bytes);
    message
}

/// Seven bits a byte, the lowest first; all but the last have the eighth set.
fn varint(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    into.push(number.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_dressed_as_the_requests() {
        for (dress, rejected, body) in [
            (Dress::Json, 0, &b"{}"[..]),
            (Dress::Json, 2, br#"{"partialSuccess":{"rejectedSpans":2}}"#),
            (Dress::Protobuf, 0, b""),
            (Dress::Protobuf, 2, b"\x0a\x02\x08\x02"),
            (Dress::Protobuf, 300, b"\x0a\x03\x08\xac\x02"),
        ] {
            assert_eq!(dress.partial("rejectedSpans", rejected), body);
        }
        assert_eq!(Dress::Protobuf.refused("no", None), b"\x12\x02no");
        assert_eq!(Dress::Json.refused("no", Some(1)), br#"{"rejected":1,"message":"no"}"#);
    }
}

//! Envelopes: objects whose array holds the records.

use crate::json::{Fault, Json};

/// The keys under which an envelope keeps its records.
const ENVELOPES: &[&[u8]] = &[
    b"Records",
    b"records",
    b"Events",
    b"items",
    b"entries",
    b"logEvents",
    // Azure's interfaces, and what is pulled from Pub/Sub.
    b"value",
    b"receivedMessages",
];

/// What CloudWatch Logs call an envelope with a word of their own in the place of records, to see who answers.
const CONTROL: &str = "CONTROL_MESSAGE";
const CONTROL_WORD: &str = "CWL CONTROL MESSAGE:";

/// What an object turns out to be.
#[derive(Debug)]
pub(super) enum Document {
    Whole,
    Envelope,
}

/// Steps over a document, or to the first element of an envelope's array. An envelope that says before its array that
/// there are no records in it is a document.
pub(super) fn document(json: &mut Json<'_>) -> Result<Document, Fault> {
    json.expect(b'{')?;
    if json.peek() == b'}' {
        return json.expect(b'}').map(|()| Document::Whole);
    }
    let mut is_control = false;
    loop {
        let key = json.key()?;
        if key == b"messageType" && json.clone().text()?.as_deref() == Some(CONTROL) {
            is_control = true;
        }
        if !is_control && ENVELOPES.contains(&key) && json.peek() == b'[' {
            let mut inside = json.clone();
            inside.expect(b'[')?;
            match inside.peek() {
                b'{' | b']' => {
                    *json = inside;
                    return Ok(Document::Envelope);
                }
                // Nothing comes, which is not to say a control character.
                0 if inside.end().is_ok() => return Err(Fault::Cut),
                _ => {}
            }
        }
        json.skip()?;
        match json.peek() {
            b',' => json.expect(b',')?,
            _ => return json.expect(b'}').map(|()| Document::Whole),
        }
    }
}

/// Whether an object's first key is an envelope's: such a line is cut up, however short it is.
pub(crate) fn opens_envelope(line: &[u8]) -> bool {
    let Some(key) = line.get(1..).and_then(|rest| rest.trim_ascii_start().strip_prefix(b"\"")) else {
        return false;
    };
    ENVELOPES.iter().any(|name| key.strip_prefix(*name).is_some_and(|rest| rest.starts_with(b"\"")))
}

/// Whether a record is what CloudWatch Logs send to see who answers: the envelope, or the word in it, where the envelope
/// was cut up before it said what it is.
pub(crate) fn is_control(record: &[u8]) -> bool {
    let (mut kind, mut message) = (None, None);
    let read = Json::of_bytes(record).object(|json, key| match key {
        b"messageType" => json.text_into(&mut kind),
        b"message" => json.text_into(&mut message),
        _ => json.skip(),
    });
    let is_word = || message.is_some_and(|message| message.starts_with(CONTROL_WORD));
    read.is_ok() && (kind.as_deref() == Some(CONTROL) || is_word())
}

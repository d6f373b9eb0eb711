//! Envelopes: objects whose array holds the records.

use crate::json::{Fault, Json};

/// The keys under which an envelope keeps its records.
const ENVELOPES: &[&[u8]] = &[b"Records", b"records", b"Events", b"items", b"entries", b"logEvents"];

/// What an object turns out to be.
#[derive(Debug)]
pub(super) enum Document {
    Whole,
    Envelope,
}

/// Steps over a document, or to the first element of an envelope's array.
pub(super) fn document(json: &mut Json<'_>) -> Result<Document, Fault> {
    json.expect(b'{')?;
    if json.peek() == b'}' {
        return json.expect(b'}').map(|()| Document::Whole);
    }
    loop {
        let key = json.key()?;
        if ENVELOPES.contains(&key) && json.peek() == b'[' {
            let mut inside = json.clone();
            inside.expect(b'[')?;
            match inside.peek() {
                b'{' | b']' => {
                    *json = inside;
                    return Ok(Document::Envelope);
                }
                0 => return Err(Fault::Cut),
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

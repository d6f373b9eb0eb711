//! A record within the envelope of what handed it on: a bus, a topic, a lake, a log of logs, and what collects the output
//! of containers.

use std::borrow::Cow;

use super::{Format, base64};
use crate::json::{Fault, Json};

/// A record as it stands in its envelope, or as the text or base64 there says it.
type Inner<'a> = Option<Cow<'a, str>>;

/// The record in an envelope; `None` if there is none.
pub(super) fn inner(record: &[u8]) -> Inner<'_> {
    let text = std::str::from_utf8(record).ok()?;
    let (mut found, mut json) = (None, Json::of_text(text));
    let read = json.object(|json, key| {
        let inner = match key {
            b"message" => message(json)?,
            b"Message" | b"log" => said(json)?,
            b"eventData" => said_or_object(json)?,
            b"detail" if json.peek() == b'{' => json.raw()?.map(Cow::Borrowed),
            _ => return json.skip(),
        };
        // Whoever fills a field before it does not hide a record.
        let is_known = |text: &Cow<'_, str>| Format::of(text.as_bytes()).is_some();
        let is_better = found.is_none() || inner.as_ref().is_some_and(is_known);
        if is_better && !found.as_ref().is_some_and(is_known) {
            found = inner.or(found.take());
        }
        Ok(())
    });
    read.ok().and(found)
}

/// A text that may hold a record, and nothing before it: words that some program logged may be anybody's.
fn said<'a>(json: &mut Json<'a>) -> Result<Inner<'a>, Fault> {
    if json.peek() != b'"' {
        return json.skip().map(|()| None);
    }
    Ok(json.text()?.filter(|text| text.trim_start().starts_with(['{', '['])))
}

fn said_or_object<'a>(json: &mut Json<'a>) -> Result<Inner<'a>, Fault> {
    if json.peek() == b'{' { Ok(json.raw()?.map(Cow::Borrowed)) } else { said(json) }
}

/// The text of a message, or a message of Pub/Sub.
fn message<'a>(json: &mut Json<'a>) -> Result<Inner<'a>, Fault> {
    if json.peek() != b'{' {
        return said(json);
    }
    let mut data = None;
    json.object(|json, key| if key == b"data" { json.text_into(&mut data) } else { json.skip() })?;
    let bytes = data.and_then(|data| base64::decode(&data));
    Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map(Cow::Owned))
}

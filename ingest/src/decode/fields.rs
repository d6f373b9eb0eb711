//! Members of a record, as the decoders take them.

use std::borrow::Cow;

use ambit_schemas::EventTime;

use crate::json::{Fault, Json};

/// A text that may be absent, and is never empty. Owned only where the record writes it with escapes.
pub(super) type Text<'a> = Option<Cow<'a, str>>;

/// A string that is not empty, or a number as it is written; none of anything else.
pub(super) fn text<'a>(json: &mut Json<'a>) -> Result<Text<'a>, Fault> {
    let mut found = None;
    text_into(json, &mut found)?;
    Ok(found)
}

/// As [`text`], where the text shall stand.
pub(super) fn text_into<'a>(json: &mut Json<'a>, into: &mut Text<'a>) -> Result<(), Fault> {
    json.text_into(into)?;
    if into.as_deref().is_some_and(str::is_empty) {
        *into = None;
    }
    Ok(())
}

/// The first text of an array, or a text without one, where it shall stand.
pub(super) fn first_into<'a>(json: &mut Json<'a>, into: &mut Text<'a>) -> Result<(), Fault> {
    if json.peek() != b'[' {
        return text_into(json, into);
    }
    *into = None;
    json.array(|json| if into.is_none() { text_into(json, into) } else { json.skip() })
}

/// The last text of an array, or a text without one, where it shall stand.
pub(super) fn last_into<'a>(json: &mut Json<'a>, into: &mut Text<'a>) -> Result<(), Fault> {
    if json.peek() != b'[' {
        return text_into(json, into);
    }
    *into = None;
    json.array(|json| text_into(json, into))
}

/// One member of an object, or of an object in a string's place the text itself.
pub(super) fn inside<'a>(json: &mut Json<'a>, name: &[u8]) -> Result<Text<'a>, Fault> {
    let mut found = None;
    inside_into(json, name, &mut found)?;
    Ok(found)
}

/// As [`inside`], where the text shall stand.
pub(super) fn inside_into<'a>(json: &mut Json<'a>, name: &[u8], into: &mut Text<'a>) -> Result<(), Fault> {
    if json.peek() != b'{' {
        return text_into(json, into);
    }
    *into = None;
    json.object(|json, key| if key == name { text_into(json, into) } else { json.skip() })
}

/// Whether a value is `true`, as a boolean or as a text.
pub(super) fn is_true(json: &mut Json<'_>) -> Result<bool, Fault> {
    Ok(json.text()?.is_some_and(|text| text.eq_ignore_ascii_case("true")))
}

/// A moment. Some exports leave out the zone, which is UTC then; BigQuery's write its name.
pub(super) fn moment(text: &str) -> Option<EventTime> {
    EventTime::parse_rfc3339(text).or_else(|| {
        let text = text.strip_suffix(" UTC").unwrap_or(text);
        let has_zone = !text.ends_with(|c: char| c.is_ascii_digit());
        if has_zone || text.len() > 32 { None } else { EventTime::parse_rfc3339(&format!("{text}Z")) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc() {
        for (text, expect) in [
            ("2023-03-08 18:52:52.114", Some("2023-03-08T18:52:52.114Z")),
            ("2024-07-22 14:20:56.237323088", Some("2024-07-22T14:20:56.237323Z")),
            ("2024-12-17T10:30:00.1234567Z", Some("2024-12-17T10:30:00.123456Z")),
            ("2023-01-11T11:11:11", Some("2023-01-11T11:11:11Z")),
            ("2022-02-09T04:04:54+01:00", Some("2022-02-09T03:04:54Z")),
            ("2026-01-01 00:00:00.123456 UTC", Some("2026-01-01T00:00:00.123456Z")),
            ("2026-01-01 00:00:00 UTC", Some("2026-01-01T00:00:00Z")),
            ("2026-01-01 00:00:00 CET", None),
            ("2023-03-08", None),
            ("soon", None),
            ("", None),
        ] {
            let found = moment(text).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expect, "{text}");
        }
    }
}

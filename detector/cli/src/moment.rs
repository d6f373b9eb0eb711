//! Moments as people write and read them: on the command line a date or an RFC 3339 time, on a page UTC to the second.

use ambit_schemas::EventTime;

/// Reads `2026-03-01` (its first moment, UTC) or `2026-03-01T09:00:00Z`.
///
/// # Errors
/// Says what would be understood.
pub(crate) fn parse(text: &str) -> Result<EventTime, String> {
    EventTime::parse_rfc3339(text)
        .or_else(|| EventTime::parse_rfc3339(&format!("{text}T00:00:00Z")))
        .ok_or_else(|| "give a date (2026-03-01) or an RFC 3339 time (2026-03-01T09:00:00Z)".to_owned())
}

/// A moment to the second: `2026-03-01 09:00:00`. All of a page is in UTC.
pub(crate) fn shown(time: EventTime) -> String {
    let text = time.to_string();
    text.get(..19).unwrap_or(&text).replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_moment_is_a_date_or_a_time() {
        for (text, printed) in [
            ("2026-03-01", Some("2026-03-01T00:00:00Z")),
            ("2026-03-01T09:00:00Z", Some("2026-03-01T09:00:00Z")),
            ("2026-03-01 09:00:00.5+02:00", Some("2026-03-01T07:00:00.500Z")),
            ("2026-02-30", None),
            ("yesterday", None),
            ("2026-03-01T", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok().map(|time| time.to_string()).as_deref(), printed, "{text}");
        }
    }
}

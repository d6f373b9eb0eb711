//! When a credential that was handed out expires.

use ambit_schemas::EventTime;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// STS writes `Jul 30, 2024, 9:46:15 PM`, older records without the second comma; other services write RFC 3339.
pub(super) fn expiry(text: &str) -> Option<EventTime> {
    EventTime::parse_rfc3339(text).or_else(|| spelled_out(text))
}

fn spelled_out(text: &str) -> Option<EventTime> {
    // Newer Java runtimes put a narrow no-break space before AM and PM.
    let mut parts = text.split([' ', ',', ':', '\u{202f}', '\u{a0}']).filter(|part| !part.is_empty());
    let month = MONTHS.iter().position(|month| Some(*month) == parts.clone().next())? + 1;
    let mut number = || parts.next();
    number()?;
    let day = number()?.parse::<u8>().ok()?;
    let year = number()?.parse::<u16>().ok()?;
    let hour = number()?.parse::<u8>().ok().filter(|hour| *hour <= 12)?;
    let minute = number()?.parse::<u8>().ok()?;
    let second = number()?.parse::<u8>().ok()?;
    let hour = match number()? {
        "AM" => hour % 12,
        "PM" => hour % 12 + 12,
        _ => return None,
    };
    EventTime::parse_rfc3339(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for (text, time) in [
            ("Jul 30, 2024, 9:46:15 PM", "2024-07-30T21:46:15Z"),
            ("Aug 2, 2024 8:45:00 AM", "2024-08-02T08:45:00Z"),
            ("Sep 14, 2020, 12:01:26 AM", "2020-09-14T00:01:26Z"),
            ("Sep 14, 2020, 12:01:26\u{202f}PM", "2020-09-14T12:01:26Z"),
            ("2024-07-30T21:46:15.000Z", "2024-07-30T21:46:15Z"),
        ] {
            assert_eq!(expiry(text), EventTime::parse_rfc3339(time), "{text}");
        }
        for text in ["", "soon", "Foo 1, 2024, 1:00:00 AM", "Jul 30, 2024, 13:00:00 PM", "1722375975"] {
            assert_eq!(expiry(text), None, "{text}");
        }
    }
}

//! Event time: microseconds since 1970-01-01T00:00:00Z, taken from the record and never from a clock.

use std::fmt;

/// Microseconds in a second.
pub const SECOND_MICROS: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR_MICROS: i64 = 3_600 * SECOND_MICROS;
/// Microseconds in a day.
pub const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// Bytes of the longest text of a moment whose year has four digits.
const TEXT_BYTES: usize = 27;

/// A moment of event time, in microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(pub i64);

impl EventTime {
    /// The earliest moment that is representable.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest moment that is representable.
    pub const MAX: Self = Self(i64::MAX);

    /// From whole seconds since the epoch; saturates.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(SECOND_MICROS))
    }

    /// From milliseconds since the epoch; saturates.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From nanoseconds since the epoch, cut to microseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos.div_euclid(1_000))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, cut downwards: the unit of OCSF times.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The number of the UTC day since the epoch.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY_MICROS)
    }

    /// The start of a UTC day counted since the epoch.
    pub const fn from_day(day: i64) -> Self {
        Self(day.saturating_mul(DAY_MICROS))
    }

    /// This moment moved by some microseconds; saturates.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; saturates.
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads an RFC 3339 timestamp (`2026-03-01T09:00:00.123456789Z`, offsets and a space for `T` allowed). Digits
    /// beyond microseconds are cut. Returns `None` for anything else; years 0000 to 9999.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 20 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[13] != b':' || bytes[16] != b':'
        {
            return None;
        }
        if !matches!(bytes[10], b'T' | b't' | b' ') {
            return None;
        }
        let year = two(bytes, 0)? * 100 + two(bytes, 2)?;
        let (month, day) = (two(bytes, 5)?, two(bytes, 8)?);
        let (hour, minute, second) = (two(bytes, 11)?, two(bytes, 14)?, two(bytes, 17)?);
        if month == 0 || month > 12 || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        // Second 60 is a leap second: it counts as the first moment of the next minute.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (fraction_micros, rest) = fraction(&bytes[19..])?;
        let offset_secs = offset(rest)?;
        let secs =
            days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset_secs;
        Some(Self(secs * SECOND_MICROS + fraction_micros))
    }

    /// Appends what [`fmt::Display`] shows, without the machinery of formatting: event ids are made of times.
    pub fn write_to(self, out: &mut Vec<u8>) {
        let (text, length) = self.digits();
        match text.get(..length).filter(|text| !text.is_empty()) {
            Some(text) => out.extend_from_slice(text),
            None => out.extend_from_slice(self.to_string().as_bytes()),
        }
    }

    /// The text and its length; 0 for a year that has not four digits.
    fn digits(self) -> ([u8; TEXT_BYTES], usize) {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let (year, month, day) = civil_from_days(self.day());
        if !(0..=9_999).contains(&year) {
            return (text, 0);
        }
        let micros = self.0.rem_euclid(DAY_MICROS);
        let (secs, part) = (micros / SECOND_MICROS, micros % SECOND_MICROS);
        put(&mut text[0..4], year);
        put(&mut text[5..7], month);
        put(&mut text[8..10], day);
        put(&mut text[11..13], secs / 3_600);
        put(&mut text[14..16], secs / 60 % 60);
        put(&mut text[17..19], secs % 60);
        put(&mut text[20..26], part);
        let end = match part {
            0 => 19,
            part if part % 1_000 == 0 => 23,
            _ => 26,
        };
        text[end] = b'Z';
        (text, end + 1)
    }

    #[cold]
    fn beyond_four_digits(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.day());
        let micros = self.0.rem_euclid(DAY_MICROS);
        let secs = micros / SECOND_MICROS;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            secs / 3_600,
            secs / 60 % 60,
            secs % 60
        )?;
        match micros % SECOND_MICROS {
            0 => f.write_str("Z"),
            part if part % 1_000 == 0 => write!(f, ".{:03}Z", part / 1_000),
            part => write!(f, ".{part:06}Z"),
        }
    }
}

/// RFC 3339 in UTC, with microseconds only where there are any.
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, length) = self.digits();
        match text.get(..length).map(std::str::from_utf8) {
            Some(Ok(text)) if length > 0 => f.write_str(text),
            _ => self.beyond_four_digits(f),
        }
    }
}

/// Writes a number into places that its digits fill, from the last on.
fn put(places: &mut [u8], number: i64) {
    let mut rest = u32::try_from(number).unwrap_or(0);
    for place in places.iter_mut().rev() {
        *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
}

/// A number of two digits.
fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (bytes.get(at)?.wrapping_sub(b'0'), bytes.get(at + 1)?.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits
        .iter()
        .try_fold(0_i64, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    if bytes.first() != Some(&b'.') {
        return Some((0, bytes));
    }
    let digits = bytes[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let kept = digits.min(6);
    let scale = 10_i64.pow(u32::try_from(6 - kept).ok()?);
    Some((number(&bytes[1..=kept])? * scale, &bytes[1 + digits..]))
}

fn offset(bytes: &[u8]) -> Option<i64> {
    match bytes {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), hours @ ..] => {
            let (hours, minutes) = match hours {
                [a, b, b':', c, d] | [a, b, c, d] => (number(&[*a, *b])?, number(&[*c, *d])?),
                _ => return None,
            };
            if hours > 23 || minutes > 59 {
                return None;
            }
            let secs = hours * 3_600 + minutes * 60;
            Some(if *sign == b'+' { secs } else { -secs })
        }
        _ => None,
    }
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar. The year is counted from March so that the
/// leap day is its last (the usual era arithmetic, 146,097 days in 400 years).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

#[cfg(test)]
mod tests;

//! Strings with escapes, as text.

use memchr::{memchr, memchr2, memmem};

/// The content of a string with escapes, whose form was checked. A lone surrogate becomes U+FFFD.
#[cold]
pub(super) fn unescape(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    // What stands for itself is taken along with what follows it: most escapes are quotes of JSON inside of JSON.
    let mut known = 0;
    while let Some((before, after)) = backslash(rest, known) {
        text.push_str(before);
        let plain = match after.as_bytes().first() {
            Some(b'u') => {
                let (unit, tail) = code_point(after);
                text.push(unit);
                (rest, known) = (tail, 0);
                continue;
            }
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => {
                (rest, known) = (after, 1);
                continue;
            }
        };
        text.push(plain);
        (rest, known) = (after.get(1..).unwrap_or_default(), 0);
    }
    text.push_str(rest);
    text
}

/// What stands before and behind the first backslash behind the bytes that are known to be none.
fn backslash(text: &str, known: usize) -> Option<(&str, &str)> {
    let at = known + text.as_bytes().get(known..)?.iter().position(|byte| *byte == b'\\')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The code point of `uXXXX`, or of a surrogate pair `uXXXX\uXXXX`, and what follows.
fn code_point(text: &str) -> (char, &str) {
    let unit = |text: &str| u32::from_str_radix(text.get(1..5)?, 16).ok();
    let (Some(high), Some(tail)) = (unit(text), text.get(5..)) else { return ('\u{fffd}', "") };
    if (0xd800..0xdc00).contains(&high)
        && let Some(second) = tail.strip_prefix('\\').filter(|second| second.starts_with('u'))
        && let Some(low) = unit(second).filter(|low| (0xdc00..0xe000).contains(low))
    {
        let point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(point).unwrap_or('\u{fffd}'), second.get(5..).unwrap_or_default());
    }
    (char::from_u32(high).unwrap_or('\u{fffd}'), tail)
}

/// A record whose keys are written without escapes; `None` if none has any. Keys are handed out as they are written, and no
/// log writes them so: this is for a record that could not be read otherwise.
#[cold]
pub(crate) fn with_plain_keys(record: &[u8]) -> Option<String> {
    memmem::find(record, b"\\u")?;
    let text = std::str::from_utf8(record).ok()?;
    let (mut plain, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(quote) = memchr(b'"', record.get(at..)?) {
        let start = at + quote + 1;
        let end = string_end(record, start)?;
        at = end + 1;
        let content = text.get(start..end)?;
        let is_key = record.get(at..)?.trim_ascii_start().first() == Some(&b':');
        if !is_key || !content.contains('\\') {
            continue;
        }
        let key = unescape(content);
        if !key.contains(['"', '\\']) && !key.contains(char::is_control) {
            plain.push_str(text.get(copied..start)?);
            plain.push_str(&key);
            copied = end;
        }
    }
    plain.push_str(text.get(copied..)?);
    (copied > 0).then_some(plain)
}

/// Where a string ends whose content begins at a place.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

//! Strings with escapes, as text.

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

//! Strings with escapes, as text.

/// The content of a string with escapes, whose form was checked. A lone surrogate becomes U+FFFD.
#[cold]
pub(super) fn unescape(content: &str) -> String {
    let mut text = String::with_capacity(content.len());
    let mut rest = content;
    while let Some((before, after)) =
        memchr::memchr(b'\\', rest.as_bytes()).and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?)))
    {
        text.push_str(before);
        let mut chars = after.chars();
        let plain = match chars.next().unwrap_or('\u{fffd}') {
            'u' => {
                let (unit, tail) = code_point(after);
                text.push(unit);
                rest = tail;
                continue;
            }
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        };
        text.push(plain);
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
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

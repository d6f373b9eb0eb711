//! Where the next element of an array begins, when one is broken.

use memchr::memchr;

/// How far the next element is looked for.
pub(super) const WINDOW: usize = 64 << 10;

/// The place to go on from after an element that begins at 0 and goes wrong at `at`: its end where the brackets tell
/// it, the next line that begins as it does, or else where the next element seems to have begun inside it.
pub(super) fn next_element(bytes: &[u8], at: usize, indent: Option<usize>) -> Option<usize> {
    let window = bytes.get(..WINDOW).unwrap_or(bytes);
    let line = indent.and_then(|indent| line_start(window, indent));
    match (bracket_end(window), line) {
        (Some(end), Some(line)) => Some(end.min(line)),
        (end, line) => end.or(line).or_else(|| swallowed_element(bytes, at)),
    }
}

/// The end of a broken value by its brackets alone: strings are stepped over, whatever else is between is not looked
/// at. `None` if the brackets do not match either, or a string runs over a line's end.
fn bracket_end(bytes: &[u8]) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b']' | b',' if open.is_empty() => return Some(at),
            closer @ (b'}' | b']') if open.pop()? != *closer => return None,
            _ => {}
        }
        at += 1;
        if open.is_empty() && matches!(bytes.get(at - 1)?, b'}' | b']') {
            let follows = bytes[at..].trim_ascii_start().first();
            return matches!(follows, None | Some(b',' | b']')).then_some(at);
        }
    }
}

/// The closing quote of a string that opens at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            b'\n' => return None,
            _ => at += 1,
        }
    }
}

/// The first line after this one on which an element begins, or on which the array ends.
fn line_start(bytes: &[u8], indent: usize) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(b'\n', &bytes[at..])? + 1;
        let line = bytes.get(at..)?;
        let depth = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match line.get(depth)? {
            b'{' if depth == indent => return Some(at),
            b']' if depth <= indent => return Some(at),
            _ => {}
        }
    }
}

/// The next element, where the broken one ran into it: after a missing brace (`…,{` where a key must come) or a
/// missing quote (a string that ends in `},{`).
fn swallowed_element(bytes: &[u8], at: usize) -> Option<usize> {
    let before = bytes.get(..at)?;
    // At the margin of a line a document begins rather than an element: the stream was cut and goes on.
    let margin = before.last() == Some(&b'\n');
    if !margin && bytes.get(at) == Some(&b'{') && before.trim_ascii_end().last() == Some(&b',') {
        return Some(at);
    }
    before.ends_with(b"},{\"").then(|| at - 2)
}

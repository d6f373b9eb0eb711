//! Texts that decoders put together.

/// Appends words to a buffer.
pub(crate) fn join<const N: usize>(text: &mut String, words: [&str; N]) {
    for word in words {
        text.push_str(word);
    }
}

/// Appends the last `digits` hex digits of a number.
pub(crate) fn hex(text: &mut String, number: u128, digits: u32) {
    for place in (0..digits).rev() {
        let digit = u32::try_from(number >> (4 * place) & 15).unwrap_or(0);
        text.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// A text that is not empty.
pub(crate) fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// What stands behind so many colons: a part of an ARN and the rest.
pub(crate) fn behind_colons(text: &str, count: usize) -> Option<&str> {
    let mut colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    let (at, _) = colons.nth(count.checked_sub(1)?)?;
    text.get(at + 1..)
}

//! Texts that decoders put together.

/// Appends words to a buffer.
pub(crate) fn join<const N: usize>(text: &mut String, words: [&str; N]) {
    for word in words {
        text.push_str(word);
    }
}

/// Appends the last `digits` hex digits of a number, 32 at most.
pub(crate) fn hex(text: &mut String, number: u128, digits: usize) {
    let mut all = [0; 32];
    for (pair, byte) in all.as_chunks_mut::<2>().0.iter_mut().zip(number.to_be_bytes()) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    let last = all.get(all.len().saturating_sub(digits)..).unwrap_or_default();
    text.push_str(std::str::from_utf8(last).unwrap_or_default());
}

const fn digit(number: u8) -> u8 {
    if number < 10 { b'0' + number } else { b'a' - 10 + number }
}

/// A text that is not empty.
pub(crate) fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// What stands behind so many colons: a part of an ARN and the rest.
pub(crate) fn behind_colons(text: &str, count: usize) -> Option<&str> {
    let at = memchr::memchr_iter(b':', text.as_bytes()).nth(count.checked_sub(1)?)?;
    text.get(at + 1..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_the_last_ones() {
        let number = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
        for (digits, expect) in
            [(32, "at 0123456789abcdef0123456789abcdef"), (16, "at 0123456789abcdef"), (1, "at f")]
        {
            let mut text = "at ".to_owned();
            hex(&mut text, number, digits);
            assert_eq!(text, expect);
        }
    }
}

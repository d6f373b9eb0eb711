//! Base64 of either alphabet, padded or not.

/// The number that a digit stands for.
pub(super) const fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// What a text says; `None` if it is no base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut said = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for digit in text.trim_end_matches('=').bytes() {
        held = held << 6 | u32::from(sextet(digit)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            said.extend(u8::try_from(held >> bits));
            held &= (1 << bits) - 1;
        }
    }
    // A digit alone is no byte, and what is left over is nothing.
    (bits < 6 && held == 0).then_some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_it_says() {
        for (text, said) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v", Some("foo")),
            ("Zm9vYmFy", Some("foobar")),
            ("w6k_w6k-", Some("\u{e9}?\u{e9}>")),
            ("Zm9vYg", Some("foob")),
            ("Zm9vY", None),
            ("Zm9vYh", None),
            ("Zm 9v", None),
        ] {
            assert_eq!(decode(text).as_deref(), said.map(str::as_bytes), "{text}");
        }
    }
}

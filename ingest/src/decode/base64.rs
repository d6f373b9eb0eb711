//! Base64 of either alphabet, padded or not.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDED_OR_NOT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDED_OR_NOT);

/// What a text says; `None` if it is no base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    of(text).decode(text).ok()
}

/// What a text says, if it is so many bytes.
pub(super) fn decode_exactly<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let mut said = [0; BYTES];
    let len = of(text).decode_slice(text, &mut said).ok()?;
    (len == BYTES).then_some(said)
}

/// What reads the alphabet of a text.
fn of(text: &str) -> &'static GeneralPurpose {
    if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD }
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

    #[test]
    fn so_many_bytes_are_no_more_and_no_fewer() {
        for (text, said) in [("Zm9v", Some(*b"foo")), ("Zm8=", None), ("Zm9vYg", None), ("", None)] {
            assert_eq!(decode_exactly::<3>(text), said, "{text}");
        }
    }
}

//! Hashes that are written to disk or to findings, and must be the same on every machine and in every version.

use sha2::{Digest, Sha256};

/// The first 128 bits of SHA-256 over length-prefixed parts. Collision-resistant on purpose: an attacker chooses
/// event ids and names, and must not be able to make two things look like one.
pub fn stable_hash128<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    first_half(hasher.finalize().into())
}

fn first_half(digest: [u8; 32]) -> u128 {
    digest.first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
}

/// The first 128 bits of SHA-256 over bytes that tell by themselves where each of their parts ends. They are hashed at
/// once, because a hasher that is fed a few bytes at a time is busier with its own buffer than with hashing.
pub fn hash128(bytes: &[u8]) -> u128 {
    first_half(Sha256::digest(bytes).into())
}

/// A 128-bit key of an event id. A canonical lower-case UUID is its own key, so the common case costs no hashing.
pub fn event_id_key(event_id: &str) -> u128 {
    parse_uuid(event_id.as_bytes()).unwrap_or_else(|| stable_hash128([event_id.as_bytes()]))
}

/// Stands for a byte that is no hex digit.
const NO_DIGIT: u8 = 16;

/// Without a branch for each digit, so that the compiler reads all of them at once.
fn parse_uuid(text: &[u8]) -> Option<u128> {
    let text = <&[u8; 36]>::try_from(text).ok()?;
    if [8, 13, 18, 23].iter().any(|dash| text[*dash] != b'-') {
        return None;
    }
    let mut digits = [0_u8; 32];
    digits[..8].copy_from_slice(&text[..8]);
    digits[8..12].copy_from_slice(&text[9..13]);
    digits[12..16].copy_from_slice(&text[14..18]);
    digits[16..20].copy_from_slice(&text[19..23]);
    digits[20..].copy_from_slice(&text[24..]);
    for digit in &mut digits {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        let of_letter = if letter < 6 { letter + 10 } else { NO_DIGIT };
        *digit = if number < 10 { number } else { of_letter };
    }
    if digits.iter().fold(0, |all, digit| all | digit) >= NO_DIGIT {
        return None;
    }
    let mut bytes = [0_u8; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_own_key() {
        assert_eq!(event_id_key("00000000-0000-0000-0000-00000000002a"), 42);
        assert_ne!(event_id_key("00000000-0000-0000-0000-00000000002A"), 42);
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(event_id_key(id), 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        for place in 0..id.len() {
            for wrong in ["/", ":", "`", "g", "A", "-", "\u{7f}"] {
                let mut other = id.to_owned();
                other.replace_range(place..=place, wrong);
                assert_eq!(event_id_key(&other) == event_id_key(id), other == id, "{other}");
            }
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(stable_hash128([&b"ab"[..], b"c"]), stable_hash128([&b"a"[..], b"bc"]));
    }

    #[test]
    fn bytes_are_hashed_as_they_are() {
        let prefixed = b"\x02\0\0\0\0\0\0\0ab";
        assert_eq!(hash128(prefixed), stable_hash128([&b"ab"[..]]));
    }

    #[test]
    fn the_hash_is_the_same_for_ever() {
        assert_eq!(format!("{:032x}", stable_hash128([&b"ambit"[..]])), "a1742c64c41ffd6c41aaadb0c25fac46");
    }
}

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
    let digest: [u8; 32] = hasher.finalize().into();
    digest.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

/// A 128-bit key of an event id. A canonical lower-case UUID is its own key, so the common case costs no hashing.
pub fn event_id_key(event_id: &str) -> u128 {
    parse_uuid(event_id.as_bytes()).unwrap_or_else(|| stable_hash128([event_id.as_bytes()]))
}

fn parse_uuid(text: &[u8]) -> Option<u128> {
    if text.len() != 36 {
        return None;
    }
    let mut value = 0_u128;
    for (index, byte) in text.iter().enumerate() {
        if matches!(index, 8 | 13 | 18 | 23) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return None,
        };
        value = (value << 4) | u128::from(digit);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_its_own_key() {
        assert_eq!(event_id_key("00000000-0000-0000-0000-00000000002a"), 42);
        assert_ne!(event_id_key("00000000-0000-0000-0000-00000000002A"), 42);
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(stable_hash128([&b"ab"[..], b"c"]), stable_hash128([&b"a"[..], b"bc"]));
    }

    #[test]
    fn the_hash_is_the_same_for_ever() {
        assert_eq!(format!("{:032x}", stable_hash128([&b"ambit"[..]])), "a1742c64c41ffd6c41aaadb0c25fac46");
    }
}

//! Ids that look as the sources' own do.

use crate::rng::Rng;

const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const UPPER: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A random UUID, version 4.
pub fn uuid(rng: &mut Rng) -> String {
    let digits = hex(rng, 30);
    let variant = rng.text("89ab", 1);
    format!(
        "{}-{}-4{}-{variant}{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..15],
        &digits[15..18],
        &digits[18..]
    )
}

/// That many lower-case hexadecimal digits.
pub fn hex(rng: &mut Rng, len: usize) -> String {
    rng.text(HEX, len)
}

/// A long-lived AWS access key id.
pub fn long_lived_key(rng: &mut Rng) -> String {
    format!("AKIA{}", rng.text(BASE32, 16))
}

/// A temporary AWS access key id.
pub fn temporary_key(rng: &mut Rng) -> String {
    format!("ASIA{}", rng.text(BASE32, 16))
}

/// The unique id of a role.
pub fn role_id(rng: &mut Rng) -> String {
    format!("AROA{}", rng.text(BASE32, 17))
}

/// The unique id of a user.
pub fn user_id(rng: &mut Rng) -> String {
    format!("AIDA{}", rng.text(BASE32, 17))
}

/// A request id of S3.
pub fn short_request_id(rng: &mut Rng) -> String {
    rng.text(UPPER, 16)
}

/// What stands in for a session token: recognisable, never a real one.
pub fn session_token(rng: &mut Rng) -> String {
    format!("IQoJb3JpZ2luX2VjEXAMPLE{}", rng.text(BASE32, 16))
}

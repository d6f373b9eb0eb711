//! Ids and times as the two JSON forms of OTLP write them: hex by the specification, base64 by protobuf's own mapping.

use ambit_schemas::EventTime;

use crate::decode::base64;

/// A trace id; zero is none.
pub(super) fn trace(text: &str) -> Option<u128> {
    let id = match text.len() {
        32 => u128::from_str_radix(text, 16).ok()?,
        _ => u128::from_be_bytes(base64::decode_exactly(text)?),
    };
    (id != 0).then_some(id)
}

/// A span id; zero is none.
pub(super) fn span(text: &str) -> Option<u64> {
    let id = match text.len() {
        16 => u64::from_str_radix(text, 16).ok()?,
        _ => u64::from_be_bytes(base64::decode_exactly(text)?),
    };
    (id != 0).then_some(id)
}

/// Nanoseconds since the epoch as a moment; zero is none.
pub(super) fn nanos(text: &str) -> Option<EventTime> {
    text.parse().ok().filter(|nanos| *nanos != 0).map(EventTime::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_the_same_id() {
        let id = 0x8e83_2599_f839_20b9_6c7d_428f_d4ef_8ef8;
        for text in [
            "8e832599f83920b96c7d428fd4ef8ef8",
            "8E832599F83920B96C7D428FD4EF8EF8",
            "joMlmfg5ILlsfUKP1O+O+A==",
            "joMlmfg5ILlsfUKP1O-O-A",
        ] {
            assert_eq!(trace(text), Some(id), "{text}");
        }
        assert_eq!(span("3d6HnPW9T2U="), span("ddde879cf5bd4f65"));
        for bad in
            ["", "0000000000000000", "AAAAAAAAAAA=", "xyz", "3d6HnPW9T2", "éééé", "3d6HnPW9T2U=3d6HnPW9T2U="]
        {
            assert_eq!((trace(bad), span(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn a_time_is_a_number_of_nanoseconds() {
        assert_eq!(nanos("1795334657076033878"), Some(EventTime(1_795_334_657_076_033)));
        for bad in ["", "0", "soon", "1.5", "99999999999999999999"] {
            assert_eq!(nanos(bad), None, "{bad}");
        }
    }
}

//! Where a string stops: the first quote, backslash or control character, many bytes at a time.

#![expect(
    clippy::inline_always,
    reason = "measured: without it the string scan becomes a call for each of a hundred strings"
)]

use wide::u8x16;

/// Bytes looked at together. Most strings of an audit log are shorter, so that the loop is left where the processor
/// expects it to be left: a wrong guess costs more than the look.
const WIDTH: usize = 32;

/// Where the first quote, backslash or control character from a place on stands: at the end if there is none.
#[inline(always)]
pub(super) fn stop(text: &[u8], from: usize) -> usize {
    let mut rest = text.get(from..).unwrap_or_default();
    let mut at = from;
    while let Some((chunk, tail)) = rest.split_first_chunk() {
        let run = plain_of(chunk);
        at += run;
        if run < WIDTH {
            return at;
        }
        rest = tail;
    }
    stop_in_tail(text, at)
}

/// The end of the text is looked at together with what stands before it, which was passed already.
#[inline(never)]
fn stop_in_tail(text: &[u8], at: usize) -> usize {
    if let Some(chunk) = text.last_chunk() {
        let passed = (at + WIDTH).saturating_sub(text.len());
        let stops = stops_of_chunk(chunk).checked_shr(u32::try_from(passed).unwrap_or(u32::MAX)).unwrap_or(0);
        return if stops == 0 { text.len() } else { at + stops.trailing_zeros() as usize };
    }
    let mut chunk = [0; WIDTH];
    for (into, byte) in chunk.iter_mut().zip(text.get(at..).unwrap_or_default()) {
        *into = *byte;
    }
    at + plain_of(&chunk)
}

#[inline(always)]
fn plain_of(chunk: &[u8; WIDTH]) -> usize {
    stops_of_chunk(chunk).trailing_zeros() as usize
}

#[inline(always)]
fn stops_of_chunk(chunk: &[u8; WIDTH]) -> u32 {
    let (halves, _) = chunk.as_chunks::<16>();
    halves.iter().rev().fold(0, |stops, half| stops << 16 | stops_of(u8x16::new(*half)))
}

/// A bit for each byte that stops, the first lowest.
#[inline(always)]
fn stops_of(bytes: u8x16) -> u32 {
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (is(b'"') | is(b'\\') | is_control).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only one byte of the text stops.
    fn check(text: &[u8], place: usize) {
        for from in 0..=text.len() {
            let expect = if from <= place { place } else { text.len() };
            assert_eq!(stop(text, from), expect, "from {from} of {text:?}");
        }
    }

    #[test]
    fn a_stop_is_found_wherever_it_stands() {
        for length in 0..3 * WIDTH {
            for place in 0..length {
                for byte in [b'"', b'\\', b'\n', 0, 0x1f] {
                    let mut text = vec![0xff_u8; length];
                    text[place] = byte;
                    check(&text, place);
                }
            }
            for byte in [b' ', 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xdc, 0xa2] {
                assert_eq!(stop(&vec![byte; length], 0), length, "{byte:#x}");
            }
        }
    }
}

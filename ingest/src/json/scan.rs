//! Where a string stops: the first quote, backslash or control character, many bytes at a time.

#![expect(
    clippy::inline_always,
    reason = "measured: without it the string scan becomes a call for each of a hundred strings"
)]

use wide::u8x16;

/// Bytes looked at together. Most strings of an audit log are shorter, so that the loop is left where the processor
/// expects it to be left: a wrong guess costs more than the look.
const WIDTH: usize = 32;

/// Bytes before the first quote, backslash or control character; all of them if there is none.
#[inline(always)]
pub(super) fn plain(text: &[u8]) -> usize {
    let mut rest = text;
    let mut passed = 0;
    while let Some((chunk, tail)) = rest.split_first_chunk() {
        let run = plain_of(chunk);
        passed += run;
        if run < WIDTH {
            return passed;
        }
        rest = tail;
    }
    passed + plain_of_tail(rest)
}

/// The end of the text, filled up with what stops a string.
#[cold]
#[inline(never)]
fn plain_of_tail(tail: &[u8]) -> usize {
    let mut chunk = [0; WIDTH];
    for (into, byte) in chunk.iter_mut().zip(tail) {
        *into = *byte;
    }
    plain_of(&chunk)
}

#[inline(always)]
fn plain_of(chunk: &[u8; WIDTH]) -> usize {
    let (halves, _) = chunk.as_chunks::<16>();
    let stops: u32 = halves.iter().rev().fold(0, |stops, half| stops << 16 | stops_of(u8x16::new(*half)));
    stops.trailing_zeros() as usize
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

    #[test]
    fn a_stop_is_found_wherever_it_stands() {
        for length in 0..3 * WIDTH {
            for place in 0..length {
                for stop in [b'"', b'\\', b'\n', 0, 0x1f] {
                    let mut text = vec![0xff_u8; length];
                    text[place] = stop;
                    assert_eq!(plain(&text), place, "{stop:#x} at {place} of {length}");
                }
            }
            for byte in [b' ', 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xdc, 0xa2] {
                assert_eq!(plain(&vec![byte; length]), length, "{byte:#x}");
            }
        }
    }
}

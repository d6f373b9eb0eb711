//! Chance, from a seed. Every actor draws from a stream of its own, named after it, so that a new actor or a new
//! incident leaves everybody else's bytes as they were.

/// A stream of chance: xoshiro256++.
#[derive(Debug, Clone)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of that name under that seed.
    pub fn stream(seed: u64, name: &str) -> Self {
        // FNV-1a of the name moves the seed; SplitMix64 spreads it over the state.
        let mut mix = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut split = || {
            mix = mix.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = mix;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        };
        Self { state: [split(), split(), split(), split()] }
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let mut mixed = [a, b, c ^ a, d ^ b];
        mixed[1] ^= mixed[2];
        mixed[0] ^= mixed[3];
        mixed[2] ^= b << 17;
        mixed[3] = mixed[3].rotate_left(45);
        self.state = mixed;
        result
    }

    /// A stream of its own that begins here.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::stream(self.bits(), "fork")
    }

    /// A number from 0 up to but without `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = (u128::from(self.bits()) * u128::from(bound)) >> 64;
        u64::try_from(wide).unwrap_or(u64::MAX)
    }

    /// An index below `len`; 0 when `len` is 0.
    pub fn index(&mut self, len: usize) -> usize {
        let bound = u64::try_from(len).unwrap_or(u64::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or(i64::MAX))
    }

    /// True in that many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of the items.
    ///
    /// # Panics
    /// On no items at all.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.index(items.len())]
    }

    /// An index, each as likely as its weight says; 0 when all weights are 0.
    pub fn weighted(&mut self, weights: &[u64]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// That many characters of an alphabet.
    pub fn text(&mut self, alphabet: &str, len: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..len).map(|_| *self.pick(&letters)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_same_for_ever() {
        let mut rng = Rng::stream(7, "rag-retriever");
        let first = [rng.bits(), rng.bits()];
        assert_eq!(first, [10_535_246_700_571_778_216, 8_157_453_312_953_925_060]);
        assert_ne!(first[0], Rng::stream(7, "support-agent").bits());
        assert_ne!(first[0], Rng::stream(8, "rag-retriever").bits());
    }

    #[test]
    fn numbers_stay_in_their_bounds() {
        let mut rng = Rng::stream(1, "bounds");
        for _ in 0..1_000 {
            assert!(rng.below(3) < 3);
            assert!((-2..=2).contains(&rng.range(-2, 2)));
            assert!(rng.weighted(&[0, 5, 0]) == 1);
        }
        assert_eq!((rng.below(0), rng.index(0), rng.range(4, 3), rng.weighted(&[0, 0])), (0, 0, 4, 0));
    }
}

//! What was worked out of a text before: logs say the same few thousand words again and again, and most of what a decoder
//! makes of a word takes longer than to find it here.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Texts that are remembered. A log that has more is forged, or does not repeat them: the memory is emptied.
const MAX_TEXTS: usize = 8_192;
/// Texts that are only worked out and not remembered, after most of those that were remembered came once.
const PAUSE: usize = 8 * MAX_TEXTS;
/// Longer texts are rare, and not worth the room.
const MAX_TEXT: usize = 1 << 10;

/// A memory of a function of one text.
#[derive(Debug)]
pub(crate) struct Remembered<V> {
    all: Vec<(Box<str>, V)>,
    index: HashTable<(u64, usize)>,
    /// Neighbouring records often say the same.
    last: usize,
    /// What came of a text that is not kept.
    passing: Option<V>,
    /// How often a text was found since the memory was emptied.
    found: usize,
    /// How many texts to come are not kept.
    pause: usize,
}

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Self { all: Vec::new(), index: HashTable::new(), last: 0, passing: None, found: 0, pause: 0 }
    }
}

impl<V> Remembered<V> {
    /// What `work` makes of a text; it must depend on nothing else.
    pub(crate) fn of(&mut self, text: &str, work: impl FnOnce() -> V) -> &V {
        if text.len() > MAX_TEXT {
            return self.passing.insert(work());
        }
        if self.all.get(self.last).is_none_or(|(held, _)| **held != *text) {
            match self.find(text) {
                Ok(at) => self.last = at,
                Err(_) if self.pause > 0 => {
                    self.pause -= 1;
                    return self.passing.insert(work());
                }
                Err(hash) => self.last = self.keep(hash, text, work()),
            }
        }
        self.found += 1;
        &self.all[self.last].1
    }

    /// Where a text stands, or else its hash.
    fn find(&self, text: &str) -> Result<usize, u64> {
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(text.as_bytes());
        let hash = hasher.finish();
        let all = &self.all;
        let found = self.index.find(hash, |(other, at)| *other == hash && *all[*at].0 == *text);
        found.map(|(_, at)| *at).ok_or(hash)
    }

    fn keep(&mut self, hash: u64, text: &str, value: V) -> usize {
        if self.all.len() >= MAX_TEXTS {
            // Each was found once when it came.
            if self.found < 2 * MAX_TEXTS {
                self.pause = PAUSE;
            }
            self.found = 0;
            self.all.clear();
            self.index.clear();
        }
        let at = self.all.len();
        self.all.push((text.into(), value));
        self.index.insert_unique(hash, (hash, at), |(hash, _)| *hash);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_worked_out() {
        let mut lengths = Remembered::default();
        let long = "x".repeat(MAX_TEXT + 1);
        for round in 0..2 {
            for text in ["a", "bb", "bb", "", "ccc", &long] {
                let mut is_new = false;
                let length = *lengths.of(text, || {
                    is_new = true;
                    text.len()
                });
                assert_eq!(length, text.len(), "{text}, round {round}");
                assert!(!is_new || round == 0 || text == long, "{text}, round {round}");
            }
        }
        for number in 0..=MAX_TEXTS {
            let text = number.to_string();
            assert_eq!(*lengths.of(&text, || text.len()), text.len());
        }
        assert!(lengths.all.len() <= MAX_TEXTS && lengths.index.len() == lengths.all.len());
    }

    #[test]
    fn what_comes_once_is_not_kept_for_long() {
        let (mut lengths, mut kept) = (Remembered::default(), 0);
        for number in 0..2 * (MAX_TEXTS + PAUSE) {
            let text = number.to_string();
            assert_eq!(*lengths.of(&text, || text.len()), text.len());
            kept += usize::from(lengths.all.last().is_some_and(|(held, _)| **held == *text));
        }
        assert!((2 * MAX_TEXTS..=3 * MAX_TEXTS).contains(&kept), "{kept}");
        let again = "2 * (MAX_TEXTS + PAUSE)";
        for round in 0..PAUSE {
            let mut is_new = false;
            lengths.of(again, || {
                is_new = true;
                0
            });
            assert!(!is_new || round < PAUSE - 1, "round {round}");
        }
    }
}

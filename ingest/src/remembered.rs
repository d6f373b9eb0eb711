//! What was worked out of a text before: logs say the same few thousand words again and again, and most of what a decoder
//! makes of a word takes longer than to find it here.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Texts that are remembered. A log that has more is forged, and the memory is emptied.
const MAX_TEXTS: usize = 8_192;
/// Longer texts are rare, and not worth the room.
const MAX_TEXT: usize = 1 << 10;

/// A memory of a function of one text.
#[derive(Debug)]
pub(crate) struct Remembered<V> {
    all: Vec<(Box<str>, V)>,
    index: HashTable<(u64, usize)>,
    /// Neighbouring records often say the same.
    last: usize,
    /// What came of a text that is too long to be kept.
    passing: Option<V>,
}

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Self { all: Vec::new(), index: HashTable::new(), last: 0, passing: None }
    }
}

impl<V> Remembered<V> {
    /// What `work` makes of a text; it must depend on nothing else.
    pub(crate) fn of(&mut self, text: &str, work: impl FnOnce() -> V) -> &V {
        if text.len() > MAX_TEXT {
            return self.passing.insert(work());
        }
        self.last = self.find(text, work);
        &self.all[self.last].1
    }

    fn find(&mut self, text: &str, work: impl FnOnce() -> V) -> usize {
        if self.all.get(self.last).is_some_and(|(held, _)| **held == *text) {
            return self.last;
        }
        let hash = FixedState::default().hash_one(text);
        let all = &self.all;
        if let Some((_, at)) = self.index.find(hash, |(other, at)| *other == hash && *all[*at].0 == *text) {
            return *at;
        }
        if self.all.len() >= MAX_TEXTS {
            self.all.clear();
            self.index.clear();
        }
        let at = self.all.len();
        self.all.push((text.into(), work()));
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
}

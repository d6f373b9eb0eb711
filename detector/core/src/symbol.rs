//! Texts that live in state, once each: a `u32` stands for them everywhere else.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::codec::{Codec, CodecError, Reader};

/// A text by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(pub(crate) u32);

/// The symbol of everything that came after the table was full.
const OVERFLOW: &str = "…";

/// Numbers texts in the order of their first use, which is event order, so that the same history gives the same
/// numbers. Bounded: beyond `most` texts every new one becomes the same overflow symbol, and is counted.
#[derive(Debug)]
pub(crate) struct Symbols {
    ends: Vec<u32>,
    text: String,
    index: HashTable<(u64, u32)>,
    most: usize,
    /// Look-ups that met a full table.
    pub(crate) overflowed: u64,
}

impl Symbols {
    /// An empty table for `most` texts.
    pub(crate) fn new(most: usize) -> Self {
        let mut symbols = Self {
            ends: Vec::new(),
            text: String::new(),
            index: HashTable::new(),
            most: most.max(2),
            overflowed: 0,
        };
        symbols.insert(OVERFLOW, hash(OVERFLOW));
        symbols
    }

    /// The symbol of a text, made if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        let hash = hash(text);
        if let Some(symbol) = self.find(text, hash) {
            return symbol;
        }
        if self.ends.len() >= self.most || self.text.len() + text.len() > u32::MAX as usize {
            self.overflowed += 1;
            return Symbol(0);
        }
        self.insert(text, hash)
    }

    /// Whether a quarter of the table is free yet.
    pub(crate) const fn has_room(&self) -> bool {
        self.ends.len() < self.most / 4 * 3
    }

    /// The symbol of a text that is known.
    pub(crate) fn get(&self, text: &str) -> Option<Symbol> {
        self.find(text, hash(text))
    }

    /// The text of a symbol.
    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        let slot = symbol.0 as usize;
        let start = if slot == 0 { 0 } else { self.ends[slot - 1] as usize };
        &self.text[start..self.ends[slot] as usize]
    }

    /// Every symbol and its text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Symbol, &str)> {
        (0..).zip(&self.ends).map(|(number, _)| (Symbol(number), self.text(Symbol(number))))
    }

    /// Bytes held.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4 + self.index.capacity() * 16
    }

    fn find(&self, text: &str, hash: u64) -> Option<Symbol> {
        let same = |(stored, slot): &(u64, u32)| *stored == hash && self.text(Symbol(*slot)) == text;
        self.index.find(hash, same).map(|(_, slot)| Symbol(*slot))
    }

    fn insert(&mut self, text: &str, hash: u64) -> Symbol {
        let slot = u32::try_from(self.ends.len()).unwrap_or(0);
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.index.insert_unique(hash, (hash, slot), |(stored, _)| *stored);
        Symbol(slot)
    }
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text.as_bytes())
}

impl Codec for Symbol {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let number = u32::take(reader)?;
        reader.symbol(number).map(Self)
    }
}

impl Codec for Symbols {
    fn put(&self, out: &mut Vec<u8>) {
        self.ends.put(out);
        self.text.put(out);
        self.most.put(out);
        self.overflowed.put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let ends = Vec::<u32>::take(reader)?;
        let text = String::take(reader)?;
        let (most, overflowed) = (usize::take(reader)?, u64::take(reader)?);
        let mut symbols =
            Self { ends: Vec::new(), text: String::new(), index: HashTable::new(), most, overflowed };
        let mut start = 0;
        for end in ends {
            let end = end as usize;
            let word = text.get(start..end).ok_or(CodecError::Malformed("symbol"))?;
            symbols.insert(word, hash(word));
            start = end;
        }
        if symbols.ends.is_empty() {
            return Err(CodecError::Malformed("symbols"));
        }
        Ok(symbols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_by_first_use_and_bounds_itself() {
        let mut symbols = Symbols::new(3);
        let (a, b) = (symbols.intern("a"), symbols.intern("b"));
        assert_eq!((symbols.intern("a"), symbols.text(b)), (a, "b"));
        assert_eq!((symbols.intern("c"), symbols.overflowed), (Symbol(0), 1));
        let mut bytes = Vec::new();
        symbols.put(&mut bytes);
        let mut again = Symbols::take(&mut Reader::new(&bytes)).unwrap();
        assert_eq!((again.intern("b"), again.get("c")), (b, None));
    }
}

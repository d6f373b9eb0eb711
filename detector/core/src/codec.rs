//! State as bytes, for snapshots: little-endian, length-prefixed, no self-description. Every value that is read back
//! is checked, because a snapshot comes from a disk.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// Why bytes are no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They end too early.
    #[error("the state ends in the middle of a value")]
    Short,
    /// They cannot mean what they should.
    #[error("the state has a malformed {0}")]
    Malformed(&'static str),
}

/// Bytes being read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    numbers: Option<&'a Numbers>,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, numbers: None }
    }

    fn bytes(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (head, tail) = self.bytes.split_at_checked(len).ok_or(CodecError::Short)?;
        self.bytes = tail;
        Ok(head)
    }

    /// A symbol of whoever wrote the bytes, as we number it.
    pub(crate) fn symbol(&self, number: u32) -> Result<u32, CodecError> {
        let Some(numbers) = self.numbers else { return Ok(number) };
        numbers.symbols.get(&number).copied().ok_or(CodecError::Malformed("symbol"))
    }

    /// An atom of whoever wrote the bytes, as we number it.
    pub(crate) fn atom(&self, number: u32) -> Result<u32, CodecError> {
        let Some(numbers) = self.numbers else { return Ok(number) };
        numbers.atoms.get(&number).copied().ok_or(CodecError::Malformed("atom"))
    }

    /// A length that the rest of the bytes can hold, so that a corrupt one cannot ask for all memory.
    fn len(&mut self) -> Result<usize, CodecError> {
        let len = usize::take(self)?;
        if len > self.bytes.len() { Err(CodecError::Short) } else { Ok(len) }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// How another detector numbers what we number too: its number to ours.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) symbols: HashMap<u32, u32, FixedState>,
    pub(crate) atoms: HashMap<u32, u32, FixedState>,
}

/// A value that can be part of a snapshot.
pub(crate) trait Codec: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError>;
}

/// The bytes of one value.
pub(crate) fn encode<T: Codec>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.put(&mut out);
    out
}

/// One value from all of the bytes.
pub(crate) fn decode<T: Codec>(bytes: &[u8]) -> Result<T, CodecError> {
    whole(Reader::new(bytes))
}

/// One value from the first of the bytes.
pub(crate) fn decode_head<T: Codec>(bytes: &[u8]) -> Result<T, CodecError> {
    T::take(&mut Reader::new(bytes))
}

/// The same, written by another detector, with its symbols and atoms as we number them.
pub(crate) fn decode_of<T: Codec>(bytes: &[u8], numbers: &Numbers) -> Result<T, CodecError> {
    whole(Reader { bytes, numbers: Some(numbers) })
}

fn whole<T: Codec>(mut reader: Reader<'_>) -> Result<T, CodecError> {
    let value = T::take(&mut reader)?;
    if reader.is_empty() { Ok(value) } else { Err(CodecError::Malformed("tail")) }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Codec for $number {
            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }

            fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                let bytes = reader.bytes(size_of::<Self>())?;
                bytes.try_into().map(Self::from_le_bytes).map_err(|_short| CodecError::Short)
            }
        }
    )+};
}
numbers!(u8, u16, u32, u64, u128, i32, i64, i128, f64);

impl Codec for usize {
    fn put(&self, out: &mut Vec<u8>) {
        u64::try_from(*self).unwrap_or(u64::MAX).put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Self::try_from(u64::take(reader)?).map_err(|_large| CodecError::Malformed("size"))
    }
}

impl Codec for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match u8::take(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CodecError::Malformed("flag")),
        }
    }
}

impl Codec for String {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let len = reader.len()?;
        Self::from_utf8(reader.bytes(len)?.to_vec()).map_err(|_bad| CodecError::Malformed("text"))
    }
}

impl<T: Codec> Codec for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        bool::take(reader)?.then(|| T::take(reader)).transpose()
    }
}

impl<T: Codec> Codec for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        T::take(reader).map(Self::new)
    }
}

macro_rules! sequences {
    ($($sequence:ident),+) => {$(
        impl<T: Codec> Codec for $sequence<T> {
            fn put(&self, out: &mut Vec<u8>) {
                self.len().put(out);
                for value in self {
                    value.put(out);
                }
            }

            fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                let len = reader.len()?;
                (0..len).map(|_| T::take(reader)).collect()
            }
        }
    )+};
}
sequences!(Vec, VecDeque);

impl<K: Codec + Ord, V: Codec> Codec for BTreeMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for (key, value) in self {
            key.put(out);
            value.put(out);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let len = reader.len()?;
        (0..len).map(|_| Ok((K::take(reader)?, V::take(reader)?))).collect()
    }
}

impl<T: Codec + Ord> Codec for BTreeSet<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for value in self {
            value.put(out);
        }
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let len = reader.len()?;
        (0..len).map(|_| T::take(reader)).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident),+)),+) => {$(
        impl<$($name: Codec),+> Codec for ($($name,)+) {
            #[expect(non_snake_case, reason = "the type parameters name the fields")]
            fn put(&self, out: &mut Vec<u8>) {
                let ($($name,)+) = self;
                $($name.put(out);)+
            }

            fn take(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                Ok(($($name::take(reader)?,)+))
            }
        }
    )+};
}
tuples!((A, B), (A, B, C), (A, B, C, D), (A, B, C, D, E), (A, B, C, D, E, F));

/// Implements [`Codec`] for a struct, field by field in the order given, which must name all of them.
macro_rules! codec_struct {
    ($name:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::codec::Codec for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),+ } = self;
                $($crate::codec::Codec::put($field, out);)+
            }

            fn take(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                Ok(Self { $($field: $crate::codec::Codec::take(reader)?),+ })
            }
        }
    };
}
pub(crate) use codec_struct;

/// Implements [`Codec`] for closed vocabularies, by their wire names, so that a new word does not shift the old ones.
macro_rules! codec_words {
    ($($name:ty),+ $(,)?) => {$(
        impl $crate::codec::Codec for $name {
            fn put(&self, out: &mut Vec<u8>) {
                self.as_str().to_owned().put(out);
            }

            fn take(reader: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                let word = String::take(reader)?;
                Self::parse(&word).ok_or($crate::codec::CodecError::Malformed("word"))
            }
        }
    )+};
}

mod vocabulary;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Sample = (Vec<Option<String>>, BTreeMap<u32, (i64, bool)>);

    proptest! {
        #[test]
        fn what_is_put_is_taken(value: (Vec<Option<String>>, BTreeMap<u32, (i64, bool)>)) {
            prop_assert_eq!(decode::<Sample>(&encode(&value)), Ok(value));
        }

        #[test]
        fn any_bytes_are_a_value_or_an_error(bytes: Vec<u8>) {
            let read = decode::<Sample>(&bytes);
            prop_assert!(read.is_err() || encode(&read.unwrap()).len() == bytes.len());
        }
    }
}

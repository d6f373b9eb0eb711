//! Protobuf's wire format: fields with their numbers, borrowed. Nothing is known of any message here.

use crate::json::Fault;

/// A cursor over the fields of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field<'a> {
    /// Numbers, enums and booleans.
    Number(u64),
    /// Bytes, a text or a message.
    Bytes(&'a [u8]),
    /// A field of 32 bits; none is looked at.
    Other,
}

impl<'a> Wire<'a> {
    /// A cursor over a body.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next field and its number; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, Fault> {
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let key = self.varint()?;
        let field = match key & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Number(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_size| Fault::Cut)?;
                Field::Bytes(self.take(length)?)
            }
            5 => {
                self.array::<4>()?;
                Field::Other
            }
            _ => return Err(Fault::Broken),
        };
        Ok(Some((key >> 3, field)))
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let mut number = 0_u64;
        for place in 0..10 {
            let byte = *self.bytes.get(self.at).ok_or(Fault::Cut)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f).checked_shl(7 * place).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Fault::Broken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(length).ok_or(Fault::Cut)?;
        let taken = self.bytes.get(self.at..end).ok_or(Fault::Cut)?;
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.take(N)?.try_into().map_err(|_length| Fault::Cut)
    }
}

impl<'a> Field<'a> {
    /// The fields of a message.
    pub(super) const fn message(self) -> Result<Wire<'a>, Fault> {
        match self {
            Self::Bytes(bytes) => Ok(Wire::new(bytes)),
            Self::Number(_) | Self::Other => Err(Fault::Broken),
        }
    }

    /// A text.
    pub(super) fn text(self) -> Result<&'a str, Fault> {
        match self {
            Self::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_utf8| Fault::Broken),
            Self::Number(_) | Self::Other => Err(Fault::Broken),
        }
    }

    /// A number.
    pub(super) const fn number(self) -> Result<u64, Fault> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) | Self::Other => Err(Fault::Broken),
        }
    }

    /// An id of so many bytes, big-endian; zero is none, as is one of another length.
    pub(super) fn id(self, length: usize) -> Option<u128> {
        let Self::Bytes(bytes) = self else { return None };
        let id = bytes.iter().fold(0_u128, |id, byte| id << 8 | u128::from(*byte));
        (bytes.len() == length && id != 0).then_some(id)
    }
}

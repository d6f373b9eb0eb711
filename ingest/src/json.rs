//! A cursor over JSON text that hands out borrowed pieces of it.
//!
//! The decoder of the busiest source needs some thirty of a record's hundred-odd strings. This cursor checks the whole
//! record (grammar, escapes, control characters) but copies nothing and builds nothing; on audit logs it is about
//! 1.4 times as fast as deserialising into a borrowed struct. It does not recurse, so nesting cannot overflow a stack.

#![expect(
    clippy::inline_always,
    reason = "measured: without it the string scan becomes a call for each of a hundred strings"
)]

mod escape;
mod open;
mod scan;

use std::borrow::Cow;

use escape::unescape;
pub(crate) use escape::with_plain_keys;
use open::Open;

/// The deepest nesting that is read. Real records stay below 40.
pub(crate) const MAX_DEPTH: usize = 256;

/// Why a cursor stopped; it stands at the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not JSON.
    Broken,
    /// The text ends inside a value: JSON so far.
    Cut,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// Where a string's content lies, and whether it has escapes.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    escaped: bool,
}

/// The cursor. Methods start at the next value, white space before it allowed, and stop behind it.
#[derive(Debug, Clone)]
pub(crate) struct Json<'a> {
    bytes: &'a [u8],
    /// The same as text where that is known to be text: slicing it is cheaper than checking pieces again.
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    /// A cursor for stepping over JSON that need not be UTF-8.
    pub(crate) const fn of_bytes(bytes: &'a [u8]) -> Self {
        Self { bytes, text: "", at: 0 }
    }

    /// A cursor for reading.
    pub(crate) const fn of_text(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), text, at: 0 }
    }

    /// Bytes behind the cursor.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// The next byte that is no white space, or 0 at the end and at a control character.
    #[inline(always)]
    pub(crate) fn peek(&mut self) -> u8 {
        loop {
            match self.bytes.get(self.at) {
                Some(byte) if *byte > b' ' => return *byte,
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                _ => return 0,
            }
        }
    }

    #[cold]
    const fn fault(&self) -> Fault {
        if self.at >= self.bytes.len() { Fault::Cut } else { Fault::Broken }
    }

    /// Steps over a byte that must come next.
    #[inline(always)]
    pub(crate) fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != byte {
            return Err(self.fault());
        }
        self.at += 1;
        Ok(())
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        let next = self.peek();
        if next == 0 && self.at >= self.bytes.len() { Ok(()) } else { Err(Fault::Broken) }
    }

    /// A string, from its opening quote on.
    #[inline(always)]
    fn string(&mut self) -> Result<Span, Fault> {
        let start = self.at + 1;
        let mut escaped = false;
        let mut at = start;
        loop {
            at = scan::stop(self.bytes, at);
            self.at = at;
            match self.bytes.get(at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Span { start, end: at, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    at = self.escape()?;
                }
                _ => return Err(self.fault()),
            }
        }
    }

    /// The place behind the escape at the cursor.
    #[inline]
    fn escape(&mut self) -> Result<usize, Fault> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(self.at + 2),
            Some(b'u') => {
                let hex = self.bytes.get(self.at + 2..).unwrap_or_default();
                let digits = hex.iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
                self.at += 2 + digits;
                if digits == 4 { Ok(self.at) } else { Err(self.fault()) }
            }
            Some(_) => Err(Fault::Broken),
            None => Err(Fault::Cut),
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    #[inline(always)]
    fn str(&self, start: usize, end: usize) -> Result<&'a str, Fault> {
        match self.text.get(start..end) {
            Some(text) => Ok(text),
            None => std::str::from_utf8(self.slice(start, end)).map_err(|_utf8| Fault::Broken),
        }
    }

    /// The members of an object: `member` is called with each key and must step over the value. Anything else than an
    /// object is stepped over without a call. A key with escapes is handed out as it is written.
    #[inline(always)]
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.peek() != b'{' {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            member(self, key)?;
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fault()),
            }
        }
    }

    /// A key and its colon.
    #[inline(always)]
    pub(crate) fn key(&mut self) -> Result<&'a [u8], Fault> {
        if self.peek() != b'"' {
            return Err(self.fault());
        }
        let span = self.string()?;
        self.expect(b':')?;
        Ok(self.slice(span.start, span.end))
    }

    /// The elements of an array: `element` must step over each. Anything else than an array is stepped over.
    pub(crate) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.peek() != b'[' {
            return self.skip();
        }
        self.at += 1;
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            element(self)?;
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fault()),
            }
        }
    }

    /// A value as text: a string's content, a number or boolean as it is written; `None` for null, an object or array.
    #[inline(always)]
    pub(crate) fn text(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        let mut text = None;
        self.text_into(&mut text)?;
        Ok(text)
    }

    /// As [`Json::text`], where the text shall stand: measured, to hand it up and then move it takes longer than to
    /// find it.
    #[inline(always)]
    pub(crate) fn text_into(&mut self, into: &mut Option<Cow<'a, str>>) -> Result<(), Fault> {
        if self.peek() != b'"' {
            *into = self.scalar_text()?;
            return Ok(());
        }
        let span = self.string()?;
        let content = self.str(span.start, span.end)?;
        *into = Some(if span.escaped { Cow::Owned(unescape(content)) } else { Cow::Borrowed(content) });
        Ok(())
    }

    #[inline(never)]
    fn scalar_text(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        let (first, start) = (self.peek(), self.at);
        self.skip()?;
        if matches!(first, b'{' | b'[' | b'n') {
            return Ok(None);
        }
        Ok(Some(Cow::Borrowed(self.str(start, self.at)?)))
    }

    /// A value as it is written; `None` for null.
    #[inline(always)]
    pub(crate) fn raw(&mut self) -> Result<Option<&'a str>, Fault> {
        let first = self.peek();
        let start = self.at;
        self.skip()?;
        if first == b'n' { Ok(None) } else { self.str(start, self.at).map(Some) }
    }

    /// What was stepped over since a place.
    pub(crate) fn since(&self, start: usize) -> Result<&'a str, Fault> {
        self.str(start, self.at)
    }

    /// Steps over a value, checking it.
    #[inline]
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'{' => self.container(true),
            b'[' => self.container(false),
            first => self.scalar(first),
        }
    }

    #[inline(always)]
    fn scalar(&mut self, first: u8) -> Result<(), Fault> {
        match first {
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'-' | b'0'..=b'9' => self.number(),
            _ => Err(self.fault()),
        }
    }

    #[inline(always)]
    fn literal(&mut self, word: &[u8]) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(if word.starts_with(rest) { Fault::Cut } else { Fault::Broken })
    }

    fn number(&mut self) -> Result<(), Fault> {
        self.at += usize::from(self.bytes.get(self.at) == Some(&b'-'));
        // No digit may follow a zero; the fault is there, however much of the number is held.
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
            if self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
                return Err(Fault::Broken);
            }
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let from = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(self.fault()) }
    }

    /// Steps over an object or array, with a stack of one bit a level.
    #[inline(never)]
    fn container(&mut self, is_object: bool) -> Result<(), Fault> {
        let mut open = Open::default();
        open.push(is_object)?;
        self.at += 1;
        let mut first = true;
        loop {
            let closer = if open.object { b'}' } else { b']' };
            if first && self.peek() == closer {
                self.at += 1;
            } else {
                if open.object {
                    self.key()?;
                }
                match self.peek() {
                    b'"' => self.string().map(|_| ())?,
                    opener @ (b'{' | b'[') => {
                        open.push(opener == b'{')?;
                        self.at += 1;
                        first = true;
                        continue;
                    }
                    other => self.scalar(other)?,
                }
                if self.peek() == b',' {
                    self.at += 1;
                    first = false;
                    continue;
                }
                self.expect(closer)?;
            }
            if self.close(&mut open)? {
                return Ok(());
            }
            first = false;
        }
    }

    /// After a closed value: leaves every level that ends here. Returns whether the outermost did; else the cursor
    /// stands behind a comma.
    #[inline(always)]
    fn close(&mut self, open: &mut Open) -> Result<bool, Fault> {
        loop {
            if open.pop() {
                return Ok(true);
            }
            if self.peek() == b',' {
                self.at += 1;
                return Ok(false);
            }
            self.expect(if open.object { b'}' } else { b']' })?;
        }
    }
}

#[cfg(test)]
mod tests;

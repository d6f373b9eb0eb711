//! Looking for the next record while passing over any amount of bytes.

use std::io::Read;

use memchr::memchr;

use super::buffer::Buffer;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seek {
    /// Inside an array: whether it is an envelope's.
    pub(super) array: Option<bool>,
    /// The blanks before the array's elements, where they begin lines.
    pub(super) indent: Option<usize>,
    /// The brackets of the value that is passed over, where they may still tell its end.
    pub(super) brackets: Option<Brackets>,
}

/// What was found; the buffer stands at it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found {
    Nothing,
    /// The end of the value that was passed over.
    ValueEnd,
    /// A line on which an element of the array begins, or on which the array ends.
    Element,
    /// A line on which a document begins.
    Document,
    /// The end of the stream.
    End,
}

/// The nesting of a value, byte by byte.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brackets {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Brackets {
    /// Takes a byte; returns whether the value ends with it.
    fn closes(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = self.in_string,
            b'"' => self.in_string = !self.in_string,
            b'{' | b'[' if !self.in_string => self.depth += 1,
            b'}' | b']' if !self.in_string => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

impl Seek {
    /// Passes over the rest of a line.
    pub(super) fn step<R: Read>(&mut self, buffer: &mut Buffer<R>) -> Found {
        let unread = buffer.unread();
        let newline = memchr(b'\n', unread);
        let line = &unread[..newline.unwrap_or(unread.len())];
        if let Some(brackets) = &mut self.brackets
            && let Some(end) = line.iter().position(|byte| brackets.closes(*byte))
        {
            buffer.consume(end + 1);
            return Found::ValueEnd;
        }
        let passed = line.len();
        buffer.consume(passed);
        if newline.is_none() {
            return if buffer.fill() { Found::Nothing } else { Found::End };
        }
        // A string cannot run over a line's end: its brackets tell nothing any more.
        self.brackets = self.brackets.filter(|brackets| !brackets.in_string);
        let found = self.line(buffer);
        buffer.consume(1);
        found
    }

    /// What begins on the line behind the newline at which the buffer stands.
    fn line<R: Read>(&self, buffer: &mut Buffer<R>) -> Found {
        let blanks = self.indent.unwrap_or(0);
        while buffer.unread().len() < blanks + 2 && buffer.fill() {}
        let line = buffer.unread().get(1..).unwrap_or_default();
        let depth = line.iter().take(blanks).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match (line.get(depth), self.indent) {
            (Some(b'{'), Some(indent)) if depth == indent => Found::Element,
            (Some(b']'), Some(_)) => Found::Element,
            (Some(b'{' | b'['), _) if depth == 0 => Found::Document,
            _ => Found::Nothing,
        }
    }
}

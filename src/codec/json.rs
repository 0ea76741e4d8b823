//! JSON text ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)) as a cursor over bytes, without values in between.
//!
//! Numbers stay text until somebody asks for a type, so nothing is lost that a double can't hold. The text must be valid
//! UTF-8 before a cursor is laid on it.

mod number;
mod print;
mod scan;
mod tape;
mod text;

pub(super) use number::{Misfit, Number, short_decimal};
pub(super) use print::{ESCAPES, Escape, write_string, write_string_of};
pub(super) use tape::{Items, Kind, MemberName, Members, Record, Tape, Value};
pub(super) use text::{SHORT_ESCAPES, Text, Unescaped, unescape_at};

use std::borrow::Cow;

use super::fault::Fault;
use super::{Limits, ViolationKind};

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, pos: 0 }
    }

    /// A cursor that starts within a text, at the start of a token.
    pub(super) fn at(text: &'a [u8], pos: usize) -> Self {
        Self { text, pos }
    }

    /// The offset of the next byte.
    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    /// The length of the whole text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// What lies between here and a later place.
    pub(super) fn text_until(&self, end: &Self) -> Cow<'a, str> {
        String::from_utf8_lossy(&self.text[self.pos..end.pos])
    }

    /// Goes back to an offset where the cursor was before.
    pub(super) fn rewind(&mut self, pos: usize) {
        self.pos = pos;
    }

    /// The next byte, without a step.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    /// Passes over white space.
    #[inline]
    pub(super) fn skip_space(&mut self) {
        // Most texts have none here.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_spaces();
        }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.pos += 1;
        }
    }

    /// Steps over `byte`, if that is what comes.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    /// Steps over `text`, if that is what comes.
    #[inline]
    pub(super) fn eat_text(&mut self, text: &[u8]) -> bool {
        let found = self.text[self.pos..].starts_with(text);
        if found {
            self.pos += text.len();
        }
        found
    }

    /// Steps over a comma and the white space behind it; `false` where `close` ends the list instead.
    #[inline]
    pub(super) fn next_or(&mut self, close: u8) -> Result<bool, Fault> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.pos += 1;
                self.skip_space();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.pos += 1;
                Ok(false)
            }
            _ => Err(self.syntax(if close == b'}' { "',' or '}'" } else { "',' or ']'" })),
        }
    }

    /// Steps over a member's name and the colon behind it.
    pub(super) fn key(&mut self) -> Result<Text<'a>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a member's name in quotes"));
        }
        let text = self.string()?;
        self.colon()?;
        Ok(text)
    }

    /// Steps over the colon behind a member's name.
    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.eat(b':') { Ok(()) } else { Err(self.syntax("':'")) }
    }

    /// Steps over `null`, `true` or `false`.
    #[inline]
    pub(super) fn literal(&mut self, literal: &'static str) -> Result<(), Fault> {
        if self.eat_text(literal.as_bytes()) { Ok(()) } else { Err(self.syntax(literal)) }
    }

    /// Nothing but white space may follow.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("the end of the record", "trailing text")),
        }
    }

    /// Passes over a value of any kind, which is checked for syntax alone. Needs no stack, however deep it nests;
    /// `depth` is how deep it already stands.
    pub(super) fn skip_value(&mut self, limits: &Limits, depth: u32, nesting: &mut Vec<u8>) -> Result<(), Fault> {
        nesting.clear();
        loop {
            self.skip_space();
            let opened = match self.peek() {
                Some(b'{') => Some(b'}'),
                Some(b'[') => Some(b']'),
                _ => None,
            };
            if let Some(close) = opened {
                self.pos += 1;
                self.skip_space();
                if !self.eat(close) {
                    nesting.push(close);
                    limits.check_depth(u32::try_from(nesting.len()).unwrap_or(u32::MAX).saturating_add(depth))?;
                    self.skip_key(close)?;
                    continue;
                }
            } else {
                self.skip_scalar()?;
            }
            // A value is complete: close what it was the last one of.
            loop {
                let Some(&close) = nesting.last() else { return Ok(()) };
                if self.next_or(close)? {
                    self.skip_key(close)?;
                    break;
                }
                nesting.pop();
            }
        }
    }

    /// Stands behind the value at `pos`, which has a fault, whether or not it was read to its end.
    pub(super) fn pass(
        &mut self,
        fault: &Fault,
        pos: usize,
        (limits, depth): (&Limits, u32),
        nesting: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if fault.is_passed() {
            return Ok(());
        }
        self.rewind(pos);
        self.skip_value(limits, depth, nesting)
    }

    fn skip_key(&mut self, close: u8) -> Result<(), Fault> {
        if close == b'}' {
            self.key()?.check()?;
        }
        Ok(())
    }

    fn skip_scalar(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.string()?.check(),
            Some(b'n') => self.literal("null"),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ => Err(self.syntax("a value")),
        }
    }

    /// Describes the value that comes, shortened, and passes over it.
    #[cold]
    pub(super) fn found(&mut self, limits: &Limits, depth: u32, nesting: &mut Vec<u8>) -> Result<String, Fault> {
        const MAX_CHARS: usize = 64;
        let kind = match self.peek() {
            Some(b'{') => Some("object"),
            Some(b'[') => Some("array"),
            Some(b'n') => Some("null"),
            _ => None,
        };
        let before = self.clone();
        self.skip_value(limits, depth, nesting)?;
        if let Some(kind) = kind {
            return Ok(kind.to_owned());
        }
        let text = before.text_until(self);
        let kind = match text.as_bytes().first() {
            Some(b'"') => "string",
            Some(b't' | b'f') => "boolean",
            _ => "number",
        };
        let mut short: String = text.chars().take(MAX_CHARS).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        Ok(format!("{kind} {short}"))
    }

    /// The text does not go on as JSON must.
    #[cold]
    pub(super) fn syntax(&self, expected: &str) -> Fault {
        let found = match self.text[self.pos..].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
            None => "the end of the text".to_owned(),
            Some(char) => format!("{char:?}"),
        };
        self.fault(expected, &found)
    }

    fn fault(&self, expected: &str, found: &str) -> Fault {
        Fault::new(ViolationKind::Syntax, expected, format!("{found} at byte {}", self.pos))
    }
}

/// The text of a record.
pub(super) fn utf8(json: &[u8]) -> Result<&str, Fault> {
    // The quick check does not tell where the fault is.
    simdutf8::basic::from_utf8(json).or_else(|_| std::str::from_utf8(json)).map_err(|error| {
        let found = format!("another byte at byte {}", error.valid_up_to());
        Fault::new(ViolationKind::Syntax, "UTF-8 text", found)
    })
}

impl Limits {
    /// `depth` levels are open.
    #[inline]
    pub(super) fn check_depth(&self, depth: u32) -> Result<(), Fault> {
        if depth <= self.depth {
            return Ok(());
        }
        let expected = format!("at most {} levels of nesting", self.depth);
        Err(Fault::new(ViolationKind::Limit, expected, "one level more"))
    }

    /// An array or map has `items` items.
    #[inline]
    pub(super) fn check_items(&self, items: u64) -> Result<(), Fault> {
        if items <= self.items {
            return Ok(());
        }
        Err(Fault::new(ViolationKind::Limit, format!("at most {} items", self.items), items.to_string()))
    }

    /// A string, bytes or fixed value has `len` bytes.
    #[inline]
    pub(super) fn check_string(&self, len: usize) -> Result<(), Fault> {
        if len <= self.string_bytes {
            return Ok(());
        }
        let expected = format!("at most {} bytes of string", self.string_bytes);
        Err(Fault::new(ViolationKind::Limit, expected, len.to_string()))
    }

    /// A record has `len` bytes.
    pub(super) fn check_record(&self, len: usize) -> Result<(), Fault> {
        if len <= self.record_bytes {
            return Ok(());
        }
        let expected = format!("at most {} bytes of record", self.record_bytes);
        Err(Fault::new(ViolationKind::Limit, expected, len.to_string()))
    }
}

#[cfg(test)]
mod tests;

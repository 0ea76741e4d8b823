//! JSON strings: reading, unescaping, writing.

use super::super::fault::Fault;
use super::{Cursor, ViolationKind, scan};

/// A string as it stands between its quotes.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
    /// The offset of the first byte, for messages.
    pos: usize,
}

/// What the letter behind a backslash stands for; 0 where it is no escape of two characters.
pub(in crate::codec) const SHORT_ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table[b'/' as usize] = b'/';
    table[b'b' as usize] = 0x08;
    table[b'f' as usize] = 0x0c;
    table[b'n' as usize] = b'\n';
    table[b'r' as usize] = b'\r';
    table[b't' as usize] = b'\t';
    table
};

/// What a hexadecimal digit stands for; more than 15 where it is none.
static HEXADECIMAL: [u8; 256] = {
    let mut table = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit as usize] as usize] = digit;
        table[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};

/// What four hexadecimal digits stand for.
#[inline]
fn hexadecimal(digits: [u8; 4]) -> Option<u32> {
    let [a, b, c, d] = digits.map(|digit| HEXADECIMAL[usize::from(digit)]);
    (a | b | c | d < 16).then_some(u32::from(a) << 12 | u32::from(b) << 8 | u32::from(c) << 4 | u32::from(d))
}

impl<'a> Cursor<'a> {
    /// Steps over a string, whose opening quote comes. Escapes are looked at by [`Text`].
    #[inline]
    pub(in crate::codec) fn string(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.pos + 1;
        let len = scan::plain_len(&self.text[start..]);
        if self.text.get(start + len) == Some(&b'"') {
            self.pos = start + len + 1;
            return Ok(Text { raw: &self.text[start..start + len], escaped: false, pos: start });
        }
        self.long_string(start, start + len)
    }

    /// Steps over a string, whose opening quote comes, and gives its text without escapes; put into `scratch` if there
    /// are any.
    #[inline]
    pub(in crate::codec) fn text<'s>(&mut self, scratch: &'s mut Vec<u8>) -> Result<&'s [u8], Fault>
    where
        'a: 's,
    {
        let start = self.pos + 1;
        let len = scan::plain_len(&self.text[start..]);
        if self.text.get(start + len) == Some(&b'"') {
            self.pos = start + len + 1;
            return Ok(&self.text[start..start + len]);
        }
        let len = self.unescape_rest(start, len, scratch)?;
        Ok(&scratch[..len])
    }

    /// Goes on where the first `len` bytes of a string are plain. Copies and looks for the next escape at once.
    fn unescape_rest(&mut self, start: usize, mut len: usize, scratch: &mut Vec<u8>) -> Result<usize, Fault> {
        // No escape is shorter than what it stands for; what was left of earlier texts is written over.
        let room = self.text.len() - start + scan::CHUNK;
        if scratch.len() < room {
            scratch.resize(room, 0);
        }
        scratch[..len].copy_from_slice(&self.text[start..start + len]);
        let mut pos = start + len;
        loop {
            match self.text.get(pos) {
                Some(b'"') => {
                    self.pos = pos + 1;
                    return Ok(len);
                }
                Some(b'\\') => match self.text.get(pos + 1).map(|&letter| SHORT_ESCAPES[usize::from(letter)]) {
                    None | Some(0) => {
                        let rest = Text { raw: &self.text[pos..], escaped: true, pos };
                        let (char, read) = rest.char(0)?;
                        len += char.encode_utf8(&mut scratch[len..]).len();
                        pos += read;
                    }
                    Some(short) => {
                        scratch[len] = short;
                        len += 1;
                        pos += 2;
                    }
                },
                None => {
                    self.pos = pos;
                    return Err(self.syntax("the end of the string"));
                }
                Some(_) => {
                    self.pos = pos;
                    return Err(self.syntax("no control character in a string (escape it)"));
                }
            }
            let copied = scan::copy_plain(&self.text[pos..], &mut scratch[len..]);
            pos += copied;
            len += copied;
        }
    }

    fn long_string(&mut self, start: usize, mut pos: usize) -> Result<Text<'a>, Fault> {
        let mut escaped = false;
        loop {
            pos += scan::plain_len(&self.text[pos..]);
            match self.text.get(pos) {
                Some(b'"') => {
                    self.pos = pos + 1;
                    return Ok(Text { raw: &self.text[start..pos], escaped, pos: start });
                }
                // Whatever is escaped is not the end; an escape at the very end leaves nothing to look at.
                Some(b'\\') if pos + 1 < self.text.len() => {
                    escaped = true;
                    pos += 2;
                }
                Some(b'\\') | None => {
                    self.pos = self.text.len();
                    return Err(self.syntax("the end of the string"));
                }
                Some(_) => {
                    self.pos = pos;
                    return Err(self.syntax("no control character in a string (escape it)"));
                }
            }
        }
    }
}

/// What an escape stands for, as UTF-8.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Unescaped {
    pub(in crate::codec) utf8: [u8; 4],
    /// How many bytes of `utf8` count.
    pub(in crate::codec) width: usize,
    /// The length of the escape.
    pub(in crate::codec) len: usize,
}

/// Reads the escape at `pos`, or a pair of them; `None` if it is no escape, or stands for no character.
#[inline]
pub(in crate::codec) fn unescape_at(text: &[u8], pos: usize) -> Option<Unescaped> {
    match SHORT_ESCAPES[usize::from(*text.get(pos + 1)?)] {
        0 => unescape_long(text, pos),
        short => Some(Unescaped { utf8: [short, 0, 0, 0], width: 1, len: 2 }),
    }
}

fn unescape_long(text: &[u8], pos: usize) -> Option<Unescaped> {
    let (char, len) = Text { raw: text, escaped: true, pos: 0 }.char(pos).ok()?;
    let mut utf8 = [0; 4];
    let width = char.encode_utf8(&mut utf8).len();
    Some(Unescaped { utf8, width, len })
}

impl<'a> Text<'a> {
    /// The bytes between the quotes, escapes and all.
    #[inline]
    pub(in crate::codec) fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The text without escapes; put into `scratch` if there are any.
    #[inline]
    pub(in crate::codec) fn unescaped<'s>(&self, scratch: &'s mut Vec<u8>) -> Result<&'s [u8], Fault>
    where
        'a: 's,
    {
        if !self.escaped {
            return Ok(self.raw);
        }
        scratch.clear();
        self.unescape(scratch)?;
        Ok(scratch)
    }

    /// Whether escapes stand in it.
    pub(in crate::codec) fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// Appends the text without escapes, with U+FFFD for lone surrogates.
    pub(in crate::codec) fn unescape_lossy(&self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.unescape_with(out, Some(char::REPLACEMENT_CHARACTER))
    }

    /// Checks the escapes. A lone surrogate is correct JSON, though no text.
    pub(in crate::codec) fn check(&self) -> Result<(), Fault> {
        let mut pos = 0;
        while self.escaped && pos < self.raw.len() {
            pos += scan::plain_len(&self.raw[pos..]);
            if pos < self.raw.len() {
                pos += self.escape(pos)?.1;
            }
        }
        Ok(())
    }

    fn unescape(&self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.unescape_with(out, None)
    }

    /// Puts `lone` in place of lone surrogates, if they are not errors.
    fn unescape_with(&self, out: &mut Vec<u8>, lone: Option<char>) -> Result<(), Fault> {
        let mut pos = 0;
        loop {
            let len = scan::plain_len(&self.raw[pos..]);
            out.extend_from_slice(&self.raw[pos..pos + len]);
            pos += len;
            if pos == self.raw.len() {
                return Ok(());
            }
            let (char, len) = match (self.char(pos), lone) {
                (Ok(read), _) => read,
                (Err(_), Some(lone)) => (lone, self.escape(pos)?.1),
                (Err(fault), None) => return Err(fault),
            };
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            pos += len;
        }
    }

    /// The character that the escape at `pos`, or a pair of them, stands for, and the length of what was read.
    fn char(&self, pos: usize) -> Result<(char, usize), Fault> {
        let (unit, len) = self.escape(pos)?;
        let (code, len) = match unit {
            0xd800..=0xdbff => match self.raw.get(pos + len).map(|_| self.escape(pos + len)) {
                Some(Ok((low @ 0xdc00..=0xdfff, more))) => {
                    (0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00), len + more)
                }
                _ => (unit, len),
            },
            _ => (unit, len),
        };
        match char::from_u32(code) {
            Some(char) => Ok((char, len)),
            None => Err(self.fault(pos, "a character", "a lone surrogate")),
        }
    }

    /// The UTF-16 unit and the length of the escape at `pos`.
    fn escape(&self, pos: usize) -> Result<(u32, usize), Fault> {
        match (self.raw.get(pos), self.raw.get(pos + 1)) {
            (Some(b'\\'), Some(b'u')) => {
                let digits = self.raw.get(pos + 2..pos + 6).and_then(|digits| digits.first_chunk().copied());
                match digits.and_then(hexadecimal) {
                    Some(unit) => Ok((unit, 6)),
                    None => Err(self.fault(pos, "four hexadecimal digits", "something else in an escape")),
                }
            }
            (Some(b'\\'), Some(&letter)) if SHORT_ESCAPES[usize::from(letter)] != 0 => {
                Ok((u32::from(SHORT_ESCAPES[usize::from(letter)]), 2))
            }
            _ => Err(self.fault(pos, "an escape such as \\n or \\u00e9", "an unknown escape")),
        }
    }

    #[cold]
    fn fault(&self, pos: usize, expected: &str, found: &str) -> Fault {
        Fault::new(ViolationKind::Syntax, expected, format!("{found} at byte {}", self.pos + pos))
    }
}

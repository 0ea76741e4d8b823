//! Values without parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::BytesForm;
use super::{Run, Written};
use crate::codec::fault::Fault;
use crate::codec::json::{write_string, write_string_of};
use crate::schema::avro::{EnumPlan, FixedPlan};

impl<'a> Run<'a> {
    pub(super) fn boolean(&mut self) -> Written {
        let text: &[u8] = if self.read_boolean()? { b"true" } else { b"false" };
        self.out.extend_from_slice(text);
        Ok(())
    }

    pub(super) fn read_boolean(&mut self) -> Result<bool, Fault> {
        let flag = match self.datum.get(self.pos) {
            Some(0) => false,
            Some(1) => true,
            Some(other) => return Err(self.malformed("boolean", &format!("the byte {other}"))),
            None => return Err(self.malformed("boolean", "the end of the datum")),
        };
        self.pos += 1;
        Ok(flag)
    }

    pub(super) fn int(&mut self) -> Written {
        let value = self.int_value()?;
        self.integer(value);
        Ok(())
    }

    pub(super) fn int_value(&mut self) -> Result<i64, Fault> {
        let value = self.varint("int")?;
        if i32::try_from(value).is_err() {
            return Err(self.malformed("int", &format!("{value}, which it can't hold,")));
        }
        Ok(value)
    }

    pub(super) fn long(&mut self) -> Written {
        let value = self.varint("long")?;
        self.integer(value);
        Ok(())
    }

    pub(super) fn integer(&mut self, value: i64) {
        match u8::try_from(value) {
            Ok(digit @ 0..10) => self.out.push(b'0' + digit),
            _ => push_short(itoa::Buffer::new().format(value).as_bytes(), self.out),
        }
    }

    pub(super) fn float(&mut self) -> Written {
        let value = f32::from_le_bytes(self.array_of("float")?);
        self.print_float(value);
        Ok(())
    }

    pub(super) fn print_float(&mut self, value: f32) {
        if value.is_finite() {
            push_short(zmij::Buffer::new().format_finite(value).as_bytes(), self.out);
        } else {
            self.special(value.is_nan(), value > 0.0);
        }
    }

    pub(super) fn double(&mut self) -> Written {
        let value = f64::from_le_bytes(self.array_of("double")?);
        self.print_double(value);
        Ok(())
    }

    pub(super) fn print_double(&mut self, value: f64) {
        if value.is_finite() {
            push_short(zmij::Buffer::new().format_finite(value).as_bytes(), self.out);
        } else {
            self.special(value.is_nan(), value > 0.0);
        }
    }

    fn special(&mut self, nan: bool, positive: bool) {
        let text: &[u8] = match (nan, positive) {
            (true, _) => b"\"NaN\"",
            (false, true) => b"\"Infinity\"",
            (false, false) => b"\"-Infinity\"",
        };
        self.out.extend_from_slice(text);
    }

    pub(super) fn array_of<const N: usize>(&mut self, expected: &str) -> Result<[u8; N], Fault> {
        match self.datum[self.pos..].first_chunk() {
            Some(bytes) => {
                self.pos += N;
                Ok(*bytes)
            }
            None => Err(self.malformed(expected, "the end of the datum")),
        }
    }

    pub(super) fn string(&mut self) -> Written {
        self.written_text("string").map(drop)
    }

    /// A length and as many bytes of UTF-8, written as a JSON string.
    pub(super) fn written_text(&mut self, expected: &str) -> Result<&'a [u8], Fault> {
        let start = self.pos;
        let text = self.counted(expected)?;
        let is_ascii = write_string_of(self.datum, self.pos - text.len(), text.len(), self.out);
        if is_ascii || simdutf8::basic::from_utf8(text).is_ok() {
            return Ok(text);
        }
        self.pos = start;
        Err(self.malformed(expected, "bytes that are not UTF-8"))
    }

    /// A length and as many bytes of UTF-8.
    pub(super) fn text(&mut self, expected: &str) -> Result<&'a [u8], Fault> {
        let start = self.pos;
        let bytes = self.counted(expected)?;
        if simdutf8::basic::from_utf8(bytes).is_ok() {
            Ok(bytes)
        } else {
            self.pos = start;
            Err(self.malformed(expected, "bytes that are not UTF-8"))
        }
    }

    /// A length and as many bytes.
    #[inline]
    pub(super) fn counted(&mut self, expected: &str) -> Result<&'a [u8], Fault> {
        let start = self.pos;
        let len = self.varint(expected)?;
        let Ok(len) = usize::try_from(len) else {
            self.pos = start;
            return Err(self.negative(len, expected));
        };
        self.limits.check_string(len)?;
        self.take(len, expected)
    }

    #[cold]
    fn negative(&self, len: i64, expected: &str) -> Fault {
        self.malformed(expected, &format!("the length {len}"))
    }

    pub(super) fn bytes(&mut self) -> Written {
        let bytes = self.counted("bytes")?;
        self.binary(bytes);
        Ok(())
    }

    pub(super) fn fixed(&mut self, plan: &FixedPlan) -> Written {
        self.limits.check_string(plan.size)?;
        let bytes = self.take(plan.size, "fixed")?;
        self.binary(bytes);
        Ok(())
    }

    fn binary(&mut self, bytes: &[u8]) {
        match self.options.bytes_form() {
            BytesForm::Base64 => {
                self.out.push(b'"');
                let start = self.out.len();
                // Four characters for each three bytes begun.
                let len = bytes.len().div_ceil(3) * 4;
                self.out.resize(start + len, 0);
                // The room is exactly what the engine needs, so it can't refuse.
                let written = STANDARD.encode_slice(bytes, &mut self.out[start..]).unwrap_or_default();
                debug_assert_eq!(written, len);
                self.out.push(b'"');
            }
            BytesForm::Latin1 => {
                self.text.clear();
                for &byte in bytes {
                    self.text.extend_from_slice(char::from(byte).encode_utf8(&mut [0; 2]).as_bytes());
                }
                write_string(self.text, self.out);
            }
        }
    }

    pub(super) fn symbol(&mut self, plan: &EnumPlan) -> Written {
        let index = self.varint("the number of a symbol")?;
        let Some(symbol) = usize::try_from(index).ok().and_then(|index| plan.table.image(index)) else {
            let expected = format!("the number of a symbol of enum {}", plan.name);
            return Err(self.malformed(&expected, &index.to_string()));
        };
        push_short(symbol.as_bytes(), self.out);
        Ok(())
    }
}

/// Appends a text that is not empty and nearly always short, in stores of known width: a call to copy as few bytes costs
/// more than they do.
#[inline]
fn push_short(text: &[u8], out: &mut Vec<u8>) {
    let (start, len) = (out.len(), text.len());
    let four = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u128::from(u32::from_le_bytes(*bytes)));
    let eight = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u128::from(u64::from_le_bytes(*bytes)));
    match (len, text) {
        (17..=32, _) => {
            if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
                out.extend_from_slice(first);
                out.truncate(start + len - 16);
                out.extend_from_slice(last);
            }
            return;
        }
        // The first and the last bytes overlap, and are the same where they do.
        (8..=16, _) => {
            let word = eight(text.first_chunk()) | eight(text.last_chunk()) << (8 * (len - 8));
            out.extend_from_slice(&word.to_le_bytes());
        }
        (4..=7, _) => {
            let word = four(text.first_chunk()) | four(text.last_chunk()) << (8 * (len - 4));
            out.extend_from_slice(&word.to_le_bytes());
        }
        _ => out.extend_from_slice(text),
    }
    out.truncate(start + len);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_of_every_length_are_appended() {
        for len in 0..60 {
            let text: Vec<u8> = (0..len).collect();
            let mut out = b"before".to_vec();
            push_short(&text, &mut out);
            assert_eq!(out, [b"before", &*text].concat(), "{len}");
        }
    }
}

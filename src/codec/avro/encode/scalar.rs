//! Values without parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::BytesForm;
use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::json::{Misfit, Number};
use crate::schema::avro::{EnumPlan, FixedPlan, NodeId, varint};

/// What a float or double is that no JSON number can write.
const SPECIAL: [(&str, f32); 3] = [("NaN", f32::NAN), ("Infinity", f32::INFINITY), ("-Infinity", f32::NEG_INFINITY)];

impl<'a> Run<'a> {
    pub(super) fn null(&mut self, id: NodeId) -> Written {
        match self.cursor.peek() {
            Some(b'n') => self.cursor.literal("null"),
            _ => Err(self.mismatch(id, 0)),
        }
    }

    pub(super) fn boolean(&mut self, id: NodeId) -> Written {
        let value = match self.cursor.peek() {
            Some(b't') => self.cursor.literal("true").map(|()| 1),
            Some(b'f') => self.cursor.literal("false").map(|()| 0),
            _ => Err(self.mismatch(id, 0)),
        }?;
        self.out.push(value);
        Ok(())
    }

    pub(super) fn int(&mut self, id: NodeId) -> Written {
        let value = self.whole(id, |value| i32::try_from(value).is_ok())?;
        varint::write(value, self.out);
        Ok(())
    }

    pub(super) fn long(&mut self, id: NodeId) -> Written {
        let value = self.whole(id, |_| true)?;
        varint::write(value, self.out);
        Ok(())
    }

    #[inline]
    fn whole(&mut self, id: NodeId, in_range: impl Fn(i64) -> bool) -> Result<i64, Fault> {
        let pos = self.cursor.pos();
        match self.cursor.short_integer() {
            Some(value) if in_range(value) => Ok(value),
            _ => {
                self.cursor.rewind(pos);
                self.number(id, |number| {
                    number.to_i64().and_then(|n| if in_range(n) { Ok(n) } else { Err(Misfit::Range) })
                })
            }
        }
    }

    pub(super) fn float(&mut self, id: NodeId) -> Written {
        let value = match self.cursor.peek() {
            Some(b'"') => self.special(id)?,
            _ => self.number(id, Number::to_f32)?,
        };
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    pub(super) fn double(&mut self, id: NodeId) -> Written {
        let value = match (self.cursor.short_decimal(), self.cursor.peek()) {
            (Some(value), _) => value,
            (None, Some(b'"')) => f64::from(self.special(id)?),
            (None, _) => self.number(id, Number::to_f64)?,
        };
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn special(&mut self, id: NodeId) -> Result<f32, Fault> {
        let pos = self.cursor.pos();
        let text = self.cursor.string()?;
        if let Some((_, value)) = SPECIAL.iter().find(|(name, _)| name.as_bytes() == text.raw()) {
            Ok(*value)
        } else {
            self.cursor.rewind(pos);
            Err(self.mismatch(id, 0))
        }
    }

    fn number<T>(&mut self, id: NodeId, read: impl Fn(Number<'a>) -> Result<T, Misfit>) -> Result<T, Fault> {
        if !matches!(self.cursor.peek(), Some(b'-' | b'0'..=b'9')) {
            return Err(self.mismatch(id, 0));
        }
        let pos = self.cursor.pos();
        let number = self.cursor.number()?;
        read(number).map_err(|misfit| {
            self.cursor.rewind(pos);
            let found = self.found(0);
            let expected = self.plan.describe(id);
            match (found, misfit) {
                (Err(syntax), _) => syntax,
                (Ok(found), Misfit::Fraction) => {
                    Fault::new(ViolationKind::Type, expected, format!("{found}, which is not whole"))
                }
                (Ok(found), Misfit::Range) => {
                    Fault::new(ViolationKind::Range, expected, format!("{found}, which it can't hold"))
                }
            }
        })
    }

    pub(super) fn string(&mut self, id: NodeId) -> Written {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.mismatch(id, 0));
        }
        let text = self.cursor.text(&mut self.scratch.text)?;
        self.limits.check_string(text.len())?;
        varint::write_len(text.len(), self.out);
        self.out.extend_from_slice(text);
        Ok(())
    }

    pub(super) fn symbol(&mut self, id: NodeId, plan: &EnumPlan) -> Written {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.mismatch(id, 0));
        }
        let pos = self.cursor.pos();
        let text = self.cursor.text(&mut self.scratch.text)?;
        match plan.symbols.iter().position(|symbol| symbol.as_bytes() == text) {
            Some(index) => varint::write_len(index, self.out),
            None => return Err(self.no_value(pos, format!("a symbol of enum {}", plan.name))),
        }
        Ok(())
    }

    pub(super) fn bytes(&mut self, id: NodeId) -> Written {
        self.binary(id)?;
        varint::write_len(self.scratch.bytes.len(), self.out);
        self.out.extend_from_slice(&self.scratch.bytes);
        Ok(())
    }

    pub(super) fn fixed(&mut self, id: NodeId, plan: &FixedPlan) -> Written {
        self.binary(id)?;
        let len = self.scratch.bytes.len();
        if len != plan.size {
            return Err(Fault::new(ViolationKind::Value, self.plan.describe(id), format!("{len} bytes")));
        }
        self.out.extend_from_slice(&self.scratch.bytes);
        Ok(())
    }

    /// Puts the bytes behind a string into the scratch space.
    fn binary(&mut self, id: NodeId) -> Written {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.mismatch(id, 0));
        }
        let pos = self.cursor.pos();
        let text = self.cursor.text(&mut self.scratch.text)?;
        self.scratch.bytes.clear();
        let form = self.options.bytes_form();
        let fits = match form {
            BytesForm::Base64 => STANDARD.decode_vec(text, &mut self.scratch.bytes).is_ok(),
            BytesForm::Latin1 => latin1(text, &mut self.scratch.bytes),
        };
        if !fits {
            let form = match form {
                BytesForm::Base64 => "base64 with padding",
                BytesForm::Latin1 => "characters U+0000 to U+00FF",
            };
            return Err(self.no_value(pos, format!("{} as {form}", self.plan.describe(id))));
        }
        self.limits.check_string(self.scratch.bytes.len())
    }

    /// The string at `pos` is a string, but not one of those that the type takes.
    #[cold]
    fn no_value(&mut self, pos: usize, expected: String) -> Fault {
        self.cursor.rewind(pos);
        match self.found(0) {
            Ok(found) => Fault::new(ViolationKind::Value, expected, found),
            Err(syntax) => syntax,
        }
    }
}

/// Appends each character as the byte of its number; `false` if one has none.
fn latin1(text: &[u8], out: &mut Vec<u8>) -> bool {
    let chars = text.utf8_chunks().flat_map(|chunk| chunk.valid().chars());
    for char in chars {
        match u8::try_from(char) {
            Ok(byte) => out.push(byte),
            Err(_) => return false,
        }
    }
    true
}

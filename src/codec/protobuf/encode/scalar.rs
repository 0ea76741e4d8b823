//! Values without parts.

use super::output::varint;
use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::json::{Cursor, Misfit, Number};
use crate::schema::protobuf::plan::{Scalar, Type};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What a float or double is that no JSON number can write.
const SPECIAL: [(&[u8], f32); 3] =
    [(b"NaN", f32::NAN), (b"Infinity", f32::INFINITY), (b"-Infinity", f32::NEG_INFINITY)];

/// Why a value is refused, and what is expected instead where that is not the type itself.
pub(super) enum Refusal {
    Kind,
    Value(&'static str),
    Misfit(Misfit),
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

impl Run<'_> {
    #[inline]
    pub(super) fn scalar(&mut self, scalar: Scalar, depth: u32) -> Written {
        if self.short_number(scalar) { Ok(()) } else { self.any_scalar(scalar, depth) }
    }

    /// Writes a number of few digits, if that is what comes and the type is of such.
    #[inline]
    fn short_number(&mut self, scalar: Scalar) -> bool {
        if !matches!(self.cursor.peek(), Some(b'-' | b'0'..=b'9')) {
            return false;
        }
        let pos = self.cursor.pos();
        let written = match scalar {
            Scalar::Double => match self.cursor.short_decimal() {
                Some(value) => {
                    self.out.extend_from_slice(&value.to_le_bytes());
                    return true;
                }
                None => return false,
            },
            Scalar::Bool | Scalar::String | Scalar::Bytes | Scalar::Float => return false,
            _ => self.cursor.short_integer().is_some_and(|number| integer(scalar, number.into(), self.out).is_ok()),
        };
        if !written {
            self.cursor.rewind(pos);
        }
        written
    }

    fn any_scalar(&mut self, scalar: Scalar, depth: u32) -> Written {
        let pos = self.cursor.pos();
        let written = match (scalar, self.cursor.peek()) {
            (Scalar::Bool, Some(b't')) => return self.flag("true", 1),
            (Scalar::Bool, Some(b'f')) => return self.flag("false", 0),
            (Scalar::String, Some(b'"')) => {
                let text = self.cursor.text(&mut self.scratch.text)?;
                self.limits.check_string(text.len())?;
                string(text, self.out);
                return Ok(());
            }
            (Scalar::Bytes, Some(b'"')) => return self.bytes(depth),
            (Scalar::Bool | Scalar::String | Scalar::Bytes, _) => Err(Refusal::Kind),
            (_, Some(b'"')) => quoted(scalar, self.cursor.text(&mut self.scratch.text)?, self.out),
            (_, Some(b'-' | b'0'..=b'9')) => numeric(scalar, self.cursor.number()?, self.out).map_err(Refusal::Misfit),
            _ => Err(Refusal::Kind),
        };
        written.map_err(|refusal| self.refused(pos, Type::Scalar(scalar), &refusal, depth))
    }

    fn flag(&mut self, literal: &'static str, byte: u8) -> Written {
        self.cursor.literal(literal)?;
        self.out.push(byte);
        Ok(())
    }

    /// Writes what base64 text stands for, behind its length.
    fn bytes(&mut self, depth: u32) -> Written {
        let pos = self.cursor.pos();
        let start = self.open();
        let text = self.cursor.text(&mut self.scratch.text)?;
        self.limits.check_string(text.len())?;
        let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
        if engine.decode_vec(text, self.out).is_err() {
            return Err(self.no_value(pos, Type::Scalar(Scalar::Bytes), "base64 for ", depth));
        }
        self.close(start);
        Ok(())
    }

    pub(super) fn symbol(&mut self, index: usize, depth: u32) -> Written {
        let symbols = self.plan.symbols(index);
        let pos = self.cursor.pos();
        let number = match self.cursor.peek() {
            Some(b'n') if symbols.null => self.cursor.literal("null").map(|()| Ok(0)),
            Some(b'"') => {
                let text = self.cursor.text(&mut self.scratch.text)?;
                Ok(symbols.number(text).ok_or(Refusal::Value("a name in ")))
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.cursor.number()?.to_i64().and_then(|n| i32::try_from(n).map_err(|_| Misfit::Range));
                Ok(match number {
                    Ok(number) if symbols.open || symbols.name_of(number).is_some() => Ok(number),
                    Ok(_) => Err(Refusal::Value("a number in ")),
                    Err(misfit) => Err(misfit.into()),
                })
            }
            _ => Ok(Err(Refusal::Kind)),
        }?;
        match number {
            Ok(number) => {
                varint(i64::from(number).cast_unsigned(), self.out);
                Ok(())
            }
            Err(refusal) => Err(self.refused(pos, Type::Enum(index), &refusal, depth)),
        }
    }

    /// The value at `pos` is of the right kind, but none of the type, for which something is expected.
    #[cold]
    pub(super) fn no_value(&mut self, pos: usize, ty: Type, expected: &'static str, depth: u32) -> Fault {
        self.refused(pos, ty, &Refusal::Value(expected), depth)
    }

    /// The value at `pos` is none of the type.
    #[cold]
    fn refused(&mut self, pos: usize, ty: Type, refusal: &Refusal, depth: u32) -> Fault {
        self.cursor.rewind(pos);
        let found = match self.cursor.found(self.limits, depth, &mut self.scratch.nesting) {
            Ok(found) => found,
            Err(syntax) => return syntax,
        };
        let expected = self.plan.describe(ty);
        match refusal {
            Refusal::Kind => Fault::new(ViolationKind::Type, expected, found),
            Refusal::Value(what) => Fault::new(ViolationKind::Value, format!("{what}{expected}"), found),
            Refusal::Misfit(Misfit::Fraction) => {
                Fault::new(ViolationKind::Type, expected, format!("{found}, which is not whole"))
            }
            Refusal::Misfit(Misfit::Range) => {
                Fault::new(ViolationKind::Range, expected, format!("{found}, which it can't hold"))
            }
        }
    }
}

/// Appends the key of a map, which is always in quotes.
pub(super) fn key(scalar: Scalar, text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    match (scalar, text) {
        (Scalar::Bool, b"true" | b"false") => out.push(u8::from(text == b"true")),
        (Scalar::Bool, _) => return Err(Refusal::Kind),
        (Scalar::String, _) => string(text, out),
        _ => quoted(scalar, text, out)?,
    }
    Ok(())
}

/// Appends a text behind its length.
#[inline]
fn string(text: &[u8], out: &mut Vec<u8>) {
    varint(u64::try_from(text.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(text);
}

/// Appends the number within quotes.
fn quoted(scalar: Scalar, text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let special = SPECIAL.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    match (scalar, special) {
        (Scalar::Float, Some(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (Scalar::Double, Some(value)) => out.extend_from_slice(&f64::from(value).to_le_bytes()),
        _ => {
            let mut cursor = Cursor::new(text);
            let number = cursor.number().map_err(|_| Refusal::Kind)?;
            if cursor.pos() != text.len() {
                return Err(Refusal::Kind);
            }
            numeric(scalar, number, out)?;
        }
    }
    Ok(())
}

fn numeric(scalar: Scalar, number: Number<'_>, out: &mut Vec<u8>) -> Result<(), Misfit> {
    match scalar {
        Scalar::Float => out.extend_from_slice(&number.to_f32()?.to_le_bytes()),
        Scalar::Double => out.extend_from_slice(&number.to_f64()?.to_le_bytes()),
        Scalar::Uint64 | Scalar::Fixed64 => integer(scalar, number.to_u64()?.into(), out)?,
        _ => integer(scalar, number.to_i64()?.into(), out)?,
    }
    Ok(())
}

/// Appends a whole number, if the type can hold it.
#[inline]
fn integer(scalar: Scalar, number: i128, out: &mut Vec<u8>) -> Result<(), Misfit> {
    fn fit<T: TryFrom<i128>>(number: i128) -> Result<T, Misfit> {
        T::try_from(number).map_err(|_| Misfit::Range)
    }
    let zigzag = |n: i64| (n << 1 ^ n >> 63).cast_unsigned();
    match scalar {
        Scalar::Int32 => varint(i64::from(fit::<i32>(number)?).cast_unsigned(), out),
        Scalar::Int64 => varint(fit::<i64>(number)?.cast_unsigned(), out),
        Scalar::Uint32 => varint(u64::from(fit::<u32>(number)?), out),
        Scalar::Uint64 => varint(fit::<u64>(number)?, out),
        Scalar::Sint32 => varint(zigzag(i64::from(fit::<i32>(number)?)), out),
        Scalar::Sint64 => varint(zigzag(fit(number)?), out),
        Scalar::Fixed32 => out.extend_from_slice(&fit::<u32>(number)?.to_le_bytes()),
        Scalar::Fixed64 => out.extend_from_slice(&fit::<u64>(number)?.to_le_bytes()),
        Scalar::Sfixed32 => out.extend_from_slice(&fit::<i32>(number)?.to_le_bytes()),
        Scalar::Sfixed64 => out.extend_from_slice(&fit::<i64>(number)?.to_le_bytes()),
        Scalar::Bool | Scalar::String | Scalar::Bytes | Scalar::Float | Scalar::Double => return Err(Misfit::Range),
    }
    Ok(())
}

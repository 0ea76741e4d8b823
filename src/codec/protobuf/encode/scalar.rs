//! Values without parts.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use prost::encoding::encode_varint;

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::json::{Cursor, Misfit, Number};
use crate::schema::protobuf::plan::{Scalar, Type};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What a float or double is that no JSON number can write.
const SPECIAL: [(&[u8], f32); 3] =
    [(b"NaN", f32::NAN), (b"Infinity", f32::INFINITY), (b"-Infinity", f32::NEG_INFINITY)];

/// Why a value is refused, and what is expected instead where that is not the type itself.
enum Refusal {
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
    pub(super) fn scalar(&mut self, scalar: Scalar, depth: u32) -> Written {
        let pos = self.cursor.pos();
        let refusal = match (scalar, self.cursor.peek()) {
            (Scalar::Bool, Some(b't')) => return self.literal("true", 1),
            (Scalar::Bool, Some(b'f')) => return self.literal("false", 0),
            (Scalar::String | Scalar::Bytes, Some(b'"')) => {
                let text = self.cursor.text(&mut self.scratch.text)?;
                self.limits.check_string(text.len())?;
                match text_value(scalar, text, self.out) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => refusal,
                }
            }
            (Scalar::Bool | Scalar::String | Scalar::Bytes, _) => Refusal::Kind,
            (_, Some(b'"')) => {
                let text = self.cursor.text(&mut self.scratch.text)?;
                match quoted(scalar, text, self.out) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => refusal,
                }
            }
            (_, Some(b'-' | b'0'..=b'9')) => {
                let number = self.cursor.number()?;
                match numeric(scalar, number, self.out) {
                    Ok(()) => return Ok(()),
                    Err(misfit) => misfit.into(),
                }
            }
            _ => Refusal::Kind,
        };
        Err(self.refused(pos, Type::Scalar(scalar), &refusal, depth))
    }

    fn literal(&mut self, literal: &'static str, byte: u8) -> Written {
        self.cursor.literal(literal)?;
        self.out.push(byte);
        Ok(())
    }

    /// The key of a map, which is always in quotes.
    pub(super) fn key(&mut self, scalar: Scalar, text: &[u8]) -> Written {
        self.limits.check_string(text.len())?;
        let written = match (scalar, text) {
            (Scalar::Bool, b"true" | b"false") => {
                self.out.push(u8::from(text == b"true"));
                Ok(())
            }
            (Scalar::Bool, _) => Err(Refusal::Kind),
            (Scalar::String, _) => text_value(scalar, text, self.out),
            _ => quoted(scalar, text, self.out),
        };
        written.map_err(|_| {
            let expected = format!("{} as a key", self.plan.describe(Type::Scalar(scalar)));
            Fault::new(ViolationKind::Value, expected, "another text")
        })
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
                encode_varint(i64::from(number).cast_unsigned(), self.out);
                Ok(())
            }
            Err(refusal) => Err(self.refused(pos, Type::Enum(index), &refusal, depth)),
        }
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

/// Appends a string or bytes behind their length.
fn text_value(scalar: Scalar, text: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
    let decoded;
    let bytes = if scalar == Scalar::Bytes {
        let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
        decoded = engine.decode(text).map_err(|_| Refusal::Value("base64 for "))?;
        &decoded
    } else {
        text
    };
    encode_varint(u64::try_from(bytes.len()).unwrap_or(u64::MAX), out);
    out.extend_from_slice(bytes);
    Ok(())
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
    let int32 = |number: Number<'_>| number.to_i64().and_then(|n| i32::try_from(n).map_err(|_| Misfit::Range));
    let uint32 = |number: Number<'_>| number.to_u64().and_then(|n| u32::try_from(n).map_err(|_| Misfit::Range));
    let zigzag = |n: i64| (n << 1 ^ n >> 63).cast_unsigned();
    match scalar {
        Scalar::Int32 => encode_varint(i64::from(int32(number)?).cast_unsigned(), out),
        Scalar::Int64 => encode_varint(number.to_i64()?.cast_unsigned(), out),
        Scalar::Uint32 => encode_varint(u64::from(uint32(number)?), out),
        Scalar::Uint64 => encode_varint(number.to_u64()?, out),
        Scalar::Sint32 => encode_varint(zigzag(i64::from(int32(number)?)), out),
        Scalar::Sint64 => encode_varint(zigzag(number.to_i64()?), out),
        Scalar::Fixed32 => out.extend_from_slice(&uint32(number)?.to_le_bytes()),
        Scalar::Fixed64 => out.extend_from_slice(&number.to_u64()?.to_le_bytes()),
        Scalar::Sfixed32 => out.extend_from_slice(&int32(number)?.to_le_bytes()),
        Scalar::Sfixed64 => out.extend_from_slice(&number.to_i64()?.to_le_bytes()),
        Scalar::Float => out.extend_from_slice(&number.to_f32()?.to_le_bytes()),
        Scalar::Double => out.extend_from_slice(&number.to_f64()?.to_le_bytes()),
        Scalar::Bool | Scalar::String | Scalar::Bytes => return Err(Misfit::Range),
    }
    Ok(())
}

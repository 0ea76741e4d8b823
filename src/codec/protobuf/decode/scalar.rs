//! Values without parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Run, Written, wire};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::json::write_string;
use crate::schema::protobuf::plan::{Scalar, Type};

impl Run<'_> {
    pub(super) fn scalar(&mut self, scalar: Scalar, data: &[u8]) -> Written {
        match scalar {
            Scalar::Bool => {
                let text: &[u8] = if self.varint(scalar, data)? == 0 { b"false" } else { b"true" };
                self.out.extend_from_slice(text);
            }
            Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 | Scalar::Uint32 | Scalar::Fixed32 => {
                self.number(scalar, data)?;
            }
            Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 | Scalar::Uint64 | Scalar::Fixed64 => {
                self.out.push(b'"');
                self.number(scalar, data)?;
                self.out.push(b'"');
            }
            Scalar::Float => {
                let value = f32::from_le_bytes(self.fixed(scalar, data)?);
                let mut buffer = zmij::Buffer::new();
                self.float(value.is_finite().then(|| buffer.format_finite(value)), value.is_nan(), value > 0.0);
            }
            Scalar::Double => {
                let value = f64::from_le_bytes(self.fixed(scalar, data)?);
                let mut buffer = zmij::Buffer::new();
                self.float(value.is_finite().then(|| buffer.format_finite(value)), value.is_nan(), value > 0.0);
            }
            Scalar::String => {
                self.limits.check_string(data.len())?;
                if simdutf8::basic::from_utf8(data).is_err() {
                    return Err(self.malformed(scalar, "bytes that are not UTF-8"));
                }
                write_string(data, self.out);
            }
            Scalar::Bytes => {
                self.limits.check_string(data.len())?;
                self.out.push(b'"');
                self.out.extend_from_slice(STANDARD.encode(data).as_bytes());
                self.out.push(b'"');
            }
        }
        Ok(())
    }

    /// The key of a map, which is always in quotes.
    pub(super) fn key(&mut self, scalar: Scalar, data: &[u8]) -> Written {
        if scalar == Scalar::String {
            return self.scalar(scalar, data);
        }
        self.out.push(b'"');
        match scalar {
            Scalar::Bool => self.scalar(scalar, data)?,
            _ => self.number(scalar, data)?,
        }
        self.out.push(b'"');
        Ok(())
    }

    /// The name of the number, or the number where it has none.
    pub(super) fn symbol(&mut self, index: usize, data: &[u8]) {
        let symbols = self.plan.symbols(index);
        let (value, _) = wire::varint(data).unwrap_or_default();
        let number = wire::low32(value).cast_signed();
        match symbols.name_of(number) {
            _ if symbols.null => self.out.extend_from_slice(b"null"),
            Some(name) => write_string(name.as_bytes(), self.out),
            None => self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        }
    }

    fn number(&mut self, scalar: Scalar, data: &[u8]) -> Written {
        let mut buffer = itoa::Buffer::new();
        let unzigzag = |value: u64| (value >> 1).cast_signed() ^ -(value & 1).cast_signed();
        let text = match scalar {
            Scalar::Fixed32 => buffer.format(u32::from_le_bytes(self.fixed(scalar, data)?)),
            Scalar::Sfixed32 => buffer.format(i32::from_le_bytes(self.fixed(scalar, data)?)),
            Scalar::Fixed64 => buffer.format(u64::from_le_bytes(self.fixed(scalar, data)?)),
            Scalar::Sfixed64 => buffer.format(i64::from_le_bytes(self.fixed(scalar, data)?)),
            _ => {
                let value = self.varint(scalar, data)?;
                match scalar {
                    // Of 32 bits as many count, whatever stands above them.
                    Scalar::Int32 => buffer.format(wire::low32(value).cast_signed()),
                    Scalar::Uint32 => buffer.format(wire::low32(value)),
                    Scalar::Sint32 => buffer.format(unzigzag(u64::from(wire::low32(value)))),
                    Scalar::Sint64 => buffer.format(unzigzag(value)),
                    Scalar::Uint64 => buffer.format(value),
                    _ => buffer.format(value.cast_signed()),
                }
            }
        };
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn float(&mut self, finite: Option<&str>, is_nan: bool, is_positive: bool) {
        let text: &[u8] = match (finite, is_nan, is_positive) {
            (Some(text), ..) => text.as_bytes(),
            (None, true, _) => b"\"NaN\"",
            (None, false, true) => b"\"Infinity\"",
            (None, false, false) => b"\"-Infinity\"",
        };
        self.out.extend_from_slice(text);
    }

    fn varint(&self, scalar: Scalar, data: &[u8]) -> Result<u64, Fault> {
        wire::varint(data).map(|(value, _)| value).ok_or_else(|| self.malformed(scalar, "no integer"))
    }

    fn fixed<const N: usize>(&self, scalar: Scalar, data: &[u8]) -> Result<[u8; N], Fault> {
        data.first_chunk().copied().ok_or_else(|| self.malformed(scalar, "too few bytes"))
    }

    #[cold]
    fn malformed(&self, scalar: Scalar, found: &str) -> Fault {
        Fault::new(ViolationKind::Malformed, self.plan.describe(Type::Scalar(scalar)), found)
    }
}

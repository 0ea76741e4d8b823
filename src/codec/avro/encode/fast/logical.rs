//! Values of logical types, as their underlying type or as text without escapes.

use super::{At, Miss, Run};
use crate::codec::logical::{datetime, uuid};
use crate::schema::avro::{Decimal, Logical, LogicalPlan, Node};

impl<'a> Run<'a> {
    #[inline(never)]
    pub(super) fn logical(&mut self, plan: &LogicalPlan, at: At) -> At {
        match plan.logical {
            Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_) => {
                match self.plan.node(plan.underlying) {
                    _ if self.byte(at.i) == b'"' => self.datetime(plan.logical, at),
                    Node::Int => self.int(at),
                    _ => self.long(at),
                }
            }
            Logical::Uuid => match self.quoted(at.i) {
                Some(text) if uuid::read(text).is_some() => self.string(at),
                _ => Miss::Value.at(),
            },
            Logical::Decimal(decimal) => self.decimal_bytes(decimal, at).unwrap_or(Miss::Value.at()),
            Logical::BigDecimal | Logical::UuidFixed | Logical::Duration => Miss::Type.at(),
        }
    }

    /// The text in the quotes at `i`, if it has no escapes and is ASCII.
    fn quoted(&self, i: usize) -> Option<&'a [u8]> {
        let (start, len) = (i + 1, self.plain_len(i + 1));
        let text = self.text.bytes().get(start..start + len)?;
        (self.byte(i) == b'"' && self.byte(start + len) == b'"' && text.is_ascii()).then_some(text)
    }

    fn datetime(&mut self, logical: Logical, at: At) -> At {
        let Some(text) = self.quoted(at.i) else { return Miss::Value.at() };
        let value = match logical {
            Logical::Time(unit) => datetime::read_time(text, unit),
            Logical::Timestamp(unit) => datetime::read_timestamp(text, unit),
            Logical::LocalTimestamp(unit) => datetime::read_local_timestamp(text, unit),
            _ => datetime::read_date(text),
        };
        match value {
            Ok(value) if logical != Logical::Date || i32::try_from(value).is_ok() => {
                self.put_varint(at.p, value).map_or(Miss::Room.at(), |p| At { i: at.i + text.len() + 2, p })
            }
            _ => Miss::Value.at(),
        }
    }

    fn decimal_bytes(&mut self, Decimal { precision, scale, size }: Decimal, at: At) -> Option<At> {
        if self.byte(at.i) == b'"' {
            return None;
        }
        let mut cursor = self.cursor(at.i);
        let number = cursor.number().ok()?;
        self.scratch.unscaled.set(&number, i64::from(scale), usize::try_from(precision).ok()?).ok()?;
        let sign = if self.scratch.unscaled.is_negative() { 0xff } else { 0 };
        let bytes = self.scratch.unscaled.bytes();
        let room = self.out.bytes_mut().get_mut(at.p..)?;
        let width = match size {
            None => {
                let len = u8::try_from(bytes.len()).ok().filter(|&len| len < 64)?;
                *room.first_mut()? = len << 1;
                1 + bytes.len()
            }
            Some(size) if size <= self.limits.string_bytes => {
                room.get_mut(..size)?.fill(sign);
                size
            }
            Some(_) => return None,
        };
        let start = width.checked_sub(bytes.len())?;
        room.get_mut(start..width)?.copy_from_slice(bytes);
        Some(At { i: cursor.pos(), p: at.p + width })
    }
}

//! Values of logical types in plain mode; the specification's JSON encoding knows none of them.

use super::{JsonMode, Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::json::{Cursor, Number};
use crate::codec::logical::decimal::{DecimalFault, MAX_DIGITS, Unscaled};
use crate::codec::logical::duration::Duration;
use crate::codec::logical::{TextFault, datetime, uuid};
use crate::schema::avro::{Decimal, Logical, LogicalPlan, Node, NodeId, varint};

impl Run<'_> {
    pub(super) fn logical(&mut self, id: NodeId, plan: &LogicalPlan, depth: u32) -> Written {
        if self.options.mode == JsonMode::Avro {
            return self.value(plan.underlying, depth);
        }
        match plan.logical {
            Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_) => {
                self.datetime(id, plan)
            }
            Logical::Decimal(decimal) => self.decimal(id, decimal),
            Logical::BigDecimal => self.big_decimal(id),
            Logical::Uuid => self.uuid(id),
            Logical::UuidFixed => {
                let bytes =
                    self.parse(id, "its text of 36 characters", |text| uuid::read(text).ok_or(TextFault::Form))?;
                self.out.extend_from_slice(&bytes);
                Ok(())
            }
            Logical::Duration => {
                let duration = self.parse(id, "text such as P1M2DT3.004S", Duration::read)?;
                self.out.extend_from_slice(&duration.to_bytes());
                Ok(())
            }
        }
    }

    /// The underlying number, or text.
    fn datetime(&mut self, id: NodeId, plan: &LogicalPlan) -> Written {
        if self.cursor.peek() != Some(b'"') {
            return match self.plan.node(plan.underlying) {
                Node::Int => self.int(id),
                _ => self.long(id),
            };
        }
        let value = match plan.logical {
            Logical::Time(unit) => {
                self.parse(id, "a number or text such as 12:30:00", |text| datetime::read_time(text, unit))
            }
            Logical::Timestamp(unit) => self.parse(id, "a number or text such as 2024-02-29T12:30:00Z", |text| {
                datetime::read_timestamp(text, unit)
            }),
            Logical::LocalTimestamp(unit) => {
                let form = "a number or text such as 2024-02-29T12:30:00, without offset";
                self.parse(id, form, |text| datetime::read_local_timestamp(text, unit))
            }
            _ => self.parse(id, "a number or text such as 2024-02-29", |text| {
                let days = datetime::read_date(text)?;
                i32::try_from(days).map(i64::from).map_err(|_| TextFault::Range)
            }),
        }?;
        varint::write(value, self.out);
        Ok(())
    }

    /// Text stays as it stands: case is no part of the value, but of the string.
    fn uuid(&mut self, id: NodeId) -> Written {
        let pos = self.cursor.pos();
        self.parse(id, "its text of 36 characters", |text| uuid::read(text).ok_or(TextFault::Form))?;
        self.cursor.rewind(pos);
        self.string(id)
    }

    /// What stands in a string.
    fn parse<T>(
        &mut self,
        id: NodeId,
        form: &str,
        read: impl FnOnce(&[u8]) -> Result<T, TextFault>,
    ) -> Result<T, Fault> {
        if self.cursor.peek() != Some(b'"') {
            return Err(self.mismatch(id, 0));
        }
        let pos = self.cursor.pos();
        let result = read(self.cursor.text(&mut self.scratch.text)?);
        result.map_err(|fault| {
            let (kind, why) = match fault {
                TextFault::Form => (ViolationKind::Value, ""),
                TextFault::Range => (ViolationKind::Range, ", which it can't hold"),
                TextFault::Finer => (ViolationKind::Range, ", which has more digits behind the point than it holds"),
                TextFault::LeapSecond => (ViolationKind::Range, ", a leap second, which it does not count"),
            };
            self.refuse(pos, kind, format!("{} ({form})", self.plan.describe(id)), why)
        })
    }

    fn decimal(&mut self, id: NodeId, Decimal { precision, scale, size }: Decimal) -> Written {
        let (precision, scale) = (usize::try_from(precision).unwrap_or(usize::MAX), i64::from(scale));
        self.number_or_text(id, |number, unscaled| unscaled.set(&number, scale, precision))?;
        let negative = self.scratch.unscaled.is_negative();
        let bytes = self.scratch.unscaled.bytes();
        match size {
            None => {
                self.limits.check_string(bytes.len())?;
                varint::write_len(bytes.len(), self.out);
            }
            Some(size) => {
                self.limits.check_string(size)?;
                // The precision was chosen so that the bytes always fit.
                let sign = if negative { 0xff } else { 0 };
                self.out.resize(self.out.len() + size.saturating_sub(bytes.len()), sign);
            }
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Bytes that hold the unscaled value as bytes, and the scale as an int.
    fn big_decimal(&mut self, id: NodeId) -> Written {
        let scale = self.number_or_text(id, |number, unscaled| unscaled.set_with_scale(&number))?;
        let bytes = self.scratch.unscaled.bytes();
        let inner = &mut self.scratch.bytes;
        inner.clear();
        varint::write_len(bytes.len(), inner);
        inner.extend_from_slice(bytes);
        varint::write(i64::from(scale), inner);
        self.limits.check_string(inner.len())?;
        varint::write_len(inner.len(), self.out);
        self.out.extend_from_slice(inner);
        Ok(())
    }

    /// A number, which may stand in a string too.
    fn number_or_text<T>(
        &mut self,
        id: NodeId,
        read: impl FnOnce(Number<'_>, &mut Unscaled) -> Result<T, DecimalFault>,
    ) -> Result<T, Fault> {
        let pos = self.cursor.pos();
        let unscaled = &mut self.scratch.unscaled;
        let result = match self.cursor.peek() {
            Some(b'-' | b'0'..=b'9') => read(self.cursor.number()?, unscaled),
            Some(b'"') => {
                let mut text = Cursor::new(self.cursor.text(&mut self.scratch.text)?);
                match text.number() {
                    Ok(number) if text.peek().is_none() => read(number, unscaled),
                    _ => Err(DecimalFault::Form),
                }
            }
            _ => return Err(self.mismatch(id, 0)),
        };
        result.map_err(|fault| {
            let expected = self.plan.describe(id);
            let (kind, why) = match fault {
                DecimalFault::Form => (ViolationKind::Value, ", which is no number"),
                DecimalFault::Scale => (ViolationKind::Range, ", which has more digits behind the point"),
                DecimalFault::Precision => (ViolationKind::Range, ", which has more digits"),
                DecimalFault::Range => (ViolationKind::Range, ", whose exponent it can't hold"),
                DecimalFault::Limit => {
                    let expected = format!("at most {MAX_DIGITS} digits of {expected}");
                    return Fault::new(ViolationKind::Limit, expected, "more");
                }
            };
            self.refuse(pos, kind, expected, why)
        })
    }

    /// What stands at `pos` is not a value of the type.
    #[cold]
    fn refuse(&mut self, pos: usize, kind: ViolationKind, expected: String, why: &str) -> Fault {
        self.cursor.rewind(pos);
        match self.found(0) {
            Ok(found) => Fault::new(kind, expected, found + why),
            Err(syntax) => syntax,
        }
    }
}

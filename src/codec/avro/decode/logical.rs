//! Values of logical types in plain mode; the specification's JSON encoding knows none of them.

use super::super::{Decimals, JsonMode, Timestamps};
use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::codec::logical::decimal::{DecimalFault, MAX_DIGITS};
use crate::codec::logical::duration::Duration;
use crate::codec::logical::{datetime, uuid};
use crate::schema::avro::{Decimal, Logical, LogicalPlan, Node, NodeId, varint};

impl<'a> Run<'a> {
    pub(super) fn logical(&mut self, id: NodeId, plan: &LogicalPlan, depth: u32) -> Written {
        if self.options.mode == JsonMode::Avro {
            return self.value(plan.underlying, depth);
        }
        match plan.logical {
            Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_) => {
                match self.options.timestamps {
                    Timestamps::Number => self.value(plan.underlying, depth),
                    Timestamps::Iso8601 => self.datetime(plan),
                }
            }
            Logical::Decimal(decimal) => self.decimal(id, decimal),
            Logical::BigDecimal => self.big_decimal(),
            Logical::Uuid => {
                let start = self.pos;
                let text = self.text("uuid")?;
                if uuid::read(text).is_none() {
                    self.pos = start;
                    return Err(self.malformed(&self.plan.describe(id), "another text"));
                }
                self.quoted(|out| out.extend_from_slice(text));
                Ok(())
            }
            Logical::UuidFixed => {
                let bytes = self.array_of("uuid")?;
                self.quoted(|out| uuid::write(&bytes, out));
                Ok(())
            }
            Logical::Duration => {
                let duration = Duration::from_bytes(self.array_of("duration")?);
                self.quoted(|out| duration.write(out));
                Ok(())
            }
        }
    }

    /// Text, or the number where that is no time of a day.
    fn datetime(&mut self, plan: &LogicalPlan) -> Written {
        let value = match self.plan.node(plan.underlying) {
            Node::Int => self.int_value()?,
            _ => self.varint("long")?,
        };
        let start = self.out.len();
        let mut written = true;
        self.quoted(|out| match plan.logical {
            Logical::Time(unit) => written = datetime::write_time(value, unit, out),
            Logical::Timestamp(unit) => datetime::write_timestamp(value, unit, out),
            Logical::LocalTimestamp(unit) => datetime::write_local_timestamp(value, unit, out),
            _ => datetime::write_date(value, out),
        });
        if !written {
            self.out.truncate(start);
            self.integer(value);
        }
        Ok(())
    }

    fn decimal(&mut self, id: NodeId, Decimal { precision, scale, size }: Decimal) -> Written {
        let start = self.pos;
        let bytes = match size {
            None => self.counted("bytes")?,
            Some(size) => {
                self.limits.check_string(size)?;
                self.take(size, "fixed")?
            }
        };
        self.unscaled(bytes)?;
        let digits = self.unscaled.precision();
        if digits > usize::try_from(precision).unwrap_or(usize::MAX) {
            self.pos = start;
            return Err(self.malformed(&self.plan.describe(id), &format!("{digits} digits")));
        }
        self.print_decimal(i64::from(scale));
        Ok(())
    }

    /// Bytes that hold the unscaled value as bytes, and the scale as an int.
    fn big_decimal(&mut self) -> Written {
        let start = self.pos;
        let datum: &'a [u8] = self.counted("bytes")?;
        let Some((unscaled, scale)) = unscaled_and_scale(datum) else {
            self.pos = start;
            return Err(self.malformed("bytes as big-decimal", "something else than an unscaled value and a scale"));
        };
        self.unscaled(unscaled)?;
        self.print_decimal(i64::from(scale));
        Ok(())
    }

    fn unscaled(&mut self, bytes: &[u8]) -> Written {
        self.unscaled.set_bytes(bytes).map_err(|_: DecimalFault| {
            Fault::new(ViolationKind::Limit, format!("at most {MAX_DIGITS} digits of decimal"), "more")
        })
    }

    fn print_decimal(&mut self, scale: i64) {
        match self.options.decimals {
            Decimals::Number => self.unscaled.write(scale, self.out),
            Decimals::String => {
                self.out.push(b'"');
                self.unscaled.write(scale, self.out);
                self.out.push(b'"');
            }
        }
    }

    /// A string that needs no escapes.
    fn quoted(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }
}

/// The two parts of a big-decimal, with nothing behind them.
fn unscaled_and_scale(datum: &[u8]) -> Option<(&[u8], i32)> {
    let (len, read) = varint::read(datum)?;
    let (unscaled, rest) = datum[read..].split_at_checked(usize::try_from(len).ok()?)?;
    let (scale, read) = varint::read(rest)?;
    let scale = i32::try_from(scale).ok()?;
    (read == rest.len()).then_some((unscaled, scale))
}

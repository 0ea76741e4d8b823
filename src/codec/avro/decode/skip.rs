//! Values that the reader has no use for: checked as if they were read, and not written.

use super::{Run, ViolationKind, Written};
use crate::codec::fault::Fault;
use crate::schema::avro::{Projection, Skip, SkipId};

impl Run<'_> {
    /// Steps over the value that comes. `depth` levels are open around it.
    pub(super) fn skip(&mut self, projection: &Projection, id: SkipId, depth: u32) -> Written {
        self.count_skipped()?;
        match projection.skipped(id) {
            Skip::Bytes(len) => {
                self.limits.check_string(*len)?;
                self.take(*len, "a value")?;
            }
            Skip::Boolean => {
                self.read_boolean()?;
            }
            Skip::Int => {
                self.int_value()?;
            }
            Skip::Long => {
                self.varint("long")?;
            }
            Skip::Counted => {
                self.counted("bytes")?;
            }
            Skip::Text => {
                self.text("string")?;
            }
            Skip::Symbol(count) => self.skip_symbol(*count)?,
            Skip::Array(items) => {
                self.skip_blocks(depth, |run, depth| run.skip(projection, *items, depth))?;
            }
            Skip::Map(values) => self.skip_blocks(depth, |run, depth| {
                run.text("a map's key")?;
                run.skip(projection, *values, depth)
            })?,
            Skip::Record(fields) => {
                let depth = depth + 1;
                self.limits.check_depth(depth)?;
                for (name, field) in fields {
                    self.skip(projection, *field, depth).map_err(|fault| fault.in_field(name))?;
                }
            }
            Skip::Union(branches) => {
                let branch = self.pick(branches, "the number of a branch of the writer's union")?;
                self.skip(projection, *branch, depth)?;
            }
        }
        Ok(())
    }

    /// A value costs at least one byte where it is written, and so it does here: a few bytes can be very many values.
    fn count_skipped(&mut self) -> Written {
        self.skipped += 1;
        if self.skipped <= self.limits.record_bytes {
            return Ok(());
        }
        let expected = format!("at most {} values that are passed over", self.limits.record_bytes);
        Err(Fault::new(ViolationKind::Limit, expected, "more"))
    }

    fn skip_symbol(&mut self, count: usize) -> Written {
        let start = self.pos;
        let expected = "the number of a symbol of the writer's enum";
        let number = self.varint(expected)?;
        if usize::try_from(number).is_ok_and(|number| number < count) {
            return Ok(());
        }
        self.pos = start;
        Err(self.malformed(expected, &format!("{number} of {count}")))
    }

    fn skip_blocks(&mut self, depth: u32, item: impl Fn(&mut Self, u32) -> Written) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        self.blocks(|run, index| item(run, depth).map_err(|fault| fault.in_item(index)))
    }
}

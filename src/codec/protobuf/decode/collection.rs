//! Lists and maps.

use indexmap::IndexMap;

use super::wire::{self, Fields, Found};
use super::{Fault, Field, Run, Scalar, Span, Spans, Type, ViolationKind, Written};

impl<'a> Run<'a> {
    pub(super) fn repeated(&mut self, field: &Field, (from, to): Spans, depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        self.out.push(b'[');
        let mut count = 0;
        for at in from..to {
            let is_packed = field.ty.wire() != 2 && self.spans.get(at).is_some_and(|span| span.wire == 2);
            if is_packed {
                self.packed(field.ty, self.bytes(at), &mut count)?;
            } else {
                self.next_item(&mut count)?;
                self.value(field.ty, at, depth + 1).map_err(|fault| fault.in_item(count - 1))?;
            }
            self.check_written()?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Prints packed values, which are scalars or enums.
    fn packed(&mut self, ty: Type, mut rest: &[u8], count: &mut u64) -> Written {
        while !rest.is_empty() {
            let (item, behind) = wire::first(ty.wire(), rest)?;
            self.next_item(count)?;
            match ty {
                Type::Scalar(scalar) => self.scalar(scalar, item).map_err(|fault| fault.in_item(*count - 1))?,
                Type::Enum(index) => self.symbol(index, item),
                Type::Message(_) | Type::Group(_) => {}
            }
            self.check_written()?;
            rest = behind;
        }
        Ok(())
    }

    /// Makes place for one more item.
    #[inline]
    fn next_item(&mut self, count: &mut u64) -> Written {
        if *count > 0 {
            self.out.push(b',');
        }
        *count += 1;
        self.limits.check_items(*count)
    }

    pub(super) fn map(&mut self, field: &Field, key: Scalar, (from, to): Spans, depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        // Of a key that comes twice the last value counts.
        let mut entries: IndexMap<Vec<u8>, Option<(usize, usize)>> = IndexMap::new();
        for at in from..to {
            let (name, value) = self.entry(field, key, at)?;
            let start = self.out.len();
            self.key(key, name)?;
            entries.insert(self.out.split_off(start), value);
            self.limits.check_items(u64::try_from(entries.len()).unwrap_or(u64::MAX))?;
        }
        let frame = self.spans.len();
        self.out.push(b'{');
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(key);
            self.out.push(b':');
            let written = match (field.ty, *value) {
                (Type::Scalar(scalar), None) => self.scalar(scalar, wire::zero(field.ty.wire())),
                (ty, value) => {
                    let (start, end) = value.unwrap_or_default();
                    self.spans.push(Span { field: 0, wire: field.ty.wire(), start, end });
                    self.value(ty, frame, depth + 1)
                }
            };
            self.spans.truncate(frame);
            written.map_err(|fault| fault.in_key(String::from_utf8_lossy(key).trim_matches('"').to_owned()))?;
            self.check_written()?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// The bytes of the key of the entry in a span, and where its value is.
    #[expect(clippy::type_complexity, reason = "two parts of an entry")]
    fn entry(&self, field: &Field, key: Scalar, at: usize) -> Result<(&'a [u8], Option<(usize, usize)>), Fault> {
        let data = self.data;
        let (mut name, mut value) = (wire::zero(key.wire()), None);
        let Some(Span { start, end, .. }) = self.spans.get(at).copied() else { return Ok((name, value)) };
        for found in Fields::of(data, start, end, self.limits) {
            let Found { number, wire, start, end } = found?;
            match number {
                1 if wire == key.wire() => name = data.get(start..end).unwrap_or_default(),
                2 if wire == field.ty.wire() => value = Some((start, end)),
                1 | 2 => {
                    let found = format!("wire type {wire} in an entry");
                    return Err(Fault::new(ViolationKind::Malformed, self.plan.describe(field.ty), found));
                }
                _ => {}
            }
        }
        Ok((name, value))
    }
}

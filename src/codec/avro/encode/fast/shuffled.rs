//! Records whose members come in any order: they are written as they come and put in order when the object ends.

use super::learned::trust;
use super::record::{NOTHING, OVER, PASSED};
use super::{At, Miss, Run};
use crate::block::{BLOCK, PADDING, Padded};
use crate::schema::avro::{Image, RecordPlan};

/// Where a field stands in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    const ABSENT: Self = Self { start: usize::MAX, end: usize::MAX };
}

impl<'a> Run<'a> {
    #[inline(never)]
    pub(super) fn shuffled_object(&mut self, record: &'a RecordPlan, open: At, depth: u32) -> At {
        let frame = self.scratch.spans.len();
        self.scratch.spans.resize(frame + record.fields.len(), Span::ABSENT);
        let (mut at, mut due, mut ignored, mut ordered) = (open, 0, Image::BEHIND_FIRST, true);
        loop {
            if at.is_miss() {
                return at;
            }
            let mut found = self.expected(record, due);
            match record.fields.get(found).map(|field| &field.key.compact) {
                Some(key) if key.is_at(self.text, at.i, ignored) => at.i = self.skip_space(at.i + key.len()),
                _ => {
                    (at.i, found) = if let Some((index, field)) = self.other_than(record, due, at.i, ignored) {
                        (self.skip_space(at.i + field.key.compact.len()), index)
                    } else {
                        self.member(record, due, at.i, ignored, depth)
                    };
                }
            }
            ignored = Image::ALL;
            match found {
                OVER => break,
                PASSED => continue,
                NOTHING => return Miss::from_code(at.i).at(),
                _ => {}
            }
            let Some(field) = record.fields.get(found) else { return Miss::Syntax.at() };
            let start = at.p;
            at = self.value(field.shape, at, depth + 1);
            match self.scratch.spans.get_mut(frame + found) {
                Some(span) if *span == Span::ABSENT => *span = Span { start, end: at.p },
                _ => return Miss::Member.at(),
            }
            ordered &= found == due;
            due = found + 1;
        }
        if ordered && due == record.fields.len() {
            trust(self.learned, record);
        } else {
            at = self.lay_out(record, frame, open.p, at);
        }
        self.scratch.spans.truncate(frame);
        at
    }

    /// Puts the fields in order that were written from `start` on.
    fn lay_out(&mut self, record: &'a RecordPlan, frame: usize, start: usize, at: At) -> At {
        self.in_vain = self.in_vain.saturating_add(record.defaults_len());
        let Some(written) = self.out.bytes().get(start..at.p + PADDING) else { return Miss::Room.at() };
        let mut fields = std::mem::take(&mut self.scratch.fields);
        if fields.len() < written.len() {
            fields.resize(written.len() * 2, 0);
        }
        let copy = fields.get_mut(..written.len()).unwrap_or_default();
        copy.copy_from_slice(written);
        let end = Padded::new(copy).ok_or(Miss::Room).and_then(|copy| self.put_in_order(record, frame, start, copy));
        self.scratch.fields = fields;
        match end {
            Ok(p) => At { i: at.i, p },
            Err(miss) => miss.at(),
        }
    }

    /// Puts the fields to `start`, of which `fields` is a copy.
    fn put_in_order(
        &mut self,
        record: &'a RecordPlan,
        frame: usize,
        start: usize,
        fields: Padded<'_>,
    ) -> Result<usize, Miss> {
        let mut p = start;
        for index in 0..record.fields.len() {
            let Some(&span) = self.scratch.spans.get(frame + index) else { return Err(Miss::Syntax) };
            if span == Span::ABSENT {
                let (defaults, len) = record.gap(index, index + 1).ok_or(Miss::Member)?;
                p = self.put_defaults(p, defaults, len).ok_or(Miss::Room)?;
                continue;
            }
            let (from, len) = (span.start - start, span.end - span.start);
            if len > BLOCK {
                let piece = fields.bytes().get(from..from + len).ok_or(Miss::Room)?;
                p = self.put_slice(p, piece).ok_or(Miss::Room)?;
                continue;
            }
            // One block, whatever the length is.
            match (fields.window::<BLOCK>(from), self.out.window::<BLOCK>(p)) {
                (Some(block), Some(room)) => *room = *block,
                _ => return Err(Miss::Room),
            }
            p += len;
        }
        Ok(p)
    }
}

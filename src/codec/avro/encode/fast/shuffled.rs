//! Records whose members come in any order: they are written as they come and put in order when the object ends.

use super::learned::{successor, trust};
use super::record::{ALL, BEHIND_FIRST, NOTHING, OVER, PASSED};
use super::{At, MISSED, Miss, Run};
use crate::schema::avro::RecordPlan;

/// Where a field stands in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    const ABSENT: Self = Self { start: usize::MAX, end: usize::MAX };
}

/// Short pieces are copied as one block of this size.
const PIECE: usize = 16;

impl<'a> Run<'a> {
    #[inline(never)]
    pub(super) fn shuffled_object(&mut self, record: &'a RecordPlan, open: At, depth: u32) -> At {
        let frame = self.scratch.spans.len();
        self.scratch.spans.resize(frame + record.fields.len(), Span::ABSENT);
        let (mut at, mut due, mut compared, mut ordered) = (open, 0, BEHIND_FIRST, true);
        loop {
            if at.i == MISSED {
                return at;
            }
            let mut found = successor(self.learned, record, due);
            match record.fields.get(found).map(|field| &field.key.compact) {
                Some(key) if key.is_at(self.text, at.i, compared) => at.i = self.skip_space(at.i + key.len()),
                _ => (at.i, found) = self.seek(record, due, at.i, compared, depth),
            }
            compared = ALL;
            match found {
                OVER => break,
                PASSED => continue,
                NOTHING => return Miss::from_code(at.i).at(),
                _ => {}
            }
            let Some(field) = record.fields.get(found) else { return Miss::Syntax.at() };
            let start = at.p;
            at = self.value(field.node, at, depth + 1);
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
        let Some(written) = self.out.get(start..at.p) else { return Miss::Room.at() };
        let fields = &mut self.scratch.fields;
        fields.clear();
        fields.extend_from_slice(written);
        // So that short pieces can be read as one block.
        fields.extend_from_slice(&[0; PIECE]);
        let mut p = start;
        for index in 0..record.fields.len() {
            let Some(&span) = self.scratch.spans.get(frame + index) else { return Miss::Syntax.at() };
            if span == Span::ABSENT {
                let Some(default) = record.defaults(index, index + 1) else { return Miss::Member.at() };
                match self.put_slice(p, default) {
                    Some(behind) => p = behind,
                    None => return Miss::Room.at(),
                }
                continue;
            }
            let len = span.end - span.start;
            let Some(piece) = self.scratch.fields.get(span.start - start..) else { return Miss::Syntax.at() };
            match (piece.first_chunk::<PIECE>(), self.out.get_mut(p..)) {
                (Some(block), Some(room)) if len <= PIECE && room.len() >= PIECE => {
                    room[..PIECE].copy_from_slice(block);
                }
                (_, Some(room)) if room.len() >= len => room[..len].copy_from_slice(&piece[..len]),
                _ => return Miss::Room.at(),
            }
            p += len;
        }
        At { i: at.i, p }
    }
}

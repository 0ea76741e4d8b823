//! Records whose members keep the order of the schema, perhaps with gaps.

use super::learned::{doubt, is_shuffled, learn, successor};
use super::{At, MISSED, Miss, Run};
use crate::schema::avro::{FieldPlan, RecordPlan};

/// What [`Run::seek`] finds beside fields: the object is over.
pub(super) const OVER: usize = usize::MAX;
/// A member that the schema does not know was passed over.
pub(super) const PASSED: usize = usize::MAX - 1;
/// Something else.
pub(super) const NOTHING: usize = usize::MAX - 2;

/// All of a key image is compared.
pub(super) const ALL: u64 = u64::MAX;
/// All but the first byte is compared: a brace or white space stands there instead of the comma.
pub(super) const BEHIND_FIRST: u64 = !0xff;

impl<'a> Run<'a> {
    #[inline(never)]
    pub(super) fn object(&mut self, record: &'a RecordPlan, open: At, depth: u32) -> At {
        if self.byte(open.i) != b'{' {
            return Miss::Value.at();
        }
        if depth >= self.limits.depth {
            return Miss::Limit.at();
        }
        if is_shuffled(self.learned, record) {
            return self.shuffled_object(record, open, depth);
        }
        let (mut at, mut due, mut compared) = (open, 0, BEHIND_FIRST);
        loop {
            let Some(pending) = record.fields.get(due..) else { return Miss::Syntax.at() };
            at = self.due_members(pending, at, compared, depth);
            if at.i == MISSED {
                return at;
            }
            let end = self.skip_space(at.i);
            if self.pending == 0 && self.byte(end) == b'}' {
                return At { i: end + 1, p: at.p };
            }
            due = record.fields.len() - self.pending;
            if due > 0 {
                compared = ALL;
            }
            let (i, found) = self.seek(record, due, at.i, compared, depth);
            (at.i, compared) = (i, ALL);
            match found {
                OVER => return self.fill_gap(record, due, record.fields.len(), at).unwrap_or(Miss::Member.at()),
                PASSED => continue,
                NOTHING => return Miss::from_code(i).at(),
                _ => {}
            }
            if found != due {
                // A field behind a gap of defaults. Anything else may be good in another order.
                match self.fill_gap(record, due, found, at) {
                    Some(behind) => at = behind,
                    None => return self.restart(record, open, depth),
                }
            }
            let Some(field) = record.fields.get(found) else { return Miss::Syntax.at() };
            due = found + 1;
            at = self.value(field.node, at, depth + 1);
        }
    }

    /// Writes the members that come as they are due, in one of the usual ways to print them, and leaves in `pending` how
    /// many fields are still due.
    #[inline(never)]
    fn due_members(&mut self, mut pending: &'a [FieldPlan], mut at: At, mut compared: u64, depth: u32) -> At {
        while let [field, later @ ..] = pending {
            let key = &field.key;
            if key.compact.is_at(self.text, at.i, compared) {
                at.i += key.compact.len();
                if self.byte(at.i) <= b' ' {
                    at.i = self.skip_spaces(at.i);
                }
            } else if key.spaced.is_at(self.text, at.i, ALL) {
                at.i += key.spaced.len();
            } else {
                match self.is_member_on_its_line(field, at.i, compared) {
                    Some(i) => at.i = i,
                    None => break,
                }
            }
            at = self.value(field.node, at, depth + 1);
            (pending, compared) = (later, ALL);
        }
        self.pending = pending.len();
        at
    }

    /// Writes the defaults of the fields `from..to`, if each has one.
    #[inline]
    fn fill_gap(&mut self, record: &'a RecordPlan, from: usize, to: usize, at: At) -> Option<At> {
        if from == to {
            return Some(at);
        }
        let (defaults, len) = record.gap(from, to)?;
        let behind = match defaults.first_chunk::<{ RecordPlan::GAP }>() {
            Some(block) if len <= RecordPlan::GAP => self.put(at.p, *block).map(|()| at.p + len),
            _ => defaults.get(..len).and_then(|defaults| self.put_slice(at.p, defaults)),
        };
        Some(behind.map_or(Miss::Room.at(), |p| At { i: at.i, p }))
    }

    /// Reads an object again whose members do not keep the order.
    #[cold]
    fn restart(&mut self, record: &'a RecordPlan, open: At, depth: u32) -> At {
        doubt(self.learned, record);
        self.restarts += 1;
        if self.restarts > super::MAX_RESTARTS {
            return Miss::Member.at();
        }
        self.shuffled_object(record, open, depth)
    }

    /// Finds the next member, steps behind its colon, and gives the index of its field. Members that are unknown are passed
    /// over. Of what is found instead of a member see the constants; after [`NOTHING`] the reason stands for the place.
    #[inline]
    pub(super) fn seek(
        &mut self,
        record: &'a RecordPlan,
        due: usize,
        i: usize,
        compared: u64,
        depth: u32,
    ) -> (usize, usize) {
        let mut i = self.skip_space(i);
        match self.byte(i) {
            b',' if compared == ALL => i += 1,
            b'{' if compared != ALL => i += 1,
            b'}' if compared == ALL => return (i + 1, OVER),
            _ => return (Miss::Syntax as usize, NOTHING),
        }
        if self.byte(i) != b'"' {
            // White space hid the member that is due.
            i = self.skip_space(i);
            match self.byte(i) {
                b'"' => {}
                b'}' if compared != ALL => return (i + 1, OVER),
                _ => return (Miss::Syntax as usize, NOTHING),
            }
            if let Some(behind) = self.is_member(record, due, i) {
                return (behind, due);
            }
        }
        let guess = successor(self.learned, record, due);
        match self.is_member(record, guess, i) {
            Some(behind) => (behind, guess),
            None => self.look_up(record, due, i, depth),
        }
    }

    /// Whether white space, behind the comma or brace at `i`, and then that field's member come; then the place of its value.
    #[inline]
    fn is_member_on_its_line(&self, field: &FieldPlan, i: usize, compared: u64) -> Option<usize> {
        if self.byte(i) != if compared == ALL { b',' } else { b'{' } || self.byte(i + 1) > b' ' {
            return None;
        }
        let (quote, key) = (self.skip_spaces(i + 1), &field.key.compact);
        key.is_at(self.text, quote - 1, BEHIND_FIRST).then(|| self.skip_space(quote - 1 + key.len()))
    }

    /// Whether the member whose opening quote stands at `i` is that field; then the place of its value.
    #[inline]
    fn is_member(&self, record: &RecordPlan, index: usize, i: usize) -> Option<usize> {
        let key = &record.fields.get(index)?.key.compact;
        key.is_at(self.text, i - 1, BEHIND_FIRST).then(|| self.skip_space(i - 1 + key.len()))
    }

    /// Finds a member by its name, whose opening quote stands at `i`.
    fn look_up(&mut self, record: &'a RecordPlan, due: usize, i: usize, depth: u32) -> (usize, usize) {
        let len = self.plain_len(i + 1);
        if let Some(index) = record.find_at(self.text, i + 1, len) {
            learn(self.learned, record, due, index);
            return (self.skip_space(i + len + 3), index);
        }
        self.look_up_slowly(record, i, depth)
    }

    /// A name with escapes, or white space behind it, or one that the schema does not know.
    #[inline(never)]
    fn look_up_slowly(&mut self, record: &'a RecordPlan, i: usize, depth: u32) -> (usize, usize) {
        let syntax = (Miss::Syntax as usize, NOTHING);
        let mut cursor = self.cursor(i);
        let Ok(key) = cursor.key() else { return syntax };
        cursor.skip_space();
        // A name that is no text, because of a lone surrogate in it, is none of the schema's.
        let found = key.unescaped(&mut self.scratch.text).ok().and_then(|name| record.find(name));
        if let Some(index) = found {
            return (cursor.pos(), index);
        }
        if self.reject_unknown {
            return (Miss::Member as usize, NOTHING);
        }
        let skipped = key.check().and_then(|()| {
            let nesting = &mut self.scratch.nesting;
            cursor.skip_value(self.limits, depth + 1, nesting)
        });
        if skipped.is_err() || !self.check_utf8(i) { syntax } else { (cursor.pos(), PASSED) }
    }
}

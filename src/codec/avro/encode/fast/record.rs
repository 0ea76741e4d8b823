//! Records whose members keep the order of the schema, perhaps with gaps.

use super::learned::{doubt, is_shuffled, learn, successor};
use super::{At, Miss, Run};
use crate::block::{BLOCK, HALF, PADDING, Padded, ends, same};
use crate::codec::json::unescape_at;
use crate::schema::avro::{FieldPlan, Image, KeyImage, RecordPlan};

/// What [`Run::member`] finds beside fields: the object is over.
pub(super) const OVER: usize = usize::MAX;
/// A member that the schema does not know was passed over.
pub(super) const PASSED: usize = usize::MAX - 1;
/// Something else.
pub(super) const NOTHING: usize = usize::MAX - 2;

/// How often in a record another member than the expected one may come before all are looked up at once.
const MAX_SURPRISES: u32 = 2;

/// What stands before a member of whose key so much is ignored.
#[inline]
fn sign_of(ignored: u32) -> u8 {
    if ignored == Image::ALL { b',' } else { b'{' }
}

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
        let (mut at, mut due, mut ignored) = (open, 0, Image::BEHIND_FIRST);
        loop {
            // Where another one is expected there is no use in looking for the one that is due.
            if successor(self.learned, record, due) == due {
                let Some(pending) = record.fields.get(due..) else { return Miss::Syntax.at() };
                at = self.due_members::<false>(pending, at, ignored, depth);
                if self.pending > 0 && self.byte(at.i + 1) <= b' ' {
                    let Some(pending) = record.fields.get(record.fields.len() - self.pending..) else {
                        return Miss::Syntax.at();
                    };
                    let is_first = due == 0 && self.pending == record.fields.len();
                    let ignored = if is_first { ignored } else { Image::ALL };
                    at = self.due_members::<true>(pending, at, ignored, depth);
                }
                if at.is_miss() {
                    return at;
                }
                if self.pending == 0 && self.byte(at.i) == b'}' {
                    return At { i: at.i + 1, p: at.p };
                }
                due = record.fields.len() - self.pending;
                if due > 0 {
                    ignored = Image::ALL;
                }
            } else {
                at = self.expected_members(record, due, at, ignored, depth);
                if at.is_miss() {
                    return at;
                }
                let behind = record.fields.len() - self.pending;
                if behind != due {
                    (due, ignored) = (behind, Image::ALL);
                }
            }
            let (i, found) = self.member(record, due, at.i, ignored, depth);
            (at.i, ignored) = (i, Image::ALL);
            match found {
                OVER => return self.fill_gap(record, due, record.fields.len(), at).unwrap_or(Miss::Member.at()),
                NOTHING => return Miss::from_code(i).at(),
                PASSED => continue,
                _ => {}
            }
            if found != due {
                // A field behind a gap of defaults. Anything else may be good in another order.
                match self.fill_gap(record, due, found, at) {
                    Some(behind) if behind.is_miss() => return behind,
                    Some(behind) => at = behind,
                    None => return self.restart(record, open, depth),
                }
            }
            let Some(field) = record.fields.get(found) else { return Miss::Syntax.at() };
            at = self.value(field.shape, at, depth + 1);
            if at.is_miss() {
                return at;
            }
            due = found + 1;
        }
    }

    /// Writes the members that come as they are due, with or without white space before them, and leaves in `pending` how many
    /// fields are still due. Each of the two has its own loop, so that it keeps its registers.
    #[inline(never)]
    fn due_members<const SPACED: bool>(
        &mut self,
        mut pending: &'a [FieldPlan],
        mut at: At,
        mut ignored: u32,
        depth: u32,
    ) -> At {
        while let [field, later @ ..] = pending {
            if SPACED {
                let Some(i) = self.behind_space(&field.key, at.i, ignored, depth) else { break };
                at.i = i;
            } else {
                if !field.key.compact.is_at(self.text, at.i, ignored) {
                    break;
                }
                at.i = self.skip_space(at.i + field.key.compact.len());
            }
            at = self.value(field.shape, at, depth + 1);
            (pending, ignored) = (later, Image::ALL);
        }
        self.pending = pending.len();
        at
    }

    /// Writes the members that come with gaps of defaults between them, without white space, and leaves in `pending` how many
    /// fields there are behind the last one.
    #[inline(never)]
    fn expected_members(
        &mut self,
        record: &'a RecordPlan,
        mut due: usize,
        mut at: At,
        mut ignored: u32,
        depth: u32,
    ) -> At {
        loop {
            let expected = self.expected(record, due);
            let field = record.fields.get(expected).filter(|field| field.key.compact.is_at(self.text, at.i, ignored));
            let (index, field) = match field {
                Some(field) => (expected, field),
                None => match self.other_than(record, due, at.i, ignored) {
                    Some(found) => found,
                    None => break,
                },
            };
            if index != due {
                match self.fill_gap(record, due, index, at) {
                    Some(behind) if behind.is_miss() => return behind,
                    Some(behind) => at = behind,
                    None => break,
                }
            }
            at.i = self.skip_space(at.i + field.key.compact.len());
            at = self.value(field.shape, at, depth + 1);
            (due, ignored) = (index + 1, Image::ALL);
        }
        self.pending = record.fields.len() - due;
        at
    }

    /// The field that came the last time where `due` is due; none where the order is one of chance.
    #[inline]
    pub(super) fn expected(&self, record: &RecordPlan, due: usize) -> usize {
        if self.surprises < MAX_SURPRISES { successor(self.learned, record, due) } else { usize::MAX }
    }

    /// The field whose member, without white space, stands at `i` where `due` is due and another one was expected.
    #[inline]
    pub(super) fn other_than(
        &mut self,
        record: &'a RecordPlan,
        due: usize,
        i: usize,
        ignored: u32,
    ) -> Option<(usize, &'a FieldPlan)> {
        if !matches!(self.text.window(i), Some([sign, b'"']) if *sign == sign_of(ignored)) {
            return None;
        }
        let (index, _) = record.find_at(self.text, i)?;
        self.surprises += 1;
        learn(self.learned, record, due, index);
        Some((index, record.fields.get(index)?))
    }

    /// Whether that key stands at `i` behind a blank, or behind as much indentation as the last one; then the place of its
    /// value.
    #[inline]
    fn behind_space(&self, key: &KeyImage, i: usize, ignored: u32, depth: u32) -> Option<usize> {
        const LINE: &[u8; HALF] = b"\n               ";
        let [sign, space @ ..] = self.text.window::<{ 1 + HALF }>(i)?;
        if *sign != sign_of(ignored) {
            return None;
        }
        if space[0] == b' ' {
            return key.spaced.is_at(self.text, i, ignored).then(|| i + key.spaced.len());
        }
        let width = self.indent(depth);
        let is_line = width < HALF && same(space, LINE) | 0xffff << width & 0xffff == 0xffff;
        if !is_line || !key.compact.is_at(self.text, i + width, Image::BEHIND_FIRST) {
            return None;
        }
        Some(self.skip_blank(i + width + key.compact.len()))
    }

    /// Writes the defaults of the fields `from..to`, if each has one.
    #[inline]
    fn fill_gap(&mut self, record: &'a RecordPlan, from: usize, to: usize, at: At) -> Option<At> {
        if from == to {
            return Some(at);
        }
        let (defaults, len) = record.gap(from, to)?;
        let behind = self.put_defaults(at.p, defaults, len);
        Some(behind.map_or(Miss::Room.at(), |p| At { i: at.i, p }))
    }

    /// Writes `len` bytes of a record's defaults and gives the place behind them.
    #[inline]
    pub(super) fn put_defaults(&mut self, p: usize, defaults: &[u8], len: usize) -> Option<usize> {
        match defaults.first_chunk::<{ RecordPlan::GAP }>() {
            Some(block) if len <= RecordPlan::GAP => self.put(p, *block).map(|()| p + len),
            _ => defaults.get(..len).and_then(|defaults| self.put_slice(p, defaults)),
        }
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
    #[inline(never)]
    pub(super) fn member(
        &mut self,
        record: &'a RecordPlan,
        due: usize,
        i: usize,
        ignored: u32,
        depth: u32,
    ) -> (usize, usize) {
        match self.text.window(i) {
            Some([sign, b'"']) if *sign == sign_of(ignored) => {}
            _ => return self.member_behind_space(record, due, i, ignored, depth),
        }
        let expected = self.expected(record, due);
        if let Some(behind) = self.is_member(record, expected, i) {
            return (behind, expected);
        }
        self.surprises += 1;
        self.look_up(record, due, i, depth)
    }

    /// The same where the member may stand behind white space.
    #[inline(never)]
    fn member_behind_space(
        &mut self,
        record: &'a RecordPlan,
        due: usize,
        i: usize,
        ignored: u32,
        depth: u32,
    ) -> (usize, usize) {
        let is_first = ignored != Image::ALL;
        let mut i = self.skip_space(i);
        match self.byte(i) {
            byte if byte == sign_of(ignored) => {}
            b'}' if !is_first => return (i + 1, OVER),
            _ => return (Miss::Syntax as usize, NOTHING),
        }
        // So that the quote stands behind `i` again.
        i = self.skip_indent(i + 1, depth) - 1;
        match self.byte(i + 1) {
            b'"' => {}
            b'}' if is_first => return (i + 2, OVER),
            _ => return (Miss::Syntax as usize, NOTHING),
        }
        for index in [successor(self.learned, record, due), due] {
            if let Some(behind) = self.is_member(record, index, i) {
                return (behind, index);
            }
        }
        self.look_up(record, due, i, depth)
    }

    /// Whether the member whose opening quote stands behind `i` is that field; then the place of its value.
    #[inline]
    fn is_member(&self, record: &RecordPlan, index: usize, i: usize) -> Option<usize> {
        let key = &record.fields.get(index)?.key.compact;
        key.is_at(self.text, i, Image::BEHIND_FIRST).then(|| self.skip_blank(i + key.len()))
    }

    /// Finds a member by its key, whose opening quote stands behind `i`.
    #[inline]
    fn look_up(&mut self, record: &'a RecordPlan, due: usize, i: usize, depth: u32) -> (usize, usize) {
        match record.find_at(self.text, i) {
            Some((index, len)) => {
                learn(self.learned, record, due, index);
                (self.skip_blank(i + len), index)
            }
            None => match self.escaped_member(record, i + 1) {
                Some(found) => found,
                None => self.look_up_slowly(record, i + 1, depth),
            },
        }
    }

    /// Finds a member by its key, which has escapes in it.
    #[inline(never)]
    fn escaped_member(&self, record: &RecordPlan, quote: usize) -> Option<(usize, usize)> {
        // The key as it would stand behind a comma.
        let mut key = [0; 2 * BLOCK + PADDING];
        let (mut i, mut len) = (quote, 1);
        loop {
            let block = self.text.window::<BLOCK>(i)?;
            *key.get_mut(len..)?.first_chunk_mut()? = *block;
            // The opening quote is no end.
            let plain = (ends(block) & !u32::from(i == quote)).trailing_zeros() as usize;
            (i, len) = (i + plain, len + plain);
            match self.text.window(i)? {
                b"\":" => break,
                [b'\\', _] => {}
                _ => return None,
            }
            let escape = unescape_at(self.text.bytes(), i)?;
            *key.get_mut(len..)?.first_chunk_mut()? = escape.utf8;
            (i, len) = (i + escape.len, len + escape.width);
        }
        *key.get_mut(len..)?.first_chunk_mut()? = *b"\":";
        let (index, found) = record.find_at(Padded::new(&key)?, 0)?;
        // A quote may have been escaped, and something that looks like another key may stand before it.
        (found == len + 2).then(|| (self.skip_blank(i + 2), index))
    }

    /// A name that is long or has white space behind it, or one that the schema does not know.
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

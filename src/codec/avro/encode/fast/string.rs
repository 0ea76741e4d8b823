//! Strings and symbols.

use super::{At, MISSED, Miss, Run, SHORT};
use crate::codec::json::{BLOCK, Unescaped, marks, unescape_at};
use crate::schema::avro::{EnumPlan, varint};

/// Bytes that the length of a long string takes in most cases; others are moved.
const USUAL_HEAD: usize = 2;

impl Run<'_> {
    /// Copies while it looks for the end; the length is written when it is known.
    #[inline(never)]
    pub(super) fn string(&mut self, at: At) -> At {
        let At { i, p } = at;
        let Some([b'"', block @ ..]) = self.window::<{ 1 + BLOCK }>(i) else { return Miss::Value.at() };
        let marks = marks(block);
        let len = marks.len();
        if marks.ends != 0 && block.get(len) == Some(&b'"') && (marks.is_ascii() || self.is_utf8) {
            let Some([head, room @ ..]) = self.room::<{ 1 + BLOCK }>(p) else { return Miss::Room.at() };
            *room = *block;
            *head = short_len(len);
            return At { i: i + len + 2, p: p + 1 + len };
        }
        self.long_string(at)
    }

    /// A string that has not ended in the first block, or is not plain ASCII. Copies while it looks for the end too.
    #[inline(never)]
    fn long_string(&mut self, at: At) -> At {
        let (start, head) = (at.i + 1, at.p + USUAL_HEAD);
        let (mut i, mut p, mut beyond) = (start, head, 0);
        loop {
            let Some(block) = self.window::<BLOCK>(i) else { return Miss::Syntax.at() };
            if self.put(p, *block).is_none() {
                return Miss::Room.at();
            }
            let marks = marks(block);
            // Of what follows the string too: where it is not ASCII, the record is checked anyway.
            beyond |= marks.beyond;
            (i, p) = (i + marks.len(), p + marks.len());
            if marks.ends == 0 {
                continue;
            }
            match self.byte(i) {
                b'"' => break,
                b'\\' => match self.unescape(At { i, p }) {
                    At { i: MISSED, p: why } => return Miss::from_code(why).at(),
                    behind => At { i, p } = behind,
                },
                _ => return Miss::Syntax.at(),
            }
        }
        if beyond != 0 && !self.check_utf8(start) {
            return Miss::Syntax.at();
        }
        self.close_text(at.p, head, At { i: i + 1, p })
    }

    /// Writes what an escape stands for.
    #[inline]
    fn unescape(&mut self, at: At) -> At {
        match unescape_at(self.text, at.i) {
            Some(Unescaped { utf8, width, len }) => match self.put(at.p, utf8) {
                Some(()) => At { i: at.i + len, p: at.p + width },
                None => Miss::Room.at(),
            },
            None => Miss::Syntax.at(),
        }
    }

    /// Puts the length before a text that was written from `head` on, and moves it there.
    fn close_text(&mut self, p: usize, head: usize, end: At) -> At {
        let len = end.p - head;
        if len > self.limits.string_bytes {
            return Miss::Limit.at();
        }
        let Some((bytes, width)) = i64::try_from(len).ok().and_then(varint::short) else { return Miss::Limit.at() };
        let start = p + width;
        if start + len > self.out.len() {
            return Miss::Room.at();
        }
        if start != head {
            self.out.copy_within(head..end.p, start);
        }
        match self.put_slice(p, &bytes[..width]) {
            Some(_) => At { i: end.i, p: start + len },
            None => Miss::Room.at(),
        }
    }

    /// Writes a length or a number of a symbol and gives the place behind it.
    #[inline]
    pub(super) fn put_len(&mut self, p: usize, len: usize) -> Option<usize> {
        self.put_varint(p, i64::try_from(len).ok()?)
    }

    /// Writes an integer and gives the place behind it. Bytes beyond may be overwritten.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each number costs as much as the number")]
    pub(super) fn put_varint(&mut self, p: usize, value: i64) -> Option<usize> {
        if let Ok(small @ 0..64) = u8::try_from(value) {
            self.put(p, [small << 1])?;
            return Some(p + 1);
        }
        if let Some((bytes, width)) = varint::short(value) {
            self.put(p, bytes)?;
            return Some(p + width);
        }
        let mut bytes = [0; varint::MAX_LEN];
        let width = varint::fill(value, &mut bytes);
        self.put(p, bytes)?;
        Some(p + width)
    }

    #[inline(never)]
    pub(super) fn symbol(&mut self, plan: &EnumPlan, at: At) -> At {
        if self.byte(at.i) != b'"' {
            return Miss::Value.at();
        }
        match plan.table.find_at(self.text, at.i + 1) {
            Some((index, end)) => match self.put_len(at.p, index) {
                Some(p) => At { i: end, p },
                None => Miss::Room.at(),
            },
            None => Miss::Value.at(),
        }
    }
}

/// The varint of a length below [`SHORT`].
#[inline]
fn short_len(len: usize) -> u8 {
    debug_assert!(len < SHORT, "a longer one takes more bytes");
    #[expect(clippy::cast_possible_truncation, reason = "it is short")]
    let byte = (len << 1) as u8;
    byte
}

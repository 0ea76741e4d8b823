//! Strings and symbols.

use super::{At, Miss, Run, SHORT};
use crate::block::{BLOCK, beyond_ascii, ends};
use crate::codec::json::{SHORT_ESCAPES, Unescaped, unescape_at};
use crate::schema::avro::{EnumPlan, varint};

/// Bytes that the length of a long string takes in most cases; others are moved.
const USUAL_HEAD: usize = 2;

/// Strings below this length are moved as one.
const MOVED: usize = 2 * BLOCK;

impl Run<'_> {
    /// Copies while it looks for the end; the length is written when it is known.
    #[inline(never)]
    pub(super) fn string(&mut self, at: At) -> At {
        let At { i, p } = at;
        let Some([b'"', block @ ..]) = self.text.window::<{ 1 + BLOCK }>(i) else { return Miss::Value.at() };
        let ends = ends(block);
        // What follows the string counts too: where it is not ASCII, the record is checked anyway.
        if ends == 0 || (!self.is_utf8 && beyond_ascii(block) != 0) {
            return self.longer_string(at);
        }
        let len = ends.trailing_zeros() as usize;
        if block.get(len) != Some(&b'"') {
            return self.long_string(at);
        }
        let Some([head, room @ ..]) = self.out.window::<{ 1 + BLOCK }>(p) else { return Miss::Room.at() };
        *room = *block;
        *head = short_len(len);
        At { i: i + len + 2, p: p + 1 + len }
    }

    /// A string that has not ended in the first block, or is not ASCII. Most of those end in the second one.
    #[inline(never)]
    fn longer_string(&mut self, at: At) -> At {
        let At { i, p } = at;
        let Some([_, first @ ..]) = self.text.window::<{ 1 + BLOCK }>(i) else { return Miss::Value.at() };
        let Some(second) = self.text.window::<BLOCK>(i + 1 + BLOCK) else { return self.long_string(at) };
        let both = u64::from(ends(first)) | u64::from(ends(second)) << BLOCK;
        let len = both.trailing_zeros() as usize;
        if self.byte(i + 1 + len) != b'"' || len >= SHORT {
            return self.long_string(at);
        }
        if beyond_ascii(first) | beyond_ascii(second) != 0 && !self.check_utf8(i + 1) {
            return Miss::Syntax.at();
        }
        let Some([head, room @ ..]) = self.out.window::<{ 1 + 2 * BLOCK }>(p) else { return Miss::Room.at() };
        let (low, high) = room.split_at_mut(BLOCK);
        low.copy_from_slice(first);
        high.copy_from_slice(second);
        *head = short_len(len);
        At { i: i + len + 2, p: p + 1 + len }
    }

    /// A string that is long or has escapes. Copies while it looks for the end too.
    #[inline(never)]
    fn long_string(&mut self, at: At) -> At {
        let (start, head) = (at.i + 1, at.p + USUAL_HEAD);
        let (mut from, mut beyond) = (At { i: start, p: head }, 0);
        let end = 'blocks: loop {
            let At { i, p } = from;
            let Some(window) = self.text.window::<{ 2 * BLOCK + 2 }>(i) else { return Miss::Syntax.at() };
            let ([first, second, ..], _) = window.as_chunks::<BLOCK>() else { return Miss::Syntax.at() };
            let Some(room) = self.out.window::<{ 2 * BLOCK }>(p) else { return Miss::Room.at() };
            room.copy_from_slice(&window[..2 * BLOCK]);
            beyond |= beyond_ascii(first) | beyond_ascii(second);
            let mut marks = u64::from(ends(first)) | u64::from(ends(second)) << BLOCK;
            // Bytes of this block and how many fewer are written.
            let (mut read, mut saved) = (2 * BLOCK, 0);
            while marks != 0 {
                let place = marks.trailing_zeros() as usize;
                let mark = At { i: i + place, p: p + place - saved };
                match window[place] {
                    b'"' => break 'blocks mark,
                    b'\\' => {}
                    _ => return Miss::Syntax.at(),
                }
                let short = SHORT_ESCAPES[usize::from(window[place + 1])];
                if short == 0 {
                    from = self.long_escape(mark);
                    if from.is_miss() {
                        return from;
                    }
                    continue 'blocks;
                }
                // What stands behind the escape moves up to what it stands for.
                let (Some(rest), Some([to, room @ ..])) =
                    (self.text.window::<{ 2 * BLOCK }>(mark.i + 2), self.out.window::<{ 2 * BLOCK + 1 }>(mark.p))
                else {
                    return Miss::Room.at();
                };
                *to = short;
                *room = *rest;
                // The letter may be a mark too; as the last of all it stands behind the block.
                marks &= !(3 << place);
                read = read.max(place + 2);
                saved += 1;
            }
            from = At { i: i + read, p: p + read - saved };
        };
        if beyond != 0 && !self.check_utf8(start) {
            return Miss::Syntax.at();
        }
        self.close_text(at.p, head, At { i: end.i + 1, p: end.p })
    }

    /// Writes what an escape by number stands for.
    #[inline(never)]
    fn long_escape(&mut self, at: At) -> At {
        if self.byte(at.i) != b'\\' {
            return Miss::Syntax.at();
        }
        match unescape_at(self.text.bytes(), at.i) {
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
        if len < SHORT {
            let Some(text) = self.out.window::<MOVED>(head).copied() else { return Miss::Room.at() };
            return match self.put(p, [short_len(len)]).and_then(|()| self.put(p + 1, text)) {
                Some(()) => At { i: end.i, p: p + 1 + len },
                None => Miss::Room.at(),
            };
        }
        let Some((bytes, width)) = i64::try_from(len).ok().and_then(varint::short) else { return Miss::Limit.at() };
        let start = p + width;
        if start + len > self.out.bytes().len() {
            return Miss::Room.at();
        }
        if start != head {
            self.out.bytes_mut().copy_within(head..end.p, start);
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

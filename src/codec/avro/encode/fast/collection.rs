//! Arrays and maps: one block, whose count is put before it when it is known.

use super::{At, MISSED, Miss, Run};
use crate::schema::avro::{NodeId, varint};

/// Counts that take one byte.
const NEAR: u8 = 64;

impl Run<'_> {
    #[inline(never)]
    pub(super) fn array(&mut self, items: NodeId, open: At, depth: u32) -> At {
        let mut at = match self.open(open, b'[', b']', depth) {
            Ok(at) => at,
            Err(at) => return at,
        };
        let (mut count, shape) = (0u64, self.plan.shape(items));
        loop {
            at = self.value(shape, at, depth + 1);
            count += 1;
            match self.next_or(at.i, b']') {
                (i, true) => at.i = i,
                (MISSED, _) => return at_miss(at),
                (i, false) => return self.close(open.p, count, At { i, p: at.p }),
            }
        }
    }

    #[inline(never)]
    pub(super) fn map(&mut self, values: NodeId, open: At, depth: u32) -> At {
        let mut at = match self.open(open, b'{', b'}', depth) {
            Ok(at) => at,
            Err(at) => return at,
        };
        let frame = self.scratch.keys.len();
        let mut count = 0u64;
        loop {
            at = self.entry(values, at, depth + 1);
            count += 1;
            match self.next_or(at.i, b'}') {
                (i, true) => at.i = i,
                (MISSED, _) => return at_miss(at),
                (i, false) => {
                    let keys = self.scratch.keys.get_mut(frame..).unwrap_or_default();
                    if super::super::collection::duplicate(keys, self.out.bytes()).is_some() {
                        return Miss::Member.at();
                    }
                    self.scratch.keys.truncate(frame);
                    return self.close(open.p, count, At { i, p: at.p });
                }
            }
        }
    }

    fn entry(&mut self, values: NodeId, at: At, depth: u32) -> At {
        let key = self.string(at);
        if key.i == MISSED {
            return key;
        }
        let Some((len, width)) = self.out.bytes().get(at.p..key.p).and_then(varint::read) else {
            return Miss::Syntax.at();
        };
        debug_assert_eq!(usize::try_from(len), Ok(key.p - at.p - width));
        self.scratch.keys.push((at.p + width, key.p));
        let i = self.skip_space(key.i);
        if self.byte(i) != b':' {
            return Miss::Syntax.at();
        }
        self.rare(values, At { i: self.skip_space(i + 1), p: key.p }, depth)
    }

    /// Steps into an array or object, behind whose count the items come. Where there are none it is done: the second case.
    #[inline]
    fn open(&mut self, at: At, open: u8, close: u8, depth: u32) -> Result<At, At> {
        if self.byte(at.i) != open {
            return Err(Miss::Value.at());
        }
        if depth >= self.limits.depth {
            return Err(Miss::Limit.at());
        }
        if self.put(at.p, [0]).is_none() {
            return Err(Miss::Room.at());
        }
        let (i, p) = (self.skip_space(at.i + 1), at.p + 1);
        if self.byte(i) == close { Err(At { i: i + 1, p }) } else { Ok(At { i, p }) }
    }

    /// Steps over what stands behind an item: a comma, and another item comes, or `close`.
    #[inline]
    fn next_or(&self, i: usize, close: u8) -> (usize, bool) {
        let i = self.skip_space(i);
        let byte = self.byte(i);
        if byte == b',' {
            (self.skip_space(i + 1), true)
        } else if byte == close {
            (i + 1, false)
        } else {
            (MISSED, false)
        }
    }

    /// Puts the count at `start`, where there is one byte for it, and ends the list.
    #[inline]
    fn close(&mut self, start: usize, count: u64, at: At) -> At {
        if count > self.limits.items {
            return Miss::Limit.at();
        }
        if let Ok(count @ ..NEAR) = u8::try_from(count) {
            return match self.put(start, [count << 1]).and_then(|()| self.put(at.p, [0])) {
                Some(()) => At { i: at.i, p: at.p + 1 },
                None => Miss::Room.at(),
            };
        }
        let Some((bytes, width)) = i64::try_from(count).ok().and_then(varint::short) else { return Miss::Limit.at() };
        if at.p + width > self.out.bytes().len() {
            return Miss::Room.at();
        }
        self.out.bytes_mut().copy_within(start + 1..at.p, start + width);
        let p = at.p + width - 1;
        match self.put_slice(start, &bytes[..width]) {
            Some(_) if self.put(p, [0]).is_some() => At { i: at.i, p: p + 1 },
            _ => Miss::Room.at(),
        }
    }
}

/// What follows an item is not what must follow; or the item missed, and said why.
fn at_miss(at: At) -> At {
    if at.i == MISSED { at } else { Miss::Syntax.at() }
}

//! Arrays and maps of one block, as nearly everybody writes them.

use super::{At, Run};
use crate::schema::avro::{NodeId, ValueKind};

impl Run<'_> {
    #[inline(never)]
    pub(super) fn array(&mut self, items: NodeId, open: At, depth: u32) -> At {
        let (count, mut at) = match self.open(open, *b"[]", depth) {
            Ok(opened) => opened,
            Err(at) => return at,
        };
        let shape = self.plan.shape(items);
        if shape.kind == ValueKind::Double && shape.nullable.is_none() {
            for _ in 0..count {
                at = self.inline_double(at);
                at = self.put(at, *b",");
            }
        } else {
            for _ in 0..count {
                at = self.value(shape, at, depth + 1);
                if at.is_miss() {
                    return at;
                }
                at = self.put(at, *b",");
            }
        }
        self.close(at, *b"]")
    }

    #[inline(never)]
    pub(super) fn map(&mut self, values: NodeId, open: At, depth: u32) -> At {
        let (count, mut at) = match self.open(open, *b"{}", depth) {
            Ok(opened) => opened,
            Err(at) => return at,
        };
        let (frame, shape) = (self.scratch.keys.len(), self.plan.shape(values));
        for _ in 0..count {
            let key = self.string(at);
            let Some((len, start)) = self.varint(at.i) else { return At::MISS };
            debug_assert!(key.is_miss() || usize::try_from(len).is_ok_and(|len| start + len == key.i));
            self.scratch.keys.push((start, key.i));
            let colon = self.put(key, *b":");
            at = self.value(shape, colon, depth + 1);
            if at.is_miss() {
                return at;
            }
            at = self.put(at, *b",");
        }
        let bytes = |&(start, end): &(usize, usize)| self.data.bytes().get(start..end);
        let keys = self.scratch.keys.get_mut(frame..).unwrap_or_default();
        keys.sort_unstable_by(|one, other| bytes(one).cmp(&bytes(other)));
        if keys.windows(2).any(|pair| matches!(pair, [one, other] if bytes(one) == bytes(other))) {
            return At::MISS;
        }
        self.scratch.keys.truncate(frame);
        self.close(at, *b"}")
    }

    /// Steps over the count of the only block and writes the first of `signs`. Where there is none it is done: the second case.
    #[inline]
    fn open(&mut self, at: At, signs: [u8; 2], depth: u32) -> Result<(u64, At), At> {
        let Some((count, i)) = self.varint(at.i) else { return Err(At::MISS) };
        let Ok(count) = u64::try_from(count) else { return Err(At::MISS) };
        if depth >= self.limits.depth || count > self.limits.items {
            return Err(At::MISS);
        }
        let at = self.put(At { i, p: at.p }, signs);
        if count == 0 || at.is_miss() {
            return Err(at);
        }
        // The second sign stands where the first item comes.
        Ok((count, At { i: at.i, p: at.p - 1 }))
    }

    /// Steps over the end of the blocks, and puts `sign` in the place of the last comma.
    #[inline]
    fn close(&mut self, at: At, sign: [u8; 1]) -> At {
        if at.is_miss() {
            return at;
        }
        match self.data.window(at.i) {
            Some([0]) => self.put(At { i: at.i + 1, p: at.p - 1 }, sign),
            _ => At::MISS,
        }
    }
}

//! Arrays and maps: blocks of items, each with its count, until a block of none. What the items are is the caller's matter.

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;

impl Run<'_> {
    pub(super) fn array(&mut self, depth: u32, item: impl Fn(&mut Self, u32) -> Written) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        self.out.push(b'[');
        self.items(|run, index| item(run, depth).map_err(|fault| fault.in_item(index)))?;
        self.out.push(b']');
        Ok(())
    }

    pub(super) fn map(&mut self, depth: u32, value: impl Fn(&mut Self, u32) -> Written) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        let frame = self.keys.len();
        self.out.push(b'{');
        self.items(|run, _| run.entry(depth, &value))?;
        self.out.push(b'}');
        self.check_keys(frame)?;
        self.keys.truncate(frame);
        Ok(())
    }

    fn entry(&mut self, depth: u32, value: impl Fn(&mut Self, u32) -> Written) -> Written {
        let key = self.written_text("a map's key")?;
        self.keys.push((self.pos - key.len(), self.pos));
        self.out.push(b':');
        value(self, depth).map_err(|fault| fault.in_key(String::from_utf8_lossy(key)))
    }

    /// A JSON object may hold a key only once, or readers disagree on which value counts.
    fn check_keys(&mut self, frame: usize) -> Written {
        let bytes = |&(start, end): &(usize, usize)| &self.datum[start..end];
        let keys = &mut self.keys[frame..];
        keys.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        match keys.windows(2).find(|pair| bytes(&pair[0]) == bytes(&pair[1])) {
            None => Ok(()),
            Some(pair) => {
                let key = String::from_utf8_lossy(bytes(&pair[1])).into_owned();
                Err(Fault::new(ViolationKind::Duplicate, "each key of the map once", "a duplicate").in_key(key))
            }
        }
    }

    /// Writes the items of all blocks with commas between them.
    fn items(&mut self, item: impl Fn(&mut Self, u64) -> Written) -> Written {
        self.blocks(|run, index| {
            if index > 0 {
                run.out.push(b',');
            }
            item(run, index)?;
            run.limits.check_record(run.out.len() - run.base)
        })
    }

    /// Goes through the items of all blocks.
    pub(super) fn blocks(&mut self, item: impl Fn(&mut Self, u64) -> Written) -> Written {
        let mut total = 0u64;
        loop {
            let (count, end) = self.block()?;
            if count == 0 {
                return Ok(());
            }
            let first = total;
            total = total.saturating_add(count);
            self.limits.check_items(total)?;
            for index in first..total {
                item(self, index)?;
            }
            if end.is_some_and(|end| end != self.pos) {
                return Err(self.malformed("the end of a block where its size says", "more or fewer bytes"));
            }
        }
    }

    /// The count of a block, and where it ends if it says: a negative count is followed by the block's size in bytes.
    fn block(&mut self) -> Result<(u64, Option<usize>), Fault> {
        let start = self.pos;
        let count = self.varint("the count of a block")?;
        if count >= 0 {
            return Ok((count.unsigned_abs(), None));
        }
        let size = self.varint("the size of a block")?;
        let left = self.datum.len() - self.pos;
        if let Some(size) = usize::try_from(size).ok().filter(|&size| size <= left) {
            Ok((count.unsigned_abs(), Some(self.pos + size)))
        } else {
            self.pos = start;
            Err(self.malformed("the size of a block", &format!("{size} where {left} bytes are left")))
        }
    }
}

//! Arrays and maps: blocks of items, each with its count, until a block of none.

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::schema::avro::NodeId;

impl Run<'_> {
    pub(super) fn array(&mut self, items: NodeId, depth: u32) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        self.out.push(b'[');
        self.blocks(|run, index| run.value(items, depth).map_err(|fault| fault.in_item(index)))?;
        self.out.push(b']');
        Ok(())
    }

    pub(super) fn map(&mut self, values: NodeId, depth: u32) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        let frame = self.keys.len();
        self.out.push(b'{');
        self.blocks(|run, _| run.entry(values, depth))?;
        self.out.push(b'}');
        self.check_keys(frame)?;
        self.keys.truncate(frame);
        Ok(())
    }

    fn entry(&mut self, values: NodeId, depth: u32) -> Written {
        let key = self.written_text("a map's key")?;
        self.keys.push((self.pos - key.len(), self.pos));
        self.out.push(b':');
        self.value(values, depth).map_err(|fault| fault.in_key(String::from_utf8_lossy(key)))
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
    fn blocks(&mut self, item: impl Fn(&mut Self, u64) -> Written) -> Written {
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
                if index > 0 {
                    self.out.push(b',');
                }
                item(self, index)?;
                self.limits.check_record(self.out.len() - self.base)?;
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

//! Arrays and maps: one block, whose count is patched in when it is known.

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::{Fault, Faults};
use crate::schema::avro::{NodeId, varint};

impl Run<'_> {
    pub(super) fn array(&mut self, id: NodeId, items: NodeId, depth: u32) -> Written {
        let Some(start) = self.open_block(id, b'[', b']', depth)? else { return Ok(()) };
        let (mut count, mut faults) = (0, Faults::default());
        loop {
            self.limits.check_items(count + 1).or_else(|fault| faults.add(fault))?;
            let mark = self.mark();
            if let Err(fault) = self.value(items, depth + 1) {
                self.go_on(&mut faults, fault, (mark, depth + 1), |fault| fault.in_item(count))?;
            }
            count += 1;
            if !self.cursor.next_or(b']')? {
                break;
            }
        }
        faults.end()?;
        self.close_block(start, count);
        Ok(())
    }

    pub(super) fn map(&mut self, id: NodeId, values: NodeId, depth: u32) -> Written {
        let Some(start) = self.open_block(id, b'{', b'}', depth)? else { return Ok(()) };
        let frame = self.scratch.keys.len();
        let (mut count, mut faults) = (0, Faults::default());
        loop {
            self.limits.check_items(count + 1).or_else(|fault| faults.add(fault))?;
            self.entry(values, &mut faults, depth + 1)?;
            count += 1;
            if !self.cursor.next_or(b'}')? {
                break;
            }
        }
        self.check_keys(frame).or_else(|fault| faults.add(fault))?;
        faults.end()?;
        self.scratch.keys.truncate(frame);
        self.close_block(start, count);
        Ok(())
    }

    /// Steps into an array or object and gives the place of its count; `None` if there is nothing in it.
    fn open_block(&mut self, id: NodeId, open: u8, close: u8, depth: u32) -> Result<Option<usize>, Fault> {
        if !self.cursor.eat(open) {
            return Err(self.mismatch(id, depth));
        }
        self.limits.check_depth(depth + 1)?;
        let start = self.out.len();
        self.out.push(0);
        self.cursor.skip_space();
        Ok(if self.cursor.eat(close) { None } else { Some(start) })
    }

    fn entry(&mut self, values: NodeId, faults: &mut Faults, depth: u32) -> Written {
        let key = self.cursor.key()?;
        let key = key.unescaped(&mut self.scratch.text)?;
        self.limits.check_string(key.len()).or_else(|fault| faults.add(fault))?;
        varint::write_len(key.len(), self.out);
        let start = self.out.len() - self.base;
        self.out.extend_from_slice(key);
        let end = self.written();
        self.scratch.keys.push((start, end));
        self.cursor.skip_space();
        let mark = self.mark();
        self.value(values, depth).or_else(|fault| {
            let key = self.key_text((start, end));
            self.go_on(faults, fault, (mark, depth), |fault| fault.in_key(&*key))
        })
    }

    /// The keys of the map that is closing are in the output; none may stand there twice.
    fn check_keys(&mut self, frame: usize) -> Written {
        match duplicate(&mut self.scratch.keys[frame..], &self.out[self.base..]) {
            None => Ok(()),
            Some(key) => {
                let fault = Fault::new(ViolationKind::Duplicate, "each key of the map once", "a duplicate");
                Err(fault.in_key(self.key_text(key)))
            }
        }
    }

    fn key_text(&self, (start, end): (usize, usize)) -> String {
        String::from_utf8_lossy(&self.out[self.base + start..self.base + end]).into_owned()
    }

    /// `start` is where the count belongs. A block of none ends the list.
    fn close_block(&mut self, start: usize, count: u64) {
        self.patch_len(start, usize::try_from(count).unwrap_or(usize::MAX));
        self.out.push(0);
    }
}

/// The place of a key that stands twice among `keys`, places in `written`.
pub(super) fn duplicate(keys: &mut [(usize, usize)], written: &[u8]) -> Option<(usize, usize)> {
    const FEW: usize = 8;
    let bytes = |&(start, end): &(usize, usize)| &written[start..end];
    if keys.len() <= FEW {
        return (1..keys.len())
            .find(|&i| keys[..i].iter().any(|earlier| bytes(earlier) == bytes(&keys[i])))
            .map(|i| keys[i]);
    }
    keys.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    keys.windows(2).find(|pair| bytes(&pair[0]) == bytes(&pair[1])).map(|pair| pair[1])
}

//! From a member's name to the index of its field: a small open-addressing table, built once a record type.

use super::types::Field;

/// Looks fields up by name. The names come from the schema alone, so a payload can't make it degenerate.
#[derive(Debug)]
pub struct FieldTable {
    /// Field index + 1; 0 is an empty slot. The length is a power of two and at least twice the number of fields.
    slots: Box<[u32]>,
}

impl FieldTable {
    pub(super) fn new(fields: &[Field]) -> Self {
        let size = (fields.len() * 2).next_power_of_two();
        let mut table = Self { slots: vec![0; size].into() };
        for (index, field) in (1..).zip(fields) {
            let mut slot = table.start(Parts::of(field.name.as_bytes()));
            while table.slots[slot] != 0 {
                slot = table.next(slot);
            }
            table.slots[slot] = index;
        }
        table
    }

    /// The index whose name equals `name`, as `is` tells.
    pub fn find(&self, name: &[u8], is: impl Fn(usize) -> bool) -> Option<usize> {
        self.search(Parts::of(name), is)
    }

    /// The same for the name of `len` bytes at the front of `text`; sixteen bytes must be there.
    #[inline]
    pub fn find_in(&self, text: &[u8], len: usize, is: impl Fn(usize) -> bool) -> Option<usize> {
        self.search(Parts::new(*text.first_chunk()?, text.get(..len)?), is)
    }

    #[inline]
    fn search(&self, parts: Parts, is: impl Fn(usize) -> bool) -> Option<usize> {
        let mut slot = self.start(parts);
        loop {
            let index = self.slots[slot].checked_sub(1)? as usize;
            if is(index) {
                return Some(index);
            }
            slot = self.next(slot);
        }
    }

    /// Memory behind the table, in bytes.
    pub fn byte_size(&self) -> usize {
        size_of_val(&*self.slots)
    }

    fn next(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    #[inline]
    fn start(&self, parts: Parts) -> usize {
        // The length of a slice of u32 is far below 2^32, so the mask keeps the value in range.
        usize::try_from(parts.hash() >> 32).unwrap_or(0) & (self.slots.len() - 1)
    }
}

/// The bytes of a name that its hash goes by: the first sixteen, zeros behind shorter ones, and the last eight of longer ones.
#[derive(Debug, Clone, Copy)]
struct Parts {
    first: [u64; 2],
    last: u64,
    len: usize,
}

const WIDTH: usize = 16;

/// For each length up to sixteen: which bits of two words it covers.
static MASKS: [[u64; 2]; WIDTH + 1] = {
    let mut masks = [[0; 2]; WIDTH + 1];
    let mut len = 0;
    while len < WIDTH {
        len += 1;
        masks[len] = masks[len - 1];
        masks[len][(len - 1) / 8] |= 0xff << ((len - 1) % 8 * 8);
    }
    masks
};

impl Parts {
    fn of(name: &[u8]) -> Self {
        let mut first = [0; WIDTH];
        first.iter_mut().zip(name).for_each(|(to, from)| *to = *from);
        Self::new(first, name)
    }

    /// `first` are the first bytes of `name`, and whatever follows it.
    #[inline]
    fn new(first: [u8; WIDTH], name: &[u8]) -> Self {
        let [low, high] = MASKS[name.len().min(WIDTH)];
        let number = u128::from_le_bytes(first);
        #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
        let first = [number as u64 & low, (number >> 64) as u64 & high];
        let last = if name.len() > WIDTH { name.last_chunk().copied().unwrap_or_default() } else { [0; 8] };
        Self { first, last: u64::from_le_bytes(last), len: name.len() }
    }

    #[inline]
    fn hash(self) -> u64 {
        const K: u64 = 0x9e37_79b9_7f4a_7c15;
        let Self { first: [low, high], last, len } = self;
        let mixed =
            (low ^ len as u64).wrapping_mul(K) ^ (high ^ last.rotate_left(32)).wrapping_mul(K.rotate_left(32) | 1);
        mixed.wrapping_mul(K)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Schema};
    use super::*;

    fn table(names: &[String]) -> FieldTable {
        let fields: Vec<_> = names.iter().map(|n| format!(r#"{{"name":"{n}","type":"int"}}"#)).collect();
        let text = format!(r#"{{"type":"record","name":"R","fields":[{}]}}"#, fields.join(","));
        let schema = Schema::parse::<&str>(&text, &[]).unwrap();
        match &schema.get(schema.root()).kind {
            Kind::Record(record) => FieldTable::new(&record.fields),
            _ => unreachable!(),
        }
    }

    #[test]
    fn every_field_is_found_and_nothing_else() {
        for count in [0, 1, 2, 7, 60, 5_000] {
            let names: Vec<String> = (0..count).map(|i| format!("field_{i}")).collect();
            let table = table(&names);
            let find = |name: &str| {
                let text = format!("{name}\": and what follows");
                let found = table.find_in(text.as_bytes(), name.len(), |i| names[i] == name);
                assert_eq!(table.find(name.as_bytes(), |i| names[i] == name), found, "{name:?}");
                found
            };
            for (index, name) in names.iter().enumerate() {
                assert_eq!(find(name), Some(index));
            }
            for absent in ["", "field_", "field_5000", "f", "a name longer than sixteen bytes"] {
                assert_eq!(find(absent), None, "{absent:?} among {count}");
            }
        }
    }
}

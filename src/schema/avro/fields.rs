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
            let mut slot = table.start(field.name.as_bytes());
            while table.slots[slot] != 0 {
                slot = table.next(slot);
            }
            table.slots[slot] = index;
        }
        table
    }

    /// The index whose name equals `name`, as `name_of` tells names.
    #[inline]
    pub fn find<'a>(&self, name: &[u8], name_of: impl Fn(usize) -> &'a [u8]) -> Option<usize> {
        let mut slot = self.start(name);
        loop {
            let index = self.slots[slot].checked_sub(1)? as usize;
            if name_of(index) == name {
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
    fn start(&self, name: &[u8]) -> usize {
        // The length of a slice of u32 is far below 2^32, so the mask keeps the value in range.
        usize::try_from(hash(name) >> 32).unwrap_or(0) & (self.slots.len() - 1)
    }
}

/// Multiply-rotate over 8 bytes at a time.
#[inline]
fn hash(name: &[u8]) -> u64 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = name.as_chunks::<8>();
    let mut hash = name.len() as u64;
    for chunk in chunks {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(K);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    (hash.rotate_left(23) ^ u64::from_le_bytes(last)).wrapping_mul(K)
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
            let find = |name: &str| table.find(name.as_bytes(), |i| names[i].as_bytes());
            for (index, name) in names.iter().enumerate() {
                assert_eq!(find(name), Some(index));
            }
            for absent in ["", "field_", "field_5000", "f", "a name longer than sixteen bytes"] {
                assert_eq!(find(absent), None, "{absent:?} among {count}");
            }
        }
    }
}

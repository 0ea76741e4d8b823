//! What stands around values: marks and lengths.

use prost::encoding::encode_varint;

use super::Run;

impl Run<'_> {
    /// Writes what marks a field.
    #[inline]
    pub(super) fn tag(&mut self, number: u32, wire: u8) {
        varint(u64::from(number << 3 | u32::from(wire)), self.out);
    }

    /// Leaves room for a length, which is short as a rule; says where what it counts begins.
    #[inline]
    pub(super) fn open(&mut self) -> usize {
        self.out.push(0);
        self.out.len()
    }

    /// Writes the length of what stands behind `start`, and says how far that had to move for it.
    #[inline]
    pub(super) fn close(&mut self, start: usize) -> usize {
        let len = self.out.len() - start;
        match (u8::try_from(len), self.out.get_mut(start - 1)) {
            (Ok(short @ 0..=0x7f), Some(room)) => {
                *room = short;
                0
            }
            _ => self.close_long(start, len),
        }
    }

    fn close_long(&mut self, start: usize, len: usize) -> usize {
        let mut varint = Vec::with_capacity(10);
        encode_varint(u64::try_from(len).unwrap_or(u64::MAX), &mut varint);
        let moved = varint.len() - 1;
        self.out.splice(start - 1..start, varint);
        moved
    }
}

/// Appends a number, which is short as a rule.
#[inline]
pub(super) fn varint(value: u64, out: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(short @ 0..=0x7f) => out.push(short),
        _ => encode_varint(value, out),
    }
}

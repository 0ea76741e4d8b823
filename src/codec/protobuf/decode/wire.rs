//! The fields of a message, one behind the other, without their meaning.

use crate::codec::fault::Fault;
use crate::codec::{Limits, ViolationKind};

/// The largest number that a field can have.
const MAX_NUMBER: u64 = (1 << 29) - 1;

/// A field as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) number: u32,
    pub(super) wire: u8,
    /// Where its value is: without a length in front, or the mark behind a group.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Goes through the fields of a message within a record; ends behind the first error.
pub(super) struct Fields<'a> {
    /// The record up to the message's end.
    data: &'a [u8],
    pos: usize,
    depth: u32,
    failed: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn of(record: &'a [u8], start: usize, end: usize, limits: &Limits) -> Self {
        Self { data: record.get(..end).unwrap_or_default(), pos: start, depth: limits.depth, failed: false }
    }

    #[cold]
    fn fault(&self, expected: &str, found: &str) -> Fault {
        let found = format!("{found} at byte {} of the record", self.pos);
        Fault::new(ViolationKind::Malformed, expected, found)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Fault> {
        if let Some(&short @ 0..=0x7f) = self.data.get(self.pos) {
            self.pos += 1;
            return Ok(short.into());
        }
        match self.data.get(self.pos..).and_then(varint) {
            Some((value, len)) => {
                self.pos += len;
                Ok(value)
            }
            None => Err(self.fault("an integer", "none, or one of more than 64 bits,")),
        }
    }

    /// Reads what marks a field: its number and how its value is written.
    fn tag(&mut self) -> Result<(u32, u8), Fault> {
        let tag = self.varint()?;
        let number = tag >> 3;
        let wire = u8::try_from(tag & 7).unwrap_or_default();
        match u32::try_from(number) {
            Ok(small) if (1..=MAX_NUMBER).contains(&number) => Ok((small, wire)),
            _ => Err(self.fault("the number of a field", &number.to_string())),
        }
    }

    /// Steps over the value of a field, and says where it is.
    fn value(&mut self, number: u32, wire: u8) -> Result<(usize, usize), Fault> {
        let mut start = self.pos;
        let len = match wire {
            0 => {
                self.varint()?;
                0
            }
            1 => 8,
            5 => 4,
            2 => {
                let len = self.varint()?;
                start = self.pos;
                usize::try_from(len).unwrap_or(usize::MAX)
            }
            3 => return Ok((start, self.group(number)?)),
            _ => return Err(self.fault("a field", &format!("wire type {wire}"))),
        };
        match self.pos.checked_add(len) {
            Some(end) if end <= self.data.len() => {
                self.pos = end;
                Ok((start, end))
            }
            _ => Err(self
                .fault("a value", &format!("a length of {len} where {} bytes are left", self.data.len() - self.pos))),
        }
    }

    /// Steps over a group, and says where what is in it ends. Needs no stack.
    fn group(&mut self, number: u32) -> Result<usize, Fault> {
        let mut open = vec![number];
        loop {
            let before = self.pos;
            let (number, wire) = self.tag()?;
            match wire {
                3 if open.len() >= usize::try_from(self.depth).unwrap_or(usize::MAX) => {
                    let expected = format!("at most {} levels of nesting", self.depth);
                    return Err(Fault::new(ViolationKind::Limit, expected, "one level more"));
                }
                3 => open.push(number),
                4 if open.pop() != Some(number) => return Err(self.fault("the end of a group", "that of another")),
                4 if open.is_empty() => return Ok(before),
                4 => {}
                _ => drop(self.value(number, wire)?),
            }
        }
    }
}

impl Iterator for Fields<'_> {
    type Item = Result<Found, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.pos >= self.data.len() {
            return None;
        }
        let found = self.tag().and_then(|(number, wire)| {
            let (start, end) = self.value(number, wire)?;
            Ok(Found { number, wire, start, end })
        });
        self.failed = found.is_err();
        Some(found)
    }
}

/// The integer at the front and its length; `None` where the bytes end within it, or where it has more than 64 bits.
pub(in crate::codec::protobuf) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        let bits = u64::from(byte & 0x7f);
        if index == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

/// The first of packed values, and those behind it.
pub(super) fn first(wire: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let len = match wire {
        1 => Some(8),
        5 => Some(4),
        _ => varint(bytes).map(|(_, len)| len),
    };
    let parts = len.and_then(|len| bytes.split_at_checked(len));
    parts.ok_or_else(|| Fault::new(ViolationKind::Malformed, "an item of a packed list", "a part of one"))
}

/// What a value is that is missing.
pub(super) fn zero(wire: u8) -> &'static [u8] {
    match wire {
        0 => &[0],
        1 => &[0; 8],
        5 => &[0; 4],
        _ => &[],
    }
}

/// The lower half.
#[expect(clippy::cast_possible_truncation, reason = "what is above is not looked at")]
pub(super) fn low32(value: u64) -> u32 {
    value as u32
}

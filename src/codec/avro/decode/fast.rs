//! The way that nearly all data take: what is usual is printed without asking what could be wrong with it.
//!
//! Whatever this path does not know is a *miss*: the general path then decodes the datum from its start and gives the verdict
//! and its message. So this path refuses nothing, and what it accepts the general path accepts with the same text.
//!
//! Invariants:
//! - A miss has no effect beyond the buffers of this module.
//! - Both cursors are passed and returned by value, in registers: they are what everything waits for. A cursor that has
//!   missed stands beyond the data, where nothing can be read.
//! - Zeros follow the datum, so that a block can be read anywhere in it. One that ends too early leads into them, and is
//!   found out at the latest where the datum must end.

mod collection;
mod number;
mod text;

use super::super::{JsonMode, JsonOptions, Timestamps};
use super::Run as GeneralRun;
use crate::block::{PADDING, Padded, Room};
use crate::codec::Limits;
use crate::codec::logical::decimal::Unscaled;
use crate::schema::avro::{Logical, Node, NodeId, Plan, RecordPlan, Shape, UnionPlan, ValueKind, varint};

/// Room in the output for each byte of data, at first.
const GROWTH: usize = 8;

/// What this path keeps from datum to datum.
#[derive(Debug, Default)]
pub(super) struct FastPath {
    /// The datum and the zeros behind it.
    data: Vec<u8>,
    /// Where the text is written. Its length is the room that there is.
    out: Vec<u8>,
    scratch: Scratch,
}

/// Stacks and space that are used again for every datum.
#[derive(Debug, Default)]
struct Scratch {
    /// Where each key of the open maps stands in the datum.
    keys: Vec<(usize, usize)>,
    /// What the general path keeps.
    general_keys: Vec<(usize, usize)>,
    members: Vec<(usize, usize)>,
    characters: Vec<u8>,
    unscaled: Unscaled,
    /// A text that the general path wrote.
    text: Vec<u8>,
}

/// A place in the datum and one in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct At {
    i: usize,
    p: usize,
}

/// Where `i` stands after a miss. Beyond any datum, and far enough from the end to add to.
const MISSED: usize = usize::MAX >> 1;

impl At {
    /// The datum is not what this path knows.
    const MISS: Self = Self { i: MISSED, p: 0 };
    /// There is no room in the output.
    const NO_ROOM: Self = Self { i: MISSED, p: 1 };

    #[inline]
    fn is_miss(self) -> bool {
        self.i == MISSED
    }
}

impl FastPath {
    /// Appends the text of `datum` to `out`; leaves it as it is and says no if the general path must look at the datum.
    pub(super) fn decode(
        &mut self,
        plan: &Plan,
        datum: &[u8],
        options: JsonOptions,
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> bool {
        if options.mode != JsonMode::Plain {
            return false;
        }
        if self.data.len() < datum.len() + PADDING {
            self.data.resize(datum.len() * 2 + PADDING, 0);
            self.out.resize(self.out.len().max(datum.len() * 2 * GROWTH + PADDING), 0);
        }
        let (data, rest) = self.data.split_at_mut(datum.len());
        data.copy_from_slice(datum);
        if let Some(padding) = rest.first_chunk_mut() {
            *padding = [0; PADDING];
        }
        loop {
            match self.attempt(plan, datum.len(), options, limits) {
                Ok(len) => {
                    out.extend_from_slice(self.out.get(..len).unwrap_or_default());
                    return true;
                }
                // Data that take more room than that are left to the general path, which has limits for it.
                Err(At::NO_ROOM) if self.out.len() / 2 < limits.record_bytes.saturating_add(PADDING) => {
                    self.out.resize(self.out.len() * 2 + PADDING, 0);
                }
                Err(_) => return false,
            }
        }
    }

    /// Writes the text to the front of the output and gives its length.
    fn attempt(&mut self, plan: &Plan, len: usize, options: JsonOptions, limits: &Limits) -> Result<usize, At> {
        self.scratch.keys.clear();
        let data = self.data.get(..len + PADDING).and_then(Padded::new).ok_or(At::MISS)?;
        let out = Room::new(&mut self.out).ok_or(At::NO_ROOM)?;
        let mut run = Run { plan, data, out, options, limits, scratch: &mut self.scratch, long_doubles: 0 };
        let end = run.value(plan.shape(plan.root()), At { i: 0, p: 0 }, 0);
        match end {
            At { i, p } if i == len && p <= limits.record_bytes => Ok(p),
            At { i: MISSED, .. } => Err(end),
            _ => Err(At::MISS),
        }
    }
}

/// One datum on its way through.
struct Run<'a> {
    plan: &'a Plan,
    data: Padded<'a>,
    out: Room<'a>,
    options: JsonOptions,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
    /// How many of the doubles that come are taken for long ones.
    long_doubles: u32,
}

impl<'a> Run<'a> {
    /// Writes the value that comes. `depth` levels are open around it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each value costs as much as most values")]
    fn value(&mut self, shape: Shape, mut at: At, depth: u32) -> At {
        if let Some([null, other]) = shape.nullable {
            let Some(&[number]) = self.data.window(at.i) else { return At::MISS };
            at.i += 1;
            if number == null {
                return self.put(at, *b"null");
            }
            if number != other {
                return At::MISS;
            }
        }
        match shape.kind {
            ValueKind::Boolean => self.boolean(at),
            ValueKind::Int => self.int(at),
            ValueKind::Long => self.long(at),
            ValueKind::Double => self.double(at),
            ValueKind::String => self.string(at),
            _ => self.rare(shape.node, at, depth),
        }
    }

    /// A value of a type that has parts, or is rare.
    #[inline(never)]
    fn rare(&mut self, id: NodeId, at: At, depth: u32) -> At {
        match self.plan.node(id) {
            Node::Null => self.put(at, *b"null"),
            Node::Boolean => self.boolean(at),
            Node::Int => self.int(at),
            Node::Long => self.long(at),
            Node::Float => self.float(at),
            Node::Double => self.double(at),
            Node::String => self.string(at),
            Node::Enum(symbols) => match self.data.window(at.i) {
                Some(&[number @ ..0x80]) if number & 1 == 0 => match symbols.table.image(usize::from(number / 2)) {
                    Some(symbol) => self.put_image(At { i: at.i + 1, p: at.p }, symbol),
                    None => At::MISS,
                },
                _ => At::MISS,
            },
            Node::Array(items) => self.array(*items, at, depth),
            Node::Map(values) => self.map(*values, at, depth),
            Node::Record(record) => self.record(record, at, depth),
            Node::Union(union) => self.union(union, at, depth),
            Node::Logical(logical) => match (logical.logical, self.options.timestamps) {
                (
                    Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_),
                    Timestamps::Number,
                ) => self.rare(logical.underlying, at, depth),
                _ => self.general(id, at, depth),
            },
            Node::Bytes | Node::Fixed(_) => self.general(id, at, depth),
        }
    }

    #[inline(never)]
    fn record(&mut self, record: &'a RecordPlan, open: At, depth: u32) -> At {
        if depth >= self.limits.depth {
            return At::MISS;
        }
        if record.fields.is_empty() {
            return self.put(open, *b"{}");
        }
        let mut at = open;
        for field in &record.fields {
            match (field.key.block(), self.out.window(at.p)) {
                (Some(block), Some(room)) => *room = *block,
                (None, _) => {
                    if self.put_slice(at.p, field.key.compact.as_bytes()).is_none() {
                        return At::NO_ROOM;
                    }
                }
                _ => return if at.is_miss() { at } else { At::NO_ROOM },
            }
            at = self.value(field.shape, At { i: at.i, p: at.p + field.key.compact.len() }, depth + 1);
            if at.is_miss() {
                return at;
            }
        }
        // Each member has written a comma before it; the first one's place is the brace's.
        match self.out.window(open.p) {
            Some(comma) => *comma = *b"{",
            None => return At::NO_ROOM,
        }
        self.put(at, *b"}")
    }

    #[inline(never)]
    fn union(&mut self, union: &'a UnionPlan, at: At, depth: u32) -> At {
        match self.data.window(at.i) {
            Some(&[number @ ..0x80]) if number & 1 == 0 => match union.branches.get(usize::from(number / 2)) {
                Some(&branch) => self.rare(branch, At { i: at.i + 1, p: at.p }, depth),
                None => At::MISS,
            },
            _ => At::MISS,
        }
    }

    #[inline(never)]
    fn boolean(&mut self, at: At) -> At {
        let Some(&[flag @ ..=1]) = self.data.window(at.i) else { return At::MISS };
        let Some(room) = self.out.window(at.p) else { return At::NO_ROOM };
        // Without a branch between the two, for which one comes can't be foreseen.
        *room = [*b"false\0\0\0", *b"true\0\0\0\0"][usize::from(flag)];
        At { i: at.i + 1, p: at.p + 5 - usize::from(flag) }
    }

    /// What the general path makes of the value that comes.
    #[inline(never)]
    fn general(&mut self, id: NodeId, at: At, depth: u32) -> At {
        let Scratch { general_keys, members, characters, unscaled, text, .. } = &mut *self.scratch;
        text.clear();
        general_keys.clear();
        let Some(datum) = self.data.bytes().get(..self.data.end()) else { return At::MISS };
        if at.i > datum.len() {
            return At::MISS;
        }
        let mut run = GeneralRun {
            plan: self.plan,
            datum,
            pos: at.i,
            out: text,
            base: 0,
            options: self.options,
            limits: self.limits,
            keys: general_keys,
            text: characters,
            members,
            skipped: 0,
            unscaled,
        };
        if run.value(id, depth).is_err() {
            return At::MISS;
        }
        let i = run.pos;
        let text = std::mem::take(&mut self.scratch.text);
        let end = self.put_slice(at.p, &text).map_or(At::NO_ROOM, |p| At { i, p });
        self.scratch.text = text;
        end
    }

    /// Writes bytes and steps behind them in the output.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison and a store")]
    fn put<const N: usize>(&mut self, at: At, bytes: [u8; N]) -> At {
        match self.out.window(at.p) {
            Some(room) => *room = bytes,
            None => return At::NO_ROOM,
        }
        At { i: at.i, p: at.p + N }
    }

    /// Copies bytes to the output and gives the place behind them.
    #[inline]
    fn put_slice(&mut self, p: usize, bytes: &[u8]) -> Option<usize> {
        self.out.bytes_mut().get_mut(p..p + bytes.len())?.copy_from_slice(bytes);
        Some(p + bytes.len())
    }

    /// An integer, and the place behind it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a few instructions, mostly")]
    fn varint(&self, i: usize) -> Option<(i64, usize)> {
        let window = self.data.window::<{ varint::MAX_LEN }>(i)?;
        let (value, len) = varint::read(window)?;
        Some((value, i + len))
    }
}

#[cfg(test)]
mod tests;

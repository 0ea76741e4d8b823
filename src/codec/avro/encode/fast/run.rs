//! One record on its way through: which value comes, and the steps that all values share.

use super::space::Indents;
use super::{At, MISSED, Miss, Scratch};
use crate::block::{BLOCK, Padded, Room, ends};
use crate::codec::Limits;
use crate::codec::json::Cursor;
use crate::schema::avro::{Node, NodeId, Plan, Shape, ValueKind};

pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    /// The record, and zeros behind it.
    pub(super) text: Padded<'a>,
    pub(super) out: Room<'a>,
    pub(super) learned: &'a mut [u32],
    pub(super) indents: &'a mut Indents,
    pub(super) scratch: &'a mut Scratch,
    pub(super) limits: &'a Limits,
    pub(super) reject_unknown: bool,
    /// The text from here to its end is known to be UTF-8.
    pub(super) is_utf8: bool,
    pub(super) restarts: u32,
    /// How often another member came than the expected one.
    pub(super) surprises: u32,
    /// How many fields are due of the object that was read last.
    pub(super) pending: usize,
    /// An upper bound of the bytes that the general path would write for this record and undo.
    pub(super) in_vain: usize,
}

impl<'a> Run<'a> {
    /// Writes the value that stands at `at`, without white space before it. `depth` levels are open around it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each value costs as much as most values")]
    pub(super) fn value(&mut self, shape: Shape, mut at: At, depth: u32) -> At {
        if let Some([null, other]) = shape.nullable {
            let number = self.out.window(at.p);
            let Some([number]) = number else { return Miss::Room.at() };
            if self.text.window(at.i).is_some_and(|word| u32::from_le_bytes(*word) == u32::from_le_bytes(*b"null")) {
                *number = null;
                return At { i: at.i + 4, p: at.p + 1 };
            }
            *number = other;
            at.p += 1;
        }
        match shape.kind {
            ValueKind::Null => self.null(at),
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
    pub(super) fn rare(&mut self, id: NodeId, at: At, depth: u32) -> At {
        match self.plan.node(id) {
            Node::Null => self.null(at),
            Node::Boolean => self.boolean(at),
            Node::Int => self.int(at),
            Node::Long => self.long(at),
            Node::Float => self.float(at),
            Node::Double => self.double(at),
            Node::String => self.string(at),
            Node::Enum(symbols) => self.symbol(symbols, at),
            Node::Array(items) => self.array(*items, at, depth),
            Node::Map(values) => self.map(*values, at, depth),
            Node::Record(record) => self.object(record, at, depth),
            Node::Union(union) => self.untagged(union, at, depth),
            Node::Logical(logical) => self.logical(logical, at),
            Node::Bytes | Node::Fixed(_) => Miss::Type.at(),
        }
    }

    #[inline(never)]
    fn null(&self, at: At) -> At {
        if self.text.window(at.i) == Some(b"null") { At { i: at.i + 4, p: at.p } } else { Miss::Value.at() }
    }

    #[inline(never)]
    fn boolean(&mut self, at: At) -> At {
        let Some(word) = self.text.window(at.i).map(|word| u64::from_le_bytes(*word)) else { return Miss::Value.at() };
        // Without a branch between the two, for which one comes can't be foreseen.
        let is_true = word & 0xffff_ffff == u64::from_le_bytes(*b"true\0\0\0\0");
        let is_false = word & 0xff_ffff_ffff == u64::from_le_bytes(*b"false\0\0\0");
        if !(is_true | is_false) {
            return Miss::Value.at();
        }
        match self.put(at.p, [u8::from(is_true)]) {
            Some(()) => At { i: at.i + 4 + usize::from(is_false), p: at.p + 1 },
            None => Miss::Room.at(),
        }
    }

    /// The byte at `i`; zero beyond the text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a load")]
    pub(super) fn byte(&self, i: usize) -> u8 {
        self.text.byte(i)
    }

    /// The bytes at `i`; zeros beyond the text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a load")]
    pub(super) fn bytes<const N: usize>(&self, i: usize) -> [u8; N] {
        self.text.window(i).copied().unwrap_or([0; N])
    }

    /// Puts bytes into the output; `None` where there is no room for them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison and a store")]
    pub(super) fn put<const N: usize>(&mut self, p: usize, bytes: [u8; N]) -> Option<()> {
        *self.out.window(p)? = bytes;
        Some(())
    }

    /// Copies bytes to the output and gives the place behind them.
    #[inline]
    pub(super) fn put_slice(&mut self, p: usize, bytes: &[u8]) -> Option<usize> {
        self.out.bytes_mut().get_mut(p..p + bytes.len())?.copy_from_slice(bytes);
        Some(p + bytes.len())
    }

    /// How many bytes stand at `i` before the next quote, backslash or control character.
    #[inline]
    pub(super) fn plain_len(&self, i: usize) -> usize {
        let mut pos = i;
        while let Some(block) = self.text.window(pos) {
            let ends = ends(block);
            if ends != 0 {
                return pos + ends.trailing_zeros() as usize - i;
            }
            pos += BLOCK;
        }
        pos - i
    }

    /// A cursor of the general path, for what is too rare to be read twice as fast.
    pub(super) fn cursor(&self, i: usize) -> Cursor<'a> {
        let end = self.text.end();
        Cursor::at(self.text.bytes().get(..end).unwrap_or_default(), i.min(end))
    }

    /// Makes sure that the text is UTF-8 from `i` on, the start of a string.
    #[inline]
    pub(super) fn check_utf8(&mut self, i: usize) -> bool {
        self.is_utf8 || self.check_rest(i)
    }

    #[cold]
    fn check_rest(&mut self, i: usize) -> bool {
        let rest = self.text.bytes().get(i..self.text.end());
        self.is_utf8 = rest.is_some_and(|rest| simdutf8::basic::from_utf8(rest).is_ok());
        self.is_utf8
    }
}

impl At {
    /// Whether it is where a miss leaves the cursors.
    #[inline]
    pub(super) fn is_miss(self) -> bool {
        self.i == MISSED
    }
}

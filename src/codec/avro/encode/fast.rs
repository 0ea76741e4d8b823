//! The way that nearly all records take: it knows what well-written text looks like and compares instead of parsing.
//!
//! Whatever it does not know is a *miss*: the general path then encodes the record from its start and gives the verdict and
//! its message. So this path refuses nothing, and what it accepts the general path accepts with the same bytes.
//!
//! Invariants:
//! - A miss has no effect beyond the buffers of this module.
//! - Text is matched byte for byte or validated, never guessed; UTF-8 from the first character beyond ASCII on, for all that
//!   follows at once.
//! - What was learned from earlier records changes how fast one is, never what becomes of it.
//! - Both cursors are passed and returned by value, in registers: they are what everything waits for. A cursor that has
//!   missed stands beyond the text, where nothing matches.
//! - Zeros follow the text, so that sixteen or more bytes can be read anywhere in it; no token of JSON holds a zero.

mod collection;
mod learned;
mod logical;
mod miss;
mod number;
mod record;
mod shuffled;
mod string;
mod union;

pub use miss::Miss;

use super::super::UnknownFields;
use super::{JsonMode, JsonOptions};
use crate::codec::Limits;
use crate::codec::json::{BLOCK, Cursor, marks};
use crate::codec::logical::decimal::Unscaled;
use crate::schema::avro::{Node, NodeId, Plan};
use learned::Learned;

/// Zeros behind the text: more than any fixed number of bytes that is read at once.
const PADDING: usize = 64;

/// Room in the output for each byte of the text, at first. `1,` can become a double.
const GROWTH: usize = 5;

/// Lengths below this one are written as one byte, before the string is known to be as short.
const SHORT: usize = 64;

/// How often an object of a record may be read again because its members did not keep the order.
const MAX_RESTARTS: u32 = 8;

/// What this path keeps from record to record.
#[derive(Debug, Default)]
pub(super) struct FastPath {
    /// The record and the zeros behind it.
    text: Vec<u8>,
    /// Where the datum is written. Its length is the room that there is.
    out: Vec<u8>,
    learned: Learned,
    scratch: Scratch,
}

/// Stacks and copies that are used again for every record.
#[derive(Debug, Default)]
struct Scratch {
    /// Where each field of the open records stands in the output, if their members come in any order.
    spans: Vec<shuffled::Span>,
    /// Where each key of the open maps stands in the output.
    keys: Vec<(usize, usize)>,
    /// A copy of a record's fields while they are put in order.
    fields: Vec<u8>,
    /// A name without its escapes.
    text: Vec<u8>,
    /// What is open in a value that is passed over.
    nesting: Vec<u8>,
    /// The number behind a decimal.
    unscaled: Unscaled,
}

/// A place in the text and one in the output.
#[derive(Debug, Clone, Copy)]
struct At {
    i: usize,
    p: usize,
}

/// Where `i` stands after a miss; `p` then tells why. Beyond any text, and far enough from the end to add to.
const MISSED: usize = usize::MAX >> 1;

impl FastPath {
    /// Appends the datum of `json` to `out`, or leaves it as it is.
    pub(super) fn encode(
        &mut self,
        plan: &Plan,
        json: &[u8],
        options: JsonOptions,
        limits: &Limits,
        out: &mut Vec<u8>,
    ) -> Result<(), Miss> {
        if limits.string_bytes < SHORT || options.mode != JsonMode::Plain {
            return Err(Miss::Settings);
        }
        self.text.clear();
        self.text.extend_from_slice(json);
        self.text.extend_from_slice(&[0; PADDING]);
        if self.out.len() < json.len() {
            self.out.resize(json.len() * GROWTH + PADDING, 0);
        }
        loop {
            match self.attempt(plan, json.len(), options, limits) {
                Ok(len) => {
                    out.extend_from_slice(&self.out[..len]);
                    return Ok(());
                }
                // Text that would take more room than that is left to the general path, which has limits for it.
                Err(Miss::Room) if self.out.len() / 2 < limits.record_bytes.saturating_add(PADDING) => {
                    self.out.resize(self.out.len() * 2 + PADDING, 0);
                }
                Err(miss) => return Err(miss),
            }
        }
    }

    /// Writes the datum to the front of the output and gives its length.
    fn attempt(&mut self, plan: &Plan, len: usize, options: JsonOptions, limits: &Limits) -> Result<usize, Miss> {
        self.scratch.spans.clear();
        self.scratch.keys.clear();
        let mut run = Run {
            plan,
            text: &self.text,
            len,
            out: &mut self.out,
            learned: self.learned.of(plan),
            scratch: &mut self.scratch,
            limits,
            reject_unknown: options.unknown_fields == UnknownFields::Reject,
            is_utf8: false,
            restarts: 0,
            pending: 0,
            in_vain: 0,
        };
        let start = run.skip_space(0);
        let end = run.rare_value(plan.root(), At { i: start, p: 0 }, 0);
        if end.i == MISSED {
            return Err(Miss::from_code(end.p));
        }
        if run.skip_space(end.i) != len {
            return Err(Miss::Syntax);
        }
        // What the general path writes on the way may be more by as much as it undoes.
        if end.p.saturating_add(run.in_vain) > limits.record_bytes { Err(Miss::Limit) } else { Ok(end.p) }
    }
}

/// One record on its way through.
struct Run<'a> {
    plan: &'a Plan,
    /// The record, and zeros behind it.
    text: &'a [u8],
    /// The length of the record.
    len: usize,
    out: &'a mut [u8],
    learned: &'a mut [u32],
    scratch: &'a mut Scratch,
    limits: &'a Limits,
    reject_unknown: bool,
    /// The text from here to its end is known to be UTF-8.
    is_utf8: bool,
    restarts: u32,
    /// How many fields are due of the object that was read last.
    pending: usize,
    /// An upper bound of the bytes that the general path would write for this record and undo.
    in_vain: usize,
}

impl<'a> Run<'a> {
    /// Writes the value that stands at `at`, without white space before it. `depth` levels are open around it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each value costs as much as most values")]
    fn value(&mut self, id: NodeId, at: At, depth: u32) -> At {
        match self.plan.node(id) {
            Node::Union(union) => match (self.window(at.i), union.null) {
                (Some(b"null"), Some(number)) => match self.put(at.p, [number]) {
                    Some(()) => At { i: at.i + 4, p: at.p + 1 },
                    None => Miss::Room.at(),
                },
                _ => self.untagged(union, at, depth),
            },
            node => self.branch(node, at, depth),
        }
    }

    /// A value of anything but a union.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each value costs as much as most values")]
    fn branch(&mut self, node: &'a Node, at: At, depth: u32) -> At {
        match node {
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
            Node::Logical(logical) => self.logical(logical, at),
            // A union holds no union.
            Node::Union(_) | Node::Bytes | Node::Fixed(_) => Miss::Type.at(),
        }
    }

    /// As [`value`](Self::value), where it is rare.
    #[inline(never)]
    fn rare_value(&mut self, id: NodeId, at: At, depth: u32) -> At {
        self.value(id, at, depth)
    }

    #[inline(never)]
    fn null(&self, at: At) -> At {
        if self.bytes(at.i) == *b"null" { At { i: at.i + 4, p: at.p } } else { Miss::Value.at() }
    }

    #[inline(never)]
    fn boolean(&mut self, at: At) -> At {
        let word = u64::from_le_bytes(self.bytes(at.i));
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
    fn byte(&self, i: usize) -> u8 {
        self.text.get(i).copied().unwrap_or_default()
    }

    /// The bytes at `i`; zeros beyond the text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a load")]
    fn bytes<const N: usize>(&self, i: usize) -> [u8; N] {
        let Some(rest) = self.text.get(i..) else { return [0; N] };
        let Some(bytes) = rest.first_chunk() else { return [0; N] };
        *bytes
    }

    /// The bytes at `i`, if the text goes so far.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison")]
    fn window<const N: usize>(&self, i: usize) -> Option<&'a [u8; N]> {
        self.text.get(i..)?.first_chunk()
    }

    /// Room for so many bytes in the output.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison")]
    fn room<const N: usize>(&mut self, p: usize) -> Option<&mut [u8; N]> {
        self.out.get_mut(p..)?.first_chunk_mut()
    }

    /// Puts bytes into the output; `None` where there is no room for them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a comparison and a store")]
    fn put<const N: usize>(&mut self, p: usize, bytes: [u8; N]) -> Option<()> {
        *self.room(p)? = bytes;
        Some(())
    }

    /// Copies bytes to the output and gives the place behind them.
    #[inline]
    fn put_slice(&mut self, p: usize, bytes: &[u8]) -> Option<usize> {
        self.out.get_mut(p..p + bytes.len())?.copy_from_slice(bytes);
        Some(p + bytes.len())
    }

    /// The place behind the white space at `i`.
    #[inline]
    fn skip_space(&self, i: usize) -> usize {
        if self.byte(i) > b' ' { i } else { self.skip_spaces(i) }
    }

    fn skip_spaces(&self, mut i: usize) -> usize {
        const SPACES: u64 = u64::from_le_bytes([b' '; 8]);
        loop {
            while matches!(self.byte(i), b'\n' | b'\r' | b'\t') {
                i += 1;
            }
            let spaces = (u64::from_le_bytes(self.bytes(i)) ^ SPACES).trailing_zeros() as usize / 8;
            i += spaces;
            if spaces < 8 && !matches!(self.byte(i), b'\n' | b'\r' | b'\t') {
                return i;
            }
        }
    }

    /// How many bytes stand at `i` before the next quote, backslash or control character.
    #[inline]
    fn plain_len(&self, i: usize) -> usize {
        let mut pos = i;
        loop {
            let marks = marks(&self.bytes(pos));
            if marks.ends != 0 {
                return pos + marks.len() - i;
            }
            pos += BLOCK;
        }
    }

    /// A cursor of the general path, for what is too rare to be read twice as fast.
    fn cursor(&self, i: usize) -> Cursor<'a> {
        Cursor::at(&self.text[..self.len], i.min(self.len))
    }

    /// Makes sure that the text is UTF-8 from `i` on, the start of a string.
    #[inline]
    fn check_utf8(&mut self, i: usize) -> bool {
        self.is_utf8 || self.check_rest(i)
    }

    #[cold]
    fn check_rest(&mut self, i: usize) -> bool {
        self.is_utf8 = self.text.get(i..self.len).is_some_and(|rest| simdutf8::basic::from_utf8(rest).is_ok());
        self.is_utf8
    }
}

#[cfg(test)]
mod tests;

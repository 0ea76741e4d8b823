//! The walk: from each value to what is behind it, or to nowhere.

use crate::codec::Limits;
use crate::codec::logical::decimal::Unscaled;
use crate::codec::logical::uuid;
use crate::schema::avro::{Decimal, Logical, LogicalPlan, Node, NodeId, Plan, RecordPlan, Shape, ValueKind, varint};

/// Texts up to this long are looked at in one piece.
const BLOCK: usize = 16;

/// The bits that bytes beyond ASCII have.
const BEYOND_ASCII: u128 = u128::from_le_bytes([0x80; BLOCK]);

/// Up to as many keys are compared each with each.
const FEW_KEYS: usize = 8;

/// One datum on its way through. The rest of it is passed and returned by value; `None` is the end of the way.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan,
    pub(super) datum: &'a [u8],
    pub(super) limits: &'a Limits,
    /// Where each key of the open maps stands in the datum.
    pub(super) keys: &'a mut Vec<(usize, usize)>,
    pub(super) unscaled: &'a mut Unscaled,
    /// Values that may still come.
    pub(super) left: usize,
}

type Rest<'a> = Option<&'a [u8]>;

impl<'a> Walk<'a> {
    /// Whether the datum is one value of the plan's root and nothing more.
    pub(super) fn is_whole(&mut self) -> bool {
        let root = self.plan.shape(self.plan.root());
        matches!(self.value(root, self.datum, 0), Some([]))
    }

    /// Steps over the value that comes. `depth` levels are open around it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call for each value costs as much as most values")]
    fn value(&mut self, shape: Shape, mut rest: &'a [u8], depth: u32) -> Rest<'a> {
        self.left = self.left.checked_sub(1)?;
        if let Some([null, other]) = shape.nullable {
            let (&number, behind) = rest.split_first()?;
            if number == null {
                return Some(behind);
            }
            if number != other {
                return None;
            }
            rest = behind;
        }
        match shape.kind {
            ValueKind::Null => Some(rest),
            ValueKind::Boolean => match rest {
                [0 | 1, rest @ ..] => Some(rest),
                _ => None,
            },
            ValueKind::Int => int(rest),
            ValueKind::Long => long(rest),
            ValueKind::Float => rest.get(4..),
            ValueKind::Double => rest.get(8..),
            ValueKind::String => self.text(rest).map(|(_, rest)| rest),
            ValueKind::Bytes => self.counted(rest).map(|(_, rest)| rest),
            _ => self.rare(shape.node, rest, depth),
        }
    }

    /// A value of a type that has parts, or is rare.
    #[inline(never)]
    fn rare(&mut self, id: NodeId, rest: &'a [u8], depth: u32) -> Rest<'a> {
        match self.plan.node(id) {
            Node::Fixed(fixed) => self.sized(fixed.size, rest).map(|(_, rest)| rest),
            Node::Enum(symbols) => {
                let (number, rest) = length(rest)?;
                (number < symbols.symbols.len()).then_some(rest)
            }
            Node::Array(items) => {
                let shape = self.plan.shape(*items);
                self.blocks(rest, depth + 1, |walk, rest, depth| walk.value(shape, rest, depth))
            }
            Node::Map(values) => self.map(*values, rest, depth + 1),
            Node::Record(record) => self.record(record, rest, depth + 1),
            Node::Union(union) => {
                let (number, rest) = length(rest)?;
                let &branch = union.branches.get(number)?;
                // Counted already.
                self.left += 1;
                self.value(self.plan.shape(branch), rest, depth)
            }
            Node::Logical(logical) => self.logical(logical, rest, depth),
            _ => {
                self.left += 1;
                self.value(self.plan.shape(id), rest, depth)
            }
        }
    }

    #[inline(never)]
    fn record(&mut self, record: &'a RecordPlan, mut rest: &'a [u8], depth: u32) -> Rest<'a> {
        if depth > self.limits.depth {
            return None;
        }
        for field in &record.fields {
            rest = self.value(field.shape, rest, depth)?;
        }
        Some(rest)
    }

    #[inline(never)]
    fn map(&mut self, values: NodeId, rest: &'a [u8], depth: u32) -> Rest<'a> {
        let (frame, shape) = (self.keys.len(), self.plan.shape(values));
        let rest = self.blocks(rest, depth, |walk, rest, depth| {
            let (key, rest) = walk.text(rest)?;
            let end = walk.datum.len() - rest.len();
            walk.keys.push((end - key.len(), end));
            walk.value(shape, rest, depth)
        })?;
        if self.has_duplicates(frame) {
            return None;
        }
        self.keys.truncate(frame);
        Some(rest)
    }

    /// Whether a key stands twice among those from `frame` on.
    fn has_duplicates(&mut self, frame: usize) -> bool {
        let datum = self.datum;
        let bytes = |&(start, end): &(usize, usize)| datum.get(start..end);
        let Some(keys) = self.keys.get_mut(frame..) else { return false };
        if keys.len() <= FEW_KEYS {
            let twice = |(at, one)| keys.iter().take(at).any(|other| bytes(other) == bytes(one));
            return keys.iter().enumerate().any(twice);
        }
        keys.sort_unstable_by(|one, other| bytes(one).cmp(&bytes(other)));
        keys.windows(2).any(|pair| matches!(pair, [one, other] if bytes(one) == bytes(other)))
    }

    /// Steps over the items of all blocks.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "there are two callers, each with an item of its own")]
    fn blocks(
        &mut self,
        mut rest: &'a [u8],
        depth: u32,
        item: impl Fn(&mut Self, &'a [u8], u32) -> Rest<'a>,
    ) -> Rest<'a> {
        if depth > self.limits.depth {
            return None;
        }
        let mut total = 0u64;
        loop {
            let (count, behind) = number(rest)?;
            rest = behind;
            if count == 0 {
                return Some(rest);
            }
            let mut end = None;
            if count < 0 {
                let (size, behind) = length(rest)?;
                rest = behind;
                // Where the block must end: with as many bytes left.
                end = Some(rest.len().checked_sub(size)?);
            }
            let count = count.unsigned_abs();
            total = total.saturating_add(count);
            if total > self.limits.items {
                return None;
            }
            for _ in 0..count {
                rest = item(self, rest, depth)?;
            }
            if end.is_some_and(|left| left != rest.len()) {
                return None;
            }
        }
    }

    fn logical(&mut self, plan: &LogicalPlan, rest: &'a [u8], depth: u32) -> Rest<'a> {
        match plan.logical {
            Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_) => {
                // Any number has a text.
                self.left += 1;
                self.value(self.plan.shape(plan.underlying), rest, depth)
            }
            Logical::Decimal(Decimal { precision, size, .. }) => {
                let (bytes, rest) = match size {
                    None => self.counted(rest)?,
                    Some(size) => self.sized(size, rest)?,
                };
                self.fits(bytes, precision).then_some(rest)
            }
            // These are seldom, and the decoder knows them.
            Logical::BigDecimal => None,
            Logical::Uuid => {
                let (text, rest) = self.text(rest)?;
                uuid::read(text).map(|_| rest)
            }
            Logical::UuidFixed => rest.get(16..),
            Logical::Duration => rest.get(12..),
        }
    }

    /// Whether an unscaled value has no more digits than this.
    fn fits(&mut self, bytes: &[u8], precision: u32) -> bool {
        if let Some(padding) = 8usize.checked_sub(bytes.len()) {
            let fill = if bytes.first().is_some_and(|first| *first >= 0x80) { 0xff } else { 0 };
            let mut word = [fill; 8];
            if let Some(low) = word.get_mut(padding..) {
                low.copy_from_slice(bytes);
            }
            let magnitude = i64::from_be_bytes(word).unsigned_abs();
            return 10u64.checked_pow(precision).is_none_or(|end| magnitude < end);
        }
        self.unscaled.set_bytes(bytes).is_ok()
            && self.unscaled.precision() <= usize::try_from(precision).unwrap_or(usize::MAX)
    }

    /// A length and as many bytes of UTF-8, and what is behind them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "strings are what most records are full of")]
    fn text(&self, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let (text, behind) = self.counted(rest)?;
        let is_utf8 = match (text.len(), rest.get(1..).and_then(|rest| rest.first_chunk())) {
            (0, _) => true,
            // The length took one byte.
            (len @ 1..=BLOCK, Some(block)) => {
                let meant = u128::MAX >> (8 * (BLOCK - len));
                u128::from_le_bytes(*block) & BEYOND_ASCII & meant == 0 || is_utf8(text)
            }
            _ => is_utf8(text),
        };
        is_utf8.then_some((text, behind))
    }

    /// A length and as many bytes, and what is behind them.
    #[inline]
    fn counted(&self, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let (len, rest) = length(rest)?;
        self.sized(len, rest)
    }

    /// So many bytes, and what is behind them.
    #[inline]
    fn sized(&self, len: usize, rest: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        if len > self.limits.string_bytes { None } else { rest.split_at_checked(len) }
    }
}

#[inline(never)]
fn is_utf8(text: &[u8]) -> bool {
    simdutf8::basic::from_utf8(text).is_ok()
}

/// An integer and what is behind it.
#[inline]
fn number(rest: &[u8]) -> Option<(i64, &[u8])> {
    let (value, len) = varint::read(rest)?;
    Some((value, rest.get(len..)?))
}

/// An integer that counts or numbers something, and what is behind it.
#[inline]
fn length(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (value, rest) = number(rest)?;
    Some((usize::try_from(value).ok()?, rest))
}

#[inline]
fn long(rest: &[u8]) -> Rest<'_> {
    number(rest).map(|(_, rest)| rest)
}

#[inline]
fn int(rest: &[u8]) -> Rest<'_> {
    let (value, rest) = number(rest)?;
    i32::try_from(value).is_ok().then_some(rest)
}

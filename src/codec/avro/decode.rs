//! Avro binary to JSON text, in one pass directed by the plan.
//!
//! Invariants: on error the output is as it was before; every length and count is checked against what is left and
//! against the limits before anything is written for it.

mod collection;
mod fast;
mod logical;
mod projected;
mod scalar;
mod skip;

use super::{JsonMode, JsonOptions};
use crate::codec::fault::Fault;
use crate::codec::json::write_string;
use crate::codec::logical::decimal::Unscaled;
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::avro::{Node, NodeId, Plan, RecordPlan, UnionPlan, varint};
use fast::FastPath;

/// Avro binary to JSON text. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Decoder {
    options: JsonOptions,
    limits: Limits,
    fast: Box<FastPath>,
    /// Where each key of the open maps stands in the datum.
    keys: Vec<(usize, usize)>,
    /// Bytes as characters.
    text: Vec<u8>,
    /// Where each member of the open records that are to be put in order stands in the output.
    members: Vec<(usize, usize)>,
    /// The number behind a decimal.
    unscaled: Unscaled,
}

impl Decoder {
    /// A decoder for data of any plan.
    pub fn new(options: JsonOptions, limits: Limits) -> Self {
        let (keys, members) = (Vec::new(), Vec::new());
        let (fast, unscaled) = (Box::default(), Unscaled::default());
        Self { options, limits, fast, keys, text: Vec::new(), members, unscaled }
    }

    /// Appends the JSON text of the Avro `datum`, which must end where the data end, to `out`. On error `out` is as it
    /// was before.
    pub fn decode(&mut self, plan: &Plan, datum: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.undo_on_error(out, |decoder, out| {
            decoder.limits.check_record(datum.len())?;
            if decoder.fast.decode(plan, datum, decoder.options, &decoder.limits, out) {
                return Ok(());
            }
            decoder.general(plan, datum, out)
        })
    }

    /// Decodes what the fast path leaves, or says what is wrong with it.
    fn general(&mut self, plan: &Plan, datum: &[u8], out: &mut Vec<u8>) -> Written {
        let mut run = self.run(plan, datum, out);
        run.value(plan.root(), 0)?;
        run.end()
    }

    /// The same without the fast path, which must make no difference. For those who hold one against the other.
    pub fn decode_generally(&mut self, plan: &Plan, datum: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.undo_on_error(out, |decoder, out| {
            decoder.limits.check_record(datum.len())?;
            decoder.general(plan, datum, out)
        })
    }

    /// Appends the JSON text of the first datum in `data` to `out` and gives its length in `data`. On error `out` is as
    /// it was before.
    pub fn decode_first(&mut self, plan: &Plan, data: &[u8], out: &mut Vec<u8>) -> Result<usize, CodecError> {
        self.undo_on_error(out, |decoder, out| {
            let mut run = decoder.run(plan, data, out);
            run.value(plan.root(), 0)?;
            Ok(run.pos)
        })
    }

    fn undo_on_error<T>(
        &mut self,
        out: &mut Vec<u8>,
        decode: impl FnOnce(&mut Self, &mut Vec<u8>) -> Result<T, Fault>,
    ) -> Result<T, CodecError> {
        let start = out.len();
        decode(self, out).map_err(|fault| {
            out.truncate(start);
            fault.into()
        })
    }

    fn run<'a>(&'a mut self, plan: &'a Plan, datum: &'a [u8], out: &'a mut Vec<u8>) -> Run<'a> {
        self.keys.clear();
        self.members.clear();
        let base = out.len();
        let Self { options, limits, keys, text, members, unscaled, .. } = self;
        Run { plan, datum, pos: 0, out, base, options: *options, limits, keys, text, members, skipped: 0, unscaled }
    }
}

/// One datum on its way through.
struct Run<'a> {
    plan: &'a Plan,
    datum: &'a [u8],
    pos: usize,
    out: &'a mut Vec<u8>,
    /// Where the text starts in `out`.
    base: usize,
    options: JsonOptions,
    limits: &'a Limits,
    keys: &'a mut Vec<(usize, usize)>,
    text: &'a mut Vec<u8>,
    members: &'a mut Vec<(usize, usize)>,
    /// How many values were passed over.
    skipped: usize,
    unscaled: &'a mut Unscaled,
}

type Written = Result<(), Fault>;

impl<'a> Run<'a> {
    /// Writes the value that comes. `depth` levels are open around it.
    fn value(&mut self, id: NodeId, depth: u32) -> Written {
        let plan: &'a Plan = self.plan;
        match plan.node(id) {
            Node::Null => self.out.extend_from_slice(b"null"),
            Node::Boolean => self.boolean()?,
            Node::Int => self.int()?,
            Node::Long => self.long()?,
            Node::Float => self.float()?,
            Node::Double => self.double()?,
            Node::String => self.string()?,
            Node::Bytes => self.bytes()?,
            Node::Fixed(fixed) => self.fixed(fixed)?,
            Node::Enum(symbols) => self.symbol(symbols)?,
            Node::Array(items) => self.array(depth, |run, depth| run.value(*items, depth))?,
            Node::Map(values) => self.map(depth, |run, depth| run.value(*values, depth))?,
            Node::Record(record) => self.record(record, depth)?,
            Node::Union(union) => self.union(id, union, depth)?,
            Node::Logical(logical) => self.logical(id, logical, depth)?,
        }
        Ok(())
    }

    /// Nothing may follow.
    fn end(&self) -> Written {
        match self.datum.len() - self.pos {
            0 => Ok(()),
            more => Err(self.malformed("the end of the datum", &format!("{more} more bytes"))),
        }
    }

    fn record(&mut self, record: &RecordPlan, depth: u32) -> Written {
        let depth = depth + 1;
        self.limits.check_depth(depth)?;
        let start = self.out.len();
        for field in &record.fields {
            field.key.push(self.out);
            self.value(field.node, depth).map_err(|fault| fault.in_field(&field.name))?;
        }
        // Each member has written a comma before it; the first one's place is the brace's.
        match self.out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
        // A schema can make much text of few bytes.
        self.limits.check_record(self.out.len() - self.base)
    }

    fn union(&mut self, id: NodeId, union: &UnionPlan, depth: u32) -> Written {
        let index = self.varint("the number of a branch")?;
        let Some((index, &branch)) = usize::try_from(index).ok().and_then(|i| Some((i, union.branches.get(i)?))) else {
            let expected = format!("the number of a branch of {}", self.plan.describe(id));
            return Err(self.malformed(&expected, &index.to_string()));
        };
        if self.options.mode == JsonMode::Plain || matches!(self.plan.node(branch), Node::Null) {
            return self.value(branch, depth);
        }
        let name = &union.names[index];
        self.out.push(b'{');
        write_string(name.as_bytes(), self.out);
        self.out.push(b':');
        self.value(branch, depth).map_err(|fault| fault.in_key(&**name))?;
        self.out.push(b'}');
        Ok(())
    }

    #[inline]
    fn varint(&mut self, expected: &str) -> Result<i64, Fault> {
        match varint::read(&self.datum[self.pos..]) {
            Some((value, len)) => {
                self.pos += len;
                Ok(value)
            }
            None => Err(self.no_varint(expected)),
        }
    }

    #[cold]
    fn no_varint(&self, expected: &str) -> Fault {
        let left = self.datum.len() - self.pos;
        let ends = left < varint::MAX_LEN;
        self.malformed(expected, if ends { "the end of the datum" } else { "an integer of more than 64 bits" })
    }

    /// Steps over `len` bytes.
    #[inline]
    fn take(&mut self, len: usize, expected: &str) -> Result<&'a [u8], Fault> {
        let datum: &'a [u8] = self.datum;
        let Some(bytes) = datum.get(self.pos..).and_then(|rest| rest.get(..len)) else {
            return Err(self.too_short(len, expected));
        };
        self.pos += len;
        Ok(bytes)
    }

    #[cold]
    fn too_short(&self, len: usize, expected: &str) -> Fault {
        let left = self.datum.len() - self.pos;
        self.malformed(expected, &format!("a length of {len} where {left} bytes are left"))
    }

    /// The data can't have been written with this schema.
    #[cold]
    fn malformed(&self, expected: &str, found: &str) -> Fault {
        Fault::new(ViolationKind::Malformed, expected, format!("{found} at byte {}", self.pos))
    }
}

#[cfg(test)]
mod tests;

//! JSON text to Avro binary, in one pass directed by the plan.
//!
//! Invariants: on error the output is as it was before; positions in the scratch space count from the start of the
//! record's output; every level of the plan is also a level of the text, so the depth limit bounds recursion.

mod collection;
mod fast;
mod logical;
mod record;
mod recovery;
mod scalar;
mod union;

use super::{JsonMode, JsonOptions};
use crate::codec::fault::{Fault, Faults};
use crate::codec::json::{Cursor, utf8};
use crate::codec::logical::decimal::Unscaled;
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::avro::{Node, NodeId, Plan, varint};
use fast::FastPath;
pub use fast::Miss;

/// JSON text to Avro binary. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Encoder {
    options: JsonOptions,
    limits: Limits,
    fast: Box<FastPath>,
    scratch: Scratch,
    missed: Option<Miss>,
}

/// Space that is used again for every record. The stacks hold one frame for each open record or map.
#[derive(Debug, Default)]
struct Scratch {
    /// Where each field of the open records stands in the output.
    spans: Vec<record::Span>,
    /// Where each key of the open maps stands in the output.
    keys: Vec<(usize, usize)>,
    /// A copy of a record's fields while they are put in order.
    fields: Vec<u8>,
    /// Text without its escapes.
    text: Vec<u8>,
    /// Bytes behind base64.
    bytes: Vec<u8>,
    /// The number behind a decimal.
    unscaled: Unscaled,
    /// What is open in a value that is passed over.
    nesting: Vec<u8>,
}

impl Encoder {
    /// An encoder for records of any plan.
    pub fn new(options: JsonOptions, limits: Limits) -> Self {
        Self { options, limits, fast: Box::default(), scratch: Scratch::default(), missed: None }
    }

    /// Why the last record was not encoded by the fast path; `None` if it was.
    pub fn missed(&self) -> Option<Miss> {
        self.missed
    }

    /// Appends the Avro datum of `json` to `out`. On error `out` is as it was before.
    pub fn encode(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let start = out.len();
        self.record(plan, json, out).map_err(|fault| {
            out.truncate(start);
            fault.into()
        })
    }

    /// The same without the fast path, which must make no difference. For those who hold one against the other.
    pub fn encode_generally(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let start = out.len();
        self.limits.check_record(json.len()).and_then(|()| self.general(plan, json, out)).map_err(|fault| {
            out.truncate(start);
            fault.into()
        })
    }

    fn record(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        self.limits.check_record(json.len())?;
        self.missed = self.fast.encode(plan, json, self.options, &self.limits, out).err();
        if self.missed.is_some() { self.general(plan, json, out) } else { Ok(()) }
    }

    /// Encodes what the fast path leaves, or says what is wrong with it.
    fn general(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        utf8(json)?;
        self.scratch.spans.clear();
        self.scratch.keys.clear();
        let mut run = Run {
            plan,
            base: out.len(),
            out,
            cursor: Cursor::new(json),
            options: self.options,
            limits: &self.limits,
            scratch: &mut self.scratch,
            retried: 0,
            is_trying: false,
        };
        run.cursor.skip_space();
        let (mark, mut faults) = (run.mark(), Faults::default());
        if let Err(fault) = run.value(plan.root(), 0) {
            run.go_on(&mut faults, fault, (mark, 0), |fault| fault)?;
        }
        run.cursor.end()?;
        faults.end()
    }
}

/// One record on its way through.
struct Run<'a> {
    plan: &'a Plan,
    cursor: Cursor<'a>,
    out: &'a mut Vec<u8>,
    /// Where the record starts in `out`.
    base: usize,
    options: JsonOptions,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
    /// Bytes that were read in vain, for branches of unions that did not fit.
    retried: usize,
    /// Whether the value is read as a branch that another may follow, so that one fault is enough.
    is_trying: bool,
}

type Written = Result<(), Fault>;

impl Run<'_> {
    /// Writes the value that comes. `depth` levels are open around it.
    fn value(&mut self, id: NodeId, depth: u32) -> Written {
        match self.plan.node(id) {
            Node::Null => self.null(id),
            Node::Boolean => self.boolean(id),
            Node::Int => self.int(id),
            Node::Long => self.long(id),
            Node::Float => self.float(id),
            Node::Double => self.double(id),
            Node::String => self.string(id),
            Node::Bytes => self.bytes(id),
            Node::Fixed(fixed) => self.fixed(id, fixed),
            Node::Enum(symbols) => self.symbol(id, symbols),
            Node::Array(items) => self.array(id, *items, depth),
            Node::Map(values) => self.map(id, *values, depth),
            Node::Record(record) => self.object(id, record, depth),
            Node::Union(union) => match self.options.mode {
                JsonMode::Plain => self.untagged(id, union, depth),
                JsonMode::Avro => self.tagged(id, union, depth),
            },
            Node::Logical(logical) => self.logical(id, logical, depth),
        }
    }

    /// How much was written of this record.
    fn written(&self) -> usize {
        self.out.len() - self.base
    }

    /// Makes the byte at `at` the varint of `len`.
    fn patch_len(&mut self, at: usize, len: usize) {
        let mut varint = Vec::new();
        if let Ok(short @ 0..=63) = u8::try_from(len) {
            self.out[at] = short << 1;
            return;
        }
        varint::write_len(len, &mut varint);
        self.out.splice(at..=at, varint);
    }

    /// What comes is not a value of the node: a fault of the text, if it is none at all, else of the type.
    #[cold]
    fn mismatch(&mut self, id: NodeId, depth: u32) -> Fault {
        match self.found(depth) {
            Ok(found) => Fault::new(ViolationKind::Type, self.plan.describe(id), found).passed(),
            Err(syntax) => syntax,
        }
    }

    /// Describes the value that comes, shortened, and passes over it.
    fn found(&mut self, depth: u32) -> Result<String, Fault> {
        self.cursor.found(self.limits, depth, &mut self.scratch.nesting)
    }
}

#[cfg(test)]
mod tests;

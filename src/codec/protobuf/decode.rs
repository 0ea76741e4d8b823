//! Protobuf to JSON text. The fields of a message may stand in any order and more than once, so each message is gone
//! through twice: once to find its fields, once to print them in order.
//!
//! Invariants: on error the output is as it was before; nothing of the record is copied but to the output, whatever it has
//! to be put together of; the stacks hold one frame for each open message.

mod collection;
mod scalar;
mod well_known;
mod wire;

use crate::codec::fault::Fault;
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::protobuf::plan::{Field, Form, Plan, Rule, Scalar, Shape, ShapeId, Type};
pub(super) use wire::varint;
use wire::{Fields, Found};

/// Protobuf to JSON text. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    stacks: Stacks,
}

/// Space that is used again for every record.
#[derive(Debug, Default)]
struct Stacks {
    /// The fields of the open messages.
    spans: Vec<Span>,
    /// For each choice of the open messages the member that counts, and from where on.
    chosen: Vec<(usize, usize)>,
}

/// Where a field of an open message stands in the record.
#[derive(Debug, Clone, Copy)]
struct Span {
    field: usize,
    wire: u8,
    start: usize,
    end: usize,
}

/// Some of the spans.
type Spans = (usize, usize);

impl Decoder {
    /// A decoder for messages of any plan.
    pub fn new(limits: Limits) -> Self {
        Self { limits, stacks: Stacks::default() }
    }

    /// Appends the JSON text of a message of the shape `id` to `out`. On error `out` is as it was before.
    pub fn decode(&mut self, plan: &Plan, id: ShapeId, data: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let base = out.len();
        let Stacks { spans, chosen } = &mut self.stacks;
        spans.clear();
        chosen.clear();
        spans.push(Span { field: 0, wire: 2, start: 0, end: data.len() });
        let mut run = Run { plan, data, base, out, limits: &self.limits, spans, chosen };
        let done = run.limits.check_record(data.len()).and_then(|()| run.body(id, (0, 1), 0));
        done.map_err(|fault| {
            out.truncate(base);
            fault.into()
        })
    }
}

/// One record on its way through.
struct Run<'a> {
    plan: &'a Plan,
    data: &'a [u8],
    out: &'a mut Vec<u8>,
    /// Where the record starts in `out`.
    base: usize,
    limits: &'a Limits,
    spans: &'a mut Vec<Span>,
    chosen: &'a mut Vec<(usize, usize)>,
}

type Written = Result<(), Fault>;

impl<'a> Run<'a> {
    /// Prints a message that is put together of these spans. `depth` levels are open around it.
    fn body(&mut self, id: ShapeId, parts: Spans, depth: u32) -> Written {
        let shape = self.plan.shape(id);
        match shape.form {
            Form::Object => {
                self.out.push(b'{');
                self.fields(shape, parts, true, depth)?;
                self.out.push(b'}');
            }
            _ => self.well_known(shape, parts, depth)?,
        }
        self.check_written()
    }

    /// Prints the fields of a message without braces.
    fn fields(&mut self, shape: &Shape, parts: Spans, mut first: bool, depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        let (frame, choices) = (self.spans.len(), self.chosen.len());
        self.find(shape, parts)?;
        let (mut at, end) = (frame, self.spans.len());
        for (index, field) in shape.fields.iter().enumerate() {
            let spans = self.spans_of(shape, index, (at, end), choices);
            at = spans.1;
            if spans.0 < spans.1 {
                self.member(field, spans, &mut first, depth + 1).map_err(|fault| fault.in_field(&field.name))?;
            } else if field.rule == Rule::Required {
                let found = "nothing: the field is missing";
                let expected = self.plan.describe(field.ty);
                return Err(Fault::new(ViolationKind::Missing, expected, found).in_field(&field.name));
            }
        }
        self.spans.truncate(frame);
        self.chosen.truncate(choices);
        Ok(())
    }

    /// Finds the fields of a message, and leaves them in the order of the plan; those that it does not know are passed
    /// over.
    fn find(&mut self, shape: &Shape, (from, to): Spans) -> Written {
        let (frame, choices) = (self.spans.len(), self.chosen.len());
        self.chosen.resize(choices + shape.choices, (usize::MAX, 0));
        let (mut last, mut sorted) = (0, true);
        for part in from..to {
            let Some(Span { start, end, .. }) = self.spans.get(part).copied() else { continue };
            for found in Fields::of(self.data, start, end, self.limits) {
                let Found { number, wire, start, end } = found?;
                let Some(index) = shape.numbered(number) else { continue };
                let Some(field) = shape.fields.get(index) else { continue };
                if !may_be(field, wire) {
                    let found = format!("wire type {wire} at byte {start} of the record");
                    let expected = self.plan.describe(field.ty);
                    return Err(Fault::new(ViolationKind::Malformed, expected, found).in_field(&field.name));
                }
                if let Some(choice) = field.choice.and_then(|choice| self.chosen.get_mut(choices + choice))
                    && choice.0 != index
                {
                    // The member that comes last counts; what came before another one does not.
                    *choice = (index, start);
                }
                sorted &= last <= index;
                last = index;
                self.spans.push(Span { field: index, wire, start, end });
            }
        }
        if !sorted && let Some(spans) = self.spans.get_mut(frame..) {
            spans.sort_by_key(|span| span.field);
        }
        Ok(())
    }

    /// Those spans of a field that count, which come first among `(at, end)`. Ends behind all of the field.
    fn spans_of(&self, shape: &Shape, index: usize, (at, end): Spans, choices: usize) -> Spans {
        let mut behind = at;
        while behind < end && self.spans.get(behind).is_some_and(|span| span.field == index) {
            behind += 1;
        }
        let choice = shape.fields.get(index).and_then(|field| self.chosen.get(choices + field.choice?));
        let from = match choice {
            None => at,
            Some((member, _)) if *member != index => behind,
            Some((_, start)) => {
                let before = |span: &&Span| span.start < *start;
                at + self.spans.get(at..behind).unwrap_or_default().iter().take_while(before).count()
            }
        };
        (from, behind)
    }

    fn member(&mut self, field: &Field, spans: Spans, first: &mut bool, depth: u32) -> Written {
        let start = self.out.len();
        if !*first {
            self.out.push(b',');
        }
        self.out.extend_from_slice(&field.key);
        self.out.push(b':');
        let value = self.out.len();
        self.field(field, spans, depth)?;
        let written = self.out.get(value..).unwrap_or_default();
        let is_empty = match field.rule {
            Rule::Implicit => self.is_default(field.ty, written),
            Rule::Repeated { .. } => written == b"[]",
            _ => false,
        };
        if is_empty {
            self.out.truncate(start);
        } else {
            *first = false;
        }
        self.check_written()
    }

    /// Prints the value of a field, which is there.
    fn field(&mut self, field: &Field, (from, to): Spans, depth: u32) -> Written {
        match field.rule {
            Rule::Repeated { .. } => self.repeated(field, (from, to), depth),
            Rule::Map(key) => self.map(field, key, (from, to), depth),
            // The last value counts, but messages are put together.
            Rule::Implicit | Rule::Optional | Rule::Required => match field.ty {
                Type::Message(id) | Type::Group(id) => self.body(id, (from, to), depth),
                ty => self.value(ty, to - 1, depth),
            },
        }
    }

    /// Whether a value says no more than one that is missing.
    fn is_default(&self, ty: Type, written: &[u8]) -> bool {
        match ty {
            Type::Enum(index) => {
                let name = self.plan.symbols(index).name_of(0).unwrap_or_default().as_bytes();
                written == b"0" || written.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) == Some(name)
            }
            _ => matches!(written, b"0" | b"\"0\"" | b"0.0" | b"false" | b"\"\""),
        }
    }

    /// The bytes of a span.
    fn bytes(&self, at: usize) -> &'a [u8] {
        let data = self.data;
        self.spans.get(at).and_then(|span| data.get(span.start..span.end)).unwrap_or_default()
    }

    /// Prints the value of one span.
    fn value(&mut self, ty: Type, at: usize, depth: u32) -> Written {
        match ty {
            Type::Scalar(scalar) => self.scalar(scalar, self.bytes(at)),
            Type::Enum(index) => {
                self.symbol(index, self.bytes(at));
                Ok(())
            }
            Type::Message(id) | Type::Group(id) => self.body(id, (at, at + 1), depth),
        }
    }

    /// Names of fields are longer in JSON, so what is written has a limit too.
    fn check_written(&self) -> Written {
        self.limits.check_record(self.out.len() - self.base)
    }
}

/// Whether what a field holds may be marked so. Lists of numbers are read packed and not, whatever the file says.
fn may_be(field: &Field, wire: u8) -> bool {
    match field.rule {
        Rule::Map(_) => wire == 2,
        Rule::Repeated { .. } if wire == 2 => matches!(field.ty.wire(), 0..=2 | 5),
        _ => wire == field.ty.wire(),
    }
}

//! Protobuf to JSON text. The fields of a message may stand in any order and more than once, so each message is gone
//! through twice: once to find its fields, once to print them in order.

mod scalar;
mod wire;

use indexmap::IndexMap;

use crate::codec::fault::Fault;
use crate::codec::json::write_string;
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::protobuf::plan::{Field, Plan, Rule, Scalar, Shape, ShapeId, Type};
use wire::{Fields, Found};

/// Protobuf to JSON text. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    spans: Vec<Span>,
}

/// Where a field of an open message stands in its bytes.
#[derive(Debug, Clone, Copy)]
struct Span {
    field: usize,
    wire: u8,
    start: usize,
    end: usize,
}

impl Decoder {
    /// A decoder for messages of any plan.
    pub fn new(limits: Limits) -> Self {
        Self { limits, spans: Vec::new() }
    }

    /// Appends the JSON text of a message to `out`. On error `out` is as it was before.
    pub fn decode(&mut self, plan: &Plan, data: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let base = out.len();
        self.spans.clear();
        let mut run = Run { plan, base, out, limits: &self.limits, spans: &mut self.spans };
        let done = run.limits.check_record(data.len()).and_then(|()| run.body(Plan::ROOT, data, 0));
        done.map_err(|fault| {
            out.truncate(base);
            fault.into()
        })
    }
}

/// One record on its way through.
struct Run<'a> {
    plan: &'a Plan,
    out: &'a mut Vec<u8>,
    /// Where the record starts in `out`.
    base: usize,
    limits: &'a Limits,
    spans: &'a mut Vec<Span>,
}

type Written = Result<(), Fault>;

/// For each choice of a message the member that counts, and from which of its spans on.
type Chosen = Vec<(usize, usize)>;

impl Run<'_> {
    /// Prints a message. `depth` levels are open around it.
    fn body(&mut self, id: ShapeId, data: &[u8], depth: u32) -> Written {
        let plan = self.plan;
        let shape = plan.shape(id);
        self.limits.check_depth(depth + 1)?;
        if shape.special {
            super::special::decode(shape, data, self.out)?;
            return self.check_written();
        }
        let frame = self.spans.len();
        let chosen = self.find(shape, data)?;
        let order =
            |this: &Self| this.spans.get(frame..).is_some_and(|spans| spans.is_sorted_by_key(|span| span.field));
        if !order(self)
            && let Some(spans) = self.spans.get_mut(frame..)
        {
            spans.sort_by_key(|span| span.field);
        }
        self.out.push(b'{');
        let (mut at, end, mut first) = (frame, self.spans.len(), true);
        for (index, field) in shape.fields.iter().enumerate() {
            let from = at;
            while self.spans.get(at).is_some_and(|span| at < end && span.field == index) {
                at += 1;
            }
            let skipped = match field.choice.and_then(|choice| chosen.get(choice)) {
                Some((member, _)) if *member != index => at - from,
                Some((_, skipped)) => *skipped,
                None => 0,
            };
            let range = (from + skipped, at);
            if range.0 < range.1 {
                self.member(field, range, data, &mut first, depth + 1).map_err(|fault| fault.in_field(&field.name))?;
            } else if field.rule == Rule::Required {
                let found = "nothing: the field is missing";
                return Err(Fault::new(ViolationKind::Missing, plan.describe(field.ty), found).in_field(&field.name));
            }
        }
        self.out.push(b'}');
        self.spans.truncate(frame);
        self.check_written()
    }

    /// Finds the fields of a message; those that it does not know are passed over.
    fn find(&mut self, shape: &Shape, data: &[u8]) -> Result<Chosen, Fault> {
        let mut chosen: Chosen = vec![(usize::MAX, 0); shape.choices];
        let mut counts = vec![0_usize; if shape.choices == 0 { 0 } else { shape.fields.len() }];
        for found in Fields::of(data, self.limits) {
            let Found { number, wire, start, end } = found?;
            let known = shape.numbered(number).and_then(|index| Some((index, shape.fields.get(index)?)));
            let Some((index, field)) = known else { continue };
            let packed =
                wire == 2 && matches!(field.rule, Rule::Repeated { .. }) && matches!(field.ty.wire(), 0 | 1 | 5);
            let map = wire == 2 && matches!(field.rule, Rule::Map(_));
            if !(packed || map || wire == field.ty.wire() && !matches!(field.rule, Rule::Map(_))) {
                let found = format!("wire type {wire} at byte {start} of the message");
                return Err(
                    Fault::new(ViolationKind::Malformed, self.plan.describe(field.ty), found).in_field(&field.name)
                );
            }
            if let (Some(choice), Some(count)) = (field.choice.and_then(|at| chosen.get_mut(at)), counts.get_mut(index))
            {
                // The member that comes last counts; what came before another one does not.
                if choice.0 != index {
                    *choice = (index, *count);
                }
                *count += 1;
            }
            self.spans.push(Span { field: index, wire, start, end });
        }
        Ok(chosen)
    }

    fn member(
        &mut self,
        field: &Field,
        (from, to): (usize, usize),
        data: &[u8],
        first: &mut bool,
        depth: u32,
    ) -> Written {
        let start = self.out.len();
        if !*first {
            self.out.push(b',');
        }
        write_string(field.name.as_bytes(), self.out);
        self.out.push(b':');
        let value = self.out.len();
        match field.rule {
            Rule::Repeated { .. } => self.repeated(field, (from, to), data, depth)?,
            Rule::Map(key) => self.map(field, key, (from, to), data, depth)?,
            Rule::Implicit | Rule::Optional | Rule::Required => self.single(field, (from, to), data, depth)?,
        }
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
    fn bytes<'d>(&self, at: usize, data: &'d [u8]) -> (&'d [u8], u8) {
        let span = self.spans.get(at).copied();
        span.and_then(|span| Some((data.get(span.start..span.end)?, span.wire))).unwrap_or_default()
    }

    /// The last value counts, but messages are put together.
    fn single(&mut self, field: &Field, (from, to): (usize, usize), data: &[u8], depth: u32) -> Written {
        match field.ty {
            Type::Message(id) | Type::Group(id) if to - from > 1 => {
                let whole = (from..to).map(|at| self.bytes(at, data).0).collect::<Vec<_>>().concat();
                self.body(id, &whole, depth)
            }
            ty => self.value(ty, self.bytes(to - 1, data).0, depth),
        }
    }

    fn repeated(&mut self, field: &Field, (from, to): (usize, usize), data: &[u8], depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        self.out.push(b'[');
        let mut count = 0;
        for at in from..to {
            let (bytes, wire) = self.bytes(at, data);
            let is_packed = wire == 2 && field.ty.wire() != 2;
            let mut rest = bytes;
            // What is not packed is one item, of no bytes even.
            while !(is_packed && rest.is_empty()) {
                let (item, behind) = if is_packed { wire::first(field.ty.wire(), rest)? } else { (rest, &[][..]) };
                if count > 0 {
                    self.out.push(b',');
                }
                self.limits.check_items(count + 1)?;
                self.value(field.ty, item, depth + 1).map_err(|fault| fault.in_item(count))?;
                count += 1;
                self.check_written()?;
                rest = behind;
                if !is_packed {
                    break;
                }
            }
        }
        self.out.push(b']');
        Ok(())
    }

    fn map(&mut self, field: &Field, key: Scalar, (from, to): (usize, usize), data: &[u8], depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        // Of a key that comes twice the last value counts.
        let mut entries: IndexMap<Vec<u8>, &[u8]> = IndexMap::new();
        for at in from..to {
            let (entry, _) = self.bytes(at, data);
            let (mut name, mut value) = (wire::zero(key.wire()), wire::zero(field.ty.wire()));
            for found in Fields::of(entry, self.limits) {
                let Found { number, wire, start, end } = found?;
                let bytes = entry.get(start..end).unwrap_or_default();
                match number {
                    1 if wire == key.wire() => name = bytes,
                    2 if wire == field.ty.wire() => value = bytes,
                    1 | 2 => {
                        let found = format!("wire type {wire} in an entry");
                        return Err(Fault::new(ViolationKind::Malformed, self.plan.describe(field.ty), found));
                    }
                    _ => {}
                }
            }
            let start = self.out.len();
            self.key(key, name)?;
            entries.insert(self.out.split_off(start), value);
            self.limits.check_items(u64::try_from(entries.len()).unwrap_or(u64::MAX))?;
        }
        self.out.push(b'{');
        for (index, (key, value)) in entries.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(key);
            self.out.push(b':');
            let shown = || String::from_utf8_lossy(key).trim_matches('"').to_owned();
            self.value(field.ty, value, depth + 1).map_err(|fault| fault.in_key(shown()))?;
            self.check_written()?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn value(&mut self, ty: Type, data: &[u8], depth: u32) -> Written {
        match ty {
            Type::Scalar(scalar) => self.scalar(scalar, data),
            Type::Enum(index) => {
                self.symbol(index, data);
                Ok(())
            }
            Type::Message(id) | Type::Group(id) => self.body(id, data, depth),
        }
    }

    /// Names of fields are longer in JSON, so what is written has a limit too.
    fn check_written(&self) -> Written {
        self.limits.check_record(self.out.len() - self.base)
    }
}

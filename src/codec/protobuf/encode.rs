//! JSON text to Protobuf, in one pass directed by the plan. Fields are written in the order of the text.

mod collection;
mod scalar;

use prost::encoding::encode_varint;

use crate::codec::avro::UnknownFields;
use crate::codec::fault::Fault;
use crate::codec::json::Cursor;
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::protobuf::plan::{Field, Plan, Rule, Shape, ShapeId, Type};

/// JSON text to Protobuf. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Encoder {
    unknown_fields: UnknownFields,
    limits: Limits,
    scratch: Scratch,
}

/// Space that is used again for every record.
#[derive(Debug, Default)]
struct Scratch {
    /// Which fields and choices of the open messages have come: a frame for each.
    seen: Vec<bool>,
    /// Text without its escapes.
    text: Vec<u8>,
    /// What is open in a value that is passed over.
    nesting: Vec<u8>,
}

impl Encoder {
    /// An encoder for messages of any plan.
    pub fn new(unknown_fields: UnknownFields, limits: Limits) -> Self {
        Self { unknown_fields, limits, scratch: Scratch::default() }
    }

    /// Appends the message that `json` stands for to `out`. On error `out` is as it was before.
    pub fn encode(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let start = out.len();
        self.record(plan, json, out).map_err(|fault| {
            out.truncate(start);
            fault.into()
        })
    }

    fn record(&mut self, plan: &Plan, json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        self.limits.check_record(json.len())?;
        if let Err(error) = simdutf8::compat::from_utf8(json) {
            let found = format!("another byte at byte {}", error.valid_up_to());
            return Err(Fault::new(ViolationKind::Syntax, "UTF-8 text", found));
        }
        self.scratch.seen.clear();
        let mut run = Run {
            plan,
            json,
            cursor: Cursor::new(json),
            out,
            unknown_fields: self.unknown_fields,
            limits: &self.limits,
            scratch: &mut self.scratch,
        };
        run.cursor.skip_space();
        run.body(Plan::ROOT, 0)?;
        run.cursor.end()
    }
}

/// One record on its way through.
struct Run<'a> {
    plan: &'a Plan,
    json: &'a [u8],
    cursor: Cursor<'a>,
    out: &'a mut Vec<u8>,
    unknown_fields: UnknownFields,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
}

type Written = Result<(), Fault>;

impl<'a> Run<'a> {
    /// Writes a message without its length. `depth` levels are open around it.
    fn body(&mut self, id: ShapeId, depth: u32) -> Written {
        let plan = self.plan;
        let shape = plan.shape(id);
        if shape.special {
            let start = self.cursor.pos();
            self.cursor.skip_value(self.limits, depth, &mut self.scratch.nesting)?;
            let value = self.json.get(start..self.cursor.pos()).unwrap_or_default();
            return super::special::encode(shape, value, self.out);
        }
        if !self.cursor.eat(b'{') {
            return Err(self.mismatch(Type::Message(id), depth));
        }
        self.limits.check_depth(depth + 1)?;
        let frame = self.scratch.seen.len();
        self.scratch.seen.resize(frame + shape.fields.len() + shape.choices, false);
        self.cursor.skip_space();
        let mut more = !self.cursor.eat(b'}');
        while more {
            self.member(shape, frame, depth + 1)?;
            more = self.cursor.next_or(b'}')?;
        }
        let required = |(index, field): &(usize, &Field)| {
            field.rule == Rule::Required && self.scratch.seen.get(frame + index) != Some(&true)
        };
        if let Some((_, field)) = shape.fields.iter().enumerate().find(required) {
            let found = "nothing: the field is missing";
            return Err(Fault::new(ViolationKind::Missing, plan.describe(field.ty), found).in_field(&field.name));
        }
        self.scratch.seen.truncate(frame);
        Ok(())
    }

    fn member(&mut self, shape: &'a Shape, frame: usize, depth: u32) -> Written {
        let key = self.cursor.key()?;
        let name = key.unescaped(&mut self.scratch.text)?;
        let Some((index, field)) = shape.member(name).and_then(|index| Some((index, shape.fields.get(index)?))) else {
            return self.unknown(shape, key, depth);
        };
        self.cursor.skip_space();
        let duplicate =
            || Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate").in_field(&field.name);
        if self.scratch.seen.get(frame + index) == Some(&true) {
            return Err(duplicate());
        }
        if self.cursor.peek() == Some(b'n') && !self.takes_null(field) {
            return self.cursor.literal("null");
        }
        self.see(frame + index);
        if let Some(choice) = field.choice {
            let at = frame + shape.fields.len() + choice;
            if self.scratch.seen.get(at) == Some(&true) {
                let expected = "one member of a choice";
                return Err(Fault::new(ViolationKind::Duplicate, expected, "a second one").in_field(&field.name));
            }
            self.see(at);
        }
        self.field(field, depth).map_err(|fault| fault.in_field(&field.name))
    }

    fn see(&mut self, at: usize) {
        if let Some(seen) = self.scratch.seen.get_mut(at) {
            *seen = true;
        }
    }

    /// Whether `null` is a value and not a missing one.
    fn takes_null(&self, field: &Field) -> bool {
        !matches!(field.rule, Rule::Repeated { .. } | Rule::Map(_))
            && match field.ty {
                Type::Enum(index) => self.plan.symbols(index).null,
                Type::Message(id) => &*self.plan.shape(id).name == "google.protobuf.Value",
                Type::Scalar(_) | Type::Group(_) => false,
            }
    }

    fn unknown(&mut self, shape: &Shape, key: crate::codec::json::Text<'_>, depth: u32) -> Written {
        match self.unknown_fields {
            UnknownFields::Ignore => {
                self.cursor.skip_space();
                self.cursor.skip_value(self.limits, depth, &mut self.scratch.nesting)
            }
            UnknownFields::Reject => {
                let name = String::from_utf8_lossy(key.unescaped(&mut self.scratch.text)?).into_owned();
                let expected = format!("a field of message {}", shape.name);
                Err(Fault::new(ViolationKind::Unknown, expected, "an unknown member").in_key(name))
            }
        }
    }

    fn field(&mut self, field: &Field, depth: u32) -> Written {
        match field.rule {
            Rule::Repeated { packed } => self.repeated(field, packed, depth),
            Rule::Map(key) => self.map(field, key, depth),
            Rule::Optional | Rule::Required => self.tagged(field.number, field.ty, depth),
            Rule::Implicit => {
                let start = self.out.len();
                self.tag(field.number, field.ty.wire());
                let body = self.out.len();
                self.value(field.ty, depth)?;
                // Zero is what is meant without saying so.
                if self.out.get(body..).is_some_and(|value| value.iter().all(|byte| *byte == 0)) {
                    self.out.truncate(start);
                }
                Ok(())
            }
        }
    }

    fn tag(&mut self, number: u32, wire: u8) {
        encode_varint(u64::from(number << 3 | u32::from(wire)), self.out);
    }

    /// Writes a field: what marks it, and the value that comes.
    fn tagged(&mut self, number: u32, ty: Type, depth: u32) -> Written {
        self.tag(number, ty.wire());
        self.value(ty, depth)?;
        if let Type::Group(_) = ty {
            self.tag(number, 4);
        }
        Ok(())
    }

    fn value(&mut self, ty: Type, depth: u32) -> Written {
        match ty {
            Type::Scalar(scalar) => self.scalar(scalar, depth),
            Type::Enum(index) => self.symbol(index, depth),
            Type::Group(id) => self.body(id, depth),
            Type::Message(id) => {
                let start = self.open();
                self.body(id, depth)?;
                self.close(start);
                Ok(())
            }
        }
    }

    /// Leaves room for a length, which is short as a rule.
    fn open(&mut self) -> usize {
        self.out.push(0);
        self.out.len()
    }

    /// Writes the length of what stands behind `start`.
    fn close(&mut self, start: usize) {
        let len = self.out.len() - start;
        let mut varint = Vec::new();
        encode_varint(u64::try_from(len).unwrap_or(u64::MAX), &mut varint);
        self.out.splice(start - 1..start, varint);
    }

    /// What comes is not a value of the type: a fault of the text, if it is none at all, else of the type.
    #[cold]
    fn mismatch(&mut self, ty: Type, depth: u32) -> Fault {
        match self.cursor.found(self.limits, depth, &mut self.scratch.nesting) {
            Ok(found) => Fault::new(ViolationKind::Type, self.plan.describe(ty), found),
            Err(syntax) => syntax,
        }
    }
}

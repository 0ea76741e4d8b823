//! JSON text to Protobuf, in one pass directed by the plan. Fields are written in the order of the text.
//!
//! Invariants: on error the output is as it was before; every level of the text is checked against the depth limit before
//! it is entered, which bounds recursion.

mod collection;
mod object;
mod output;
mod recovery;
mod scalar;
mod well_known;

use collection::MapKey;

use crate::codec::avro::UnknownFields;
use crate::codec::fault::{Fault, Faults};
use crate::codec::json::{Cursor, utf8};
use crate::codec::{CodecError, Limits, ViolationKind};
use crate::schema::protobuf::plan::{Field, Form, Plan, Rule, ShapeId, Type};

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
    /// The keys of the open maps.
    keys: Vec<MapKey>,
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

    /// Appends the message of the shape `id` that `json` stands for to `out`. On error `out` is as it was before.
    pub fn encode(&mut self, plan: &Plan, id: ShapeId, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        let start = out.len();
        self.record(plan, id, json, out).map_err(|fault| {
            out.truncate(start);
            fault.into()
        })
    }

    fn record(&mut self, plan: &Plan, id: ShapeId, json: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        self.limits.check_record(json.len())?;
        utf8(json)?;
        self.scratch.seen.clear();
        self.scratch.keys.clear();
        let mut run = Run {
            plan,
            cursor: Cursor::new(json),
            out,
            unknown_fields: self.unknown_fields,
            limits: &self.limits,
            scratch: &mut self.scratch,
        };
        run.cursor.skip_space();
        let (mark, mut faults) = (run.mark(), Faults::default());
        if let Err(fault) = run.body(id, 0) {
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
    unknown_fields: UnknownFields,
    limits: &'a Limits,
    scratch: &'a mut Scratch,
}

type Written = Result<(), Fault>;

impl Run<'_> {
    /// Writes a message without its length. `depth` levels are open around it.
    fn body(&mut self, id: ShapeId, depth: u32) -> Written {
        let plan = self.plan;
        let shape = plan.shape(id);
        match shape.form {
            Form::Object if self.cursor.eat(b'{') => self.object(shape, depth, false),
            Form::Any if self.cursor.eat(b'{') => self.any(depth),
            Form::Object | Form::Any => Err(self.mismatch(Type::Message(id), depth)),
            Form::Timestamp => self.timestamp(id, depth),
            Form::Duration => self.duration(id, depth),
            Form::FieldMask => self.field_mask(id, depth),
            Form::Value => self.any_json(shape, depth),
            Form::Only => match shape.fields.first() {
                Some(field) => self.field(field, depth),
                None => Ok(()),
            },
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

    /// What comes is not a value of the type: a fault of the text, if it is none at all, else of the type.
    #[cold]
    fn mismatch(&mut self, ty: Type, depth: u32) -> Fault {
        match self.cursor.found(self.limits, depth, &mut self.scratch.nesting) {
            Ok(found) => Fault::new(ViolationKind::Type, self.plan.describe(ty), found).passed(),
            Err(syntax) => syntax,
        }
    }
}

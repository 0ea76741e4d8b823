//! Objects: the members of a message.

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::avro::UnknownFields;
use crate::codec::fault::{Fault, Faults};
use crate::schema::protobuf::plan::{Field, Form, Rule, Shape, Type};

/// The member that says which message stands in an `Any`.
pub(super) const TYPE: &[u8] = b"@type";

impl<'a> Run<'a> {
    /// Writes a message whose opening brace has been read. In an `Any` the type is among its members.
    pub(super) fn object(&mut self, shape: &'a Shape, depth: u32, in_any: bool) -> Written {
        self.limits.check_depth(depth + 1)?;
        let frame = self.scratch.seen.len();
        self.scratch.seen.resize(frame + shape.fields.len() + shape.choices, false);
        self.cursor.skip_space();
        let mut more = !self.cursor.eat(b'}');
        let (mut expected, mut faults) = (0, Faults::default());
        while more {
            match self.key(shape, expected)? {
                Some((index, field)) => {
                    let mark = self.mark();
                    if let Err(fault) = self.member(shape, (index, field), frame, depth + 1) {
                        self.go_on(&mut faults, fault, (mark, depth + 1), |fault| fault.in_field(&field.name))?;
                    }
                    expected = index + 1;
                }
                None => self.unknown(shape, &mut faults, depth + 1, in_any)?,
            }
            more = self.cursor.next_or(b'}')?;
        }
        for (index, field) in shape.fields.iter().enumerate() {
            if field.rule == Rule::Required && self.scratch.seen.get(frame + index) != Some(&true) {
                let found = "nothing: the field is missing";
                let fault = Fault::new(ViolationKind::Missing, self.plan.describe(field.ty), found);
                faults.add(fault.in_field(&field.name))?;
            }
        }
        self.scratch.seen.truncate(frame);
        faults.end()
    }

    /// Steps over a key, if it names a field; else it still comes. Members mostly come in the order of their numbers.
    #[inline]
    fn key(&mut self, shape: &'a Shape, expected: usize) -> Result<Option<(usize, &'a Field)>, Fault> {
        if let Some(field) = shape.fields.get(expected)
            && (self.cursor.eat_text(&field.key) || self.cursor.eat_text(&field.file_key))
        {
            self.cursor.colon()?;
            self.cursor.skip_space();
            return Ok(Some((expected, field)));
        }
        let start = self.cursor.pos();
        let key = self.cursor.key()?;
        let name = key.unescaped(&mut self.scratch.text)?;
        let Some((index, field)) = shape.member(name).and_then(|index| Some((index, shape.fields.get(index)?))) else {
            self.cursor.rewind(start);
            return Ok(None);
        };
        self.cursor.skip_space();
        Ok(Some((index, field)))
    }

    #[inline]
    fn member(&mut self, shape: &Shape, (index, field): (usize, &Field), frame: usize, depth: u32) -> Written {
        if self.scratch.seen.get(frame + index) == Some(&true) {
            return Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate"));
        }
        if self.cursor.peek() == Some(b'n') && !self.takes_null(field) {
            return self.cursor.literal("null");
        }
        self.see(frame + index);
        if let Some(choice) = field.choice {
            let at = frame + shape.fields.len() + choice;
            if self.scratch.seen.get(at) == Some(&true) {
                return Err(Fault::new(ViolationKind::Duplicate, "one member of a choice", "a second one"));
            }
            self.see(at);
        }
        self.field(field, depth)
    }

    #[inline]
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
                Type::Message(id) => self.plan.shape(id).form == Form::Value,
                Type::Scalar(_) | Type::Group(_) => false,
            }
    }

    /// Passes over a member that no field is, if that is allowed.
    pub(super) fn unknown(&mut self, shape: &Shape, faults: &mut Faults, depth: u32, in_any: bool) -> Written {
        let key = self.cursor.key()?;
        let name = key.unescaped(&mut self.scratch.text)?;
        self.cursor.skip_space();
        if self.unknown_fields == UnknownFields::Reject && !(in_any && name == TYPE) {
            let name = String::from_utf8_lossy(name).into_owned();
            let expected = format!("a field of message {}", shape.name);
            let fault = Fault::new(ViolationKind::Unknown, expected, "an unknown member");
            return self.go_on(faults, fault, (self.mark(), depth), |fault| fault.in_key(&*name));
        }
        let passed = self.cursor.skip_value(self.limits, depth, &mut self.scratch.nesting);
        passed.or_else(|fault| faults.add(fault))
    }
}

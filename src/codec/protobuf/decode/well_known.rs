//! Google's own messages that are not objects of their fields in JSON.

use super::wire;
use super::{Fault, Form, Run, Shape, Span, Spans, Type, ViolationKind, Written};
use crate::codec::json::write_string;
use crate::codec::logical::seconds;

impl Run<'_> {
    /// Prints a message that is put together of these spans in its own form.
    pub(super) fn well_known(&mut self, shape: &Shape, parts: Spans, depth: u32) -> Written {
        let (frame, choices) = (self.spans.len(), self.chosen.len());
        self.find(shape, parts)?;
        let spans = (frame, self.spans.len());
        match shape.form {
            Form::Timestamp => self.time(shape, spans, seconds::write_timestamp)?,
            Form::Duration => self.time(shape, spans, seconds::write_duration)?,
            Form::FieldMask => self.field_mask(shape, spans)?,
            Form::Value => self.any_json(shape, spans, choices, depth)?,
            Form::Any => self.any(spans, depth)?,
            Form::Only | Form::Object => self.only(shape, spans, depth)?,
        }
        self.spans.truncate(frame);
        self.chosen.truncate(choices);
        Ok(())
    }

    /// Prints the only field of a message, whose spans these are.
    fn only(&mut self, shape: &Shape, spans: Spans, depth: u32) -> Written {
        let Some(field) = shape.fields.first() else { return Ok(()) };
        match field.ty {
            Type::Scalar(scalar) if spans.0 == spans.1 => self.scalar(scalar, wire::zero(scalar.wire())),
            _ => self.field(field, spans, depth),
        }
    }

    /// Prints whole seconds and nanoseconds.
    fn time(&mut self, shape: &Shape, (from, to): Spans, write: impl Fn(i64, i32, &mut Vec<u8>) -> bool) -> Written {
        let mut parts = [0_i64; 2];
        for at in from..to {
            let field = self.spans.get(at).map_or(0, |span| span.field);
            let (value, _) = wire::varint(self.bytes(at)).unwrap_or_default();
            if let Some(part) = parts.get_mut(field) {
                *part = value.cast_signed();
            }
        }
        let [whole, nanos] = parts;
        self.out.push(b'"');
        // Of 32 bits as many count, whatever stands above them.
        if !write(whole, wire::low32(nanos.cast_unsigned()).cast_signed(), self.out) {
            return Err(malformed(shape, format!("{whole} seconds and {nanos} nanoseconds")));
        }
        self.out.push(b'"');
        Ok(())
    }

    /// Prints paths, whose names are `snake_case` in bytes and `lowerCamel` in JSON.
    fn field_mask(&mut self, shape: &Shape, (from, to): Spans) -> Written {
        let mut text = Vec::new();
        for at in from..to {
            if at > from {
                text.push(b',');
            }
            let mut bytes = self.bytes(at).iter();
            while let Some(byte) = bytes.next() {
                match (byte, bytes.as_slice().first()) {
                    (b'_', Some(next @ b'a'..=b'z')) => {
                        text.push(next.to_ascii_uppercase());
                        bytes.next();
                    }
                    (b'_' | b'A'..=b'Z' | b',', _) => {
                        let path = String::from_utf8_lossy(self.bytes(at)).into_owned();
                        return Err(malformed(shape, format!("path {path:?}, which JSON can't hold")));
                    }
                    _ => text.push(*byte),
                }
            }
        }
        self.limits.check_string(text.len())?;
        if simdutf8::basic::from_utf8(&text).is_err() {
            return Err(malformed(shape, "bytes that are not UTF-8"));
        }
        write_string(&text, self.out);
        Ok(())
    }

    /// Prints the member of a `Value` that was chosen; without one it is null.
    fn any_json(&mut self, shape: &Shape, (from, to): Spans, choices: usize, depth: u32) -> Written {
        let mut at = from;
        for (index, field) in shape.fields.iter().enumerate() {
            let spans = self.spans_of(shape, index, (at, to), choices);
            at = spans.1;
            if spans.0 < spans.1 {
                let start = self.out.len();
                self.field(field, spans, depth)?;
                if index == 1 && self.out.get(start) == Some(&b'"') {
                    return Err(malformed(shape, "a number that JSON can't hold"));
                }
                return Ok(());
            }
        }
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    /// Prints the message in an `Any`, with its type in front.
    fn any(&mut self, (from, to): Spans, depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        let last = |field| (from..to).rev().find(|at| self.spans.get(*at).is_some_and(|span| span.field == field));
        let (url, value) = (last(0), last(1));
        let url = url.map_or(&[][..], |at| self.bytes(at));
        if url.is_empty() && value.is_none_or(|at| self.bytes(at).is_empty()) {
            self.out.extend_from_slice(b"{}");
            return Ok(());
        }
        self.limits.check_string(url.len())?;
        let text = str::from_utf8(url).unwrap_or_default();
        let Some(id) = text.rsplit_once('/').and_then(|(_, name)| self.plan.named(name)) else {
            let expected = "the type of a message of the file or of what it imports, behind a slash";
            let found = format!("string {:?}", String::from_utf8_lossy(url));
            return Err(Fault::new(ViolationKind::Value, expected, found).in_key("@type"));
        };
        let none = Span { field: 1, wire: 2, start: 0, end: 0 };
        let part = value.and_then(|at| self.spans.get(at).copied()).unwrap_or(none);
        let at = self.spans.len();
        self.spans.push(part);
        self.out.extend_from_slice(b"{\"@type\":");
        write_string(url, self.out);
        let shape = self.plan.shape(id);
        if shape.form == Form::Object {
            self.fields(shape, (at, at + 1), false, depth)?;
        } else {
            self.out.extend_from_slice(b",\"value\":");
            self.body(id, (at, at + 1), depth + 1).map_err(|fault| fault.in_key("value"))?;
        }
        self.out.push(b'}');
        Ok(())
    }
}

#[cold]
fn malformed(shape: &Shape, found: impl Into<String>) -> Fault {
    Fault::new(ViolationKind::Malformed, format!("message {}", shape.name), found)
}

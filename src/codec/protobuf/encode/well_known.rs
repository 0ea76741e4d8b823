//! Google's own messages that are not objects of their fields in JSON.

use super::object::TYPE;
use super::output::varint;
use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::{Fault, Faults};
use crate::codec::logical::seconds;
use crate::schema::protobuf::plan::{Form, Shape, ShapeId, Type};

impl Run<'_> {
    pub(super) fn timestamp(&mut self, id: ShapeId, depth: u32) -> Written {
        self.time(id, depth, "RFC 3339 text of the years 1 to 9999 for ", seconds::read_timestamp)
    }

    pub(super) fn duration(&mut self, id: ShapeId, depth: u32) -> Written {
        self.time(id, depth, "text such as 1.5s for ", seconds::read_duration)
    }

    /// Writes whole seconds and nanoseconds.
    fn time(
        &mut self,
        id: ShapeId,
        depth: u32,
        expected: &'static str,
        read: impl Fn(&[u8]) -> Option<(i64, i32)>,
    ) -> Written {
        let Some((whole, nanos)) = self.of_text(id, depth, expected, read)? else { return Ok(()) };
        for (number, part) in [(1, whole), (2, i64::from(nanos))] {
            if part != 0 {
                self.tag(number, 0);
                varint(part.cast_unsigned(), self.out);
            }
        }
        Ok(())
    }

    /// What `read` makes of the text that comes.
    fn of_text<T>(
        &mut self,
        id: ShapeId,
        depth: u32,
        expected: &'static str,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let pos = self.cursor.pos();
        if self.cursor.peek() != Some(b'"') {
            return Err(self.mismatch(Type::Message(id), depth));
        }
        let text = self.cursor.text(&mut self.scratch.text)?;
        self.limits.check_string(text.len())?;
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.no_value(pos, Type::Message(id), expected, depth)),
        }
    }

    /// Paths with dots between names and commas between paths; names are `lowerCamel` in JSON and `snake_case` in bytes.
    pub(super) fn field_mask(&mut self, id: ShapeId, depth: u32) -> Written {
        let snake = |text: &[u8]| {
            let mut paths = Vec::new();
            for path in text.split(|byte| *byte == b',').filter(|path| !path.is_empty()) {
                let mut snake = Vec::with_capacity(path.len());
                for byte in path {
                    match byte {
                        b'A'..=b'Z' => snake.extend([b'_', byte.to_ascii_lowercase()]),
                        b'_' => return None,
                        _ => snake.push(*byte),
                    }
                }
                paths.push(snake);
            }
            Some(paths)
        };
        let paths = self.of_text(id, depth, "paths such as a.fooBar,c for ", snake)?.unwrap_or_default();
        self.limits.check_items(u64::try_from(paths.len()).unwrap_or(u64::MAX))?;
        for path in paths {
            self.text_field(1, &path);
        }
        Ok(())
    }

    fn text_field(&mut self, number: u32, text: &[u8]) {
        self.tag(number, 2);
        varint(u64::try_from(text.len()).unwrap_or(u64::MAX), self.out);
        self.out.extend_from_slice(text);
    }

    /// Writes a `Value`: the field of its choice that the kind of JSON asks for.
    pub(super) fn any_json(&mut self, shape: &Shape, depth: u32) -> Written {
        let index = match self.cursor.peek() {
            Some(b'n') => 0,
            Some(b'-' | b'0'..=b'9') => 1,
            Some(b'"') => 2,
            Some(b't' | b'f') => 3,
            Some(b'{') => 4,
            Some(b'[') => 5,
            _ => return Err(self.cursor.syntax("a value")),
        };
        match shape.fields.get(index) {
            Some(field) => self.tagged(field.number, field.ty, depth),
            None => Ok(()),
        }
    }

    /// Writes an `Any` whose opening brace has been read.
    pub(super) fn any(&mut self, depth: u32) -> Written {
        self.limits.check_depth(depth + 1)?;
        let start = self.cursor.pos();
        let Some(url) = self.type_url(depth + 1)? else { return Ok(()) };
        let named = url.rsplit_once('/').and_then(|(_, name)| self.plan.named(name));
        let Some(id) = named else {
            let expected = "the type of a message of the file or of what it imports, behind a slash";
            return Err(Fault::new(ViolationKind::Value, expected, format!("string {url:?}")).in_key("@type"));
        };
        self.text_field(1, url.as_bytes());
        let field = self.out.len();
        self.tag(2, 2);
        let body = self.open();
        self.cursor.rewind(start);
        let shape = self.plan.shape(id);
        match shape.form {
            Form::Object => self.object(shape, depth, true)?,
            _ => self.any_value(id, depth + 1)?,
        }
        if self.out.len() == body {
            self.out.truncate(field);
        } else {
            self.close(body);
        }
        Ok(())
    }

    /// Looks through the members of an `Any` for its type; `None` if there is no member at all. Steps over it all.
    fn type_url(&mut self, depth: u32) -> Result<Option<String>, Fault> {
        self.cursor.skip_space();
        if self.cursor.eat(b'}') {
            return Ok(None);
        }
        let mut url = None;
        loop {
            let key = self.cursor.key()?;
            let is_type = key.unescaped(&mut self.scratch.text)? == TYPE;
            self.cursor.skip_space();
            if !is_type {
                self.cursor.skip_value(self.limits, depth, &mut self.scratch.nesting)?;
            } else if url.is_some() {
                return Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate").in_key("@type"));
            } else if self.cursor.peek() == Some(b'"') {
                let text = self.cursor.text(&mut self.scratch.text)?;
                self.limits.check_string(text.len())?;
                url = Some(String::from_utf8_lossy(text).into_owned());
            } else {
                let found = self.cursor.found(self.limits, depth, &mut self.scratch.nesting)?;
                return Err(Fault::new(ViolationKind::Type, "string", found).in_key("@type"));
            }
            if !self.cursor.next_or(b'}')? {
                break;
            }
        }
        match url {
            Some(url) => Ok(Some(url)),
            None => Err(Fault::new(ViolationKind::Missing, "string", "nothing: the member is missing").in_key("@type")),
        }
    }

    /// Writes the message in an `Any` that has a form of its own, which is the member `value`.
    fn any_value(&mut self, id: ShapeId, depth: u32) -> Written {
        self.cursor.skip_space();
        let (mut found, mut faults) = (false, Faults::default());
        loop {
            let start = self.cursor.pos();
            let key = self.cursor.key()?;
            if key.unescaped(&mut self.scratch.text)? == b"value" {
                self.cursor.skip_space();
                let mark = self.mark();
                let written = if std::mem::replace(&mut found, true) {
                    Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate"))
                } else {
                    self.body(id, depth)
                };
                if let Err(fault) = written {
                    self.go_on(&mut faults, fault, (mark, depth), |fault| fault.in_key("value"))?;
                }
            } else {
                self.cursor.rewind(start);
                self.unknown(self.plan.shape(id), &mut faults, depth, true)?;
            }
            if !self.cursor.next_or(b'}')? {
                break;
            }
        }
        if !found {
            let expected = self.plan.describe(Type::Message(id));
            let fault = Fault::new(ViolationKind::Missing, expected, "nothing: the member is missing");
            faults.add(fault.in_key("value"))?;
        }
        faults.end()
    }
}

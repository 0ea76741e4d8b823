//! A JSON text as a list of its values, for those who have to go through it in another order than that of the text.
//!
//! The list is filled anew for each text and keeps its space. Numbers stay as they are written. Where a text has two
//! members of one name in an object it is refused: what reads it later may take the other one.

mod names;
mod value;

pub(in crate::codec) use value::{Items, MemberName, Members, Record, Value};

use std::cell::Cell;

use super::text::Text;
use super::{Cursor, Fault, Limits, ViolationKind, utf8};
use value::mark;

/// The values of one text.
#[derive(Debug, Default)]
pub(in crate::codec) struct Tape {
    entries: Vec<Entry>,
    /// Strings that have escapes, without them.
    plain: String,
    scratch: Vec<u8>,
    seen: names::Seen,
}

/// What stands at a place of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::codec) enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

#[derive(Debug, Clone)]
struct Entry {
    kind: Kind,
    /// A string stands in `plain`.
    is_plain: bool,
    /// Of a member's name its [`mark`]; of an object the place of the name at which the next one is looked for.
    mark: Cell<u32>,
    /// Where a scalar's text starts; of an array or object the number of items or members.
    start: u32,
    /// Where a scalar's text ends; of an array or object the place behind the last entry that is in it.
    end: u32,
}

impl Tape {
    /// Reads a text. The tape holds its values until the next one is read.
    pub(in crate::codec) fn read<'a>(&'a mut self, json: &'a [u8], limits: &Limits) -> Result<Record<'a>, Fault> {
        limits.check_record(json.len())?;
        if u32::try_from(json.len()).is_err() {
            return Err(Fault::new(ViolationKind::Limit, "less than 4 GiB of record", json.len().to_string()));
        }
        let text = utf8(json)?;
        self.entries.clear();
        self.plain.clear();
        let mut reader = Reader { tape: self, cursor: Cursor::new(json), text, limits };
        reader.cursor.skip_space();
        reader.value(0)?;
        reader.cursor.end()?;
        Ok(self.record(text))
    }

    fn record<'a>(&'a self, text: &'a str) -> Record<'a> {
        Record { entries: &self.entries, plain: &self.plain, text }
    }
}

/// A tape that is being filled.
struct Reader<'a> {
    tape: &'a mut Tape,
    cursor: Cursor<'a>,
    text: &'a str,
    limits: &'a Limits,
}

impl Reader<'_> {
    /// Reads the value that comes; `depth` levels are open around it, which bounds the recursion.
    fn value(&mut self, depth: u32) -> Result<(), Fault> {
        let start = self.cursor.pos();
        let kind = match self.cursor.peek() {
            Some(b'"') => {
                let text = self.cursor.string()?;
                self.limits.check_string(text.raw().len())?;
                return self.string(&text, start + 1);
            }
            Some(b'{') => return self.object(depth + 1),
            Some(b'[') => return self.array(depth + 1),
            Some(b'n') => self.cursor.literal("null").map(|()| Kind::Null)?,
            Some(b't') => self.cursor.literal("true").map(|()| Kind::True)?,
            Some(b'f') => self.cursor.literal("false").map(|()| Kind::False)?,
            Some(b'-' | b'0'..=b'9') => match self.cursor.short_integer() {
                Some(_) => Kind::Number,
                None => self.cursor.number().map(|_| Kind::Number)?,
            },
            _ => return Err(self.cursor.syntax("a value")),
        };
        self.push(kind, start, self.cursor.pos());
        Ok(())
    }

    fn array(&mut self, depth: u32) -> Result<(), Fault> {
        self.limits.check_depth(depth)?;
        let at = self.open(Kind::Array);
        let mut count = 0;
        let mut more = !self.cursor.eat(b']');
        while more {
            self.limits.check_items(count + 1)?;
            self.value(depth).map_err(|fault| fault.in_item(count))?;
            count += 1;
            more = self.cursor.next_or(b']')?;
        }
        self.close(at, count);
        Ok(())
    }

    fn object(&mut self, depth: u32) -> Result<(), Fault> {
        self.limits.check_depth(depth)?;
        let at = self.open(Kind::Object);
        let mut count = 0;
        let mut more = !self.cursor.eat(b'}');
        while more {
            self.limits.check_items(count + 1)?;
            let (start, name) = (self.cursor.pos() + 1, self.cursor.key()?);
            self.string(&name, start)?;
            self.mark_name();
            self.cursor.skip_space();
            self.value(depth).map_err(|fault| {
                fault.in_key(String::from_utf8_lossy(name.unescaped(&mut Vec::new()).unwrap_or_else(|_| name.raw())))
            })?;
            count += 1;
            more = self.cursor.next_or(b'}')?;
        }
        self.close(at, count);
        self.check_names(at)
    }

    /// Adds a string whose text starts at `start`.
    fn string(&mut self, text: &Text<'_>, start: usize) -> Result<(), Fault> {
        if !text.is_escaped() {
            self.push(Kind::String, start, start + text.raw().len());
            return Ok(());
        }
        self.tape.scratch.clear();
        text.unescape_lossy(&mut self.tape.scratch)?;
        let start = self.tape.plain.len();
        self.tape.plain.push_str(&String::from_utf8_lossy(&self.tape.scratch));
        self.push(Kind::String, start, self.tape.plain.len());
        if let Some(entry) = self.tape.entries.last_mut() {
            entry.is_plain = true;
        }
        Ok(())
    }

    /// The entry that was added last is a member's name.
    fn mark_name(&self) {
        let index = self.tape.entries.len() - 1;
        let record = self.tape.record(self.text);
        let name = Value { record: &record, index }.text();
        if let Some(entry) = self.tape.entries.last() {
            entry.mark.set(mark(name));
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        // Both are below the length of a text that was measured.
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let entry = Entry { kind, is_plain: false, mark: Cell::new(0), start: narrow(start), end: narrow(end) };
        self.tape.entries.push(entry);
    }

    /// Steps over the bracket.
    fn open(&mut self, kind: Kind) -> usize {
        self.cursor.rewind(self.cursor.pos() + 1);
        self.cursor.skip_space();
        self.push(kind, 0, 0);
        self.tape.entries.len() - 1
    }

    fn close(&mut self, at: usize, count: u64) {
        let behind = u32::try_from(self.tape.entries.len()).unwrap_or(u32::MAX);
        if let Some(entry) = self.tape.entries.get_mut(at) {
            (entry.start, entry.end) = (u32::try_from(count).unwrap_or(u32::MAX), behind);
        }
    }

    /// No two members of the object have one name.
    fn check_names(&mut self, at: usize) -> Result<(), Fault> {
        let Tape { entries, plain, seen, .. } = &mut *self.tape;
        let record = Record { entries, plain, text: self.text };
        match seen.twice(Value { record: &record, index: at }.names()) {
            None => Ok(()),
            Some(name) => Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate").in_key(name)),
        }
    }
}

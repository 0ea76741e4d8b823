//! From a text to the list of its values.

use std::collections::HashSet;

use super::{Entry, Kind, Tape, Value};
use crate::codec::json::text::Text;
use crate::codec::json::{Cursor, Fault, Limits, ViolationKind};

/// Members up to which each name is compared with each.
const FEW: usize = 12;

/// A tape that is being filled.
pub(super) struct Reader<'a> {
    tape: &'a mut Tape,
    cursor: Cursor<'a>,
    text: &'a str,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    /// A reader of a text, for an empty tape.
    pub(super) fn new(tape: &'a mut Tape, text: &'a str, limits: &'a Limits) -> Self {
        Self { tape, cursor: Cursor::new(text.as_bytes()), text, limits }
    }

    /// Reads the whole text.
    pub(super) fn read(mut self) -> Result<(), Fault> {
        self.cursor.skip_space();
        self.value(0)?;
        self.cursor.end()
    }

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
            Some(b'-' | b'0'..=b'9') => self.cursor.number().map(|_| Kind::Number)?,
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

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        // Both are below the length of a text that was measured.
        let narrow = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        self.tape.entries.push(Entry { kind, is_plain: false, start: narrow(start), end: narrow(end) });
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
    fn check_names(&self, at: usize) -> Result<(), Fault> {
        let record = self.tape.record(self.text);
        let names = Value { record: &record, index: at }.members().map(|(name, _)| name);
        let twice = if self.tape.entries.get(at).is_some_and(|entry| entry.start as usize <= FEW) {
            let mut seen = [""; FEW];
            names.enumerate().find_map(|(index, name)| {
                let known = seen.get(..index)?.contains(&name);
                *seen.get_mut(index)? = name;
                known.then_some(name)
            })
        } else {
            let mut seen = HashSet::new();
            names.into_iter().find(|name| !seen.insert(*name))
        };
        match twice {
            None => Ok(()),
            Some(name) => Err(Fault::new(ViolationKind::Duplicate, "each member once", "a duplicate").in_key(name)),
        }
    }
}

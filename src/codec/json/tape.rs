//! A JSON text as a list of its values, for those who have to go through it in another order than that of the text.
//!
//! The list is filled anew for each text and keeps its space. Numbers stay as they are written. Where a text has two
//! members of one name in an object it is refused: what reads it later may take the other one.

use std::collections::HashSet;

use super::text::Text;
use super::{Cursor, Fault, Limits, ViolationKind, utf8};

/// The values of one text.
#[derive(Debug, Default)]
pub(in crate::codec) struct Tape {
    entries: Vec<Entry>,
    /// Strings that have escapes, without them.
    plain: String,
    scratch: Vec<u8>,
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

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    /// A string stands in `plain`.
    is_plain: bool,
    /// Where a scalar's text starts; of an array or object the number of items or members.
    start: u32,
    /// Where a scalar's text ends; of an array or object the place behind the last entry that is in it.
    end: u32,
}

/// A text that was read, with its values.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Record<'a> {
    entries: &'a [Entry],
    plain: &'a str,
    text: &'a str,
}

/// A value in a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Value<'a> {
    record: &'a Record<'a>,
    index: usize,
}

/// Members up to which each name is compared with each.
const FEW: usize = 12;

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

impl Record<'_> {
    /// The value of the whole text.
    pub(in crate::codec) fn root(&self) -> Value<'_> {
        Value { record: self, index: 0 }
    }

    /// How many values and names there are.
    pub(in crate::codec) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl<'a> Value<'a> {
    fn entry(&self) -> Option<&'a Entry> {
        self.record.entries.get(self.index)
    }

    /// The place in the list, which no other value of the text has.
    pub(in crate::codec) fn index(&self) -> usize {
        self.index
    }

    pub(in crate::codec) fn kind(&self) -> Kind {
        self.entry().map_or(Kind::Null, |entry| entry.kind)
    }

    /// The text of a string without its escapes, or of a number as it is written. A lone surrogate, which is no text, is
    /// U+FFFD.
    pub(in crate::codec) fn text(&self) -> &'a str {
        let Some(entry) = self.entry() else { return "" };
        let within = if entry.is_plain { self.record.plain } else { self.record.text };
        within.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }

    /// How many items an array has, or members an object.
    pub(in crate::codec) fn len(&self) -> usize {
        self.entry().map_or(0, |entry| entry.start as usize)
    }

    /// How many values and names it is made of, with itself.
    pub(in crate::codec) fn size(self) -> usize {
        self.next().index - self.index
    }

    /// The value behind this one and all that is in it.
    fn next(self) -> Self {
        let index = match self.entry() {
            Some(Entry { kind: Kind::Array | Kind::Object, end, .. }) => *end as usize,
            _ => self.index + 1,
        };
        Self { index, ..self }
    }

    fn inner(self) -> Self {
        Self { index: self.index + 1, ..self }
    }

    /// The items of an array.
    pub(in crate::codec) fn items(self) -> Items<'a> {
        Items { next: self.inner(), left: self.len() }
    }

    /// The value in this one that a JSON Pointer (RFC 6901) leads to.
    pub(in crate::codec) fn at(self, pointer: &str) -> Option<Self> {
        pointer.split('/').skip(1).try_fold(self, |value, step| match value.kind() {
            Kind::Array => value.items().nth(step.parse().ok()?),
            Kind::Object => {
                let wanted = step.replace("~1", "/").replace("~0", "~");
                value.members().find(|(name, _)| *name == wanted).map(|(_, value)| value)
            }
            _ => None,
        })
    }

    /// The members of an object.
    pub(in crate::codec) fn members(self) -> Members<'a> {
        Members { next: self.inner(), left: self.len() }
    }
}

/// The items of an array.
#[derive(Debug, Clone)]
pub(in crate::codec) struct Items<'a> {
    next: Value<'a>,
    left: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.left = self.left.checked_sub(1)?;
        let item = self.next;
        self.next = item.next();
        Some(item)
    }
}

/// The members of an object: names without escapes, and values.
#[derive(Debug, Clone)]
pub(in crate::codec) struct Members<'a> {
    next: Value<'a>,
    left: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Value<'a>);

    fn next(&mut self) -> Option<(&'a str, Value<'a>)> {
        self.left = self.left.checked_sub(1)?;
        let name = self.next.text();
        let value = self.next.next();
        self.next = value.next();
        Some((name, value))
    }
}

//! A JSON text as a list of its values, for those who have to go through it in another order than that of the text.
//!
//! The list is filled anew for each text and keeps its space. Numbers stay as they are written. Where a text has two
//! members of one name in an object it is refused: what reads it later may take the other one.

mod reader;

use super::{Fault, Limits, ViolationKind, utf8};
use reader::Reader;

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
        Reader::new(self, text, limits).read()?;
        Ok(self.record(text))
    }

    fn record<'a>(&'a self, text: &'a str) -> Record<'a> {
        Record { entries: &self.entries, plain: &self.plain, text }
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

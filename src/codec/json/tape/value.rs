//! The values of a text that was read.

use super::{Entry, Kind};

/// A text that was read, with its values.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Record<'a> {
    pub(super) entries: &'a [Entry],
    pub(super) plain: &'a str,
    pub(super) text: &'a str,
}

/// A value in a text.
#[derive(Debug, Clone, Copy)]
pub(in crate::codec) struct Value<'a> {
    pub(super) record: &'a Record<'a>,
    pub(super) index: usize,
}

/// What tells most names apart: a number that is made of all their bytes.
pub(super) fn mark(name: &str) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (chunks, rest) = name.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let start = (name.len() as u64).wrapping_mul(FACTOR);
    let mix = |sum: u64, chunk: &[u8; 8]| (sum.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(FACTOR);
    (chunks.iter().chain([&last]).fold(start, mix) >> 32) as u32
}

/// The name of a member, ready to be looked for.
#[derive(Debug)]
pub(in crate::codec) struct MemberName {
    text: Box<str>,
    mark: u32,
}

impl MemberName {
    pub(in crate::codec) fn new(text: &str) -> Self {
        Self { text: text.into(), mark: mark(text) }
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

    /// The member of an object by its name, and how many were looked at. Members that are looked for in the order in which
    /// they stand are found at once.
    pub(in crate::codec) fn member(self, wanted: &MemberName) -> (Option<Self>, usize) {
        let Some(object) = self.entry() else { return (None, 0) };
        let (first, behind, count) = (self.index + 1, object.end as usize, self.len());
        let start = object.mark.get() as usize;
        let mut name = Self { index: if (first..behind).contains(&start) { start } else { first }, ..self };
        for looked_at in 1..=count {
            let value = name.inner();
            let next = value.next().index;
            if name.mark() == wanted.mark && *name.text() == *wanted.text {
                object.mark.set(u32::try_from(next).unwrap_or_default());
                return (Some(value), looked_at);
            }
            name.index = if next < behind { next } else { first };
        }
        (None, count)
    }

    fn mark(self) -> u32 {
        self.entry().map_or(0, |entry| entry.mark.get())
    }

    /// The names of an object's members, with their marks.
    pub(super) fn names(self) -> impl ExactSizeIterator<Item = (u32, &'a str)> + Clone {
        let mut next = self.inner();
        (0..self.len()).map(move |_| {
            let name = next;
            next = name.inner().next();
            (name.mark(), name.text())
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

//! A JSON document as it was written: members in their order, numbers as text, so that nothing is lost by reading it.
//!
//! Registries take two schemas for one if their stored texts are equal, byte by byte. What those texts look like is how
//! Confluent's registry happens to print them, which is how Java does: [`Document::to_text`] writes like that.

mod number;
mod read;

pub use number::{Decimal, Numbers};
pub use read::DocumentError;

use std::fmt::Write;

use indexmap::IndexMap;

/// The members of an object, in the order in which they were written. Of two with one name, the later value stands in the
/// place of the first.
pub type Members = IndexMap<String, Document>;

/// Any JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(Box<str>),
    /// A text, without escapes.
    String(String),
    /// Values in order.
    Array(Vec<Document>),
    /// Values by name.
    Object(Members),
}

impl Document {
    /// Reads a text, or says why it is not JSON (RFC 8259), or that it nests too deep.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        read::parse(text)
    }

    /// The document without white space, its strings with the fewest escapes and its numbers in a form of Java's.
    pub fn to_text(&self, numbers: Numbers) -> String {
        let mut text = String::new();
        self.write(numbers, &mut text);
        text
    }

    fn write(&self, numbers: Numbers, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(text) => numbers.write(text, out),
            Self::String(text) => write_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(numbers, out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(name, out);
                    out.push(':');
                    value.write(numbers, out);
                }
                out.push('}');
            }
        }
    }

    /// Sorts the members of every object by name, as Java sorts texts: by UTF-16 units.
    pub fn sort_members(&mut self) {
        match self {
            Self::Array(items) => items.iter_mut().for_each(Self::sort_members),
            Self::Object(members) => {
                members.sort_by(|left, _, right, _| left.encode_utf16().cmp(right.encode_utf16()));
                members.values_mut().for_each(Self::sort_members);
            }
            _ => {}
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The flag, if it is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&Members> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The exact value, if it is a number.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number(text) => Some(Decimal::parse(text)),
            _ => None,
        }
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

/// Appends `text` as a JSON string with the escapes that must be, spelled as Java's Jackson spells them.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string never fails.
            '\0'..='\u{1f}' => write!(out, "\\u{:04X}", u32::from(char)).unwrap_or_default(),
            char => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;

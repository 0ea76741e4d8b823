//! A file's messages made ready for the codec: tables of fields, by number and by name, in an arena.
//!
//! Invariants: all ids and indexes in a plan point into it. It holds all messages of the file and of what it imports, since
//! any of them may stand in an `Any`; those of the file come first, in the order of `messages`.

mod draft;
mod field;
mod form;
mod shape;
mod symbols;

use std::collections::HashMap;

use super::{ProtobufSchema, SchemaError};
pub use field::{Field, Rule, Scalar, Type};
pub use form::Form;
pub use shape::Shape;
pub use symbols::Symbols;

/// The messages of a file and all that they hold.
#[derive(Debug)]
pub struct Plan {
    shapes: Vec<Shape>,
    enums: Vec<Symbols>,
    /// Those of the file, each before those inside it.
    messages: Vec<Message>,
    /// The indexes of messages in `messages`.
    by_indexes: HashMap<Box<[u32]>, usize>,
    by_name: HashMap<Box<str>, ShapeId>,
}

/// The index of a message in its plan.
pub type ShapeId = usize;

/// A message of the file itself, which records can be of.
#[derive(Debug)]
pub struct Message {
    /// Its fields.
    pub shape: ShapeId,
    /// Its index in the file, or that of the message around it, then the index in that one, and so on.
    pub indexes: Box<[u32]>,
}

impl Plan {
    /// Makes the messages of a file ready.
    pub fn compile(schema: &ProtobufSchema) -> Self {
        draft::Draft::plan(&schema.file)
    }

    /// The message of a full name, `shop.Order.Line`; without one, the first of the file.
    pub fn message(&self, name: Option<&str>) -> Result<&Message, SchemaError> {
        let Some(name) = name else {
            return self.messages.first().ok_or_else(|| SchemaError("the file has no message".to_owned()));
        };
        self.named(name)
            .and_then(|id| self.messages.get(id))
            .ok_or_else(|| SchemaError(format!("the file has no message {name}")))
    }

    /// The message at these indexes, if there is one.
    pub fn message_at(&self, indexes: &[u32]) -> Option<&Message> {
        if indexes == [0] {
            return self.messages.first();
        }
        self.messages.get(*self.by_indexes.get(indexes)?)
    }

    /// The full names of the messages of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().map(|message| &*self.shape(message.shape).name)
    }

    /// The message of a full name, of the file or of what it imports.
    pub fn named(&self, name: &str) -> Option<ShapeId> {
        self.by_name.get(name).copied()
    }

    /// One of its messages.
    #[expect(clippy::indexing_slicing, reason = "ids come from this plan")]
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id]
    }

    /// One of its enums.
    #[expect(clippy::indexing_slicing, reason = "indexes come from this plan")]
    pub fn symbols(&self, index: usize) -> &Symbols {
        &self.enums[index]
    }

    /// What error messages call a type.
    pub fn describe(&self, ty: Type) -> String {
        match ty {
            Type::Scalar(scalar) => format!("{scalar:?}").to_lowercase(),
            Type::Enum(index) => format!("enum {}", self.symbols(index).name),
            Type::Message(id) | Type::Group(id) => format!("message {}", self.shape(id).name),
        }
    }

    /// Memory that the plan takes, in bytes.
    pub fn byte_size(&self) -> usize {
        let messages = self.messages.iter().map(|message| size_of::<Message>() + 2 * size_of_val(&*message.indexes));
        let names = self.by_name.keys().map(|name| name.len() + ENTRY);
        let parts = messages.chain(names).chain(self.shapes.iter().map(Shape::byte_size));
        size_of::<Self>() + parts.chain(self.enums.iter().map(Symbols::byte_size)).sum::<usize>()
    }
}

/// About what an entry of a map takes beside what its key points to.
const ENTRY: usize = 48;

//! A message made ready for the codec: tables of fields, by number and by name, in an arena.

mod symbols;

use std::collections::HashMap;
use std::fmt;

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};

use super::Message;
pub use symbols::Symbols;

/// A message and all that it holds.
#[derive(Debug)]
pub struct Plan {
    shapes: Vec<Shape>,
    enums: Vec<Symbols>,
}

/// The index of a message in its plan.
pub type ShapeId = usize;

/// A message.
pub struct Shape {
    /// The full name.
    pub name: Box<str>,
    /// By number.
    pub fields: Vec<Field>,
    /// How many choices there are.
    pub choices: usize,
    /// What stands for it in JSON is not an object of its fields.
    pub special: bool,
    /// What it was made of.
    pub descriptor: MessageDescriptor,
    members: HashMap<Box<str>, usize>,
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// Its number in the file.
    pub number: u32,
    /// Its name in JSON.
    pub name: Box<str>,
    /// Of the field, or of its items, or of the values of its map.
    pub ty: Type,
    /// How often it is there.
    pub rule: Rule,
    /// Which choice it is a member of.
    pub choice: Option<usize>,
}

/// How often a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Once, and not written if it is zero.
    Implicit,
    /// Once or not at all.
    Optional,
    /// Once.
    Required,
    /// Any number of times.
    Repeated {
        /// All in one.
        packed: bool,
    },
    /// A value for each key.
    Map(Scalar),
}

/// What stands in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A value without parts.
    Scalar(Scalar),
    /// The index of the enum in the plan.
    Enum(usize),
    /// A message behind its length.
    Message(ShapeId),
    /// A message between two marks.
    Group(ShapeId),
}

/// Values without parts, by their names in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the language's own names")]
pub enum Scalar {
    Bool,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Float,
    Double,
    String,
    Bytes,
}

/// Messages that are not objects in JSON, beside the wrappers of scalars.
const SPECIAL: [&str; 7] = ["Any", "Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue"];

impl Plan {
    /// Makes a message ready.
    pub fn compile(message: &Message) -> Self {
        let mut draft = Draft::default();
        draft.shape(&message.descriptor);
        let mut shapes = Vec::new();
        // Messages may hold themselves, so each is made once, in the order in which it was met.
        while let Some(descriptor) = draft.messages.get(shapes.len()).cloned() {
            shapes.push(Shape::compile(descriptor, &mut draft));
        }
        Self { shapes, enums: draft.enums }
    }

    /// The message that records are of.
    pub const ROOT: ShapeId = 0;

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
}

/// What has been met so far.
#[derive(Default)]
struct Draft {
    messages: Vec<MessageDescriptor>,
    ids: HashMap<String, ShapeId>,
    enums: Vec<Symbols>,
    symbols: HashMap<String, usize>,
}

impl Draft {
    fn shape(&mut self, message: &MessageDescriptor) -> ShapeId {
        *self.ids.entry(message.full_name().to_owned()).or_insert_with(|| {
            self.messages.push(message.clone());
            self.messages.len() - 1
        })
    }

    fn symbols(&mut self, symbols: &EnumDescriptor) -> usize {
        *self.symbols.entry(symbols.full_name().to_owned()).or_insert_with(|| {
            self.enums.push(Symbols::compile(symbols));
            self.enums.len() - 1
        })
    }

    fn ty(&mut self, kind: &Kind, is_group: bool) -> Type {
        Type::Scalar(match kind {
            Kind::Message(message) if is_group => return Type::Group(self.shape(message)),
            Kind::Message(message) => return Type::Message(self.shape(message)),
            Kind::Enum(symbols) => return Type::Enum(self.symbols(symbols)),
            Kind::Bool => Scalar::Bool,
            Kind::Int32 => Scalar::Int32,
            Kind::Int64 => Scalar::Int64,
            Kind::Uint32 => Scalar::Uint32,
            Kind::Uint64 => Scalar::Uint64,
            Kind::Sint32 => Scalar::Sint32,
            Kind::Sint64 => Scalar::Sint64,
            Kind::Fixed32 => Scalar::Fixed32,
            Kind::Fixed64 => Scalar::Fixed64,
            Kind::Sfixed32 => Scalar::Sfixed32,
            Kind::Sfixed64 => Scalar::Sfixed64,
            Kind::Float => Scalar::Float,
            Kind::Double => Scalar::Double,
            Kind::String => Scalar::String,
            Kind::Bytes => Scalar::Bytes,
        })
    }

    fn field(&mut self, field: &FieldDescriptor, choices: &mut HashMap<String, usize>) -> Field {
        let (ty, rule) = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let key = self.ty(&entry.map_entry_key_field().kind(), false);
                let value = self.ty(&entry.map_entry_value_field().kind(), false);
                (value, Rule::Map(if let Type::Scalar(key) = key { key } else { Scalar::String }))
            }
            kind => (self.ty(&kind, field.is_group()), rule(field)),
        };
        let choice = field.containing_oneof().filter(|_| !field.field_descriptor_proto().proto3_optional());
        let choice = choice.map(|choice| {
            let next = choices.len();
            *choices.entry(choice.name().to_owned()).or_insert(next)
        });
        Field { number: field.number(), name: field.json_name().into(), ty, rule, choice }
    }
}

fn rule(field: &FieldDescriptor) -> Rule {
    match field.cardinality() {
        Cardinality::Repeated => Rule::Repeated { packed: field.is_packed() },
        Cardinality::Required => Rule::Required,
        Cardinality::Optional if field.supports_presence() => Rule::Optional,
        Cardinality::Optional => Rule::Implicit,
    }
}

/// The descriptor has no end where a message holds itself.
impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shape").field("name", &self.name).field("fields", &self.fields).finish_non_exhaustive()
    }
}

impl Shape {
    fn compile(descriptor: MessageDescriptor, draft: &mut Draft) -> Self {
        let mut choices = HashMap::new();
        let mut fields: Vec<(Field, String)> =
            descriptor.fields().map(|field| (draft.field(&field, &mut choices), field.name().to_owned())).collect();
        fields.sort_by_key(|(field, _)| field.number);
        let mut members: HashMap<Box<str>, usize> =
            fields.iter().enumerate().map(|(index, (field, _))| (field.name.clone(), index)).collect();
        // A field may also be written by its name in the file.
        for (index, (_, name)) in fields.iter().enumerate() {
            members.entry(name.as_str().into()).or_insert(index);
        }
        let name: Box<str> = descriptor.full_name().into();
        let special = name
            .strip_prefix("google.protobuf.")
            .is_some_and(|name| SPECIAL.contains(&name) || name.ends_with("Value"));
        let fields = fields.into_iter().map(|(field, _)| field).collect();
        Self { name, fields, choices: choices.len(), special, descriptor, members }
    }

    /// The index of the field that a member of an object is.
    pub fn member(&self, name: &[u8]) -> Option<usize> {
        self.members.get(std::str::from_utf8(name).ok()?).copied()
    }

    /// The index of the field of a number.
    pub fn numbered(&self, number: u32) -> Option<usize> {
        self.fields.binary_search_by_key(&number, |field| field.number).ok()
    }
}

impl Scalar {
    /// How its bytes are marked.
    pub fn wire(self) -> u8 {
        match self {
            Self::Fixed64 | Self::Sfixed64 | Self::Double => 1,
            Self::String | Self::Bytes => 2,
            Self::Fixed32 | Self::Sfixed32 | Self::Float => 5,
            _ => 0,
        }
    }
}

impl Type {
    /// How its bytes are marked: 0 is a number, 1 are eight bytes, 2 is a length, 3 begins a group, 5 are four bytes.
    pub fn wire(self) -> u8 {
        match self {
            Self::Scalar(scalar) => scalar.wire(),
            Self::Enum(_) => 0,
            Self::Message(_) => 2,
            Self::Group(_) => 3,
        }
    }
}

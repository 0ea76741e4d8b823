//! A plan in the making.

use std::collections::HashMap;

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};

use super::{Field, Message, Plan, Rule, Scalar, Shape, ShapeId, Symbols, Type};
use crate::schema::protobuf::message;

/// What has been met so far.
#[derive(Default)]
pub(super) struct Draft {
    messages: Vec<MessageDescriptor>,
    ids: HashMap<Box<str>, ShapeId>,
    enums: Vec<Symbols>,
    symbols: HashMap<String, usize>,
}

impl Draft {
    /// The plan of a file.
    pub(super) fn plan(file: &FileDescriptor) -> Plan {
        let mut draft = Self::default();
        let messages: Vec<Message> = message::all(file)
            .into_iter()
            .map(|(indexes, message)| Message { shape: draft.shape(&message), indexes: indexes.into() })
            .collect();
        for message in file.parent_pool().all_messages().filter(|message| !message.is_map_entry()) {
            draft.shape(&message);
        }
        let mut shapes = Vec::new();
        // Messages may hold themselves, so each is made once, in the order in which it was met.
        while let Some(descriptor) = draft.messages.get(shapes.len()).cloned() {
            shapes.push(Shape::compile(&descriptor, &mut draft));
        }
        let by_indexes = messages.iter().enumerate().map(|(at, message)| (message.indexes.clone(), at)).collect();
        Plan { shapes, enums: draft.enums, messages, by_indexes, by_name: draft.ids }
    }

    fn shape(&mut self, message: &MessageDescriptor) -> ShapeId {
        *self.ids.entry(message.full_name().into()).or_insert_with(|| {
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

    /// A field of a message whose choices so far are numbered.
    pub(super) fn field(&mut self, field: &FieldDescriptor, choices: &mut HashMap<String, usize>) -> Field {
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
        Field::new(field.number(), (field.json_name(), field.name()), ty, rule, choice)
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

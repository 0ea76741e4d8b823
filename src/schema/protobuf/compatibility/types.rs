//! Whether the types of two fields go together.

use prost_reflect::{Cardinality, FieldDescriptor, FileDescriptor, Kind as Type, MessageDescriptor};

use super::messages::name;
use super::{Incompatibility, Kind};

/// A field whose type is to be looked into on both sides.
pub(super) struct Link {
    pub(super) writer: MessageDescriptor,
    pub(super) reader: MessageDescriptor,
    /// Of the field.
    pub(super) path: String,
}

impl Link {
    /// What is wrong with the field if its types do not match.
    pub(super) fn fault(&self) -> Incompatibility {
        let detail = format!("the types {} and {} do not match", self.reader.full_name(), self.writer.full_name());
        Incompatibility { kind: Kind::FieldNamedType, path: self.path.clone(), detail }
    }
}

/// Scalars whose bytes are read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Numbers of seven-bit groups; enums are numbers.
    Varint,
    /// Those with the sign in the lowest bit.
    ZigZag,
    Fixed32,
    Fixed64,
    Float,
    Double,
    Text,
}

fn encoding(ty: &Type) -> Option<Encoding> {
    Some(match ty {
        Type::Int32 | Type::Int64 | Type::Uint32 | Type::Uint64 | Type::Bool | Type::Enum(_) => Encoding::Varint,
        Type::Sint32 | Type::Sint64 => Encoding::ZigZag,
        Type::Fixed32 | Type::Sfixed32 => Encoding::Fixed32,
        Type::Fixed64 | Type::Sfixed64 => Encoding::Fixed64,
        Type::Float => Encoding::Float,
        Type::Double => Encoding::Double,
        Type::String | Type::Bytes => Encoding::Text,
        Type::Message(_) => return None,
    })
}

/// Compares two fields of a number. `files` are the reader's and the writer's own.
pub(super) fn compare(
    reader: &FieldDescriptor,
    writer: &FieldDescriptor,
    path: &str,
    files: (&FileDescriptor, &FileDescriptor),
) -> (Vec<Incompatibility>, Vec<Link>) {
    let fault = |kind: Kind| {
        let detail = format!("reader: {}, writer: {}", describe(reader), describe(writer));
        (vec![Incompatibility { kind, path: path.to_owned(), detail }], Vec::new())
    };
    let parts = |field: &FieldDescriptor| match field.kind() {
        Type::Message(entry) if field.is_map() => {
            (Some(entry.map_entry_key_field().kind()), entry.map_entry_value_field().kind())
        }
        other => (None, other),
    };
    if reader.is_group() != writer.is_group() {
        return fault(Kind::FieldKind);
    }
    let ((read_key, read), (written_key, written)) = (parts(reader), parts(writer));
    match (read_key, written_key) {
        (None, None) => {}
        (Some(read), Some(written)) if encoding(&read) == encoding(&written) => {}
        (Some(_), Some(_)) => return fault(Kind::FieldScalarKind),
        _ => return fault(Kind::FieldKind),
    }
    let is_list = |field: &FieldDescriptor| field.cardinality() == Cardinality::Repeated;
    match (&read, &written) {
        (Type::Message(read), Type::Message(written)) => {
            match named_types(read, written, path, reader.is_group(), files) {
                Some(links) => (Vec::new(), links),
                None => fault(Kind::FieldNamedType),
            }
        }
        (Type::Message(_), _) | (_, Type::Message(_)) => fault(Kind::FieldKind),
        _ if encoding(&read) != encoding(&written) => fault(Kind::FieldScalarKind),
        _ if is_list(reader) != is_list(writer) && encoding(&read) != Some(Encoding::Text) => {
            fault(Kind::FieldNumericLabel)
        }
        _ => (Vec::new(), Vec::new()),
    }
}

/// What is left to be looked at if two messages match by name; `None` if they do not. Messages of the files themselves are
/// looked at anyway, but for groups.
fn named_types(
    reader: &MessageDescriptor,
    writer: &MessageDescriptor,
    path: &str,
    is_group: bool,
    (read_file, written_file): (&FileDescriptor, &FileDescriptor),
) -> Option<Vec<Link>> {
    if name(reader) != name(writer) {
        return None;
    }
    if !is_group && reader.parent_file() == *read_file && writer.parent_file() == *written_file {
        return Some(Vec::new());
    }
    Some(vec![Link { writer: writer.clone(), reader: reader.clone(), path: path.to_owned() }])
}

/// `repeated int32 ids`
fn describe(field: &FieldDescriptor) -> String {
    let ty = |ty: &Type| match ty {
        Type::Message(message) => message.full_name().to_owned(),
        Type::Enum(symbols) => symbols.full_name().to_owned(),
        scalar => format!("{scalar:?}"),
    };
    let label = if field.is_list() { "repeated " } else { "" };
    match field.kind() {
        Type::Message(entry) if field.is_map() => {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            format!("map<{}, {}> {}", ty(&key.kind()), ty(&value.kind()), field.name())
        }
        kind => format!("{label}{} {}", ty(&kind), field.name()),
    }
}

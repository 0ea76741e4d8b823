//! The parsed schema: an arena of types, addressed by index, so that recursion needs no pointers.

use super::name::Name;
use super::{SchemaError, parse};

/// A parsed Avro schema with every name in it resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub(super) types: Vec<Type>,
    pub(super) root: TypeId,
}

/// The index of a type in its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(pub(super) u32);

/// A type and what annotates it.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// The type proper.
    pub kind: Kind,
    /// What else stands there: `logicalType` and its parameters, `doc`, anything else.
    pub attributes: Attributes,
}

/// Members of a schema that say nothing about how data are written.
pub type Attributes = serde_json::Map<String, serde_json::Value>;

/// The types of Avro.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// No value.
    Null,
    /// One byte.
    Boolean,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// IEEE 754 binary32.
    Float,
    /// IEEE 754 binary64.
    Double,
    /// Bytes of any length.
    Bytes,
    /// UTF-8 text.
    String,
    /// Items of one type.
    Array(TypeId),
    /// Values of one type under text keys.
    Map(TypeId),
    /// One of several types.
    Union(Vec<TypeId>),
    /// Named fields in order.
    Record(Record),
    /// One of several symbols.
    Enum(EnumType),
    /// A fixed number of bytes.
    Fixed(FixedType),
}

/// A record type.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its full name.
    pub name: Name,
    /// Other full names that a reader accepts for it.
    pub aliases: Vec<Name>,
    /// Its fields, in the order in which they are written.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Other names that a reader accepts for it.
    pub aliases: Vec<String>,
    /// The type of its value.
    pub ty: TypeId,
    /// What stands for it where it is missing, as JSON; `null` is a value.
    pub default: Option<serde_json::Value>,
    /// How it takes part in comparing records.
    pub order: FieldOrder,
    /// What else stands there: `doc`, anything else.
    pub attributes: Attributes,
}

/// How a field takes part in comparing records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldOrder {
    /// Small values first.
    #[default]
    Ascending,
    /// Large values first.
    Descending,
    /// Not at all.
    Ignore,
}

/// An enum type.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumType {
    /// Its full name.
    pub name: Name,
    /// Other full names that a reader accepts for it.
    pub aliases: Vec<Name>,
    /// The symbols, in the order of their numbers.
    pub symbols: Vec<String>,
    /// What a reader takes for a symbol that it does not know.
    pub default: Option<String>,
}

/// A fixed type.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedType {
    /// Its full name.
    pub name: Name,
    /// Other full names that a reader accepts for it.
    pub aliases: Vec<Name>,
    /// Its length in bytes.
    pub size: usize,
}

impl Schema {
    /// Parses a schema. `references` are the texts that it refers to, each ahead of those that use it; the names they
    /// define are known in `text`.
    pub fn parse<T: AsRef<str>>(text: &str, references: &[T]) -> Result<Self, SchemaError> {
        parse::parse(text, references)
    }

    /// The type of the whole datum.
    pub fn root(&self) -> TypeId {
        self.root
    }

    /// The type at `id`.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// Every type, in the order of their indices.
    pub fn types(&self) -> impl ExactSizeIterator<Item = &Type> {
        self.types.iter()
    }
}

impl Type {
    /// The `logicalType`, known or not.
    pub fn logical(&self) -> Option<&str> {
        self.attributes.get("logicalType").and_then(|logical| logical.as_str())
    }
}

impl Kind {
    /// The full name of a record, enum or fixed.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Record(record) => Some(&record.name),
            Self::Enum(symbols) => Some(&symbols.name),
            Self::Fixed(fixed) => Some(&fixed.name),
            _ => None,
        }
    }

    /// The name by which a branch of a union is told from the others: the full name of a named type, else the type's.
    pub fn branch_name(&self) -> &str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(record) => record.name.as_str(),
            Self::Enum(symbols) => symbols.name.as_str(),
            Self::Fixed(fixed) => fixed.name.as_str(),
        }
    }
}

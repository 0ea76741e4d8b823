//! What the reader has no use for: how to pass over it.

use super::super::types::Kind;
use super::TypeId;

/// The index of a writer's type in its projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SkipId(TypeId);

/// How a value of a writer's type is passed over. Logical types and names don't matter here.
#[derive(Debug)]
pub enum Skip {
    /// As many bytes.
    Bytes(usize),
    /// One byte, 0 or 1.
    Boolean,
    /// A varint of 32 bits.
    Int,
    /// A varint of 64 bits.
    Long,
    /// A length and as many bytes.
    Counted,
    /// A length and as many bytes of UTF-8.
    Text,
    /// The number of one of as many symbols.
    Symbol(usize),
    /// Blocks of items.
    Array(SkipId),
    /// Blocks of keys and values.
    Map(SkipId),
    /// Fields in order, with their names.
    Record(Box<[(Box<str>, SkipId)]>),
    /// The number of a branch and its value.
    Union(Box<[SkipId]>),
}

impl SkipId {
    pub(super) fn index(self) -> usize {
        self.0.0 as usize
    }
}

impl From<TypeId> for SkipId {
    /// There is one for each of the writer's types, in their order.
    fn from(id: TypeId) -> Self {
        Self(id)
    }
}

impl Skip {
    pub(super) fn new(kind: &Kind) -> Self {
        match kind {
            Kind::Null => Self::Bytes(0),
            Kind::Boolean => Self::Boolean,
            Kind::Int => Self::Int,
            Kind::Long => Self::Long,
            Kind::Float => Self::Bytes(4),
            Kind::Double => Self::Bytes(8),
            Kind::Bytes => Self::Counted,
            Kind::String => Self::Text,
            Kind::Fixed(fixed) => Self::Bytes(fixed.size),
            Kind::Enum(symbols) => Self::Symbol(symbols.symbols.len()),
            Kind::Array(items) => Self::Array((*items).into()),
            Kind::Map(values) => Self::Map((*values).into()),
            Kind::Record(record) => {
                Self::Record(record.fields.iter().map(|field| (field.name.as_str().into(), field.ty.into())).collect())
            }
            Kind::Union(branches) => Self::Union(branches.iter().map(|&branch| branch.into()).collect()),
        }
    }

    pub(super) fn heap_size(&self) -> usize {
        match self {
            Self::Record(fields) => size_of_val(&**fields) + fields.iter().map(|(name, _)| name.len()).sum::<usize>(),
            Self::Union(branches) => size_of_val(&**branches),
            _ => 0,
        }
    }
}

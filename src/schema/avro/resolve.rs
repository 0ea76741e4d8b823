//! Reading data of one schema as data of another: the
//! [specification's rules of resolution](https://avro.apache.org/docs/1.12.0/specification/#schema-resolution), compiled.
//!
//! Every pair of a writer's and a reader's type that can meet is looked at once, however often it occurs and whether or
//! not it holds itself. What can never be read is an error here; what can't be read only when certain data occur (a branch
//! of the writer's union, a symbol that the reader does not know) is an error of those data.
//!
//! Where the specification leaves a choice:
//!
//! * Records, enums and fixeds match by full name, else by an alias of the reader's (a full name too), else by the name
//!   without its namespace. A record of another name is no match, as the specification says and registries check; Java reads
//!   it all the same.
//! * A field of the reader is the writer's field of that name, else the first of its aliases that no other field has.
//! * Of a reader's union the best match is taken, not the first: the same type or full name, then an alias, then a name
//!   without namespace, then a promotion; in that order, and the first of equals. So an `int` stays an `int` in
//!   `["double", "int"]`, as in Java.
//! * Logical types annotate the number or the bytes below them. Where both sides have one it must be the same, for decimals
//!   with the same precision and scale, since a number of milliseconds is no number of microseconds; where one side has
//!   one, the reader's form counts. A decimal's bytes are no text, so neither becomes the other.

mod consequence;
mod describe;
mod draft;
mod fit;
mod record;
mod skip;

use super::types::{Schema, TypeId};
use super::{NodeId, Plan, SchemaError};
use draft::Resolver;

pub use record::{Member, RecordPair, Step};
pub use skip::{Skip, SkipId};

/// How data of a writer's schema are read as data of a reader's.
#[derive(Debug)]
pub struct Projection {
    reader: Plan,
    pairs: Box<[Pair]>,
    skips: Box<[Skip]>,
    root: PairId,
    byte_size: usize,
}

/// The index of a pair in its projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairId(u32);

/// How a value of one of the writer's types is read as one of the reader's. Nodes are those of the reader's plan.
#[derive(Debug)]
pub enum Pair {
    /// Both types are written alike: the value is read as one of the reader's.
    Same(NodeId),
    /// A number or text that is turned into the reader's type.
    Promoted(Promotion, NodeId),
    /// The number of a symbol.
    Symbols(SymbolsPair),
    /// Blocks of items.
    Array(PairId),
    /// Blocks of keys and values.
    Map(PairId),
    /// Fields in the writer's order.
    Record(RecordPair),
    /// The number of a branch of the writer's union, which says how its value is read.
    FromUnion(Box<[PairId]>),
    /// A value that becomes this branch of the reader's union.
    IntoUnion(BranchPair),
    /// The reader has nothing that takes the value.
    Never(Box<Mismatch>),
}

/// The promotions of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    /// `int` to `long`, which are written alike.
    IntToLong,
    /// `int` to `float`: the nearest.
    IntToFloat,
    /// `int` to `double`.
    IntToDouble,
    /// `long` to `float`: the nearest.
    LongToFloat,
    /// `long` to `double`: the nearest.
    LongToDouble,
    /// `float` to `double`.
    FloatToDouble,
    /// `string` to `bytes`: its UTF-8.
    StringToBytes,
    /// `bytes` to `string`, if they are UTF-8.
    BytesToString,
}

/// A writer's enum as a reader's.
#[derive(Debug)]
pub struct SymbolsPair {
    /// The full name of the reader's enum.
    pub name: Box<str>,
    /// What each of the writer's symbols becomes; those that the reader has nothing for are errors.
    pub symbols: Box<[Result<Box<str>, Box<str>>]>,
}

/// A value that becomes a branch of the reader's union.
#[derive(Debug)]
pub struct BranchPair {
    /// The branch's name in the specification's JSON encoding; `None` for null, which has no tag.
    pub tag: Option<Box<str>>,
    /// How the value is read.
    pub value: PairId,
    /// The number of the branch.
    branch: usize,
}

/// What was expected and what was found where two types don't match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found {found}")]
pub struct Mismatch {
    /// The reader's type: `int`.
    pub expected: String,
    /// The writer's type, and why it is none of the reader's.
    pub found: String,
}

/// Why no data of the writer's schema can be read with the reader's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolutionError {
    /// One of the schemas is at fault by itself.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// Two types don't match.
    #[error(transparent)]
    Incompatible(Box<Incompatible>),
    /// There are too many pairs of types that can meet.
    #[error("the two schemas are too large to be resolved: more than {MAX_COST} types and fields meet")]
    TooLarge,
}

/// Two types that don't match. The pointers are JSON Pointers (RFC 6901) into the schemas, as if each type were written
/// where it is used: `/fields/2/type/items`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reader's schema {reader}: {mismatch} (writer's schema {writer})")]
pub struct Incompatible {
    /// The place in the writer's schema.
    pub writer: String,
    /// The place in the reader's schema.
    pub reader: String,
    /// What was expected there and what was found.
    pub mismatch: Mismatch,
}

/// Types, fields, branches and symbols that may be looked at while two schemas are resolved. Each pair of types is looked
/// at once, but there can be as many as the product of their numbers.
const MAX_COST: usize = 1 << 19;

impl Projection {
    /// Compiles how data of `writer` are read as data of `reader`.
    pub fn compile(writer: &Schema, reader: &Schema) -> Result<Self, ResolutionError> {
        let plan = Plan::for_reading(reader);
        let (pairs, root) = Resolver::new(writer, reader, &plan).resolve()?;
        let skips: Box<[Skip]> = writer.types().map(|ty| Skip::new(&ty.kind)).collect();
        let byte_size = plan.byte_size()
            + size_of_val(&*pairs)
            + size_of_val(&*skips)
            + pairs.iter().map(Pair::heap_size).sum::<usize>()
            + skips.iter().map(Skip::heap_size).sum::<usize>();
        Ok(Self { reader: plan, pairs, skips, root, byte_size })
    }

    /// The reader's plan, to which the nodes of pairs belong.
    pub fn reader(&self) -> &Plan {
        &self.reader
    }

    /// The pair of the whole datum.
    pub fn root(&self) -> PairId {
        self.root
    }

    /// The pair at `id`, which must be of this projection.
    #[inline]
    pub fn pair(&self, id: PairId) -> &Pair {
        &self.pairs[id.0 as usize]
    }

    /// What is passed over at `id`, which must be of this projection.
    #[inline]
    pub fn skipped(&self, id: SkipId) -> &Skip {
        &self.skips[id.index()]
    }

    /// Whether data of both schemas are written alike, so that the reader's plan reads them without this projection.
    pub fn is_identity(&self) -> bool {
        matches!(self.pair(self.root), Pair::Same(_))
    }

    /// Memory that the projection takes, in bytes.
    pub fn byte_size(&self) -> usize {
        self.byte_size
    }
}

impl Pair {
    fn heap_size(&self) -> usize {
        match self {
            Self::Symbols(SymbolsPair { name, symbols }) => {
                let text = |symbol: &Result<Box<str>, Box<str>>| match symbol {
                    Ok(text) | Err(text) => text.len(),
                };
                name.len() + size_of_val(&**symbols) + symbols.iter().map(text).sum::<usize>()
            }
            Self::Record(record) => record.heap_size(),
            Self::FromUnion(branches) => size_of_val(&**branches),
            Self::IntoUnion(branch) => branch.tag.as_ref().map_or(0, |tag| tag.len()),
            Self::Never(mismatch) => size_of::<Mismatch>() + mismatch.expected.len() + mismatch.found.len(),
            Self::Same(_) | Self::Promoted(..) | Self::Array(_) | Self::Map(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests;

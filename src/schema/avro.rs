//! Avro schemas: parsed text ([`Schema`]), and the plan that a codec runs on ([`Plan`]).
//!
//! Follows the [Avro 1.12 specification](https://avro.apache.org/docs/1.12.0/specification/). A schema is parsed once,
//! with every name resolved, and frozen into a plan; per record no name is hashed and no schema is walked by text.
//!
//! The parser is our own although `apache-avro` has one: that one takes several texts in the order of a hash map (so a
//! type that is defined inside one referenced schema and used in another is found or not by chance), forgets the logical
//! type of a named `fixed` where it is used by name, and keeps neither `order` nor the place of an error.

mod canonical;
pub mod compatibility;
mod defaults;
mod error;
mod fields;
pub mod java_text;
mod json_kind;
mod key_image;
mod key_table;
mod logical;
mod name;
mod parse;
mod plan;
mod print;
mod resolve;
mod symbols;
mod types;
pub mod varint;

pub use error::SchemaError;
pub use fields::FieldTable;
pub use json_kind::JsonKind;
pub use key_image::{Image, KeyImage};
pub use logical::{Decimal, Logical, TimeUnit};
pub use name::Name;
pub use plan::{
    EnumPlan, FieldPlan, FixedPlan, LogicalPlan, Node, NodeId, Plan, RecordPlan, Shape, UnionPlan, ValueKind,
};
pub use resolve::{
    BranchPair, Incompatible, Member, Mismatch, Pair, PairId, Projection, Promotion, RecordPair, ResolutionError, Skip,
    SkipId, Step, SymbolsPair,
};
pub use symbols::SymbolTable;
pub use types::{Attributes, EnumType, Field, FieldOrder, FixedType, Kind, Record, Schema, Type, TypeId};

//! The compiled schema: an arena of nodes that a codec walks by index.

mod record;
mod shape;
mod union;

pub use record::{FieldPlan, RecordPlan};
pub use shape::{Shape, ValueKind};
pub use union::UnionPlan;

use super::json_kind::JsonKind;
use super::logical::Logical;
use super::types::{EnumType, Kind, Schema, TypeId};
use super::{SchemaError, SymbolTable};
use record::record_plan;
use union::union_plan;

/// A schema frozen for a codec: nothing is looked up by name that is not in the record, and defaults are ready bytes.
#[derive(Debug)]
pub struct Plan {
    nodes: Box<[Node]>,
    /// For each node.
    shapes: Box<[Shape]>,
    root: NodeId,
    byte_size: usize,
    slots: usize,
    /// Why nothing can be written with it.
    unwritable: Option<Box<SchemaError>>,
}

/// The index of a node in its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(u32);

/// What to do with a value.
#[derive(Debug)]
pub enum Node {
    /// Nothing is written.
    Null,
    /// One byte.
    Boolean,
    /// A zigzag varint of 32 bits.
    Int,
    /// A zigzag varint of 64 bits.
    Long,
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// A length and bytes.
    Bytes,
    /// A length and UTF-8.
    String,
    /// Bytes of a known length.
    Fixed(FixedPlan),
    /// The number of a symbol.
    Enum(EnumPlan),
    /// Blocks of items.
    Array(NodeId),
    /// Blocks of keys and values.
    Map(NodeId),
    /// Fields in order.
    Record(RecordPlan),
    /// The number of a branch and its value.
    Union(UnionPlan),
    /// One of the above that means more than how it is written.
    Logical(LogicalPlan),
}

/// A logical type.
#[derive(Debug, Clone, Copy)]
pub struct LogicalPlan {
    /// What it means.
    pub logical: Logical,
    /// The same type without its meaning, which says how it is written.
    pub underlying: NodeId,
}

/// A fixed type.
#[derive(Debug)]
pub struct FixedPlan {
    /// Its full name.
    pub name: Box<str>,
    /// Its length in bytes.
    pub size: usize,
}

/// An enum type.
#[derive(Debug)]
pub struct EnumPlan {
    /// Its full name.
    pub name: Box<str>,
    /// The symbols, in the order of their numbers.
    pub symbols: Box<[Box<str>]>,
    /// From a symbol in a text to its number.
    pub table: SymbolTable,
}

impl Plan {
    /// Compiles a schema for writing and reading. Fails where a default does not fit its field.
    pub fn compile(schema: &Schema) -> Result<Self, SchemaError> {
        let mut plan = Self::for_reading(schema);
        plan.unwritable.take().map_or(Ok(plan), |fault| Err(*fault))
    }

    /// Compiles a schema whose defaults need not fit: what was written with it can be read all the same.
    pub fn for_reading(schema: &Schema) -> Self {
        let mut unwritable = None;
        let mut nodes: Vec<Node> = schema.types().map(|ty| node(schema, &ty.kind, &mut unwritable)).collect();
        for (index, ty) in schema.types().enumerate() {
            if let Some(logical) = Logical::of(ty) {
                // What is underneath moves behind the nodes that stand for the schema's types.
                let underlying = NodeId(u32::try_from(nodes.len()).unwrap_or(u32::MAX));
                let node = std::mem::replace(&mut nodes[index], Node::Logical(LogicalPlan { logical, underlying }));
                nodes.push(node);
            }
        }
        let shapes = shape::shapes(&nodes);
        let mut slots = 0;
        for node in &mut nodes {
            if let Node::Record(record) = node {
                record.slot = slots;
                slots += record.fields.len() + RecordPlan::SLOTS;
                for field in &mut record.fields {
                    field.shape = shapes[field.node.0 as usize];
                }
            }
        }
        let nodes = nodes.into_boxed_slice();
        let sizes = nodes.iter().map(|node| size_of::<Node>() + size_of::<Shape>() + node.heap_size());
        let byte_size = sizes.sum();
        Self {
            nodes,
            shapes,
            root: NodeId::from(schema.root()),
            byte_size,
            slots,
            unwritable: unwritable.map(Box::new),
        }
    }

    /// Why nothing can be written with this plan: the first default that does not fit its field, which such a plan has not.
    pub fn unwritable(&self) -> Option<&SchemaError> {
        self.unwritable.as_deref()
    }

    /// The node of the whole datum.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The node at `id`, which must be of this plan.
    #[inline]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// What the node at `id`, which must be of this plan, looks like.
    #[inline]
    pub fn shape(&self, id: NodeId) -> Shape {
        self.shapes[id.0 as usize]
    }

    /// How many slots a codec keeps for all records, to learn in what order their members come.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// Memory that the plan takes, in bytes.
    pub fn byte_size(&self) -> usize {
        self.byte_size
    }

    /// The type as messages name it: `int`, `record com.example.Order`, `null or string`.
    pub fn describe(&self, id: NodeId) -> String {
        match self.node(id) {
            Node::Null => "null".into(),
            Node::Boolean => "boolean".into(),
            Node::Int => "int".into(),
            Node::Long => "long".into(),
            Node::Float => "float".into(),
            Node::Double => "double".into(),
            Node::Bytes => "bytes".into(),
            Node::String => "string".into(),
            Node::Fixed(fixed) => format!("fixed {} of {} bytes", fixed.name, fixed.size),
            Node::Enum(symbols) => format!("enum {}", symbols.name),
            Node::Array(_) => "array".into(),
            Node::Map(_) => "map".into(),
            Node::Record(record) => format!("record {}", record.name),
            Node::Union(union) if union.branches.is_empty() => "a branch of an empty union".into(),
            Node::Union(union) => {
                union.branches.iter().map(|&branch| self.describe(branch)).collect::<Vec<_>>().join(" or ")
            }
            Node::Logical(LogicalPlan { logical, underlying }) => {
                format!("{} as {logical}", self.describe(*underlying))
            }
        }
    }
}

impl Node {
    fn heap_size(&self) -> usize {
        match self {
            Self::Fixed(fixed) => fixed.name.len(),
            Self::Enum(EnumPlan { name, symbols, table }) => {
                let texts: usize = symbols.iter().map(|symbol| size_of::<Box<str>>() + symbol.len()).sum();
                name.len() + texts + table.byte_size()
            }
            Self::Record(record) => record.heap_size(),
            Self::Union(union) => {
                let names: usize = union.names.iter().map(|name| size_of::<Box<str>>() + name.len()).sum();
                names + union.branches.len() * size_of::<NodeId>() * (1 + JsonKind::COUNT)
            }
            _ => 0,
        }
    }
}

impl From<TypeId> for NodeId {
    /// Nodes stand in the order of the schema's types.
    fn from(id: TypeId) -> Self {
        Self(id.0)
    }
}

fn node(schema: &Schema, kind: &Kind, unwritable: &mut Option<SchemaError>) -> Node {
    match kind {
        Kind::Null => Node::Null,
        Kind::Boolean => Node::Boolean,
        Kind::Int => Node::Int,
        Kind::Long => Node::Long,
        Kind::Float => Node::Float,
        Kind::Double => Node::Double,
        Kind::Bytes => Node::Bytes,
        Kind::String => Node::String,
        Kind::Fixed(fixed) => Node::Fixed(FixedPlan { name: fixed.name.as_str().into(), size: fixed.size }),
        Kind::Enum(EnumType { name, symbols, .. }) => Node::Enum(enum_plan(name.as_str(), symbols)),
        Kind::Array(items) => Node::Array((*items).into()),
        Kind::Map(values) => Node::Map((*values).into()),
        Kind::Record(record) => Node::Record(record_plan(schema, record, unwritable)),
        Kind::Union(branches) => Node::Union(union_plan(schema, branches)),
    }
}

fn enum_plan(name: &str, symbols: &[String]) -> EnumPlan {
    let symbols: Box<[Box<str>]> = symbols.iter().map(|symbol| symbol.as_str().into()).collect();
    EnumPlan { name: name.into(), table: SymbolTable::new(&symbols), symbols }
}

#[cfg(test)]
mod tests;

//! The compiled schema: an arena of nodes that a codec walks by index.

use super::json_kind::JsonKind;
use super::key_image::KeyImage;
use super::logical::Logical;
use super::types::{EnumType, Field, Kind, Record, Schema, Type, TypeId};
use super::{FieldTable, SchemaError, SymbolTable, defaults};

/// A schema frozen for a codec: nothing is looked up by name that is not in the record, and defaults are ready bytes.
#[derive(Debug)]
pub struct Plan {
    nodes: Box<[Node]>,
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

/// A record type.
#[derive(Debug)]
pub struct RecordPlan {
    /// Its full name.
    pub name: Box<str>,
    /// Its fields, in the order in which they are written.
    pub fields: Box<[FieldPlan]>,
    /// Where the slots start that a codec keeps for this record; there are [`SLOTS`](Self::SLOTS) more than fields.
    pub slot: usize,
    /// The encoded defaults of all fields that have one, side by side in the order of the fields, so that a gap of
    /// several fields is one copy; then zeros, so that it may be a copy of blocks.
    defaults: Box<[u8]>,
    /// For each field, and for the end: how many bytes of `defaults` stand before it, how many fields before it have none.
    before: Box<[(usize, usize)]>,
    table: FieldTable,
}

/// A field of a record.
#[derive(Debug)]
pub struct FieldPlan {
    /// Its name.
    pub name: Box<str>,
    /// Its name as a JSON key.
    pub key: KeyImage,
    /// Its type.
    pub node: NodeId,
}

/// A union, with its branches sorted by the kind of JSON that they take.
#[derive(Debug)]
pub struct UnionPlan {
    /// The branches, in the order of their numbers.
    pub branches: Box<[NodeId]>,
    /// Their names in the specification's JSON encoding.
    pub names: Box<[Box<str>]>,
    /// The encoded number of the branch that is null, where there is one and it takes one byte.
    pub null: Option<u8>,
    candidates: [Box<[u32]>; JsonKind::COUNT],
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
        let mut slots = 0;
        for node in &mut nodes {
            if let Node::Record(record) = node {
                record.slot = slots;
                slots += record.fields.len() + RecordPlan::SLOTS;
            }
        }
        let nodes = nodes.into_boxed_slice();
        let byte_size = nodes.iter().map(|node| size_of::<Node>() + node.heap_size()).sum();
        Self { nodes, root: NodeId::from(schema.root()), byte_size, slots, unwritable: unwritable.map(Box::new) }
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
            Self::Record(record) => {
                let field = |field: &FieldPlan| size_of::<FieldPlan>() + field.name.len() + field.key.byte_size();
                let fields: usize = record.fields.iter().map(field).sum();
                record.name.len()
                    + fields
                    + record.defaults.len()
                    + size_of_val(&*record.before)
                    + record.table.byte_size()
            }
            Self::Union(union) => {
                let names: usize = union.names.iter().map(|name| size_of::<Box<str>>() + name.len()).sum();
                names + union.branches.len() * size_of::<NodeId>() * (1 + JsonKind::COUNT)
            }
            _ => 0,
        }
    }
}

impl RecordPlan {
    /// Slots of a record beside those of its fields: one for the record itself, one for the place behind the last field.
    pub const SLOTS: usize = 2;

    /// Bytes behind the defaults.
    pub const GAP: usize = 32;

    /// The index of the field of that name.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        self.table.find(name, |index| self.fields[index].name.as_bytes() == name)
    }

    /// The index of the field whose name and a colon stand in `text`, in quotes and without white space. The name starts at
    /// `pos` and has `len` bytes; sixteen more must follow.
    #[inline]
    pub fn find_at(&self, text: &[u8], pos: usize, len: usize) -> Option<usize> {
        let (name, comma) = (text.get(pos..)?, pos.checked_sub(2)?);
        self.table.find_in(name, len, |index| self.fields[index].key.compact.is_at(text, comma, !0xff))
    }

    /// The encoded defaults of the fields `from..to`, if each has one.
    #[inline]
    pub fn defaults(&self, from: usize, to: usize) -> Option<&[u8]> {
        let ((start, required), (end, required_then)) = (self.before[from], self.before[to]);
        (required == required_then).then(|| &self.defaults[start..end])
    }

    /// The same, for copying in blocks: all defaults from `from` on, and how many bytes of them are meant. At least
    /// [`GAP`](Self::GAP) bytes are there.
    #[inline]
    pub fn gap(&self, from: usize, to: usize) -> Option<(&[u8], usize)> {
        let (&(start, required), &(end, required_then)) = (self.before.get(from)?, self.before.get(to)?);
        if required != required_then || start > end {
            return None;
        }
        Some((&self.defaults[start..], end - start))
    }

    /// The bytes of all defaults together.
    pub fn defaults_len(&self) -> usize {
        self.defaults.len() - Self::GAP
    }
}

impl UnionPlan {
    /// The numbers of the branches that may take a value of this kind, the one to try first in front.
    ///
    /// A kind takes the branches that fit it best, in the order of the schema, then those that can hold it too:
    ///
    /// - an integer goes to `int`, `long`, dates and times; then to decimals; then to `float` and `double`;
    /// - a number with a fraction or an exponent goes to `float`, `double` and decimals; then to those that it has to be
    ///   whole for: `int`, `long`, dates, times and decimals without scale;
    /// - a string is a `string` (or a uuid on it); then an enum, bytes, fixed, a uuid or duration on fixed; then a date, a
    ///   time, a decimal or `"NaN"`;
    /// - an object is a record or a map.
    #[inline]
    pub fn candidates(&self, kind: JsonKind) -> &[u32] {
        &self.candidates[kind as usize]
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

/// A default that can't be used leaves its field without one; one that does not even fit the field is noted.
fn record_plan(schema: &Schema, record: &Record, unwritable: &mut Option<SchemaError>) -> RecordPlan {
    let mut defaults = Vec::new();
    let mut before = Vec::with_capacity(record.fields.len() + 1);
    let mut required = 0;
    before.push((0, 0));
    for field in &record.fields {
        let start = defaults.len();
        let encoded = field.default.as_ref().map(|value| defaults::encode(schema, field.ty, value, &mut defaults));
        if !matches!(encoded, Some(Ok(()))) {
            defaults.truncate(start);
            required += 1;
        }
        if let Some(Err(fault)) = encoded {
            *unwritable = unwritable.take().or_else(|| fault.of_field(record.name.as_str(), &field.name));
        }
        before.push((defaults.len(), required));
    }
    defaults.extend_from_slice(&[0; RecordPlan::GAP]);
    let field = |field: &Field| FieldPlan {
        name: field.name.as_str().into(),
        key: KeyImage::new(&field.name),
        node: field.ty.into(),
    };
    RecordPlan {
        name: record.name.as_str().into(),
        fields: record.fields.iter().map(field).collect(),
        slot: 0,
        defaults: defaults.into(),
        before: before.into(),
        table: FieldTable::new(&record.fields),
    }
}

fn enum_plan(name: &str, symbols: &[String]) -> EnumPlan {
    let symbols: Box<[Box<str>]> = symbols.iter().map(|symbol| symbol.as_str().into()).collect();
    EnumPlan { name: name.into(), table: SymbolTable::new(&symbols), symbols }
}

fn union_plan(schema: &Schema, branches: &[TypeId]) -> UnionPlan {
    let types: Vec<&Type> = branches.iter().map(|&id| schema.get(id)).collect();
    let candidates = JsonKind::ALL.map(|json| {
        let mut ranked: Vec<(u8, u32)> =
            (0..).zip(&types).filter_map(|(index, ty)| Some((json.rank(ty)?, index))).collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, index)| index).collect()
    });
    let null = types.iter().position(|ty| matches!(ty.kind, Kind::Null));
    UnionPlan {
        null: null.and_then(|index| u8::try_from(index).ok()).filter(|&index| index < 64).map(|index| index << 1),
        branches: branches.iter().map(|&id| id.into()).collect(),
        names: types.iter().map(|ty| ty.kind.branch_name().into()).collect(),
        candidates,
    }
}

#[cfg(test)]
mod tests;

//! What matters most of a node, in eight bytes: which of the usual values it takes, also as the branch beside null.

use super::{Node, NodeId};

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What the value is, unless it is null.
    pub kind: ValueKind,
    /// Of a union of null and one other branch: their encoded numbers.
    pub nullable: Option<[u8; 2]>,
    /// The node of the value: the node itself, or that other branch.
    pub node: NodeId,
}

/// The kinds of node, one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "as the nodes are called")]
pub enum ValueKind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed,
    Enum,
    Array,
    Map,
    Record,
    Union,
    Logical,
}

impl Shape {
    /// The shape of a node that is not yet made.
    pub(super) fn unknown(node: NodeId) -> Self {
        Self { kind: ValueKind::Union, nullable: None, node }
    }
}

/// The shapes of all nodes.
pub(super) fn shapes(nodes: &[Node]) -> Box<[Shape]> {
    let node = |id: NodeId| nodes.get(id.0 as usize);
    let shape = |(id, value): (NodeId, &Node)| {
        let itself = Shape { kind: kind(value), nullable: None, node: id };
        let Node::Union(union) = value else { return itself };
        match (&*union.branches, union.null) {
            // The encoded numbers of the first two branches are 0 and 2.
            (&[first, second], Some(null)) => {
                let other = if null == 0 { second } else { first };
                let kind = node(other).map_or(itself.kind, kind);
                Shape { kind, nullable: Some([null, 2 - null]), node: other }
            }
            _ => itself,
        }
    };
    (0..).map(NodeId).zip(nodes).map(shape).collect()
}

fn kind(node: &Node) -> ValueKind {
    match node {
        Node::Null => ValueKind::Null,
        Node::Boolean => ValueKind::Boolean,
        Node::Int => ValueKind::Int,
        Node::Long => ValueKind::Long,
        Node::Float => ValueKind::Float,
        Node::Double => ValueKind::Double,
        Node::Bytes => ValueKind::Bytes,
        Node::String => ValueKind::String,
        Node::Fixed(_) => ValueKind::Fixed,
        Node::Enum(_) => ValueKind::Enum,
        Node::Array(_) => ValueKind::Array,
        Node::Map(_) => ValueKind::Map,
        Node::Record(_) => ValueKind::Record,
        Node::Union(_) => ValueKind::Union,
        Node::Logical(_) => ValueKind::Logical,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Plan, Schema};
    use super::*;

    #[test]
    fn the_branch_beside_null_is_the_shape() {
        let of = |text: &str| {
            let plan = Plan::compile(&Schema::parse::<&str>(text, &[]).unwrap()).unwrap();
            let Shape { kind, nullable, node } = plan.shape(plan.root());
            assert_eq!(kind, super::kind(plan.node(node)), "{text}");
            (kind, nullable)
        };
        assert_eq!(of(r#""long""#), (ValueKind::Long, None));
        assert_eq!(of(r#"["null","long"]"#), (ValueKind::Long, Some([0, 2])));
        assert_eq!(of(r#"["string","null"]"#), (ValueKind::String, Some([2, 0])));
        assert_eq!(of(r#"["null","string","long"]"#), (ValueKind::Union, None));
        assert_eq!(of(r#"["null"]"#), (ValueKind::Union, None));
        assert_eq!(of("[]"), (ValueKind::Union, None));
        assert_eq!(of(r#"["string","long"]"#), (ValueKind::Union, None));
        assert_eq!(of(r#"{"type":"int","logicalType":"date"}"#), (ValueKind::Logical, None));
    }
}

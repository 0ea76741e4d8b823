//! Unions whose branches plain JSON can't tell apart.
//!
//! A branch is ambiguous where some value of it prints as JSON that another branch takes first. That is decided by what
//! the types say:
//!
//! - two records are told apart if one has a field without default that the other has not, if a field of both has values
//!   that can't be confused, or, where unknown members are rejected, if the one has more fields than the other;
//! - a record and a map are told apart if a field's values can't be those of the map;
//! - two numbers are confused if both print with, or both without a fraction; two texts, if one may look like the other.
//!
//! Where lengths of text would have to be counted it is taken for granted that there is a value of the right length, so a
//! branch may be reported that is never confused; none is missed within [`MAX_DEPTH`] levels and [`MAX_STEPS`] steps.

mod shape;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use super::{JsonMode, JsonOptions, UnknownFields};
use crate::schema::avro::{JsonKind, Node, NodeId, Plan, RecordPlan, UnionPlan};
use shape::Shape;

/// Types nested deeper than this can't hold values within the default limits.
const MAX_DEPTH: u32 = 128;

/// Pairs of types that are compared at most; more would take seconds.
const MAX_STEPS: u32 = 1_000_000;

/// Ambiguities that are told at most; they grow with the square of the branches.
const MAX_FOUND: usize = 1_000;

/// A branch of a union some of whose values are encoded as another branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity {
    /// The union's place in the schema, such as `/items/[]/price`; empty for the whole schema.
    pub schema_path: String,
    /// The branch, as messages name it: `record shop.Card`.
    pub branch: String,
    /// The branch that takes its values first.
    pub taken_by: String,
}

/// `/pay: JSON can't tell record Card from record Cash, as which it may be encoded`.
impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema_path, branch, taken_by } = self;
        write!(f, "{schema_path}: JSON can't tell {branch} from {taken_by}, as which it may be encoded")
    }
}

/// The unions of a plan some of whose values don't come back to the branch that they were decoded from, in the order in
/// which the schema has them. There are none in the specification's JSON encoding.
pub fn ambiguities(plan: &Plan, options: JsonOptions) -> Vec<Ambiguity> {
    if options.mode == JsonMode::Avro {
        return Vec::new();
    }
    let places = Places::of(plan);
    let mut overlaps = Overlaps { plan, options, known: HashMap::new(), round: 0, grown: true, steps: 0 };
    let mut found = BTreeSet::new();
    // What holds itself is told apart unless something else in it says otherwise, which may take several rounds to show.
    while overlaps.grown && overlaps.steps < MAX_STEPS {
        overlaps.grown = false;
        overlaps.round += 1;
        for (place, &(id, ..)) in places.0.iter().enumerate() {
            if let Node::Union(union) = plan.node(id) {
                overlaps.pairs(union, |from, to| found.insert((place, from, to)));
            }
        }
    }
    let name = |place: usize, branch: usize| match plan.node(places.0[place].0) {
        Node::Union(union) => plan.describe(union.branches[branch]),
        _ => String::new(),
    };
    let ambiguity = |(place, from, to): (usize, usize, usize)| Ambiguity {
        schema_path: places.path(place),
        branch: name(place, from),
        taken_by: name(place, to),
    };
    found.into_iter().take(MAX_FOUND).map(ambiguity).collect()
}

/// Every node that the root leads to, once, with the place through which it is reached and what stands between them.
struct Places<'p>(Vec<(NodeId, usize, &'p str)>);

impl<'p> Places<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut places = vec![(plan.root(), 0, "")];
        let mut seen = HashSet::from([plan.root()]);
        let mut next = 0;
        while let Some(&(id, ..)) = places.get(next) {
            let mut reach = |id: NodeId, segment: &'p str| {
                if seen.insert(id) {
                    places.push((id, next, segment));
                }
            };
            match plan.node(id) {
                Node::Array(items) => reach(*items, "[]"),
                Node::Map(values) => reach(*values, "{}"),
                Node::Record(record) => record.fields.iter().for_each(|field| reach(field.node, &field.name)),
                Node::Union(union) => union.branches.iter().for_each(|&branch| reach(branch, "")),
                _ => {}
            }
            next += 1;
        }
        Self(places)
    }

    fn path(&self, mut index: usize) -> String {
        let mut segments = Vec::new();
        while index > 0 {
            let (_, through, segment) = self.0[index];
            // Branches are no place of their own.
            if !segment.is_empty() {
                segments.push(segment);
            }
            index = through;
        }
        segments.iter().rev().fold(String::new(), |path, segment| path + "/" + segment)
    }
}

/// Which types have values that others take.
struct Overlaps<'p> {
    plan: &'p Plan,
    options: JsonOptions,
    /// For two objects, when it was last looked at, and whether there is such a value.
    known: HashMap<(NodeId, NodeId), (u32, bool)>,
    round: u32,
    /// Whether this round has found something new.
    grown: bool,
    steps: u32,
}

impl<'p> Overlaps<'p> {
    /// Calls `found` with the numbers of each branch that another one takes values from, and of that one.
    fn pairs(&mut self, union: &'p UnionPlan, mut found: impl FnMut(usize, usize) -> bool) {
        for (from, &branch) in union.branches.iter().enumerate() {
            for shape in Shape::all(self.plan, self.options, branch) {
                let candidates = union.candidates(shape.kind()).iter().map(|&candidate| candidate as usize);
                for to in candidates.take_while(|&candidate| candidate != from) {
                    if self.takes(union.branches[to], &shape, 0) {
                        found(from, to);
                    }
                }
            }
        }
    }

    /// Whether some value of `from` prints as what `to` takes.
    fn overlap(&mut self, from: NodeId, to: NodeId, depth: u32) -> bool {
        match self.plan.node(from) {
            Node::Union(union) => union.branches.iter().any(|&branch| self.overlap(branch, to, depth)),
            _ => Shape::all(self.plan, self.options, from).iter().any(|shape| self.takes(to, shape, depth)),
        }
    }

    fn takes(&mut self, to: NodeId, shape: &Shape<'p>, depth: u32) -> bool {
        self.steps = self.steps.saturating_add(1);
        if depth >= MAX_DEPTH || self.steps >= MAX_STEPS {
            return false;
        }
        match (self.plan.node(to), shape) {
            (Node::Union(union), _) => union.branches.iter().any(|&branch| self.takes(branch, shape, depth)),
            // There is an empty one of each.
            (Node::Array(_), Shape::Array) | (Node::Map(_), Shape::Map(_)) => true,
            (Node::Record(_) | Node::Map(_), Shape::Record(from) | Shape::Map(from)) => {
                self.objects(*from, to, depth + 1)
            }
            (node, shape) => shape.taken_by(node, self.options),
        }
    }

    /// Two objects, one of which is a record. One that holds itself is taken for told apart until something else shows
    /// that it is not.
    fn objects(&mut self, from: NodeId, to: NodeId, depth: u32) -> bool {
        let before = self.known.get(&(from, to)).copied();
        if let Some((round, overlap)) = before
            && (overlap || round == self.round)
        {
            return overlap;
        }
        self.known.insert((from, to), (self.round, false));
        let overlap = match (self.plan.node(from), self.plan.node(to)) {
            (Node::Record(from), Node::Record(to)) => self.records(from, to, depth),
            (Node::Record(from), Node::Map(values)) => {
                from.fields.iter().all(|field| self.overlap(field.node, *values, depth))
            }
            (Node::Map(values), Node::Record(to)) => (0..to.fields.len()).all(|index| {
                to.defaults(index, index + 1).is_some() || self.overlap(*values, to.fields[index].node, depth)
            }),
            _ => false,
        };
        if overlap {
            self.known.insert((from, to), (self.round, true));
            self.grown = true;
        }
        overlap
    }

    fn records(&mut self, from: &'p RecordPlan, to: &'p RecordPlan, depth: u32) -> bool {
        if self.options.unknown_fields == UnknownFields::Reject
            && from.fields.iter().any(|field| to.find(field.name.as_bytes()).is_none())
        {
            return false;
        }
        (0..to.fields.len()).all(|index| {
            let field = &to.fields[index];
            match from.find(field.name.as_bytes()) {
                Some(same) => self.overlap(from.fields[same].node, field.node, depth),
                None => to.defaults(index, index + 1).is_some(),
            }
        })
    }
}

impl Shape<'_> {
    fn kind(&self) -> JsonKind {
        match self {
            Self::Null => JsonKind::Null,
            Self::Boolean => JsonKind::Boolean,
            Self::Integer => JsonKind::Integer,
            Self::Fraction => JsonKind::Fraction,
            Self::Array => JsonKind::Array,
            Self::Map(_) | Self::Record(_) => JsonKind::Object,
            _ => JsonKind::String,
        }
    }
}

#[cfg(test)]
mod tests;

//! Unions: which branch takes which kind of JSON.

use super::super::json_kind::JsonKind;
use super::super::types::{Kind, Schema, Type, TypeId};
use super::NodeId;

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

pub(super) fn union_plan(schema: &Schema, branches: &[TypeId]) -> UnionPlan {
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

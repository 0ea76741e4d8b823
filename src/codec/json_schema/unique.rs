//! Whether the items of an array differ from each other, by what they are and not by how they are written.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use crate::codec::json::{Kind, Value};
use crate::schema::document::Decimal;

/// Items up to which each is compared with each.
const FEW: usize = 8;

/// Whether no two items are equal. The time that it takes grows with the array's size, whatever is in it.
pub(super) fn are_distinct(array: Value<'_>) -> bool {
    if array.len() <= FEW {
        return !array
            .items()
            .enumerate()
            .any(|(index, item)| array.items().take(index).any(|other| same(item, other)));
    }
    let state = RandomState::new();
    let mut items: Vec<_> = array.items().map(|item| (hash(item, &state), item)).collect();
    items.sort_unstable_by_key(|(hash, _)| *hash);
    // Items of one hash are equal, as good as always, so that the first two of them end it.
    items.chunk_by(|(one, _), (other, _)| one == other).all(|alike| {
        !alike
            .iter()
            .enumerate()
            .any(|(index, (_, item))| alike.iter().take(index).any(|(_, other)| same(*item, *other)))
    })
}

/// Whether two values are equal: numbers by their values, members in any order.
fn same(one: Value<'_>, other: Value<'_>) -> bool {
    if one.kind() != other.kind() {
        return false;
    }
    match one.kind() {
        Kind::Null | Kind::False | Kind::True => true,
        Kind::Number => one.text() == other.text() || Decimal::parse(one.text()) == Decimal::parse(other.text()),
        Kind::String => one.text() == other.text(),
        Kind::Array => one.len() == other.len() && one.items().zip(other.items()).all(|(one, other)| same(one, other)),
        Kind::Object => {
            if one.len() != other.len() {
                return false;
            }
            // Each pair of values is compared once, else nested objects would be compared ever more often.
            let mut pairs = one.members().zip(other.members());
            if pairs.clone().all(|((name, _), (other_name, _))| name == other_name) {
                return pairs.all(|((_, one), (_, other))| same(one, other));
            }
            let others: HashMap<_, _> = other.members().collect();
            one.members().all(|(name, one)| others.get(name).is_some_and(|other| same(one, *other)))
        }
    }
}

/// Equal values have equal hashes.
fn hash(value: Value<'_>, state: &RandomState) -> u64 {
    let mut hasher = state.build_hasher();
    value.kind().hash(&mut hasher);
    match value.kind() {
        Kind::Null | Kind::False | Kind::True => {}
        Kind::Number => Decimal::parse(value.text()).hash(&mut hasher),
        Kind::String => value.text().hash(&mut hasher),
        Kind::Array => value.items().for_each(|item| hash(item, state).hash(&mut hasher)),
        Kind::Object => {
            let members = value.members().map(|(name, value)| state.hash_one((name, hash(value, state))));
            members.fold(0u64, u64::wrapping_add).hash(&mut hasher);
        }
    }
    hasher.finish()
}

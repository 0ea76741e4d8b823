//! Types as messages name them. Names have no limit, but messages do.

use super::super::Logical;
use super::super::name::Name;
use super::super::types::{Kind, Schema, Type, TypeId};

/// Characters of a name, which are ASCII.
const MAX_NAME: usize = 100;

/// Branches of a union that are listed.
const MAX_BRANCHES: usize = 8;

/// `int`, `long as timestamp-millis`, `record com.example.Order`, `fixed F of 4 bytes`.
pub(super) fn ty(ty: &Type) -> String {
    let kind = match &ty.kind {
        Kind::Record(record) => named("record", &record.name),
        Kind::Enum(symbols) => named("enum", &symbols.name),
        Kind::Fixed(fixed) => format!("{} of {} bytes", named("fixed", &fixed.name), fixed.size),
        plain => plain.branch_name().to_owned(),
    };
    match Logical::of(ty) {
        Some(logical) => format!("{kind} as {logical}"),
        None => kind,
    }
}

/// `record com.example.Order`
pub(super) fn named(kind: &str, name: &Name) -> String {
    match name.as_str().get(..MAX_NAME) {
        Some(start) => format!("{kind} {start}…"),
        None => format!("{kind} {name}"),
    }
}

/// A type, or the branches of a union: `null or string`.
pub(super) fn union(schema: &Schema, id: TypeId) -> String {
    let Kind::Union(branches) = &schema.get(id).kind else { return ty(schema.get(id)) };
    let mut names: Vec<String> = branches.iter().take(MAX_BRANCHES).map(|&branch| ty(schema.get(branch))).collect();
    if branches.len() > MAX_BRANCHES {
        names.push(format!("{} more", branches.len() - MAX_BRANCHES));
    }
    names.join(" or ")
}

//! Whether a writer's type matches a reader's, and how well. Only the two types themselves are looked at, not their parts.

use super::super::Logical;
use super::super::name::Name;
use super::super::types::{Kind, Schema, Type, TypeId};
use super::{Mismatch, Promotion, describe};

/// How a writer's type matches a reader's, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// The same type, or the same full name.
    Exact,
    /// The reader has the writer's full name among its aliases.
    Alias,
    /// The same name in another namespace.
    ShortName,
    /// A promotion.
    Promotion(Promotion),
}

impl Fit {
    const fn rank(self) -> u8 {
        match self {
            Self::Exact => 0,
            Self::Alias => 1,
            Self::ShortName => 2,
            Self::Promotion(_) => 3,
        }
    }
}

/// The branch of a reader's union that takes a writer's type, which is no union, best.
pub(super) fn branch(writer: &Type, reader: &Schema, branches: &[TypeId]) -> Option<usize> {
    let fits = branches.iter().enumerate().filter_map(|(index, &id)| Some((fit(writer, reader.get(id)).ok()?, index)));
    fits.min_by_key(|(fit, index)| (fit.rank(), *index)).map(|(_, index)| index)
}

/// How two types, neither a union, match; else why they don't.
pub(super) fn fit(writer: &Type, reader: &Type) -> Result<Fit, Mismatch> {
    let fit = match (&writer.kind, &reader.kind) {
        (Kind::Record(w), Kind::Record(r)) => name(&w.name, &r.name, &r.aliases),
        (Kind::Enum(w), Kind::Enum(r)) => name(&w.name, &r.name, &r.aliases),
        (Kind::Fixed(w), Kind::Fixed(r)) if w.size == r.size => name(&w.name, &r.name, &r.aliases),
        (Kind::Array(_), Kind::Array(_))
        | (Kind::Map(_), Kind::Map(_))
        | (Kind::Null, Kind::Null)
        | (Kind::Boolean, Kind::Boolean)
        | (Kind::Int, Kind::Int)
        | (Kind::Long, Kind::Long)
        | (Kind::Float, Kind::Float)
        | (Kind::Double, Kind::Double)
        | (Kind::Bytes, Kind::Bytes)
        | (Kind::String, Kind::String) => Some(Fit::Exact),
        (w, r) => promotion(w, r).map(Fit::Promotion),
    };
    let fit = fit.filter(|&fit| meanings_fit(writer, reader, fit));
    fit.ok_or_else(|| Mismatch { expected: describe::ty(reader), found: describe::ty(writer) })
}

fn name(writer: &Name, reader: &Name, aliases: &[Name]) -> Option<Fit> {
    if writer == reader {
        Some(Fit::Exact)
    } else if aliases.contains(writer) {
        Some(Fit::Alias)
    } else {
        (writer.short() == reader.short()).then_some(Fit::ShortName)
    }
}

fn promotion(writer: &Kind, reader: &Kind) -> Option<Promotion> {
    Some(match (writer, reader) {
        (Kind::Int, Kind::Long) => Promotion::IntToLong,
        (Kind::Int, Kind::Float) => Promotion::IntToFloat,
        (Kind::Int, Kind::Double) => Promotion::IntToDouble,
        (Kind::Long, Kind::Float) => Promotion::LongToFloat,
        (Kind::Long, Kind::Double) => Promotion::LongToDouble,
        (Kind::Float, Kind::Double) => Promotion::FloatToDouble,
        (Kind::String, Kind::Bytes) => Promotion::StringToBytes,
        (Kind::Bytes, Kind::String) => Promotion::BytesToString,
        _ => return None,
    })
}

/// Whether what the logical types say goes together.
fn meanings_fit(writer: &Type, reader: &Type, fit: Fit) -> bool {
    match (Logical::of(writer), Logical::of(reader)) {
        (Some(writer), Some(reader)) => writer == reader,
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => {
            let is_text = matches!(fit, Fit::Promotion(Promotion::StringToBytes | Promotion::BytesToString));
            !(is_text && matches!(one, Logical::Decimal(_) | Logical::BigDecimal))
        }
    }
}

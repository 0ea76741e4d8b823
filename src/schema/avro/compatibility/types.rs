//! What two types say of themselves, before their parts are looked at.

use std::collections::BTreeSet;

use super::super::name::Name;
use super::super::types::{EnumType, Kind};
use super::Kind as Fault;
use super::pairs::{Demand, Step};

/// Records, enums and fixeds match by the name without namespace, or by an alias.
pub(super) fn name_fault(name: &Name, aliases: &[Name], written: &Name) -> Option<Demand> {
    let same = name.short() == written.short() || aliases.contains(written);
    let fault = || Demand::Fault { kind: Fault::Name, step: Step::Name, detail: format!("expected: {written}") };
    (!same).then(fault)
}

/// A default stands for what the reader does not know.
pub(super) fn symbols_fault(symbols: &EnumType, written: &EnumType) -> Option<Demand> {
    let mut missing: BTreeSet<&str> = written.symbols.iter().map(String::as_str).collect();
    for symbol in &symbols.symbols {
        missing.remove(symbol.as_str());
    }
    if missing.is_empty() || symbols.default.is_some() {
        return None;
    }
    let detail = format!("[{}]", missing.into_iter().collect::<Vec<_>>().join(", "));
    Some(Demand::Fault { kind: Fault::EnumSymbols, step: Step::Symbols, detail })
}

/// Whether two types, neither a union, are of one kind or the reader's takes the writer's.
pub(super) fn is_promoted(reader: &Kind, writer: &Kind) -> bool {
    std::mem::discriminant(reader) == std::mem::discriminant(writer)
        || matches!(
            (reader, writer),
            (Kind::Long, Kind::Int)
                | (Kind::Float, Kind::Int | Kind::Long)
                | (Kind::Double, Kind::Int | Kind::Long | Kind::Float)
                | (Kind::Bytes, Kind::String)
                | (Kind::String, Kind::Bytes)
        )
}

/// The kind of a type as messages spell it.
pub(super) fn type_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Null => "NULL",
        Kind::Boolean => "BOOLEAN",
        Kind::Int => "INT",
        Kind::Long => "LONG",
        Kind::Float => "FLOAT",
        Kind::Double => "DOUBLE",
        Kind::Bytes => "BYTES",
        Kind::String => "STRING",
        Kind::Array(_) => "ARRAY",
        Kind::Map(_) => "MAP",
        Kind::Union(_) => "UNION",
        Kind::Record(_) => "RECORD",
        Kind::Enum(_) => "ENUM",
        Kind::Fixed(_) => "FIXED",
    }
}

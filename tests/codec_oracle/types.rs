//! Random types, and the schemas that say them.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[derive(Debug, Clone)]
pub(crate) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Fixed(usize),
    Enum(usize),
    Array(Box<Type>),
    Map(Box<Type>),
    Record(Vec<Type>),
    Union(Vec<Type>),
    Date,
    TimeMillis,
    TimeMicros,
    /// With the unit's name, as points in time or local.
    Timestamp(&'static str),
    /// Precision, scale, and the size of the fixed if it is one.
    Decimal(u32, u32, Option<usize>),
    BigDecimal,
    Uuid,
    UuidFixed,
    Duration,
}

impl Type {
    /// What a union may hold only once.
    fn branch(&self) -> Option<&'static str> {
        Some(match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int | Self::Date | Self::TimeMillis => "int",
            Self::Long | Self::TimeMicros | Self::Timestamp(_) => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes | Self::BigDecimal | Self::Decimal(_, _, None) => "bytes",
            Self::String | Self::Uuid => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            // Named types are told by their names.
            Self::Fixed(_) | Self::Enum(_) | Self::Record(_) | Self::Decimal(..) | Self::UuidFixed | Self::Duration => {
                return None;
            }
        })
    }
}

const TIMESTAMPS: [&str; 6] = [
    "timestamp-millis",
    "timestamp-micros",
    "timestamp-nanos",
    "local-timestamp-millis",
    "local-timestamp-micros",
    "local-timestamp-nanos",
];

fn leaf() -> impl Strategy<Value = Type> {
    let plain = prop_oneof![
        Just(Type::Null),
        Just(Type::Boolean),
        Just(Type::Int),
        Just(Type::Long),
        Just(Type::Float),
        Just(Type::Double),
        Just(Type::Bytes),
        Just(Type::String),
        (0..20usize).prop_map(Type::Fixed),
        (1..5usize).prop_map(Type::Enum),
    ];
    let decimal = (1..60u32, 0..60u32, any::<bool>()).prop_map(|(precision, scale, fixed)| {
        // Two digits a byte always fit.
        let size = fixed.then_some(precision as usize / 2 + 1);
        Type::Decimal(precision, scale.min(precision), size)
    });
    let logical = prop_oneof![
        Just(Type::Date),
        Just(Type::TimeMillis),
        Just(Type::TimeMicros),
        proptest::sample::select(&TIMESTAMPS[..]).prop_map(Type::Timestamp),
        decimal,
        Just(Type::BigDecimal),
        Just(Type::Uuid),
        Just(Type::UuidFixed),
        Just(Type::Duration),
    ];
    prop_oneof![plain, logical]
}

pub(crate) fn types() -> impl Strategy<Value = Type> {
    leaf().prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::Array(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Map(Box::new(ty))),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Type::Record),
            prop::collection::vec(inner, 1..5).prop_map(|branches| {
                let mut kept: Vec<Type> = Vec::new();
                for branch in branches {
                    let name = branch.branch();
                    if name != Some("union") && (name.is_none() || kept.iter().all(|other| other.branch() != name)) {
                        kept.push(branch);
                    }
                }
                if kept.is_empty() { Type::Null } else { Type::Union(kept) }
            }),
        ]
    })
}

/// Gives each named type a name of its own, in the order in which they are met.
#[derive(Default)]
pub(crate) struct Names(usize);

impl Names {
    fn next(&mut self) -> String {
        self.0 += 1;
        format!("ns.T{}", self.0)
    }
}

pub(crate) fn schema(ty: &Type, names: &mut Names) -> Json {
    let logical = |ty: &str, logical: &str| json!({"type": ty, "logicalType": logical});
    let mut fixed = |size: usize, logical: &str| json!({"type": "fixed", "name": names.next(), "size": size, "logicalType": logical});
    match ty {
        Type::Null
        | Type::Boolean
        | Type::Int
        | Type::Long
        | Type::Float
        | Type::Double
        | Type::Bytes
        | Type::String => {
            json!(ty.branch())
        }
        Type::Fixed(size) => json!({"type": "fixed", "name": names.next(), "size": size}),
        Type::Enum(symbols) => {
            json!({"type": "enum", "name": names.next(), "symbols": (0..*symbols).map(symbol).collect::<Vec<_>>()})
        }
        Type::Array(items) => json!({"type": "array", "items": schema(items, names)}),
        Type::Map(values) => json!({"type": "map", "values": schema(values, names)}),
        Type::Record(fields) => {
            let name = names.next();
            let field = |(i, ty)| json!({"name": format!("f{i}"), "type": schema(ty, names)});
            let fields: Vec<_> = fields.iter().enumerate().map(field).collect();
            json!({"type": "record", "name": name, "fields": fields})
        }
        Type::Union(branches) => branches.iter().map(|branch| schema(branch, names)).collect(),
        Type::Date => logical("int", "date"),
        Type::TimeMillis => logical("int", "time-millis"),
        Type::TimeMicros => logical("long", "time-micros"),
        Type::Timestamp(name) => logical("long", name),
        Type::Decimal(precision, scale, size) => {
            let mut schema = size.map_or_else(|| logical("bytes", "decimal"), |size| fixed(size, "decimal"));
            schema["precision"] = json!(precision);
            schema["scale"] = json!(scale);
            schema
        }
        Type::BigDecimal => logical("bytes", "big-decimal"),
        Type::Uuid => logical("string", "uuid"),
        Type::UuidFixed => fixed(16, "uuid"),
        Type::Duration => fixed(12, "duration"),
    }
}

pub(crate) fn symbol(index: usize) -> String {
    // The second is base64, too, the third a duration, the fourth is what a double may print as.
    ["S", "BLUE", "P1D", "NaN"].get(index).map_or_else(|| format!("S{index}"), |symbol| (*symbol).to_owned())
}

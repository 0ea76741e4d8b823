//! What stands for a message in JSON: an object of its fields, but for some of Google's own.

use super::{Field, Rule, Scalar, Type};

/// What stands for a message in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object of its fields.
    Object,
    /// An object of the fields of another message, which `@type` names.
    Any,
    /// A date and a time.
    Timestamp,
    /// Seconds.
    Duration,
    /// Paths of fields.
    FieldMask,
    /// Whatever is JSON.
    Value,
    /// Its one field: the scalar that it wraps, a map, or a list.
    Only,
}

impl Form {
    /// The form of a message, by its name and its fields in the order of their numbers. What has the name of one of
    /// Google's but other fields is a message as any other.
    pub(super) fn of(name: &str, fields: &[Field]) -> Self {
        let Some(name) = name.strip_prefix("google.protobuf.") else { return Self::Object };
        let once = |scalar| (Type::Scalar(scalar), Rule::Implicit);
        let are = |expected: &[(Type, Rule)]| {
            let same = |((number, field), expected): ((u32, &Field), &(Type, Rule))| {
                field.number == number && (field.ty, field.rule) == *expected && field.choice.is_none()
            };
            fields.len() == expected.len() && (1..).zip(fields).zip(expected).all(same)
        };
        let texts = (Type::Scalar(Scalar::String), Rule::Repeated { packed: false });
        let wrapped = match name {
            "BoolValue" => Some(Scalar::Bool),
            "Int32Value" => Some(Scalar::Int32),
            "Int64Value" => Some(Scalar::Int64),
            "UInt32Value" => Some(Scalar::Uint32),
            "UInt64Value" => Some(Scalar::Uint64),
            "FloatValue" => Some(Scalar::Float),
            "DoubleValue" => Some(Scalar::Double),
            "StringValue" => Some(Scalar::String),
            "BytesValue" => Some(Scalar::Bytes),
            _ => None,
        };
        let times = [once(Scalar::Int64), once(Scalar::Int32)];
        match name {
            "Any" if are(&[once(Scalar::String), once(Scalar::Bytes)]) => Self::Any,
            "Timestamp" if are(&times) => Self::Timestamp,
            "Duration" if are(&times) => Self::Duration,
            "FieldMask" if are(&[texts]) => Self::FieldMask,
            "Struct" | "ListValue" if is_collection(fields) => Self::Only,
            "Value" if is_value(fields) => Self::Value,
            _ if wrapped.is_some_and(|scalar| are(&[once(scalar)])) => Self::Only,
            _ => Self::Object,
        }
    }
}

/// One list of messages, or one map of messages by texts.
fn is_collection(fields: &[Field]) -> bool {
    let [field] = fields else { return false };
    let many = matches!(field.rule, Rule::Repeated { .. } | Rule::Map(Scalar::String));
    many && field.number == 1 && matches!(field.ty, Type::Message(_))
}

/// One choice of nothing, a number, a text, a flag, an object and a list.
fn is_value(fields: &[Field]) -> bool {
    let [nothing, number, text, flag, object, list] = fields else { return false };
    (1..).zip(fields).all(|(number, field)| field.number == number && field.choice == Some(0))
        && matches!(nothing.ty, Type::Enum(_))
        && [number.ty, text.ty, flag.ty] == [Scalar::Double, Scalar::String, Scalar::Bool].map(Type::Scalar)
        && matches!((object.ty, list.ty), (Type::Message(_), Type::Message(_)))
}

//! What the `jsonschema` crate says of a text, in the form in which every codec speaks.

use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::codec::json::{Kind, Value as Tape};
use crate::codec::{Violation, ViolationKind};

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// Names that are listed.
const FEW: usize = 8;

/// Bytes that a character may take.
const MOST: usize = 4;

/// One violation in the record `root`; `None` if it was found when patience was at its end.
pub(super) fn of(error: &ValidationError<'_>, root: Tape<'_>) -> Option<Violation> {
    let mut pointer = error.instance_path().to_string();
    let value = root.at(&pointer)?;
    if error.instance().is_null() && matches!(value.kind(), Kind::Array | Kind::Object) {
        return None;
    }
    let (kind, expected) = expected(error.kind());
    let found = found(error.kind(), value);
    if let Fault::Required { property: Value::String(name) } = error.kind() {
        pointer.extend(["/", &name.replace('~', "~0").replace('/', "~1")]);
    }
    Some(Violation { kind, pointer, schema_path: error.schema_path().to_string(), expected, found })
}

fn expected(fault: &Fault) -> (ViolationKind, String) {
    use ViolationKind::{Duplicate, Missing, Range, Type, Unknown, Value as Wrong};
    match fault {
        Fault::Type { kind: TypeKind::Single(ty) } => (Type, ty.to_string()),
        Fault::Type { kind: TypeKind::Multiple(types) } => {
            (Type, types.iter().map(|ty: JsonType| ty.to_string()).collect::<Vec<_>>().join(" or "))
        }
        Fault::Required { .. } => (Missing, "a member of this name".to_owned()),
        Fault::AdditionalProperties { .. } | Fault::UnevaluatedProperties { .. } => {
            (Unknown, "no members that the schema does not know".to_owned())
        }
        Fault::AdditionalItems { limit } => (Unknown, format!("at most {limit} items")),
        Fault::UnevaluatedItems { .. } => (Unknown, "no items that the schema does not know".to_owned()),
        Fault::Minimum { limit } => (Range, format!("a number of at least {limit}")),
        Fault::Maximum { limit } => (Range, format!("a number of at most {limit}")),
        Fault::ExclusiveMinimum { limit } => (Range, format!("a number greater than {limit}")),
        Fault::ExclusiveMaximum { limit } => (Range, format!("a number less than {limit}")),
        Fault::MultipleOf { multiple_of } => (Range, format!("a multiple of {multiple_of}")),
        Fault::MinLength { limit } => (Wrong, format!("a text of at least {limit} characters")),
        Fault::MaxLength { limit } => (Wrong, format!("a text of at most {limit} characters")),
        Fault::MinItems { limit } => (Wrong, format!("at least {limit} items")),
        Fault::MaxItems { limit } => (Wrong, format!("at most {limit} items")),
        Fault::MinProperties { limit } => (Wrong, format!("at least {limit} members")),
        Fault::MaxProperties { limit } => (Wrong, format!("at most {limit} members")),
        Fault::UniqueItems => (Duplicate, "items that differ from each other".to_owned()),
        Fault::Pattern { pattern } => (Wrong, format!("a text that matches {pattern}")),
        Fault::BacktrackLimitExceeded { .. } | Fault::RegexEngineFailure { .. } => {
            (Wrong, "a text that its pattern can be tried on in reasonable time".to_owned())
        }
        Fault::Format { format } => (Wrong, format!("a text of format {format}")),
        Fault::Constant { expected_value } => (Wrong, short(expected_value)),
        Fault::Enum { options } => (Wrong, format!("one of {}", short(options))),
        Fault::AnyOf { .. } => (Wrong, "a value that fits one of the schemas in anyOf".to_owned()),
        Fault::OneOfNotValid { .. } => (Wrong, "a value that fits one of the schemas in oneOf".to_owned()),
        Fault::OneOfMultipleValid { .. } => (Wrong, "a value that fits only one of the schemas in oneOf".to_owned()),
        Fault::Not { .. } => (Wrong, "a value that does not fit the schema in not".to_owned()),
        Fault::FalseSchema => (Unknown, "nothing".to_owned()),
        Fault::Contains => (Wrong, "items of which some fit the schema in contains".to_owned()),
        Fault::PropertyNames { error } => (Wrong, format!("names of members that are {}", expected(error.kind()).1)),
        Fault::ContentEncoding { content_encoding } => (Wrong, format!("a text in {content_encoding}")),
        Fault::ContentMediaType { content_media_type } => (Wrong, format!("a text of type {content_media_type}")),
        Fault::FromUtf8 { .. } => (Wrong, "UTF-8 behind its encoding".to_owned()),
        Fault::Custom { .. } | Fault::Referencing(_) => (Wrong, "a value that fits the schema".to_owned()),
    }
}

fn found(fault: &Fault, value: Tape<'_>) -> String {
    let quoted = |names: &[String]| {
        let shown: Vec<_> = names.iter().take(FEW).map(|name| shown(&format!("{:?}", start_of(name)))).collect();
        let more = if names.len() > FEW { format!(" and {} more", names.len() - FEW) } else { String::new() };
        shown.join(", ") + &more
    };
    match fault {
        Fault::Required { .. } => "nothing".to_owned(),
        Fault::AdditionalProperties { unexpected } | Fault::UnevaluatedProperties { unexpected } => quoted(unexpected),
        Fault::PropertyNames { error } => shown(&error.instance().to_string()),
        Fault::MinItems { .. }
        | Fault::MaxItems { .. }
        | Fault::AdditionalItems { .. }
        | Fault::MinProperties { .. }
        | Fault::MaxProperties { .. } => value.len().to_string(),
        Fault::MinLength { .. } | Fault::MaxLength { .. } => {
            format!("{} in {}", value.text().chars().count(), written(value))
        }
        _ => written(value),
    }
}

/// A value of the record as the other codecs show it: its kind, and as much of it as helps.
fn written(value: Tape<'_>) -> String {
    match value.kind() {
        Kind::Null => "null".to_owned(),
        Kind::False => "boolean false".to_owned(),
        Kind::True => "boolean true".to_owned(),
        Kind::Number => format!("number {}", shown(value.text())),
        Kind::String => format!("string {}", shown(&format!("{:?}", start_of(value.text())))),
        Kind::Array | Kind::Object => {
            let mut text = String::new();
            write(value, &mut text);
            shown(&text)
        }
    }
}

/// Appends the value without white space, or as much of it as is shown.
fn write(value: Tape<'_>, out: &mut String) {
    match value.kind() {
        _ if out.len() > MOST * SHOWN => {}
        Kind::Null => out.push_str("null"),
        Kind::False => out.push_str("false"),
        Kind::True => out.push_str("true"),
        Kind::Number => out.push_str(start_of(value.text())),
        Kind::String => out.extend([format!("{:?}", start_of(value.text()))]),
        Kind::Array => {
            out.push('[');
            for (index, item) in value.items().take(SHOWN).enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Kind::Object => {
            out.push('{');
            for (index, (name, member)) in value.members().take(SHOWN).enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                out.extend([format!("{:?}:", start_of(name))]);
                write(member, out);
            }
            out.push('}');
        }
    }
}

/// More of a text than is shown.
fn start_of(text: &str) -> &str {
    text.char_indices().nth(SHOWN + 1).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// The start of a text, with a mark if it is not all of it.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// A value of the schema.
fn short(value: &Value) -> String {
    match value {
        Value::Bool(flag) => format!("boolean {flag}"),
        Value::Number(number) => format!("number {number}"),
        Value::String(_) => format!("string {}", shown(&value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => shown(&value.to_string()),
    }
}

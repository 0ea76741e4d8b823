//! What the `jsonschema` crate says of a text, in the form in which every codec speaks.

use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use crate::codec::json::Value as Tape;
use crate::codec::{Violation, ViolationKind};

/// Bytes of a value that are shown.
const SHOWN: usize = 60;

/// One violation in the record `root`.
pub(super) fn of(error: &ValidationError<'_>, root: Tape<'_>) -> Violation {
    let (kind, expected) = expected(error.kind());
    let mut pointer = error.instance_path().to_string();
    let written = root.at(&pointer);
    if let Fault::Required { property: Value::String(name) } = error.kind() {
        pointer.extend(["/", &name.replace('~', "~0").replace('/', "~1")]);
    }
    Violation { kind, pointer, schema_path: error.schema_path().to_string(), expected, found: found(error, written) }
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
        Fault::PropertyNames { error } => (Wrong, format!("members with other names ({error})")),
        Fault::ContentEncoding { content_encoding } => (Wrong, format!("a text in {content_encoding}")),
        Fault::ContentMediaType { content_media_type } => (Wrong, format!("a text of type {content_media_type}")),
        Fault::FromUtf8 { .. } => (Wrong, "UTF-8 behind its encoding".to_owned()),
        Fault::Custom { .. } | Fault::Referencing(_) => (Wrong, "a value that fits the schema".to_owned()),
    }
}

fn found(error: &ValidationError<'_>, written: Option<Tape<'_>>) -> String {
    let quoted = |names: &[String]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let instance = error.instance();
    match (error.kind(), &**instance) {
        (Fault::Required { .. }, _) => "nothing".to_owned(),
        (Fault::AdditionalProperties { unexpected } | Fault::UnevaluatedProperties { unexpected }, _) => {
            quoted(unexpected)
        }
        (Fault::MinItems { .. } | Fault::MaxItems { .. } | Fault::AdditionalItems { .. }, Value::Array(items)) => {
            items.len().to_string()
        }
        (Fault::MinProperties { .. } | Fault::MaxProperties { .. }, Value::Object(members)) => {
            members.len().to_string()
        }
        (Fault::MinLength { .. } | Fault::MaxLength { .. }, Value::String(text)) => {
            format!("{} in {}", text.chars().count(), short(instance))
        }
        // The crate's copy has lost what a double can't hold.
        (_, Value::Number(number)) => {
            format!("number {}", written.map_or_else(|| number.to_string(), |written| written.text().to_owned()))
        }
        (_, value) => short(value),
    }
}

/// A value as the other codecs show it: its kind, and as much of it as helps.
fn short(value: &Value) -> String {
    let shorten = |text: String| match text.char_indices().nth(SHOWN) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    };
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("boolean {flag}"),
        Value::Number(number) => format!("number {number}"),
        Value::String(text) => format!("string {}", shorten(format!("{text:?}"))),
        Value::Array(_) | Value::Object(_) => shorten(value.to_string()),
    }
}

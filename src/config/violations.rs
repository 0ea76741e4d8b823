//! Turns what `jsonschema` reports into faults that say what to write instead.
//!
//! A message never quotes a value that may be a secret: only what is compared with a fixed list, a pattern or a bound
//! is quoted, and that only outside the keys that hold credentials.

use jsonschema::error::ValidationErrorKind as Violation;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};

use super::pointer;
use super::shape::{Kind, Shape};

/// One departure from the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Departure {
    /// The value or key that is wrong; for a missing key, the key.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub message: String,
    /// What kind of thing is wrong.
    pub kind: DepartureKind,
}

/// What there is to do about a departure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DepartureKind {
    /// The value is not what it should be.
    Value,
    /// A key that the schema does not have; perhaps a misspelling of another.
    Unknown {
        /// The known key that was probably meant.
        meant: Option<String>,
    },
    /// A key that must be given is not.
    Missing,
}

/// All departures of `config` from `schema`.
pub(super) fn departures(validator: &Validator, schema: &Value, config: &Value) -> Vec<Departure> {
    let mut found = Vec::new();
    for error in validator.iter_errors(config) {
        explain(schema, &error, &mut found);
    }
    // A misspelt key is missing under its right name: one mistake, one fault.
    let meant: Vec<String> = found
        .iter()
        .filter_map(|departure| match &departure.kind {
            DepartureKind::Unknown { meant: Some(key) } => {
                Some(pointer::join(pointer::parent(&departure.pointer).unwrap_or_default(), key))
            }
            _ => None,
        })
        .collect();
    found.retain(|departure| departure.kind != DepartureKind::Missing || !meant.contains(&departure.pointer));
    found
}

fn explain(schema: &Value, error: &ValidationError<'_>, found: &mut Vec<Departure>) {
    let at = error.instance_path().as_str();
    match error.kind() {
        Violation::AdditionalProperties { unexpected } | Violation::UnevaluatedProperties { unexpected } => {
            let shape = Shape::at(schema, at);
            for key in unexpected {
                let Unknown { message, meant } = unknown_key(key, &shape);
                let pointer = pointer::join(at, key);
                found.push(Departure { pointer, message, kind: DepartureKind::Unknown { meant } });
            }
        }
        Violation::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            let message = "missing; this key is required".to_owned();
            found.push(Departure { pointer: pointer::join(at, key), message, kind: DepartureKind::Missing });
        }
        Violation::AnyOf { context } | Violation::OneOfNotValid { context } => {
            explain_choice(schema, error, context, found);
        }
        _ => found.push(Departure {
            pointer: at.to_owned(),
            message: value_message(&Shape::at(schema, at), error),
            kind: DepartureKind::Value,
        }),
    }
}

/// A value fits none of several forms: says what is wrong with the one that was probably meant.
fn explain_choice(
    schema: &Value,
    error: &ValidationError<'_>,
    forms: &[Vec<ValidationError<'static>>],
    found: &mut Vec<Departure>,
) {
    let at = error.instance_path().as_str();
    let value = error.instance().as_ref();
    let shape = Shape::at(schema, at);
    let candidates = of_the_same_type(at, forms);
    if shape.phrase().is_none() && (value.is_object() || value.is_array()) {
        if let Some(errors) = clearly_meant(at, &candidates) {
            for error in errors {
                explain(schema, error, found);
            }
            return;
        }
        if let (Value::Object(members), false) = (value, candidates.is_empty()) {
            explain_keys(at, members, &shape, found);
            return;
        }
    }
    let message = expected(&shape, value, at);
    found.push(Departure { pointer: at.to_owned(), message, kind: DepartureKind::Value });
}

/// The errors of one form of several.
type FormErrors = Vec<ValidationError<'static>>;

/// The forms that the value at `at` departs from by more than its type.
fn of_the_same_type<'f>(at: &str, forms: &'f [FormErrors]) -> Vec<&'f FormErrors> {
    let is_another_type = |error: &ValidationError<'_>| {
        error.instance_path().as_str() == at && matches!(error.kind(), Violation::Type { .. })
    };
    forms.iter().filter(|errors| !errors.iter().any(is_another_type)).collect()
}

/// The errors of the form that has fewer than all others in the value itself, as opposed to in what it holds.
fn clearly_meant<'f>(at: &str, forms: &[&'f FormErrors]) -> Option<&'f FormErrors> {
    let here = |errors: &&&FormErrors| errors.iter().filter(|error| error.instance_path().as_str() == at).count();
    let best = forms.iter().min_by_key(here)?;
    let rivals = forms.iter().filter(|form| here(form) == here(&best)).count();
    (rivals == 1).then_some(*best)
}

/// The keys of a mapping fit none of several forms.
fn explain_keys(at: &str, members: &Map<String, Value>, shape: &Shape<'_>, found: &mut Vec<Departure>) {
    let known = shape.keys();
    let mut unknown = members.keys().filter(|key| !known.contains(&key.as_str())).peekable();
    if unknown.peek().is_none() {
        let message = format!("expected exactly one of the keys {}", either(&known));
        found.push(Departure { pointer: at.to_owned(), message, kind: DepartureKind::Value });
    }
    for key in unknown {
        let Unknown { message, meant } = unknown_key(key, shape);
        found.push(Departure { pointer: pointer::join(at, key), message, kind: DepartureKind::Unknown { meant } });
    }
}

/// What is wrong with a value by itself.
fn value_message(shape: &Shape<'_>, error: &ValidationError<'_>) -> String {
    let at = error.instance_path().as_str();
    let value = error.instance().as_ref();
    let found = || quoted(value, at).map(|quoted| format!(", found {quoted}")).unwrap_or_default();
    match error.kind() {
        Violation::Type { .. } | Violation::Enum { .. } | Violation::Constant { .. } => expected(shape, value, at),
        Violation::Pattern { .. } | Violation::Format { .. } if shape.phrase().is_some() => expected(shape, value, at),
        Violation::Pattern { pattern } => format!("expected text that matches {pattern}{}", found()),
        Violation::Format { format } => format!("expected text in the format {format}{}", found()),
        Violation::Minimum { limit } => format!("expected at least {limit}{}", found()),
        Violation::Maximum { limit } => format!("expected at most {limit}{}", found()),
        Violation::ExclusiveMinimum { limit } => format!("expected more than {limit}{}", found()),
        Violation::ExclusiveMaximum { limit } => format!("expected less than {limit}{}", found()),
        Violation::MinLength { limit: 1 }
        | Violation::MinItems { limit: 1 }
        | Violation::MinProperties { limit: 1 } => "must not be empty".to_owned(),
        Violation::MinLength { limit } => format!("expected at least {limit} characters"),
        Violation::MaxLength { limit } => format!("expected at most {limit} characters"),
        Violation::MinItems { limit } => format!("expected at least {limit} items"),
        Violation::MaxItems { limit } => format!("expected at most {limit} items"),
        Violation::UniqueItems => "an item stands in the list twice".to_owned(),
        Violation::OneOfMultipleValid { .. } => "fits more than one of the forms that it may have".to_owned(),
        other => format!("does not satisfy '{}' of the schema", other.keyword()),
    }
}

/// `expected a list, found text`.
fn expected(shape: &Shape<'_>, value: &Value, at: &str) -> String {
    let kind = Kind::of(value);
    let choices = shape.choices();
    let is_wrong_choice = kind == Kind::String && !choices.is_empty() && !shape.takes_any_text();
    let quote = quoted(value, at).filter(|_| is_wrong_choice || shape.phrase().is_some());
    let found = quote.unwrap_or_else(|| kind.words().to_owned());
    let hint = match value.as_str().and_then(|text| nearest(text, &choices)) {
        Some(meant) => format!("; did you mean '{meant}'?"),
        None if shape.takes_any_text() && matches!(kind, Kind::Integer | Kind::Number | Kind::Boolean) => {
            " (put it in quotes)".to_owned()
        }
        None => String::new(),
    };
    format!("expected {}, found {found}{hint}", wanted(shape))
}

/// What may stand in a place of this shape, in words.
fn wanted(shape: &Shape<'_>) -> String {
    if let Some(phrase) = shape.phrase() {
        return phrase.to_owned();
    }
    let kinds = shape.kinds();
    let mut wanted: Vec<String> = Vec::new();
    for kind in &kinds {
        match kind {
            Kind::String if !shape.takes_any_text() && !shape.choices().is_empty() => {
                wanted.extend(shape.choices().into_iter().map(str::to_owned));
            }
            Kind::Object if kinds.len() > 1 && !shape.keys().is_empty() => {
                wanted.push(format!("a mapping with {}", either(&shape.keys())));
            }
            Kind::Integer if kinds.contains(&Kind::Number) => {}
            Kind::Null => {}
            kind => wanted.push(kind.words().to_owned()),
        }
    }
    either(&wanted)
}

/// `a, b or c`.
fn either<T: AsRef<str> + std::borrow::Borrow<str>>(items: &[T]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [only] => only.as_ref().to_owned(),
        [init @ .., last] => format!("{} or {}", init.join(", "), last.as_ref()),
    }
}

/// What to say about a key that is not known.
pub(super) struct Unknown {
    pub(super) message: String,
    pub(super) meant: Option<String>,
}

/// What to say about `key`, which a mapping of this shape does not have.
pub(super) fn unknown_key(key: &str, shape: &Shape<'_>) -> Unknown {
    let keys = shape.keys();
    let meant = nearest(key, &keys).map(str::to_owned);
    let message = match &meant {
        Some(meant) => format!("unknown key; did you mean '{meant}'?"),
        None if keys.is_empty() => "unknown key; there are none here".to_owned(),
        None => format!("unknown key; expected {}", either(&keys)),
    };
    Unknown { message, meant }
}

/// The one of `known` that `text` is probably a misspelling of.
fn nearest<'k>(text: &str, known: &[&'k str]) -> Option<&'k str> {
    let text = text.to_lowercase().replace(['-', '.'], "_");
    let distance = |key: &&&str| strsim::damerau_levenshtein(&text, &key.to_lowercase());
    let nearest = known.iter().min_by_key(distance)?;
    let is_near = distance(&nearest) <= (nearest.chars().count() / 3).max(1);
    let is_part = text.len() >= 4 && (nearest.starts_with(&text) || text.starts_with(nearest));
    (is_near || is_part).then_some(nearest)
}

/// The longest value that a message quotes, in characters.
const MAX_QUOTED: usize = 40;
/// Parts of keys under which a value may be a secret, wherever it was written by mistake.
const CREDENTIALS: [&str; 8] = ["auth", "cred", "jaas", "key", "pass", "sasl", "secret", "token"];

/// `value` in quotes, unless it may be a secret or is too long to help.
fn quoted(value: &Value, at: &str) -> Option<String> {
    let at = at.to_ascii_lowercase();
    // A pipeline's `key` section is about the key of a record.
    if at.split('/').any(|token| token != "key" && CREDENTIALS.iter().any(|part| token.contains(part))) {
        return None;
    }
    match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if text.chars().count() <= MAX_QUOTED && !text.contains('@') => {
            Some(format!("'{}'", text.escape_debug()))
        }
        _ => None,
    }
}

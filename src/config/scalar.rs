//! The values of YAML's scalars, by its [core schema](https://yaml.org/spec/1.2.2/#103-core-schema).

use std::borrow::Cow;

use saphyr::Scalar;
use saphyr_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

/// The value of a scalar of the file; custom tags are passed over.
pub(super) fn read(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, &'static str> {
    let tag = tag.filter(|tag| tag.is_yaml_core_schema()).map(Cow::Borrowed);
    let scalar = Scalar::parse_from_cow_and_metadata(text.into(), style, tag.as_ref());
    value(scalar.ok_or("the value does not fit its tag")?).ok_or("expected a finite number")
}

/// The value of a plain scalar on its own; text where that has no JSON value.
pub(super) fn plain(text: &str) -> Value {
    read(text, ScalarStyle::Plain, None).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Whether `value`, which was read from `text`, is a number or truth value that would be printed otherwise: `007`.
pub(super) fn is_respelt(value: &Value, text: &str) -> bool {
    match value {
        Value::Number(number) => {
            let printed = number.to_string();
            printed != text
        }
        Value::Bool(truth) => text != if *truth { "true" } else { "false" },
        _ => false,
    }
}

/// None for the infinities and NaN, which no key takes.
fn value(scalar: Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(truth) => Value::Bool(truth),
        Scalar::Integer(number) => Value::from(number),
        Scalar::FloatingPoint(number) => Value::Number(Number::from_f64(number.into_inner())?),
        Scalar::String(text) => Value::String(text.into_owned()),
    })
}

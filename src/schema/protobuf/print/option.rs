//! Options as they are written.

use prost_types::UninterpretedOption;

use super::literal;

/// `name = value`
pub(super) fn option(option: &UninterpretedOption) -> String {
    let part = |part: &prost_types::uninterpreted_option::NamePart| {
        if part.is_extension { format!("({})", part.name_part) } else { part.name_part.clone() }
    };
    let name: Vec<String> = option.name.iter().map(part).collect();
    format!("{} = {}", name.join("."), value(option))
}

fn value(option: &UninterpretedOption) -> String {
    let UninterpretedOption { identifier_value, positive_int_value, negative_int_value, .. } = option;
    if let Some(aggregate) = &option.aggregate_value {
        return literal::aggregate(aggregate);
    }
    if let Some(text) = &option.string_value {
        return literal::quoted(text);
    }
    let number = positive_int_value.map(|number| number.to_string());
    let number = number.or_else(|| negative_int_value.map(|number| number.to_string()));
    let number = number.or_else(|| option.double_value.map(double));
    identifier_value.clone().or(number).unwrap_or_default()
}

/// The shortest text of the number, with a point or an exponent.
fn double(number: f64) -> String {
    if number.is_finite() { format!("{number:?}") } else { number.to_string().to_lowercase() }
}

/// Options behind a field or a value: one stands in the line, several each in a line of its own.
pub(super) fn options(options: &[String]) -> String {
    match options {
        [] => String::new(),
        [only] => format!(" [{only}]"),
        several => format!(" [\n{}\n]", literal::indented(several)),
    }
}

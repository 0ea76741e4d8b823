//! Defaults of fields as Java reads them: by the type of the field.

use std::collections::HashMap;

use super::super::super::document::{Document, Members};
use super::declared_name;

/// A record, enum or fixed that the text defines, and the namespace inside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition<'a> {
    object: &'a Members,
    space: &'a str,
}

/// Every type that a schema defines, by full name.
pub(super) fn definitions(schema: &Document) -> HashMap<String, Definition<'_>> {
    let mut found = HashMap::new();
    collect(schema, "", &mut found);
    found
}

fn collect<'a>(schema: &'a Document, space: &'a str, found: &mut HashMap<String, Definition<'a>>) {
    match schema {
        Document::Array(branches) => {
            for branch in branches {
                collect(branch, space, found);
            }
        }
        Document::Object(object) => {
            let ty = object.get("type");
            let inner = match ty.and_then(Document::as_str) {
                Some("record" | "error" | "enum" | "fixed") => {
                    let (space, short) = declared_name(object, space);
                    found.insert(full_name(short, space), Definition { object, space });
                    space
                }
                _ => space,
            };
            let fields = object.get("fields").and_then(Document::as_array).unwrap_or_default();
            let nested = fields.iter().filter_map(|field| field.get("type"));
            let parts = ty.into_iter().chain(object.get("items")).chain(object.get("values")).chain(nested);
            for part in parts {
                collect(part, inner, found);
            }
        }
        _ => {}
    }
}

/// The name with its namespace.
pub(super) fn full_name(name: &str, space: &str) -> String {
    if space.is_empty() || name.contains('.') { name.to_owned() } else { format!("{space}.{name}") }
}

/// The number that stands as a text: the default of a float or double may be spelled so.
pub(super) fn spelled_as_number(default: &Document, ty: &Document) -> Option<Document> {
    let ty = ty.as_str().or_else(|| ty.get("type")?.as_str());
    let number: f64 = default.as_str().filter(|_| matches!(ty, Some("float" | "double")))?.trim().parse().ok()?;
    number.is_finite().then(|| Document::Number(format!("{number:e}").into()))
}

/// Gives the numbers of a default the type that they are of: a double gets its point, a float its digits.
pub(super) fn normalize(
    default: &mut Document,
    ty: &Document,
    space: &str,
    definitions: &HashMap<String, Definition<'_>>,
) {
    let text = match ty {
        // The default of a union is one of its first branch.
        Document::Array(branches) => {
            return branches.first().map_or((), |first| normalize(default, first, space, definitions));
        }
        Document::Object(object) => match object.get("type") {
            Some(Document::String(text)) => text,
            Some(nested) => return normalize(default, nested, space, definitions),
            None => return,
        },
        Document::String(text) => text,
        _ => return,
    };
    match (text.as_str(), ty, default) {
        ("double", _, Document::Number(text)) => {
            *text = text.parse().map_or_else(|_| text.clone(), |number: f64| format!("{number:e}").into());
        }
        ("float", _, Document::Number(text)) => {
            *text = text.parse().map_or_else(|_| text.clone(), |number: f32| format!("{number:e}").into());
        }
        ("array", Document::Object(object), Document::Array(items)) => {
            let Some(ty) = object.get("items") else { return };
            for item in items {
                normalize(item, ty, space, definitions);
            }
        }
        ("map", Document::Object(object), Document::Object(values)) => {
            let Some(ty) = object.get("values") else { return };
            for value in values.values_mut() {
                normalize(value, ty, space, definitions);
            }
        }
        ("record" | "error", Document::Object(object), Document::Object(members)) => {
            let (space, _) = declared_name(object, space);
            record(members, &Definition { object, space }, definitions);
        }
        (name, _, Document::Object(members)) => {
            if let Some(known) = definitions.get(&full_name(name, space)).or_else(|| definitions.get(name)) {
                record(members, known, definitions);
            }
        }
        _ => {}
    }
}

fn record(members: &mut Members, definition: &Definition<'_>, definitions: &HashMap<String, Definition<'_>>) {
    for field in definition.object.get("fields").and_then(Document::as_array).unwrap_or_default() {
        let name = field.get("name").and_then(Document::as_str);
        if let (Some(value), Some(ty)) = (name.and_then(|name| members.get_mut(name)), field.get("type")) {
            normalize(value, ty, definition.space, definitions);
        }
    }
}

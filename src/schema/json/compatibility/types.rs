//! The types that a schema speaks of, and its lists of values.

use super::super::super::document::Document;
use super::super::node::Node;
use super::{items, properties};

/// The keywords that only strings and only numbers have.
const OF_STRINGS: &[&str] = &["maxLength", "minLength", "pattern"];
const OF_NUMBERS: &[&str] = &["maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"];

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    const STRING: Self = Self(1);
    const INTEGER: Self = Self(2);
    /// Every number, whole ones too.
    const NUMBER: Self = Self(2 | 4);
    const OBJECT: Self = Self(8);
    const ARRAY: Self = Self(16);
    const ALL: Self = Self(127);

    fn named(name: &str) -> Self {
        match name {
            "string" => Self::STRING,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "object" => Self::OBJECT,
            "array" => Self::ARRAY,
            "boolean" => Self(32),
            "null" => Self(64),
            _ => Self(0),
        }
    }

    fn of_value(value: &Document) -> Self {
        match value {
            Document::Null => Self::named("null"),
            Document::Bool(_) => Self::named("boolean"),
            Document::String(_) => Self::STRING,
            Document::Array(_) => Self::ARRAY,
            Document::Object(_) => Self::OBJECT,
            Document::Number(_) => match value.as_decimal() {
                Some(number) if number.is_whole() => Self::INTEGER,
                _ => Self::NUMBER,
            },
        }
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a schema's `type` allows; everything without it.
    pub(super) fn declared(node: Node<'_>) -> Self {
        match node.get("type") {
            Some(Document::String(name)) => Self::named(name),
            Some(Document::Array(_)) => node.texts("type").into_iter().map(Self::named).fold(Self(0), Self::and),
            _ => Self::ALL,
        }
    }

    /// What may come from a schema: values of its `type`, of those in its `enum`, or, if its keywords speak of values of
    /// one type alone, of that.
    pub(super) fn written(node: Node<'_>) -> Self {
        let declared = Self::declared(node);
        if let Some(values) = values(node) {
            let types = values.iter().map(|value| Self::of_value(value)).fold(Self(0), Self::and);
            return Self(declared.0 & types.0);
        }
        if declared != Self::ALL {
            return declared;
        }
        let kinds = [
            (OF_STRINGS, Self::STRING),
            (OF_NUMBERS, Self::NUMBER),
            (items::KEYWORDS, Self::ARRAY),
            (properties::KEYWORDS, Self::OBJECT),
        ];
        let spoken = kinds.iter().filter(|(keywords, _)| keywords.iter().any(|keyword| node.get(keyword).is_some()));
        match spoken.collect::<Vec<_>>()[..] {
            [(_, only)] => *only,
            _ => Self::ALL,
        }
    }

    /// Whether the sets have a type in common.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_in(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    pub(super) fn has_string(self) -> bool {
        self.meets(Self::STRING)
    }

    pub(super) fn has_number(self) -> bool {
        self.meets(Self::NUMBER)
    }

    pub(super) fn has_array(self) -> bool {
        self.meets(Self::ARRAY)
    }

    pub(super) fn has_object(self) -> bool {
        self.meets(Self::OBJECT)
    }
}

/// The values that `enum` or `const` lists.
pub(super) fn values(node: Node<'_>) -> Option<Vec<&Document>> {
    let list = node.get("enum").and_then(Document::as_array).map(|values| values.iter().collect());
    list.or_else(|| node.get("const").map(|value| vec![value]))
}

/// Whether two values are the same to JSON Schema: numbers by value, members in any order.
pub(super) fn is_same(left: &Document, right: &Document) -> bool {
    match (left, right) {
        (Document::Number(_), Document::Number(_)) => left.as_decimal() == right.as_decimal(),
        (Document::Array(left), Document::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Document::Object(left), Document::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| right.get(name).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}

//! How far a schema unfolds when its references are followed, found out before anything walks it.
//!
//! A few definitions that each use the next one twice are a short text and endless work; a long chain of them overflows the
//! stack of whoever follows it.

use std::collections::HashMap;

use super::super::document::Document;
use super::node::Node;
use super::resources::Resources;
use super::{JsonSchema, SchemaError};

/// Schemas that one value may have to be checked by.
const MAX_SCHEMAS: u64 = 10_000;

/// Schemas that may stand in each other and speak of the same value.
const MAX_LEVELS: u64 = 32;

/// Schemas that may stand in each other.
const MAX_NESTED: usize = 5_000;

/// Keywords that hold schemas of the same value, one or a list, or by the names of members.
const SAME: [&str; 4] = ["not", "if", "then", "else"];
const SAME_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
const SAME_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];

/// The same for keywords that hold schemas of values within it.
const INNER: [&str; 8] = [
    "additionalProperties",
    "propertyNames",
    "items",
    "additionalItems",
    "contains",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
];
const INNER_LISTS: [&str; 2] = ["items", "prefixItems"];
const INNER_MAPS: [&str; 2] = ["properties", "patternProperties"];

/// What checking one value by a schema comes to.
#[derive(Debug, Clone, Copy)]
struct Cost {
    schemas: u64,
    levels: u64,
}

/// A schema that is being looked at.
#[derive(Debug)]
struct Open {
    document: *const Document,
    /// It speaks of the same value as the one before.
    same: bool,
}

struct Search<'a> {
    resources: &'a Resources<'a>,
    known: HashMap<*const Document, Cost>,
    open: Vec<Open>,
}

impl JsonSchema {
    /// Fails where following the references comes to no end, or to one that is too far away.
    pub fn check_expansion(&self) -> Result<(), SchemaError> {
        let resources = Resources::of(self);
        let Some(root) = resources.root() else { return Ok(()) };
        let mut search = Search { resources: &resources, known: HashMap::new(), open: Vec::new() };
        search.cost(root, false).map(|_| ())
    }
}

impl<'a> Search<'a> {
    fn cost(&mut self, node: Node<'a>, same: bool) -> Result<Cost, SchemaError> {
        let document = std::ptr::from_ref(node.document);
        if let Some(cost) = self.known.get(&document) {
            return Ok(*cost);
        }
        if let Some(at) = self.open.iter().rposition(|open| open.document == document) {
            let endless = same && self.open.iter().skip(at + 1).all(|open| open.same);
            // A value within the value: what it costs is counted there.
            return if endless { Err(SchemaError::Endless) } else { Ok(Cost { schemas: 0, levels: 0 }) };
        }
        if self.open.len() == MAX_NESTED {
            return Err(SchemaError::TooFar(format!("{MAX_NESTED} schemas in each other")));
        }
        self.open.push(Open { document, same });
        let mut cost = Cost { schemas: 1, levels: 0 };
        let reference = node.reference().filter(|_| node.get("$ref").is_some());
        if let Some(target) = node.reference().and_then(|name| self.resources.resolve(name, node.resource)) {
            // Where a dynamic reference leads is known only when it is followed.
            cost.add(self.cost(target, reference.is_some())?)?;
        }
        if reference.is_none() || self.resources.has_siblings_of_ref(node) {
            for part in Self::same(node, self.resources) {
                cost.add(self.cost(part, true)?)?;
            }
            for part in Self::inner(node, self.resources) {
                self.cost(part, false)?;
            }
        }
        self.open.pop();
        self.known.insert(document, cost);
        Ok(cost)
    }

    fn same(node: Node<'a>, resources: &Resources<'a>) -> Vec<Node<'a>> {
        let mut parts: Vec<_> = SAME.iter().filter_map(|keyword| node.schema(keyword, resources)).collect();
        parts.extend(SAME_LISTS.iter().flat_map(|keyword| node.list(keyword, resources)));
        let maps = SAME_MAPS.iter().flat_map(|keyword| node.map(keyword, resources)).map(|(_, part)| part);
        parts.extend(maps.filter(|part| matches!(part.document, Document::Object(_))));
        parts
    }

    fn inner(node: Node<'a>, resources: &Resources<'a>) -> Vec<Node<'a>> {
        let mut parts: Vec<_> = INNER.iter().filter_map(|keyword| node.schema(keyword, resources)).collect();
        parts.extend(INNER_LISTS.iter().flat_map(|keyword| node.list(keyword, resources)));
        parts.extend(INNER_MAPS.iter().flat_map(|keyword| node.map(keyword, resources)).map(|(_, part)| part));
        parts
    }
}

impl Cost {
    fn add(&mut self, part: Self) -> Result<(), SchemaError> {
        self.schemas = self.schemas.saturating_add(part.schemas);
        self.levels = self.levels.max(part.levels + 1);
        if self.schemas > MAX_SCHEMAS {
            return Err(SchemaError::TooFar(format!("{MAX_SCHEMAS} schemas of one value")));
        }
        if self.levels > MAX_LEVELS {
            return Err(SchemaError::TooFar(format!("{MAX_LEVELS} schemas in each other of one value")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expansion(schema: &serde_json::Value) -> Result<(), SchemaError> {
        JsonSchema::parse::<&str, &str>(&schema.to_string(), &[]).unwrap().check_expansion()
    }

    fn chain(count: usize, link: impl Fn(String) -> serde_json::Value) -> serde_json::Value {
        let name = |n: usize| format!("#/definitions/d{n}");
        let definitions: serde_json::Map<_, _> = (0..count)
            .map(|n| (format!("d{n}"), if n + 1 < count { link(name(n + 1)) } else { serde_json::json!({}) }))
            .collect();
        serde_json::json!({"definitions": definitions, "$ref": name(0)})
    }

    #[test]
    fn what_doubles_again_and_again_is_refused() {
        let doubled = |name: String| serde_json::json!({"anyOf": [{"$ref": name}, {"$ref": name}]});
        assert_eq!(expansion(&chain(9, doubled)), Ok(()));
        let error = expansion(&chain(15, doubled)).unwrap_err().to_string();
        assert_eq!(error, "it unfolds to more than 10000 schemas of one value");
        let error = expansion(&chain(40, |name| serde_json::json!({"$ref": name}))).unwrap_err().to_string();
        assert_eq!(error, "it unfolds to more than 32 schemas in each other of one value");
        let inner = |name: String| serde_json::json!({"properties": {"a": {"$ref": name}}});
        assert_eq!(expansion(&chain(500, inner)), Ok(()));
        let error = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || expansion(&chain(3_000, inner)).unwrap_err().to_string());
        assert_eq!(error.unwrap().join().unwrap(), "it unfolds to more than 5000 schemas in each other");
    }

    #[test]
    fn a_reference_to_itself_needs_a_value_within_the_value() {
        let endless = Err(SchemaError::Endless);
        assert_eq!(expansion(&serde_json::json!({"$ref": "#"})), endless);
        assert_eq!(expansion(&serde_json::json!({"allOf": [{"not": {"$ref": "#"}}]})), endless);
        assert_eq!(expansion(&serde_json::json!({"properties": {"a": {"$ref": "#"}}})), Ok(()));
        assert_eq!(expansion(&serde_json::json!({"anyOf": [{"items": {"anyOf": [{"$ref": "#"}]}}]})), Ok(()));
        let unused = serde_json::json!({"$ref": "#/definitions/a", "allOf": [{"$ref": "#"}], "definitions": {"a": {}}});
        assert_eq!(expansion(&unused), Ok(()), "draft 7 knows nothing beside a $ref");
    }
}

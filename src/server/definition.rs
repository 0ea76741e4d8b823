//! What is registered, and what its GUID is taken of.

mod rules;

pub use rules::{Rule, RuleError, RuleKind, RuleMode, RuleSet};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use md5::Digest;
use serde::{Deserialize, Serialize};

use crate::schema::{Guid, SchemaReference, SchemaType};

/// A schema with everything that makes it a schema of its own: change any part and it gets another id.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The language of the text.
    pub schema_type: SchemaType,
    /// The text as it is stored and handed out.
    pub text: Arc<str>,
    /// What the text refers to, as it was sent, with `latest` replaced by the version it meant.
    pub references: Vec<SchemaReference>,
    /// Facts about the schema.
    pub metadata: Option<Metadata>,
    /// Rules that clients run; the registry only keeps them.
    pub rule_set: Option<RuleSet>,
}

/// Facts that travel with a schema. Sorted, because the order is part of the schema's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Tags by the path of the field they mark.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub tags: BTreeMap<String, BTreeSet<String>>,
    /// Free properties.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub properties: BTreeMap<String, String>,
    /// The names of the properties that are secrets.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", deserialize_with = "or_default")]
    pub sensitive: BTreeSet<String>,
}

/// Clients send `null` for what they leave empty.
fn or_default<'de, T: Default + Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A definition under its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// What was registered.
    pub definition: Definition,
    /// Its identity, computed once.
    pub guid: Guid,
}

/// What tells schemas of one context apart. The type stands beside the GUID because it is not part of it.
pub(super) type Content = (SchemaType, Guid);

impl Schema {
    /// Takes the identity of a definition. Hashes the whole text: not for doing under a lock.
    pub(super) fn new(definition: Definition) -> Self {
        Self { guid: definition.guid(), definition }
    }

    pub(super) fn content(&self) -> Content {
        (self.definition.schema_type, self.guid)
    }
}

impl Definition {
    /// MD5 over stored text, references, metadata and rules, as Confluent's registry takes it.
    ///
    /// The schema type is not part of it.
    pub fn guid(&self) -> Guid {
        Guid::of(&self.text, &self.references, |hash| {
            if let Some(metadata) = &self.metadata {
                hash.update([1]);
                for (path, tags) in &metadata.tags {
                    hash.update(path.as_bytes());
                    for tag in tags {
                        hash.update(tag.as_bytes());
                    }
                }
                for (key, value) in &metadata.properties {
                    hash.update(key.as_bytes());
                    hash.update(value.as_bytes());
                }
                for name in &metadata.sensitive {
                    hash.update(name.as_bytes());
                }
            }
            if let Some(rules) = &self.rule_set {
                hash.update([1]);
                rules.hash(hash);
            }
        })
    }

    /// What the schema takes in a registry's log, in bytes: text, references, metadata and rules.
    pub(super) fn byte_size(&self) -> usize {
        let references = self.references.iter().map(|reference| reference.name.len() + reference.subject.len() + 4);
        let metadata = self.metadata.as_ref().map_or(0, Metadata::byte_size);
        let rules = self.rule_set.as_ref().map_or(0, RuleSet::byte_size);
        self.text.len() + references.sum::<usize>() + metadata + rules
    }
}

impl Metadata {
    fn byte_size(&self) -> usize {
        let tags = self.tags.iter().map(|(path, tags)| path.len() + tags.iter().map(String::len).sum::<usize>());
        let properties = self.properties.iter().map(|(key, value)| key.len() + value.len());
        let sensitive = self.sensitive.iter().map(String::len);
        tags.chain(properties).chain(sensitive).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// What Confluent's registry answered for 33 schemas.
    const VECTORS: &str = include_str!("../../tests/data/registry/guid-vectors.json");

    #[test]
    fn guids_are_those_of_confluents_registry() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert_eq!(vectors.len(), 33);
        for vector in &vectors {
            let field = |name: &str| vector.get(name).cloned();
            let definition = Definition {
                schema_type: serde_json::from_value(field("schemaType").unwrap()).unwrap(),
                text: vector["stored"]["schema"].as_str().unwrap().into(),
                references: field("references").map(|r| serde_json::from_value(r).unwrap()).unwrap_or_default(),
                metadata: field("metadata").map(|m| serde_json::from_value(m).unwrap()),
                rule_set: None,
            };
            assert_eq!(definition.guid().to_string(), vector["stored"]["guid"], "{vector}");
        }
    }

    #[test]
    fn the_schema_type_is_not_part_of_the_identity_but_rules_are() {
        let avro = Definition {
            schema_type: SchemaType::Avro,
            text: "{}".into(),
            references: vec![],
            metadata: None,
            rule_set: None,
        };
        let json = Definition { schema_type: SchemaType::Json, ..avro.clone() };
        let ruled = Definition { rule_set: Some(RuleSet::default()), ..avro.clone() };
        assert_eq!(avro.guid(), json.guid());
        assert_ne!(avro.guid(), ruled.guid());
    }
}

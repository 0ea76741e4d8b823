//! Tags inside a schema: `confluent:tags` in the record, the field or the property that they mark. Changing them makes a
//! new version, whose metadata say which (`confluent:version`).

pub(super) mod found;
mod place;

use serde::{Deserialize, Serialize};

use super::Registry;
use super::definition::{Metadata, Rule, RuleSet};
use super::error::Error;
use super::lookup::{Registered, Selector};
use super::member;
use super::registration::Submission;
use super::store::{Version, Visibility};
use crate::schema::SchemaType;
use crate::schema::document::{Document, Members, Numbers};

/// The member of a schema that holds its tags.
const TAGS: &str = "confluent:tags";

/// The property of the metadata that tells the version.
const VERSION: &str = "confluent:version";

/// The body of a change of tags. Members that the registry does not know are ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TagUpdate {
    /// The version to register as: the next one, which it is too if this is absent.
    #[serde(deserialize_with = "member::whole")]
    new_version: Option<Version>,
    #[serde(deserialize_with = "member::objects")]
    tags_to_add: Vec<PlacedTags>,
    #[serde(deserialize_with = "member::objects")]
    tags_to_remove: Vec<PlacedTags>,
    /// Instead of the metadata that the version has.
    #[serde(deserialize_with = "member::object")]
    metadata: Option<Metadata>,
    /// Instead of the rules that the version has.
    #[serde(deserialize_with = "member::object")]
    rule_set: Option<RuleSet>,
    /// Rules that come behind the others, in the place of those with the same names.
    #[serde(deserialize_with = "member::object")]
    rules_to_merge: Option<RuleSet>,
    /// The names of rules that go.
    rules_to_remove: Option<Vec<String>>,
}

/// Tags, and what they mark.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlacedTags {
    #[serde(deserialize_with = "member::required")]
    schema_entity: Entity,
    tags: Vec<String>,
}

/// What is marked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    entity_path: String,
    #[serde(deserialize_with = "member::required_name")]
    entity_type: EntityType,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum EntityType {
    /// A record, an object.
    #[serde(rename = "SR_RECORD")]
    Record,
    /// A field, a property.
    #[serde(rename = "SR_FIELD")]
    Field,
}

impl Registry {
    /// Registers a version with other tags, metadata and rules than one that is there.
    pub(super) fn update_tags(
        &self,
        subject: &str,
        selector: Selector,
        update: TagUpdate,
    ) -> Result<Registered, Error> {
        let name = self.subject(subject)?;
        let (held, latest) = {
            let store = self.read();
            let latest = store.version(&name, Selector::Latest, Visibility::Live)?.version;
            (store.version(&name, selector, Visibility::Live)?, latest)
        };
        let next = latest.checked_add(1).ok_or(Error::Exhausted)?;
        if update.new_version.is_some_and(|version| version != next) {
            return Err(Error::VersionNotNext);
        }
        let definition = &held.schema.definition;
        let invalid = |message: String| Error::InvalidSchema(definition.schema_type, message);
        let mut metadata = update.metadata.or_else(|| definition.metadata.clone()).unwrap_or_default();
        metadata.properties.insert(VERSION.to_owned(), next.to_string());
        let rules = update.rule_set.or_else(|| definition.rule_set.clone());
        let submission = Submission {
            schema: Some(
                retagged(definition.schema_type, &definition.text, &update.tags_to_add, &update.tags_to_remove)
                    .map_err(invalid)?,
            ),
            schema_type: Some(definition.schema_type.to_string()),
            references: definition.references.clone(),
            metadata: Some(metadata),
            rule_set: changed(rules, update.rules_to_merge, &update.rules_to_remove.unwrap_or_default()),
            version: Some(next),
            ..Submission::default()
        };
        self.register(subject, submission)
    }
}

/// The text with some tags more and some less, or which place is not there.
fn retagged(kind: SchemaType, text: &str, more: &[PlacedTags], less: &[PlacedTags]) -> Result<String, String> {
    if more.is_empty() && less.is_empty() {
        return Ok(text.to_owned());
    }
    let mut document = Document::parse(text).map_err(|error| error.to_string())?;
    for (placed, wanted) in more.iter().map(|placed| (placed, true)).chain(less.iter().map(|placed| (placed, false))) {
        let Entity { entity_path, entity_type } = &placed.schema_entity;
        let place = place::find(kind, &mut document, entity_path, *entity_type);
        let place = place.ok_or_else(|| format!("there is no place '{entity_path}' for tags"))?;
        for tag in &placed.tags {
            retag(place, tag, wanted);
        }
    }
    Ok(document.to_text(Numbers::Decimal))
}

fn retag(place: &mut Members, tag: &str, wanted: bool) {
    let tags = place.entry(TAGS.to_owned()).or_insert_with(|| Document::Array(Vec::new()));
    if let Document::Array(tags) = tags {
        tags.retain(|found| wanted || found.as_str() != Some(tag));
        if wanted && !tags.iter().any(|found| found.as_str() == Some(tag)) {
            tags.push(tag.into());
        }
    }
    if place.get(TAGS).and_then(Document::as_array).is_some_and(<[Document]>::is_empty) {
        place.shift_remove(TAGS);
    }
}

fn changed(rules: Option<RuleSet>, more: Option<RuleSet>, less: &[String]) -> Option<RuleSet> {
    if more.is_none() && less.is_empty() {
        return rules;
    }
    let (rules, more) = (rules.unwrap_or_default(), more.unwrap_or_default());
    let merged = |mut rules: Vec<Rule>, more: Vec<Rule>| {
        rules.retain(|rule| more.iter().all(|other| other.name != rule.name));
        rules.extend(more);
        rules.retain(|rule| rule.name.as_ref().is_none_or(|name| !less.contains(name)));
        rules
    };
    Some(RuleSet {
        migration_rules: merged(rules.migration_rules, more.migration_rules),
        domain_rules: merged(rules.domain_rules, more.domain_rules),
        encoding_rules: merged(rules.encoding_rules, more.encoding_rules),
    })
}

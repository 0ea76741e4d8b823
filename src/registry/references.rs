//! References of a schema, followed to their ends.
//!
//! An unqualified subject means the context of the schema that refers to it, a qualified one any context (`:.:address` the
//! default one). What comes out holds each definition once, before those that use it. A name that two places define
//! differently, a way that leads back to where it came from, and a web without measure are errors.

use std::collections::HashMap;
use std::sync::Arc;

use crate::schema::{QualifiedSubject, SchemaReference};

use super::client::{Client, Deleted, FetchedSchema, Reference, Registered, Version};
use super::error::{Conflict, RegistryError};

/// References that one schema may lead to, all told.
const MAX_REFERENCES: usize = 1_000;

/// Schemas on the way from a schema to the last one it leads to.
const MAX_DEPTH: usize = 64;

/// Where a definition stands: a subject and one of its versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    subject: QualifiedSubject,
    version: u32,
}

/// A schema on the way down, with the references that have been followed so far.
struct Step {
    /// The name it is referred to by; the root has none.
    name: String,
    /// Where it stands, for the root as far as is known.
    place: Option<Place>,
    schema: Arc<Registered>,
    next: usize,
    /// Whether it still has to be added to the result: not if another place defined the name with the same text.
    wanted: bool,
}

/// A name that has been met, and what it means.
struct Definition {
    place: Place,
    schema: Arc<Registered>,
}

/// What has been learned on the way.
struct Walk<'a> {
    client: &'a Client,
    path: Vec<Step>,
    definitions: HashMap<String, Definition>,
    fetched: HashMap<(QualifiedSubject, Version), Arc<Registered>>,
    followed: usize,
    bytes: usize,
    result: Vec<Reference>,
}

/// Follows the references of `root`.
pub(super) async fn resolve(client: &Client, root: Registered) -> Result<FetchedSchema, RegistryError> {
    let root = Arc::new(root);
    let mut walk = Walk {
        client,
        path: vec![Step::root(Arc::clone(&root))],
        definitions: HashMap::new(),
        fetched: HashMap::new(),
        followed: 0,
        bytes: root.text.len(),
        result: Vec::new(),
    };
    while let Some(step) = walk.path.last_mut() {
        let referrer = Arc::clone(&step.schema);
        if let Some(reference) = referrer.references.get(step.next) {
            step.next += 1;
            walk.follow(&referrer, reference).await?;
        } else if let Some(step) = walk.path.pop()
            && step.wanted
        {
            walk.result.push(Reference { name: step.name, text: step.schema.text.clone() });
        }
    }
    Ok(FetchedSchema {
        label: root.label.clone(),
        guid: root.guid,
        schema_type: root.schema_type,
        text: root.text.clone(),
        references: walk.result,
    })
}

impl Step {
    fn root(schema: Arc<Registered>) -> Self {
        let label = &schema.label;
        let place = label.subject.clone().zip(label.version).map(|(subject, version)| Place {
            subject: QualifiedSubject::new(label.context.clone(), subject),
            version,
        });
        Self { name: String::new(), place, schema, next: 0, wanted: false }
    }
}

impl Walk<'_> {
    /// Takes one step down, unless the name is known already.
    async fn follow(&mut self, referrer: &Registered, reference: &SchemaReference) -> Result<(), RegistryError> {
        let subject = QualifiedSubject::resolve(&reference.subject, &referrer.label.context, self.client.names());
        let target = format!("{subject} version {}", reference.version);
        let version = match u32::try_from(reference.version) {
            Ok(number @ 1..) => Version::Number(number),
            _ if reference.version == -1 => Version::Latest,
            _ => {
                let reason = format!("reference {}: no such version", self.way(&target));
                return Err(RegistryError::Garbage { url: referrer.label.to_string(), reason });
            }
        };
        let schema = self.fetch(&subject, version, &target).await?;
        let number = schema.label.version.unwrap_or_default();
        let place = Place { subject, version: number };
        if self.path.iter().any(|step| step.place.as_ref() == Some(&place)) {
            return Err(RegistryError::ReferenceCycle { path: self.way(&place.to_string()) });
        }
        if schema.schema_type != referrer.schema_type {
            return Err(RegistryError::ReferenceType {
                path: self.way(&target),
                referrer: referrer.schema_type,
                referred: schema.schema_type,
            });
        }
        let wanted = match self.definitions.get(&reference.name) {
            Some(known) if known.place == place => return Ok(()),
            Some(known) if known.schema.text == schema.text => false,
            Some(known) => {
                return Err(RegistryError::ReferenceConflict(Box::new(Conflict {
                    name: reference.name.clone(),
                    first: known.place.to_string(),
                    second: place.to_string(),
                })));
            }
            None => {
                let definition = Definition { place: place.clone(), schema: Arc::clone(&schema) };
                self.definitions.insert(reference.name.clone(), definition);
                true
            }
        };
        self.followed += 1;
        let limit = |what, limit| RegistryError::ReferenceLimit { path: self.way(&target), what, limit };
        if self.followed > MAX_REFERENCES {
            return Err(limit("in all", MAX_REFERENCES));
        }
        if self.path.len() > MAX_DEPTH {
            return Err(limit("deep", MAX_DEPTH));
        }
        self.path.push(Step { name: reference.name.clone(), place: Some(place), schema, next: 0, wanted });
        Ok(())
    }

    /// Asks the registry, once for each place. Deleted versions count: what was written before the deletion is still read.
    async fn fetch(
        &mut self,
        subject: &QualifiedSubject,
        version: Version,
        target: &str,
    ) -> Result<Arc<Registered>, RegistryError> {
        let key = (subject.clone(), version);
        if let Some(schema) = self.fetched.get(&key) {
            return Ok(Arc::clone(schema));
        }
        let result = self.client.registered_version(subject, version, Deleted::Found).await;
        let schema = Arc::new(result.map_err(|error| match error {
            RegistryError::NotFound(missing) => {
                RegistryError::ReferenceMissing { path: self.way(target), missing: Box::new(missing) }
            }
            other => other,
        })?);
        self.bytes = self.bytes.saturating_add(schema.text.len());
        if self.bytes > self.client.max_bytes() {
            let what = self.path.first().map_or_else(String::new, |root| root.schema.label.to_string());
            return Err(RegistryError::TooLarge { what, limit: self.client.max_bytes() });
        }
        self.fetched.insert(key, Arc::clone(&schema));
        Ok(schema)
    }

    /// The way from the root to `target`: `orders-value version 3 → address version 1`.
    fn way(&self, target: &str) -> String {
        let mut way = String::new();
        for step in &self.path {
            match &step.place {
                Some(place) => way.push_str(&place.to_string()),
                None => way.push_str(&step.schema.label.to_string()),
            }
            way.push_str(" → ");
        }
        way.push_str(target);
        way
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} version {}", self.subject, self.version)
    }
}

#[cfg(test)]
mod tests;

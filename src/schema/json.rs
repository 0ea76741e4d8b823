//! JSON Schemas: drafts 4, 6, 7, 2019-09 and 2020-12, with the schemas that they refer to.
//!
//! Nothing is ever fetched: a `$ref` finds what stands in the schema itself or in its references, and else stays unknown.

pub mod compatibility;
mod draft;
mod expansion;
mod node;
mod resources;

use super::document::Document;
use draft::Draft;

/// A JSON Schema that its draft allows, and what it refers to.
#[derive(Debug)]
pub struct JsonSchema {
    /// The schema itself first, then its references.
    sources: Vec<Source>,
}

/// One text.
#[derive(Debug)]
struct Source {
    /// The name by which it is referred to; empty for the schema itself.
    name: String,
    draft: Draft,
    root: Document,
}

/// Why a text is not a usable JSON Schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// It is not JSON.
    #[error("the schema is not JSON: {0}")]
    Json(String),
    /// It is JSON of another kind.
    #[error("a JSON Schema is an object or a boolean")]
    Kind,
    /// Its draft does not allow it; with the place as a JSON Pointer.
    #[error("{0}: {1}")]
    Draft(String, String),
    /// Its `$schema` names a draft that is not known.
    #[error("$schema '{0}' is none of the drafts 4, 6, 7, 2019-09 and 2020-12")]
    UnknownDraft(String),
    /// It can't be compiled: a `$ref` leads nowhere, a pattern is none, …; with the place as a JSON Pointer.
    #[error("{0}: {1}")]
    Rules(String, String),
    /// A `$ref` that leads back to where it stands.
    #[error("a $ref leads back to itself without going into the value")]
    Endless,
    /// Following the references would take too long.
    #[error("it unfolds to more than {0}")]
    TooFar(String),
    /// A `$ref` into the schema itself that leads nowhere.
    #[error("$ref '{0}' leads nowhere")]
    Dangling(String),
}

impl JsonSchema {
    /// Parses a schema. `references` are the schemas that it refers to, with the names by which it does.
    pub fn parse<N: AsRef<str>, T: AsRef<str>>(text: &str, references: &[(N, T)]) -> Result<Self, SchemaError> {
        let root = document(text)?;
        let draft = Draft::of(&root);
        draft.validate(text)?;
        let mut sources = vec![Source { name: String::new(), draft, root }];
        for (name, text) in references {
            let root = document(text.as_ref())?;
            sources.push(Source { name: name.as_ref().to_owned(), draft: Draft::of(&root), root });
        }
        let schema = Self { sources };
        schema.check_references()?;
        Ok(schema)
    }

    /// The draft that it follows, by its `$schema`.
    pub fn draft(&self) -> Result<jsonschema::Draft, SchemaError> {
        let Some(Source { draft, root, .. }) = self.sources.first() else { return Err(SchemaError::Kind) };
        let unknown = || root.get("$schema").and_then(Document::as_str).unwrap_or_default().to_owned();
        draft.known().ok_or_else(|| SchemaError::UnknownDraft(unknown()))
    }

    fn check_references(&self) -> Result<(), SchemaError> {
        match resources::Resources::of(self).dangling() {
            Some(reference) => Err(SchemaError::Dangling(reference.to_owned())),
            None => Ok(()),
        }
    }
}

fn document(text: &str) -> Result<Document, SchemaError> {
    match Document::parse(text) {
        Ok(document @ (Document::Object(_) | Document::Bool(_))) => Ok(document),
        Ok(_) => Err(SchemaError::Kind),
        Err(error) => Err(SchemaError::Json(error.to_string())),
    }
}

#[cfg(test)]
mod tests;

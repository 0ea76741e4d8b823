//! The schemas that a schema refers to, in place of everything else that a `$ref` could fetch.

use std::error::Error;

use jsonschema::{Retrieve, Uri};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::schema::json::SchemaError;

/// The base of a schema that has no `$id`: what names of references are relative to.
const BASE: &str = "registry:///schema";

/// Schemas by the names by which they are referred to.
#[derive(Debug, Clone)]
pub(super) struct References(Vec<Reference>);

#[derive(Debug, Clone)]
struct Reference {
    name: String,
    /// Its `$id`, or `id`, without a fragment.
    id: Option<String>,
    schema: Value,
}

impl References {
    pub(super) fn parse<N: AsRef<str>, T: AsRef<str>>(references: &[(N, T)]) -> Result<Self, SchemaError> {
        let parse = |(name, text): &(N, T)| {
            let schema: Value =
                serde_json::from_str(text.as_ref()).map_err(|error| SchemaError::Json(error.to_string()))?;
            let id = schema.get("$id").or_else(|| schema.get("id")).and_then(Value::as_str);
            let id = id.map(|id| id.trim_end_matches('#').to_owned());
            Ok(Reference { name: name.as_ref().trim_end_matches('#').to_owned(), id, schema })
        };
        references.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// What relative names are relative to.
    pub(super) fn base() -> &'static str {
        BASE
    }

    fn find(&self, uri: &str) -> Option<&Value> {
        let decoded = percent_decode_str(uri).decode_utf8_lossy();
        let is = |reference: &&Reference| {
            let Reference { name, id, .. } = reference;
            // A relative name was joined with the base of the schema that it stands in.
            let joined = || decoded.strip_suffix(name.trim_start_matches("./")).is_some_and(|base| base.ends_with('/'));
            name == uri || id.as_deref() == Some(uri) || joined()
        };
        self.0.iter().find(is).map(|reference| &reference.schema)
    }
}

impl Retrieve for References {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let missing = || format!("{uri} is none of the schema's references, and nothing is fetched").into();
        self.find(uri.as_str()).cloned().ok_or_else(missing)
    }
}

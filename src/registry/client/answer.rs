//! A registry's answer that holds a schema.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Label, Registered};
use crate::registry::error::RegistryError;
use crate::schema::{Guid, SchemaReference, SchemaType};

/// A schema in an answer. Members that some registries leave out are optional.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    schema: String,
    schema_type: Option<String>,
    references: Option<Vec<SchemaReference>>,
    pub(super) id: Option<u32>,
    pub(super) subject: Option<String>,
    pub(super) version: Option<u32>,
    guid: Option<String>,
    /// Only whether there are any matters.
    metadata: Option<IgnoredAny>,
    rule_set: Option<IgnoredAny>,
}

impl Body {
    /// The schema that an answer holds; a language that is not known is an error.
    pub(super) fn registered(self, label: Label) -> Result<Registered, RegistryError> {
        let schema_type = match self.schema_type.as_deref() {
            None | Some("AVRO") => SchemaType::Avro,
            Some("JSON") => SchemaType::Json,
            Some("PROTOBUF") => SchemaType::Protobuf,
            Some(other) => {
                let name = other.escape_default().take(40).collect();
                return Err(RegistryError::Unsupported { schema: label.to_string(), name });
            }
        };
        let (text, references) = (self.schema, self.references.unwrap_or_default());
        let told = self.guid.and_then(|guid| guid.parse().ok());
        let is_plain = self.metadata.is_none() && self.rule_set.is_none();
        let guid = told.or_else(|| is_plain.then(|| Guid::of(&text, &references, |_| {})));
        Ok(Registered { label, guid, schema_type, text, references })
    }
}

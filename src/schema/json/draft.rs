//! Drafts of JSON Schema: which one a schema follows, and whether it does.

use serde_json::Value;

use super::super::document::Document;
use super::SchemaError;

/// A draft of JSON Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    Of2019,
    Of2020,
    /// One that is not known: nothing is checked.
    Other,
}

impl Draft {
    /// What `$schema` says. Without it, draft 7, as in Confluent's registry.
    pub(super) fn of(schema: &Document) -> Self {
        let Some(uri) = schema.get("$schema").and_then(Document::as_str) else { return Self::Seven };
        let uri = uri.trim_end_matches('#').trim_start_matches("http://").trim_start_matches("https://");
        match uri {
            "json-schema.org/draft-04/schema" => Self::Four,
            "json-schema.org/draft-06/schema" => Self::Six,
            "json-schema.org/draft-07/schema" | "json-schema.org/schema" => Self::Seven,
            "json-schema.org/draft/2019-09/schema" => Self::Of2019,
            "json-schema.org/draft/2020-12/schema" => Self::Of2020,
            _ => Self::Other,
        }
    }

    /// Whether what stands beside a `$ref` counts.
    pub(super) fn has_siblings_of_ref(self) -> bool {
        matches!(self, Self::Of2019 | Self::Of2020 | Self::Other)
    }

    /// The draft as the validator names it; `None` for one that nobody knows.
    pub(super) fn known(self) -> Option<jsonschema::Draft> {
        Some(match self {
            Self::Four => jsonschema::Draft::Draft4,
            Self::Six => jsonschema::Draft::Draft6,
            Self::Seven => jsonschema::Draft::Draft7,
            Self::Of2019 => jsonschema::Draft::Draft201909,
            Self::Of2020 => jsonschema::Draft::Draft202012,
            Self::Other => return None,
        })
    }

    /// Checks a schema against the draft's own schema.
    pub(super) fn validate(self, text: &str) -> Result<(), SchemaError> {
        let schema: Value = serde_json::from_str(text).map_err(|error| SchemaError::Json(error.to_string()))?;
        let checked = match self {
            Self::Four => jsonschema::draft4::meta::validate(&schema),
            Self::Six => jsonschema::draft6::meta::validate(&schema),
            Self::Seven => jsonschema::draft7::meta::validate(&schema),
            Self::Of2019 => jsonschema::draft201909::meta::validate(&schema),
            Self::Of2020 => jsonschema::draft202012::meta::validate(&schema),
            Self::Other => Ok(()),
        };
        checked.map_err(|error| SchemaError::Draft(error.instance_path().to_string(), error.to_string()))
    }
}

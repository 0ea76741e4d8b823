//! A schema in an answer.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::super::definition::{Metadata, RuleSet, Schema};
use super::super::lookup::Registered;
use super::super::media;
use super::super::names::printed;
use super::super::tags::found::FoundTags;
use crate::schema::{Guid, QualifiedNames, QualifiedSubject, SchemaId, SchemaReference, SchemaType};

/// A schema's text as the whole body.
pub(super) struct Text(pub(super) Arc<Schema>);

impl IntoResponse for Text {
    fn into_response(self) -> Response {
        let content_type: HeaderValue = media::DEFAULT;
        ([(CONTENT_TYPE, content_type)], self.0.definition.text.to_string()).into_response()
    }
}

/// A schema as answers show it; which members there are depends on the request. Empty ones are left out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<SchemaId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_id: Option<u32>,
    pub(super) guid: Guid,
    pub(super) schema_type: SchemaType,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) references: Vec<SchemaReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metadata: Option<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule_set: Option<RuleSet>,
    pub(super) schema: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) schema_tags: Vec<FoundTags>,
    pub(super) ts: i64,
    pub(super) deleted: bool,
}

impl Body {
    /// The schema with its subject, version and id.
    pub(super) fn whole(held: &Registered, names: QualifiedNames) -> Self {
        let subject = Some(printed(&held.subject, names));
        Self { subject, version: Some(held.version), id: Some(held.id), ..Self::bare(held) }
    }

    /// The schema alone.
    pub(super) fn bare(held: &Registered) -> Self {
        let definition = &held.schema.definition;
        Self {
            subject: None,
            version: None,
            id: None,
            max_id: None,
            guid: held.schema.guid,
            schema_type: definition.schema_type,
            references: definition.references.clone(),
            metadata: definition.metadata.clone(),
            rule_set: definition.rule_set.clone(),
            schema: definition.text.to_string(),
            aliases: Vec::new(),
            schema_tags: Vec::new(),
            ts: held.registered,
            deleted: held.deleted,
        }
    }

    /// With `referenceFormat=qualified`, the subjects of references with the context that they are meant in.
    pub(super) fn with_references(mut self, format: Option<&str>, held: &Registered, names: QualifiedNames) -> Self {
        if format.is_some_and(|format| format.eq_ignore_ascii_case("qualified")) {
            for reference in &mut self.references {
                let subject = QualifiedSubject::resolve(&reference.subject, &held.subject.context, names);
                // A name that is qualified stays as it was sent: `:.:s` would else lose what makes it so.
                if subject.subject.as_str() == reference.subject {
                    reference.subject = subject.to_string();
                }
            }
        }
        self
    }
}

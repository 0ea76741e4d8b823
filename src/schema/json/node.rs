//! A place in a schema, and what its keywords say there.

use super::super::document::{Decimal, Document};
use super::resources::{Resources, reference};

/// A schema within a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) document: &'a Document,
    /// The resource that it belongs to, which its references are relative to.
    pub(super) resource: usize,
}

/// The schema of what no other keyword speaks of: further properties, further items.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rest<'a> {
    /// Anything may be there.
    Open,
    /// Nothing may be there.
    Closed,
    /// What is there must be of this schema.
    Schema(Node<'a>),
}

impl<'a> Node<'a> {
    pub(super) fn get(self, keyword: &str) -> Option<&'a Document> {
        self.document.as_object()?.get(keyword)
    }

    /// The schema that a keyword holds.
    pub(super) fn schema(self, keyword: &str, resources: &Resources<'a>) -> Option<Self> {
        let document = self.get(keyword).filter(|value| matches!(value, Document::Object(_) | Document::Bool(_)))?;
        Some(resources.part(self, document))
    }

    /// The schemas that a keyword lists.
    pub(super) fn list(self, keyword: &str, resources: &Resources<'a>) -> Vec<Self> {
        let items = self.get(keyword).and_then(Document::as_array).unwrap_or_default();
        items.iter().map(|item| resources.part(self, item)).collect()
    }

    /// The schemas that a keyword holds by name.
    pub(super) fn map(self, keyword: &str, resources: &Resources<'a>) -> Vec<(&'a str, Self)> {
        let members = self.get(keyword).and_then(Document::as_object).into_iter().flatten();
        members.map(|(name, member)| (name.as_str(), resources.part(self, member))).collect()
    }

    /// The schema of one property.
    pub(super) fn property(self, name: &str, resources: &Resources<'a>) -> Option<Self> {
        let document = self.get("properties")?.as_object()?.get(name)?;
        Some(resources.part(self, document))
    }

    /// A keyword's number.
    pub(super) fn number(self, keyword: &str) -> Option<Decimal> {
        self.get(keyword)?.as_decimal()
    }

    /// A keyword's texts.
    pub(super) fn texts(self, keyword: &str) -> Vec<&'a str> {
        let items = self.get(keyword).and_then(Document::as_array).unwrap_or_default();
        items.iter().filter_map(Document::as_str).collect()
    }

    /// What the first of these keywords says of everything that is not spoken of otherwise.
    pub(super) fn rest(self, keywords: &[&str], resources: &Resources<'a>) -> Rest<'a> {
        match keywords.iter().find_map(|keyword| self.schema(keyword, resources)) {
            None => Rest::Open,
            Some(node) => match node.document {
                Document::Bool(true) => Rest::Open,
                Document::Bool(false) => Rest::Closed,
                Document::Object(members) if members.is_empty() => Rest::Open,
                _ => Rest::Schema(node),
            },
        }
    }

    /// The text of the `$ref` that stands for the node or beside it.
    pub(super) fn reference(self) -> Option<&'a str> {
        reference(self.document)
    }

    /// What a `$ref` in the node means.
    pub(super) fn follow(self, reference: &str, resources: &Resources<'a>) -> Option<Self> {
        resources.resolve(reference, self.resource)
    }
}

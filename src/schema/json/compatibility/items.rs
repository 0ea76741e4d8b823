//! Arrays: lists of one schema, and tuples with a schema for each place.

use super::super::super::document::Document;
use super::super::node::{Node, Rest};
use super::super::resources::Resources;
use super::Sort;
use super::comparison::Comparison;
use super::scalar::Limit;

/// The keywords that only arrays have.
pub(super) const KEYWORDS: &[&str] =
    &["items", "prefixItems", "additionalItems", "unevaluatedItems", "minItems", "maxItems", "uniqueItems", "contains"];

const COUNTS: [Limit; 2] = [
    Limit { keyword: "maxItems", added: "MAX_ITEMS_ADDED", tightened: "MAX_ITEMS_DECREASED" },
    Limit { keyword: "minItems", added: "MIN_ITEMS_ADDED", tightened: "MIN_ITEMS_INCREASED" },
];

/// The schemas of an array's items.
struct Items<'a> {
    /// Of the first ones, place by place.
    places: Vec<Node<'a>>,
    /// Of all others, and the keyword that says it.
    rest: Rest<'a>,
    keyword: &'static str,
}

impl<'a> Items<'a> {
    fn of(node: Node<'a>, resources: &Resources<'a>) -> Self {
        let tuple = matches!(node.get("items"), Some(Document::Array(_)));
        let (places, keyword) = match (node.get("prefixItems"), tuple) {
            (Some(_), _) => (node.list("prefixItems", resources), "items"),
            (None, true) => (node.list("items", resources), "additionalItems"),
            (None, false) => (Vec::new(), "items"),
        };
        Self { places, rest: node.rest(&[keyword, "unevaluatedItems"], resources), keyword }
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn arrays(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let mut fits = self.limits(&COUNTS, w, r);
        let unique = |node: Node<'a>| node.get("uniqueItems").and_then(Document::as_bool) == Some(true);
        if unique(r) && !unique(w) {
            fits = self.fault_at("uniqueItems", "UNIQUE_ITEMS_ADDED", Sort::Added);
        }
        fits &= self.contained(w, r);
        let (written, accepted) = (Items::of(w, self.writer), Items::of(r, self.reader));
        fits &= self.at("items", |comparison| comparison.places(&written, &accepted));
        fits & self.at(accepted.keyword, |comparison| comparison.rest_of_items(&written, &accepted))
    }

    /// Some item must be of a schema, so that an array without items is refused, whatever the schema.
    fn contained(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        match (w.schema("contains", self.writer), r.schema("contains", self.reader)) {
            (_, None) => true,
            (Some(w), Some(r)) => self.compare_at("contains", w, r),
            (None, Some(_)) => self.fault_at("contains", "SCHEMA_ADDED", Sort::Added),
        }
    }

    fn places(&mut self, written: &Items<'a>, accepted: &Items<'a>) -> bool {
        let mut fits = true;
        for place in 0..written.places.len().max(accepted.places.len()) {
            fits &= self.at(&place.to_string(), |comparison| {
                match (written.places.get(place).copied(), accepted.places.get(place).copied()) {
                    (Some(w), Some(r)) => comparison.compare(w, r),
                    (None, Some(r)) => comparison.added_place(written.rest, r),
                    (Some(w), None) => comparison.removed_place(w, accepted.rest),
                    (None, None) => true,
                }
            });
        }
        fits
    }

    fn added_place(&mut self, rest: Rest<'a>, r: Node<'a>) -> bool {
        match rest {
            Rest::Closed => true,
            _ if self.accepts_all(r) => true,
            Rest::Open => self.fault("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", Sort::Opened),
            Rest::Schema(w) => {
                self.fits(w, r)
                    || self.fault("ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::AddedUncovered)
            }
        }
    }

    fn removed_place(&mut self, w: Node<'a>, rest: Rest<'a>) -> bool {
        match rest {
            Rest::Open => true,
            _ if w.document.as_bool() == Some(false) => true,
            Rest::Closed => self.fault("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", Sort::Closed),
            Rest::Schema(r) => {
                self.fits(w, r)
                    || self.fault("ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::RemovedUncovered)
            }
        }
    }

    fn rest_of_items(&mut self, written: &Items<'a>, accepted: &Items<'a>) -> bool {
        match (written.rest, accepted.rest) {
            (_, Rest::Open) | (Rest::Closed, _) => true,
            (Rest::Open, Rest::Schema(_)) if accepted.keyword == "items" => self.fault("SCHEMA_ADDED", Sort::Added),
            (Rest::Open, Rest::Closed) => self.fault("ADDITIONAL_ITEMS_REMOVED", Sort::Added),
            (Rest::Schema(w), Rest::Schema(r)) => self.compare(w, r),
            (Rest::Open, Rest::Schema(_)) | (Rest::Schema(_), Rest::Closed) => {
                self.fault("ADDITIONAL_ITEMS_NARROWED", Sort::Fewer)
            }
        }
    }
}

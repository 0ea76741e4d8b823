//! Objects: the properties that are described, those that match a pattern, all others, and which must be there.

use std::collections::{BTreeMap, HashSet};

use super::super::super::document::Document;
use super::super::node::{Node, Rest};
use super::super::resources::Resources;
use super::Sort;
use super::comparison::Comparison;
use super::scalar::Limit;

/// The keywords that only objects have.
pub(super) const KEYWORDS: &[&str] = &[
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "minProperties",
    "maxProperties",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
];

const COUNTS: [Limit; 2] = [
    Limit { keyword: "maxProperties", added: "MAX_PROPERTIES_ADDED", tightened: "MAX_PROPERTIES_DECREASED" },
    Limit { keyword: "minProperties", added: "MIN_PROPERTIES_ADDED", tightened: "MIN_PROPERTIES_INCREASED" },
];

/// What an object says of properties that it does not describe by name.
struct Content<'a> {
    patterns: Vec<(&'a str, Node<'a>)>,
    rest: Rest<'a>,
}

/// What such a property may be.
enum Cover<'a> {
    /// Anything.
    Anything,
    /// It may not be there.
    Nothing,
    /// Of all these schemas.
    Schemas(Vec<Node<'a>>),
}

/// What the presence of properties demands: others, or that the object is of a schema.
#[derive(Default)]
struct Dependencies<'a> {
    names: BTreeMap<&'a str, Vec<&'a str>>,
    schemas: BTreeMap<&'a str, Node<'a>>,
}

impl<'a> Content<'a> {
    fn of(node: Node<'a>, resources: &Resources<'a>) -> Self {
        let rest = node.rest(&["additionalProperties", "unevaluatedProperties"], resources);
        Self { patterns: node.map("patternProperties", resources), rest }
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn objects(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let mut fits = self.limits(&COUNTS, w, r);
        let (written, accepted) = (Content::of(w, self.writer), Content::of(r, self.reader));
        fits &= self.at("properties", |comparison| {
            let added = comparison.described(w, &written, r);
            added & comparison.removed(w, r, &accepted)
        });
        fits &= self.required(w, r);
        fits &= self.patterns(w, &written, r, &accepted);
        fits &= self.rest_of_properties(&written, &accepted);
        fits &= self.names(w, r);
        fits & self.dependencies(w, r)
    }

    /// Whether a schema accepts everything.
    pub(super) fn accepts_all(&mut self, r: Node<'a>) -> bool {
        self.demands(r, self.reader).is_empty()
    }

    /// The properties that the reader describes.
    fn described(&mut self, w: Node<'a>, written: &Content<'a>, r: Node<'a>) -> bool {
        let required: HashSet<&str> = r.texts("required").into_iter().collect();
        let mut fits = true;
        for (name, property) in r.map("properties", self.reader) {
            fits &= self.at(name, |comparison| match w.property(name, comparison.writer) {
                Some(before) => comparison.compare(before, property),
                None => comparison.added(name, written, property, required.contains(name)),
            });
        }
        fits
    }

    /// A property that the writer does not describe.
    fn added(&mut self, name: &str, written: &Content<'a>, r: Node<'a>, required: bool) -> bool {
        let must_be_there = required && r.get("default").is_none();
        let fits = match self.cover(written, name) {
            _ if self.accepts_all(r) => true,
            Cover::Nothing => true,
            Cover::Schemas(schemas) => {
                schemas.iter().any(|&w| self.fits(w, r))
                    || self.fault("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::AddedUncovered)
            }
            Cover::Anything if !written.patterns.is_empty() => {
                self.fault("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::AddedUncovered)
            }
            Cover::Anything if required => {
                return self.fault("REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", Sort::Opened);
            }
            Cover::Anything => self.fault("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", Sort::Opened),
        };
        if must_be_there {
            return self.fault("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", Sort::Required);
        }
        fits
    }

    /// The properties that the reader does not describe any more.
    fn removed(&mut self, w: Node<'a>, r: Node<'a>, accepted: &Content<'a>) -> bool {
        let mut fits = true;
        for (name, property) in w.map("properties", self.writer) {
            let never = property.document.as_bool() == Some(false);
            if never || r.property(name, self.reader).is_some() {
                continue;
            }
            fits &= self.at(name, |comparison| match comparison.cover(accepted, name) {
                Cover::Anything => true,
                Cover::Nothing if accepted.patterns.is_empty() => {
                    comparison.fault("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", Sort::Closed)
                }
                Cover::Schemas(schemas) if schemas.iter().all(|&r| comparison.fits(property, r)) => true,
                _ => comparison
                    .fault("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::RemovedUncovered),
            });
        }
        fits
    }

    /// What an object says of a property that it does not describe by name.
    fn cover(&mut self, content: &Content<'a>, name: &str) -> Cover<'a> {
        let mut schemas = Vec::new();
        for (pattern, schema) in &content.patterns {
            if self.step() && self.matches(pattern, name) {
                schemas.push(*schema);
            }
        }
        match content.rest {
            _ if !schemas.is_empty() => Cover::Schemas(schemas),
            Rest::Open => Cover::Anything,
            Rest::Closed => Cover::Nothing,
            Rest::Schema(schema) => Cover::Schemas(vec![schema]),
        }
    }

    /// The names that the reader requires. Those of properties that only it describes are told of there.
    fn required(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let written: HashSet<&str> = w.texts("required").into_iter().collect();
        let mut fits = true;
        for name in r.texts("required") {
            let described = r.property(name, self.reader);
            let has_default = described.is_some_and(|property| property.get("default").is_some());
            let is_new = described.is_some() && w.property(name, self.writer).is_none();
            if !written.contains(name) && !has_default && !is_new {
                fits = self
                    .at("required", |comparison| comparison.fault_at(name, "REQUIRED_ATTRIBUTE_ADDED", Sort::Added));
            }
        }
        fits
    }

    /// The patterns of both: what matches one of the reader's was of its schema before, and what matched one of the
    /// writer's still has a place.
    fn patterns(&mut self, w: Node<'a>, written: &Content<'a>, r: Node<'a>, accepted: &Content<'a>) -> bool {
        self.at("patternProperties", |comparison| {
            let mut fits = true;
            for &(pattern, r) in &accepted.patterns {
                let same = w.get("patternProperties").and_then(|patterns| patterns.get(pattern));
                let same = same.map(|same| comparison.writer.part(w, same));
                fits &= comparison.at(pattern, |comparison| match same {
                    Some(w) => comparison.compare(w, r),
                    None => comparison.added_pattern(pattern, w, written.rest, r),
                });
            }
            for &(pattern, w) in &written.patterns {
                let gone = r.get("patternProperties").is_none_or(|patterns| patterns.get(pattern).is_none());
                fits &= !gone || comparison.at(pattern, |comparison| comparison.removed_pattern(w, accepted.rest));
            }
            fits
        })
    }

    fn added_pattern(&mut self, pattern: &'a str, w: Node<'a>, rest: Rest<'a>, r: Node<'a>) -> bool {
        if self.accepts_all(r) {
            return true;
        }
        let covered = match rest {
            Rest::Closed => true,
            Rest::Open => return self.fault("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", Sort::Opened),
            Rest::Schema(w) => self.fits(w, r),
        };
        let described = w.map("properties", self.writer).into_iter();
        let covered = covered
            && described
                .filter(|(name, _)| self.step() && self.matches(pattern, name))
                .collect::<Vec<_>>()
                .into_iter()
                .all(|(_, w)| self.fits(w, r));
        covered || self.fault("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::AddedUncovered)
    }

    fn removed_pattern(&mut self, w: Node<'a>, rest: Rest<'a>) -> bool {
        let covered = match rest {
            Rest::Open => true,
            Rest::Closed => w.document.as_bool() == Some(false),
            Rest::Schema(r) => self.fits(w, r),
        };
        covered || self.fault("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", Sort::RemovedUncovered)
    }

    fn rest_of_properties(&mut self, written: &Content<'a>, accepted: &Content<'a>) -> bool {
        self.at("additionalProperties", |comparison| match (written.rest, accepted.rest) {
            (_, Rest::Open) | (Rest::Closed, _) => true,
            (Rest::Open, Rest::Closed) => comparison.fault("ADDITIONAL_PROPERTIES_REMOVED", Sort::Added),
            (Rest::Schema(w), Rest::Schema(r)) => comparison.compare(w, r),
            (Rest::Open, Rest::Schema(r)) if comparison.accepts_all(r) => true,
            (Rest::Open, Rest::Schema(_)) | (Rest::Schema(_), Rest::Closed) => {
                comparison.fault("ADDITIONAL_PROPERTIES_NARROWED", Sort::Fewer)
            }
        })
    }

    fn names(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        match (w.schema("propertyNames", self.writer), r.schema("propertyNames", self.reader)) {
            (_, None) => true,
            (Some(w), Some(r)) => self.compare_at("propertyNames", w, r),
            (None, Some(r)) => self.accepts_all(r) || self.fault_at("propertyNames", "SCHEMA_ADDED", Sort::Added),
        }
    }

    fn dependencies(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let written: Dependencies<'a> = dependencies(w, self.writer);
        let accepted = dependencies(r, self.reader);
        self.at("dependencies", |comparison| {
            let mut fits = true;
            for (name, accepted) in accepted.names {
                let before = written.names.get(name);
                fits &= comparison.at(name, |comparison| comparison.dependent_names(before, &accepted));
            }
            for (name, r) in accepted.schemas {
                let before = written.schemas.get(name);
                fits &= comparison.at(name, |comparison| match before {
                    Some(&w) => comparison.compare(w, r),
                    None => comparison.accepts_all(r) || comparison.fault("DEPENDENCY_SCHEMA_ADDED", Sort::Added),
                });
            }
            fits
        })
    }

    fn dependent_names(&mut self, before: Option<&Vec<&'a str>>, accepted: &[&'a str]) -> bool {
        let Some(before) = before else {
            return accepted.is_empty() || self.fault("DEPENDENCY_ARRAY_ADDED", Sort::Added);
        };
        if accepted.iter().all(|name| before.contains(name)) {
            true
        } else if before.iter().all(|name| accepted.contains(name)) {
            self.fault("DEPENDENCY_ARRAY_EXTENDED", Sort::More)
        } else {
            self.fault("DEPENDENCY_ARRAY_CHANGED", Sort::Other)
        }
    }
}

/// What depends on the presence of a property, by whichever keyword.
fn dependencies<'a>(node: Node<'a>, resources: &Resources<'a>) -> Dependencies<'a> {
    let keywords = ["dependencies", "dependentRequired", "dependentSchemas"];
    let mut found = Dependencies::default();
    for (name, node) in keywords.into_iter().flat_map(|keyword| node.map(keyword, resources)) {
        match node.document {
            Document::Array(names) => {
                found.names.insert(name, names.iter().filter_map(Document::as_str).collect());
            }
            _ => drop(found.schemas.insert(name, node)),
        }
    }
    found
}

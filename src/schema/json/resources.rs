//! What a `$ref` means: the schemas that have a name of their own, and the way from there.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::super::document::Document;
use super::JsonSchema;
use super::draft::Draft;
use super::node::Node;

/// Members that hold data, not schemas.
const DATA: [&str; 4] = ["enum", "const", "default", "examples"];

/// Everything in a schema and its references that a `$ref` can name.
#[derive(Debug)]
pub(super) struct Resources<'a> {
    all: Vec<Resource<'a>>,
    by_uri: HashMap<String, usize>,
    /// Which resource starts at a document, by its address.
    starts: HashMap<*const Document, usize>,
    anchors: HashMap<(usize, &'a str), &'a Document>,
    /// Each `$ref`, and the resource in which it stands.
    references: Vec<(usize, &'a str)>,
}

/// A schema with a URI of its own: a whole text, or a part of one that has an `$id`.
#[derive(Debug)]
struct Resource<'a> {
    uri: String,
    root: &'a Document,
    draft: Draft,
}

impl<'a> Resources<'a> {
    pub(super) fn of(schema: &'a JsonSchema) -> Self {
        let mut resources = Self {
            all: Vec::new(),
            by_uri: HashMap::new(),
            starts: HashMap::new(),
            anchors: HashMap::new(),
            references: Vec::new(),
        };
        // The base of the schema itself is what the names of its references are relative to.
        let base = schema.sources.first().and_then(|source| id(&source.root, source.draft)).unwrap_or_default();
        for source in &schema.sources {
            let uri = join(base, &source.name);
            let resource = resources.add(Resource { uri, root: &source.root, draft: source.draft });
            if !source.name.is_empty() {
                resources.by_uri.entry(without_fragment(&source.name).to_owned()).or_insert(resource);
            }
            resources.walk(&source.root, resource);
        }
        resources
    }

    fn add(&mut self, resource: Resource<'a>) -> usize {
        let index = self.all.len();
        self.by_uri.entry(resource.uri.clone()).or_insert(index);
        self.starts.insert(resource.root, index);
        self.all.push(resource);
        index
    }

    fn walk(&mut self, document: &'a Document, within: usize) {
        match document {
            Document::Array(items) => items.iter().for_each(|item| self.walk(item, within)),
            Document::Object(members) => {
                let within = self.enter(document, within);
                for key in ["$anchor", "$dynamicAnchor"] {
                    if let Some(anchor) = members.get(key).and_then(Document::as_str) {
                        self.add_anchor(within, anchor, document);
                    }
                }
                if let Some(reference) = reference(document) {
                    self.references.push((within, reference));
                }
                for (_, member) in members.iter().filter(|(key, _)| !DATA.contains(&key.as_str())) {
                    self.walk(member, within);
                }
            }
            _ => {}
        }
    }

    /// The resource that an object belongs to: one of its own if it has an `$id`.
    fn enter(&mut self, document: &'a Document, within: usize) -> usize {
        let Some((draft, outer)) = self.all.get(within).map(|outer| (outer.draft, outer.uri.as_str())) else {
            return within;
        };
        let Some(id) = id(document, draft) else { return within };
        if id.starts_with('#') {
            self.add_anchor(within, id, document);
            return within;
        }
        let uri = join(outer, id);
        match self.starts.get(&std::ptr::from_ref(document)).copied() {
            // A whole text is known by its name already.
            Some(index) => {
                self.by_uri.entry(uri).or_insert(index);
                index
            }
            None => self.add(Resource { uri, root: document, draft }),
        }
    }

    fn add_anchor(&mut self, within: usize, anchor: &'a str, document: &'a Document) {
        self.anchors.entry((within, anchor.trim_start_matches('#'))).or_insert(document);
    }

    /// The schema itself.
    pub(super) fn root(&self) -> Option<Node<'a>> {
        self.all.first().map(|root| Node { document: root.root, resource: 0 })
    }

    /// A part of a node, which may be a resource of its own.
    pub(super) fn part(&self, of: Node<'a>, document: &'a Document) -> Node<'a> {
        let resource = self.starts.get(&std::ptr::from_ref(document)).copied().unwrap_or(of.resource);
        Node { document, resource }
    }

    /// Whether what stands beside a `$ref` counts in this node.
    pub(super) fn has_siblings_of_ref(&self, node: Node<'a>) -> bool {
        self.all.get(node.resource).is_some_and(|resource| resource.draft.has_siblings_of_ref())
    }

    /// What a `$ref` in a node means.
    pub(super) fn resolve(&self, reference: &str, from: usize) -> Option<Node<'a>> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if uri.is_empty() {
            from
        } else {
            let joined = join(&self.all.get(from)?.uri, uri);
            *self.by_uri.get(&joined).or_else(|| self.by_uri.get(uri))?
        };
        let mut node = Node { document: self.all.get(resource)?.root, resource };
        let fragment = percent_decode_str(fragment).decode_utf8().ok()?;
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let document = self.anchors.get(&(resource, &*fragment))?;
            return Some(Node { document, resource });
        }
        for step in fragment.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let document = match node.document {
                Document::Array(items) => items.get(step.parse::<usize>().ok()?)?,
                Document::Object(members) => members.get(&step)?,
                _ => return None,
            };
            node = self.part(node, document);
        }
        Some(node)
    }

    /// A `$ref` into the text where it stands that leads nowhere, if there is one.
    pub(super) fn dangling(&self) -> Option<&'a str> {
        let lost = |(from, reference): &&(usize, &'a str)| {
            reference.starts_with('#') && self.resolve(reference, *from).is_none()
        };
        self.references.iter().find(lost).map(|(_, reference)| *reference)
    }
}

/// The text of a `$ref`, or of what stands for one.
pub(super) fn reference(document: &Document) -> Option<&str> {
    let reference = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().find_map(|key| document.get(key));
    reference.and_then(Document::as_str)
}

/// The `$id` of a schema; in draft 4, its `id`.
fn id(document: &Document, draft: Draft) -> Option<&str> {
    document.get(if draft == Draft::Four { "id" } else { "$id" }).and_then(Document::as_str)
}

fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(uri, _)| uri)
}

/// A URI, relative to another one, without its fragment (RFC 3986, so far as schemas use it).
fn join(base: &str, uri: &str) -> String {
    let (base, uri) = (without_fragment(base), without_fragment(uri));
    if uri.is_empty() || base.is_empty() || has_scheme(uri) {
        return if uri.is_empty() { base } else { uri }.to_owned();
    }
    let path_at = base.find("://").map_or(0, |at| at + 3);
    let (authority, path) =
        base.split_at(base.get(path_at..).and_then(|rest| rest.find('/')).map_or(base.len(), |at| path_at + at));
    if uri.starts_with('/') {
        return format!("{authority}{uri}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut segments: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    for segment in uri.split('/') {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    if path_at == 0 && !path.starts_with('/') {
        segments.join("/")
    } else {
        format!("{authority}/{}", segments.join("/"))
    }
}

fn has_scheme(uri: &str) -> bool {
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn relative_uris_are_resolved() {
        for (base, uri, joined) in [
            ("http://a.b/c/d.json", "e.json", "http://a.b/c/e.json"),
            ("http://a.b/c/d.json#x", "./e.json#y", "http://a.b/c/e.json"),
            ("http://a.b/c/d.json", "../e.json", "http://a.b/e.json"),
            ("http://a.b/c/d.json", "/e.json", "http://a.b/e.json"),
            ("http://a.b", "e.json", "http://a.b/e.json"),
            ("http://a.b/c", "urn:x:y", "urn:x:y"),
            ("http://a.b/c", "", "http://a.b/c"),
            ("", "e.json", "e.json"),
            ("d.json", "e.json", "e.json"),
            ("c/d.json", "e.json", "c/e.json"),
            ("/c/d.json", "e.json", "/c/e.json"),
        ] {
            assert_eq!(join(base, uri), joined, "{uri} from {base}");
        }
    }
}

//! Reads YAML into a [`Document`] and notes what a config must not hold: duplicate keys, custom tags, keys that are not
//! text.
//!
//! Works on the parser's events, not on a loaded tree, because only they have a mark for every key, the second of two
//! equal ones too. Every input is bounded: the text by [`MAX_BYTES`], its nesting and what its aliases expand to here.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput, Tag};
use serde_json::Value;

use super::document::{Document, LocatedFault, Place};
use super::{pointer, scalar};

/// The size up to which a config is read. Far above any real one.
pub(super) const MAX_BYTES: u64 = 1 << 20;
/// How deep mappings and lists may stand in one another.
const MAX_DEPTH: usize = 64;
/// How many values a config may have once its aliases are expanded: a few nested ones can stand for billions.
const MAX_VALUES: usize = 100_000;
const EMPTY: &str = "the config is empty";

/// A fault that ends the reading: nothing behind it can be trusted. One word, as an error should be.
#[derive(Debug)]
pub(super) struct Broken(Box<LocatedFault>);

impl Broken {
    /// A fault of the file as a whole.
    pub(super) fn file(message: impl Into<String>) -> Self {
        Self(Box::new(LocatedFault::of_the_file(message)))
    }

    /// The fault itself.
    pub(super) fn into_fault(self) -> LocatedFault {
        *self.0
    }
}

impl From<LocatedFault> for Broken {
    fn from(fault: LocatedFault) -> Self {
        Self(Box::new(fault))
    }
}

/// Reads `text`. The faults in the second part leave a document that is still worth checking.
pub(super) fn read(text: &str) -> Result<(Document, Vec<LocatedFault>), Broken> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), values: 0, faults: Vec::new() };
    let root = reader.document()?;
    let mut document = Document::new();
    let value = settle(&mut document, &root, "", None);
    document.set_root(value);
    Ok((document, reader.faults))
}

/// Reads the value of an environment variable: one YAML value on its own.
pub(super) fn read_value(text: &str) -> Result<Value, String> {
    match read(text) {
        Ok((document, faults)) => match faults.into_iter().next() {
            None => Ok(document.root().clone()),
            Some(fault) => Err(fault.message),
        },
        Err(broken) => Err(broken.into_fault().message),
    }
}

/// A value with its mark; its places are noted once its final pointer is known.
///
/// Cheap to clone, so that a nest of anchors costs no more than the text that holds it.
#[derive(Clone)]
struct Node {
    mark: Place,
    data: Rc<Data>,
    /// How many values this is, itself included.
    size: usize,
    /// How many levels this has below itself.
    height: usize,
}

impl Node {
    fn new(mark: Place, data: Data) -> Self {
        let (size, height) = match &data {
            Data::Single(..) => (1, 0),
            Data::List(items) => measure(items.iter()),
            Data::Mapping(members) => measure(members.iter().map(|(_, _, node)| node)),
        };
        Self { mark, data: Rc::new(data), size, height }
    }
}

fn measure<'n>(children: impl Iterator<Item = &'n Node>) -> (usize, usize) {
    children.fold((1, 0), |(size, height), child| (size + child.size, height.max(child.height + 1)))
}

enum Data {
    /// A scalar; with its text if it is a number or a truth value that would be printed otherwise: `007`.
    Single(Value, Option<String>),
    List(Vec<Node>),
    Mapping(Vec<(String, Place, Node)>),
}

/// Notes the places of `node` and all it holds, and gives its value.
fn settle(document: &mut Document, node: &Node, pointer: &str, key: Option<&Place>) -> Value {
    document.note(pointer, key.cloned(), node.mark.clone());
    match &*node.data {
        Data::Single(value, spelling) => {
            if let Some(text) = spelling {
                document.note_spelling(pointer, text.clone());
            }
            value.clone()
        }
        Data::List(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| settle(document, item, &pointer::join(pointer, &index.to_string()), None))
                .collect()
        }
        Data::Mapping(members) => {
            let members = members.iter().map(|(name, mark, node)| {
                (name.clone(), settle(document, node, &pointer::join(pointer, name), Some(mark)))
            });
            Value::Object(members.collect())
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// What each anchor stands for; an anchor that is still being read is not here yet.
    anchors: HashMap<usize, Node>,
    values: usize,
    faults: Vec<LocatedFault>,
}

fn place(mark: Marker) -> Place {
    Place::File { line: mark.line(), column: mark.col() + 1 }
}

/// A fault that ends the reading.
fn stop(mark: Marker, pointer: &str, message: impl Into<String>) -> Broken {
    Broken(Box::new(fault(mark, pointer, message)))
}

fn fault(mark: Marker, pointer: &str, message: impl Into<String>) -> LocatedFault {
    LocatedFault { place: place(mark), pointer: pointer.to_owned(), message: message.into() }
}

fn not_yaml(error: &ScanError) -> Broken {
    let message = match error.info() {
        info if info.contains("recursion") => "nested too deeply".to_owned(),
        info if info.contains("tab") => format!("not valid YAML: {info}; indent with spaces, never with tabs"),
        info => format!("not valid YAML: {info}"),
    };
    stop(*error.marker(), "", message)
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Marker), Broken> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, span.start)),
            Some(Err(error)) => Err(not_yaml(&error)),
            None => Ok((Event::StreamEnd, Marker::new(0, 1, 0))),
        }
    }

    /// The one document of the text.
    fn document(&mut self) -> Result<Node, Broken> {
        let root = loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd | Event::DocumentEnd, _) => return Err(Broken::file(EMPTY)),
                (event, mark) => break self.node(event, mark, "", 1)?,
            }
        };
        if matches!(&*root.data, Data::Single(Value::Null, _)) {
            return Err(Broken::file(EMPTY));
        }
        match self.next()? {
            (Event::StreamEnd, _) => Ok(root),
            _ => match self.next()? {
                (Event::StreamEnd, _) => Ok(root),
                (_, mark) => Err(stop(mark, "", "a second YAML document begins here; a config is a single one")),
            },
        }
    }

    /// The value that begins with `event`.
    fn node(&mut self, event: Event<'t>, mark: Marker, pointer: &str, depth: usize) -> Result<Node, Broken> {
        if depth > MAX_DEPTH {
            return Err(stop(mark, pointer, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let (data, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, mark, pointer, depth),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), mark, pointer);
                let value = self.scalar(&text, style, tag.as_deref(), mark, pointer);
                let spelling = scalar::is_respelt(&value, &text).then(|| text.into_owned());
                (Data::Single(value, spelling), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), mark, pointer);
                (Data::List(self.list(pointer, depth)?), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), mark, pointer);
                (Data::Mapping(self.mapping(pointer, depth)?), anchor)
            }
            _ => return Err(stop(mark, pointer, "not valid YAML: expected a value")),
        };
        let node = Node::new(place(mark), data);
        self.count(1, mark, pointer)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, pointer: &str, depth: usize) -> Result<Vec<Node>, Broken> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, mark) => {
                    let pointer = pointer::join(pointer, &items.len().to_string());
                    items.push(self.node(event, mark, &pointer, depth + 1)?);
                }
            }
        }
    }

    fn mapping(&mut self, pointer: &str, depth: usize) -> Result<Vec<(String, Place, Node)>, Broken> {
        let mut members = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let (key, mark) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(members),
                (Event::Scalar(key, style, _, None), mark) => {
                    if key == "<<" && style == ScalarStyle::Plain {
                        return Err(stop(mark, pointer, "YAML 1.2 has no merge key '<<'; write the keys out"));
                    }
                    (key.into_owned(), mark)
                }
                (_, mark) => return Err(stop(mark, pointer, "a key must be plain text")),
            };
            let here = pointer::join(pointer, &key);
            let (event, value_mark) = self.next()?;
            let node = self.node(event, value_mark, &here, depth + 1)?;
            if let Some(line) = lines.get(&key) {
                self.fault(mark, &here, format!("duplicate key; it is given first in line {line}"));
            } else {
                lines.insert(key.clone(), mark.line());
                members.push((key, place(mark), node));
            }
        }
    }

    /// What the alias stands for.
    fn alias(&mut self, anchor: usize, mark: Marker, pointer: &str, depth: usize) -> Result<Node, Broken> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return Err(stop(mark, pointer, "an alias must stand for a whole value that was given before it"));
        };
        if depth + node.height > MAX_DEPTH {
            return Err(stop(mark, pointer, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.count(node.size, mark, pointer)?;
        Ok(Node { mark: place(mark), ..node })
    }

    /// Counts values against the limit, before they are copied.
    fn count(&mut self, size: usize, mark: Marker, pointer: &str) -> Result<(), Broken> {
        self.values += size;
        if self.values > MAX_VALUES {
            return Err(stop(mark, pointer, format!("more than {MAX_VALUES} values, aliases expanded")));
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, mark: Marker, pointer: &str) -> Value {
        scalar::read(text, style, tag).unwrap_or_else(|message| {
            self.fault(mark, pointer, message);
            Value::Null
        })
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, mark: Marker, pointer: &str) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.fault(mark, pointer, format!("the tag {tag} has no meaning in a config"));
        }
    }

    fn fault(&mut self, mark: Marker, pointer: &str, message: impl Into<String>) {
        self.faults.push(fault(mark, pointer, message));
    }
}

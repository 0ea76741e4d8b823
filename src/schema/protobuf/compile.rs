//! Text to descriptors. What is imported comes from the references or is known to every implementation; nothing is read
//! from disk.

use std::collections::{BTreeSet, HashMap, HashSet};

use prost_reflect::{DescriptorError, DescriptorPool, FileDescriptor};
use prost_types::{DescriptorProto, FileDescriptorProto, UninterpretedOption};

use super::SchemaError;
use super::known;
use super::names;

/// The longest text that is looked at, in bytes: more than any registry stores.
pub(super) const MAX_TEXT: usize = 4 << 20;

/// What is said of files in another syntax.
pub(super) const NO_EDITIONS: &str = "editions are not supported, only proto2 and proto3";

/// The syntax of a file alone: no name is resolved and no import opened.
pub(super) fn syntax(text: &str) -> Result<FileDescriptorProto, SchemaError> {
    if text.len() > MAX_TEXT {
        return Err(SchemaError(format!("the text has {} bytes, more than {MAX_TEXT}", text.len())));
    }
    protox_parse::parse("", text).map_err(|error| {
        let mut message = error.to_string();
        if message.ends_with("found 'edition'") {
            NO_EDITIONS.clone_into(&mut message);
        }
        match error.span() {
            Some(span) => SchemaError(format!("{}: {message}", place(text, span.start))),
            None => SchemaError(message),
        }
    })
}

/// Where a byte of a text is.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("line {}, column {}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// What a file imports, as it says it.
#[derive(Debug, Clone, Default)]
pub(super) struct ImportList {
    pub(super) all: Vec<String>,
    /// Indexes of those that whoever imports this file sees too.
    pub(super) public: Vec<i32>,
    /// Indexes of those that may be missing, in an old sense.
    pub(super) weak: Vec<i32>,
}

impl ImportList {
    pub(super) fn of(file: &FileDescriptorProto) -> Self {
        let FileDescriptorProto { dependency, public_dependency, weak_dependency, .. } = file.clone();
        Self { all: dependency, public: public_dependency, weak: weak_dependency }
    }
}

/// The file with all its names resolved. What it imports is not as the text says it.
pub(super) fn file<N: AsRef<str>, T: AsRef<str>>(
    root: FileDescriptorProto,
    references: &[(N, T)],
) -> Result<FileDescriptor, SchemaError> {
    let name = root_name(references);
    let mut imports = Imports::new(references);
    let visible = imports.load(&name, &root)?;
    imports.add(&name, root, visible)?;
    imports.pool.get_file_by_name(&name).ok_or_else(|| SchemaError("the file is empty".to_owned()))
}

/// The name of the schema itself, which is none of the others'.
pub(super) fn root_name<N: AsRef<str>, T>(references: &[(N, T)]) -> String {
    let mut name = "default.proto".to_owned();
    while references.iter().any(|(other, _)| other.as_ref() == name) {
        name.insert(0, '_');
    }
    name
}

/// How many files are looked at for what is imported publicly, in all.
const MAX_VISITS: usize = 10_000_000;

/// The files that can be imported, and those that have been.
pub(super) struct Imports<'a> {
    texts: HashMap<&'a str, &'a str>,
    pool: DescriptorPool,
    /// For each file of the pool what whoever imports it sees through it: the files that it imports publicly, and so on.
    public: HashMap<String, BTreeSet<String>>,
    /// How many files each file of the pool sees: the pool goes through them all for whoever imports it.
    seen: HashMap<String, usize>,
    visits: usize,
}

/// What is left to do before a file can be compiled.
enum Step {
    Open(String),
    Add(String, Box<FileDescriptorProto>),
}

impl<'a> Imports<'a> {
    pub(super) fn new<N: AsRef<str>, T: AsRef<str>>(references: &'a [(N, T)]) -> Self {
        let texts = references.iter().map(|(name, text)| (name.as_ref(), text.as_ref())).collect();
        Self { texts, pool: DescriptorPool::new(), public: HashMap::new(), seen: HashMap::new(), visits: 0 }
    }

    pub(super) fn into_pool(self) -> DescriptorPool {
        self.pool
    }

    /// Compiles everything that a file imports, and returns all that it sees.
    ///
    /// Goes depth first, without recursion: a chain of imports may be long.
    pub(super) fn load(&mut self, name: &str, file: &FileDescriptorProto) -> Result<Vec<String>, SchemaError> {
        let opens = |file: &FileDescriptorProto| file.dependency.iter().rev().cloned().map(Step::Open).collect();
        let mut steps: Vec<Step> = opens(file);
        let mut open: HashSet<String> = HashSet::from([name.to_owned()]);
        while let Some(step) = steps.pop() {
            match step {
                Step::Add(name, file) => {
                    let visible = self.visible(&file);
                    self.add(&name, *file, visible)
                        .map_err(|error| SchemaError(format!("import \"{name}\": {error}")))?;
                }
                Step::Open(import) if self.public.contains_key(&import) => {}
                Step::Open(import) if !open.insert(import.clone()) => return Err(cycle(name, &steps, &import)),
                Step::Open(import) => {
                    let file = self.find(&import)?;
                    let imports: Vec<Step> = opens(&file);
                    steps.push(Step::Add(import, Box::new(file)));
                    steps.extend(imports);
                }
            }
        }
        Ok(self.visible(file))
    }

    fn find(&self, name: &str) -> Result<FileDescriptorProto, SchemaError> {
        if let Some(text) = self.texts.get(name).copied().or_else(|| known::text(name)) {
            return syntax(text).map_err(|error| SchemaError(format!("import \"{name}\": {error}")));
        }
        let builtin = DescriptorPool::global().get_file_by_name(name);
        let missing = || SchemaError(format!("import \"{name}\" is none of the references and not known"));
        builtin.map(|file| file.file_descriptor_proto().clone()).ok_or_else(missing)
    }

    /// The files that another one sees, once they are compiled: those it imports, and what these import publicly.
    fn visible(&self, file: &FileDescriptorProto) -> Vec<String> {
        let direct = file.dependency.iter();
        let through = direct.clone().filter_map(|import| self.public.get(import)).flatten();
        direct.chain(through).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// Compiles one file whose imports are compiled.
    ///
    /// The pool sees through one public import only, so it is given all visible files as if they were imported.
    fn add(&mut self, name: &str, mut file: FileDescriptorProto, visible: Vec<String>) -> Result<(), SchemaError> {
        names::check(&file)?;
        if let Some(message) = false_entry(&file.message_type) {
            return Err(SchemaError(format!("message {message} sets map_entry, which only a map field may")));
        }
        self.visits += visible.iter().filter_map(|import| self.seen.get(import)).sum::<usize>();
        if self.visits > MAX_VISITS {
            return Err(SchemaError("too many files import each other publicly".to_owned()));
        }
        self.seen.insert(name.to_owned(), visible.len());
        let public =
            file.public_dependency.iter().filter_map(|index| file.dependency.get(usize::try_from(*index).ok()?));
        let public = FileDescriptorProto { dependency: public.cloned().collect(), ..FileDescriptorProto::default() };
        self.public.insert(name.to_owned(), self.visible(&public).into_iter().collect());
        // With the places of the text, each error would look for its own.
        let places = file.source_code_info.take();
        file.name = Some(name.to_owned());
        (file.dependency, file.public_dependency, file.weak_dependency) = (visible, Vec::new(), Vec::new());
        self.pool.add_file_descriptor_proto(file).map_err(|error: DescriptorError| {
            let mut all = places.iter().flat_map(|places| &places.location);
            let at = all.find(|location| Some(&*location.path) == error.path()).and_then(|location| {
                let [line, column, ..] = location.span[..] else { return None };
                Some(format!("line {}, column {}: ", line + 1, column + 1))
            });
            SchemaError(format!("{}{error}", at.unwrap_or_default()))
        })
    }
}

/// The name of a message that claims to be the entry of a map: who believes it looks for a key and a value.
fn false_entry(messages: &[DescriptorProto]) -> Option<&str> {
    let claims = |option: &UninterpretedOption| matches!(&option.name[..], [only] if only.name_part == "map_entry" && !only.is_extension);
    messages.iter().find_map(|message| {
        let mut written = message.options.iter().flat_map(|options| &options.uninterpreted_option);
        if written.any(claims) { Some(message.name()) } else { false_entry(&message.nested_type) }
    })
}

/// Those that are opened and not added yet import each other in this order.
fn cycle(root: &str, steps: &[Step], import: &str) -> SchemaError {
    let open = steps.iter().filter_map(|step| match step {
        Step::Add(name, _) => Some(name.as_str()),
        Step::Open(_) => None,
    });
    let way: Vec<&str> = [root].into_iter().chain(open).skip_while(|name| *name != import).collect();
    SchemaError(format!("the file \"{import}\" imports itself: {} -> {import}", way.join(" -> ")))
}

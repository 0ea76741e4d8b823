//! Descriptors to text, in the form in which Confluent's registry prints files, which is nearly that of Square's Wire.
//!
//! A file is its syntax and package, then sections with an empty line before each: imports, options, types, extensions,
//! services. Messages come before enums. Inside a type it is the same: what is reserved, options, fields, choices, groups,
//! extension ranges, nested types. Options are taken as they are written, not as values.

mod field;
mod literal;
mod message;
mod option;
mod statements;

use prost_types::{
    EnumDescriptorProto, FileDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto, UninterpretedOption,
};

use message::Path;
use option::options;
use statements::Statements;

/// Numbers of the members of descriptors, of which the paths to places in a text are made.
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const EXTENSIONS: i32 = 7;
const SYNTAX: i32 = 12;
const RESERVED_OF_ENUM: [i32; 2] = [4, 5];

/// The text of a file whose options are uninterpreted.
pub(super) fn file(file: &FileDescriptorProto) -> String {
    let statements = Statements::of(file);
    let syntax = file.syntax.as_deref();
    let mut page = Page { text: String::new(), indent: 0, syntax, statements: &statements };
    // The older syntax is the one that is meant without saying so.
    let said = statements.has(&[SYNTAX]);
    match syntax {
        None | Some("proto2" | "") if said => page.line("syntax = \"proto2\";"),
        None | Some("proto2" | "") => {}
        Some(syntax) => page.line(&format!("syntax = \"{syntax}\";")),
    }
    if let Some(package) = file.package.as_deref().filter(|package| !package.is_empty()) {
        page.line(&format!("package {package};"));
    }
    page.section(&imports(file), |page, import| page.line(import));
    page.option_section(file.options.as_ref().map_or(&[], |options| &options.uninterpreted_option));
    let messages = Path::root(MESSAGES, ENUMS);
    page.types(&file.message_type, &file.enum_type, &file.extension, &messages);
    page.extensions(&file.extension, &Path::root(EXTENSIONS, ENUMS), &file.message_type, &messages);
    page.section(&file.service, Page::service);
    page.text
}

/// The lines that import, the public ones behind the others, the weak ones last.
fn imports(file: &FileDescriptorProto) -> Vec<String> {
    let is_in = |indexes: &[i32], at: i32| indexes.contains(&at);
    let kind = |at| match (is_in(&file.public_dependency, at), is_in(&file.weak_dependency, at)) {
        (true, _) => "public ",
        (_, true) => "weak ",
        _ => "",
    };
    let mut imports: Vec<(&str, &String)> =
        (0..).zip(&file.dependency).map(|(at, import)| (kind(at), import)).collect();
    imports.sort_by_key(|(kind, _)| *kind);
    imports.iter().map(|(kind, import)| format!("import {kind}\"{import}\";")).collect()
}

/// A text under construction.
struct Page<'a> {
    text: String,
    indent: usize,
    syntax: Option<&'a str>,
    statements: &'a Statements<'a>,
}

impl Page<'_> {
    /// Adds lines, each as deep as the page is.
    fn line(&mut self, lines: &str) {
        for line in lines.lines() {
            self.text.extend(std::iter::repeat_n("  ", self.indent));
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    /// Ends the line that opens a block, or adds an empty line; inside types that are in others, it has their indent.
    fn empty_line(&mut self) {
        if self.text.ends_with('\n') {
            self.text.extend(std::iter::repeat_n("  ", self.indent.saturating_sub(1)));
        }
        self.text.push('\n');
    }

    /// Adds items below an empty line, if there are any.
    fn section<T>(&mut self, items: impl IntoIterator<Item = T>, print: impl Fn(&mut Self, T)) {
        for (index, item) in items.into_iter().enumerate() {
            if index == 0 {
                self.empty_line();
            }
            print(self, item);
        }
    }

    fn option_section(&mut self, written: &[UninterpretedOption]) {
        self.section(written, |page, written| page.line(&format!("option {};", option::option(written))));
    }

    /// Adds what stands between braces. The first section of it gives the line of the opening one its end.
    fn block(&mut self, head: &str, inside: impl FnOnce(&mut Self)) {
        self.line(&format!("{head} {{"));
        self.text.pop();
        let empty = self.text.len();
        self.indent += 1;
        inside(self);
        self.indent -= 1;
        if self.text.len() == empty {
            self.text.push_str("}\n");
        } else {
            self.line("}");
        }
    }

    fn symbols(&mut self, symbols: &EnumDescriptorProto, path: &Path) {
        self.block(&format!("enum {}", symbols.name()), |page| {
            let [ranges, names] = RESERVED_OF_ENUM.map(|member| path.member(member));
            let range = |index: usize| {
                let range = symbols.reserved_range.get(index)?;
                Some(statements::range(range.start(), range.end(), i32::MAX))
            };
            let ranges = page.statements.lists(&ranges, symbols.reserved_range.len(), &range);
            let name = |index: usize| Some(format!("\"{}\"", symbols.reserved_name.get(index)?));
            let names = page.statements.lists(&names, symbols.reserved_name.len(), &name);
            page.section(statements::in_order(ranges, names), |page, list| page.line(&format!("reserved {list};")));
            page.option_section(symbols.options.as_ref().map_or(&[], |options| &options.uninterpreted_option));
            page.section(&symbols.value, |page, value| {
                let written = value.options.as_ref().map_or(&[][..], |options| &options.uninterpreted_option);
                let written: Vec<String> = written.iter().map(option::option).collect();
                page.line(&format!("{} = {}{};", value.name(), value.number(), options(&written)));
            });
        });
    }

    fn service(&mut self, service: &ServiceDescriptorProto) {
        self.block(&format!("service {}", service.name()), |page| {
            page.option_section(service.options.as_ref().map_or(&[], |options| &options.uninterpreted_option));
            page.section(&service.method, Page::method);
        });
    }

    fn method(&mut self, method: &MethodDescriptorProto) {
        let stream = |streams: bool| if streams { "stream " } else { "" };
        let head = format!(
            "rpc {} ({}{}) returns ({}{})",
            method.name(),
            stream(method.client_streaming()),
            method.input_type(),
            stream(method.server_streaming()),
            method.output_type()
        );
        let written = method.options.as_ref().map_or(&[][..], |options| &options.uninterpreted_option);
        if written.is_empty() {
            return self.line(&format!("{head};"));
        }
        self.line(&format!("{head} {{"));
        self.indent += 1;
        for written in written {
            self.line(&format!("option {};", option::option(written)));
        }
        self.indent -= 1;
        self.line("};");
    }
}

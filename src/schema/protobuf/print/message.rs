//! Messages, and what is like them: groups, and the types of a file.

use std::collections::{HashMap, HashSet};

use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, OneofDescriptorProto};

use super::{Page, statements};

/// Numbers of the members of a message's descriptor.
const NESTED: i32 = 3;
const ENUMS: i32 = 4;
const EXTENSION_RANGES: i32 = 5;
const EXTENSIONS: i32 = 6;
const RESERVED: [i32; 2] = [9, 10];

/// The largest number that a field can have.
const MAX_NUMBER: i32 = (1 << 29) - 1;

/// The path to a place in a text, and the member of enums beside it.
#[derive(Debug, Clone)]
pub(super) struct Path {
    steps: Vec<i32>,
    enums: i32,
}

impl Path {
    pub(super) fn root(member: i32, enums: i32) -> Self {
        Self { steps: vec![member], enums }
    }

    pub(super) fn as_slice(&self) -> &[i32] {
        &self.steps
    }

    /// The path to a member of what is here.
    pub(super) fn member(&self, member: i32) -> Self {
        let mut steps = self.steps.clone();
        steps.push(member);
        Self { steps, enums: ENUMS }
    }

    /// The path to one of the items that are here.
    pub(super) fn member_at(&self, index: usize) -> Self {
        self.member(i32::try_from(index).unwrap_or(i32::MAX))
    }

    /// The path to one of the enums that stand beside the messages that are here.
    fn symbols_at(&self, index: usize) -> Self {
        let mut beside = self.clone();
        if let Some(last) = beside.steps.last_mut() {
            *last = self.enums;
        }
        beside.member_at(index)
    }
}

/// Messages by their names, with their indexes.
pub(super) type Bodies<'a> = HashMap<&'a str, (usize, &'a DescriptorProto)>;

pub(super) fn bodies(messages: &[DescriptorProto]) -> Bodies<'_> {
    messages.iter().enumerate().map(|(index, message)| (message.name(), (index, message))).collect()
}

impl Page<'_> {
    /// The types of a file or a message: messages, then enums, without those that are written as groups or maps.
    pub(super) fn types(
        &mut self,
        messages: &[DescriptorProto],
        enums: &[EnumDescriptorProto],
        fields: &[FieldDescriptorProto],
        path: &Path,
    ) {
        let groups: HashSet<&str> = fields.iter().filter(|field| is_group(field)).map(type_name).collect();
        let own = |message: &DescriptorProto| !is_map_entry(message) && !groups.contains(message.name());
        let messages = messages.iter().enumerate().filter(|(_, message)| own(message));
        let messages = messages.map(|(index, message)| (Some(message), None, path.member_at(index)));
        let enums = enums.iter().enumerate().map(|(index, symbols)| (None, Some(symbols), path.symbols_at(index)));
        self.section(messages.chain(enums), |page, (message, symbols, path)| {
            if let Some(message) = message {
                page.message(&format!("message {}", message.name()), message, &path);
            }
            if let Some(symbols) = symbols {
                page.symbols(symbols, &path);
            }
        });
    }

    pub(super) fn message(&mut self, head: &str, message: &DescriptorProto, path: &Path) {
        self.block(head, |page| {
            page.reserved(message, path);
            page.option_section(message.options.as_ref().map_or(&[], |options| &options.uninterpreted_option));
            let (bodies, bodies_at) = (bodies(&message.nested_type), path.member(NESTED));
            let choice = |field: &FieldDescriptorProto| field.oneof_index.filter(|_| !field.proto3_optional());
            let (groups, plain): (Vec<_>, Vec<_>) =
                message.field.iter().filter(|field| choice(field).is_none()).partition(|field| is_group(field));
            page.section(plain, |page, field| page.field(field, &bodies));
            let mut choices: Vec<Vec<&FieldDescriptorProto>> = vec![Vec::new(); message.oneof_decl.len()];
            for field in &message.field {
                let fields = choice(field).and_then(|index| choices.get_mut(usize::try_from(index).ok()?));
                if let Some(fields) = fields {
                    fields.push(field);
                }
            }
            // A choice without fields is how an optional field is written down.
            let choices = message.oneof_decl.iter().zip(&choices).filter(|(_, fields)| !fields.is_empty());
            page.section(choices, |page, (choice, fields)| page.choice(choice, fields, &bodies, &bodies_at));
            page.section(groups, |page, group| page.group(group, &bodies, &bodies_at));
            page.extension_ranges(message, path);
            let fields: Vec<_> = message.field.iter().chain(&message.extension).cloned().collect();
            page.types(&message.nested_type, &message.enum_type, &fields, &bodies_at);
            page.extensions(&message.extension, &path.member(EXTENSIONS), &message.nested_type, &bodies_at);
        });
    }

    fn reserved(&mut self, message: &DescriptorProto, path: &Path) {
        let [ranges, names] = RESERVED.map(|member| path.member(member));
        let range = |index: usize| {
            let range = message.reserved_range.get(index)?;
            Some(statements::range(range.start(), range.end() - 1, MAX_NUMBER))
        };
        let ranges = self.statements.lists(&ranges, message.reserved_range.len(), &range);
        let name = |index: usize| Some(format!("\"{}\"", message.reserved_name.get(index)?));
        let names = self.statements.lists(&names, message.reserved_name.len(), &name);
        self.section(statements::in_order(ranges, names), |page, list| page.line(&format!("reserved {list};")));
    }

    fn extension_ranges(&mut self, message: &DescriptorProto, path: &Path) {
        let range = |index: usize| {
            let range = message.extension_range.get(index)?;
            Some(statements::range(range.start(), range.end() - 1, MAX_NUMBER))
        };
        let lists = self.statements.lists(&path.member(EXTENSION_RANGES), message.extension_range.len(), &range);
        self.section(lists, |page, (_, list)| page.line(&format!("extensions {list};")));
    }

    fn choice(
        &mut self,
        choice: &OneofDescriptorProto,
        fields: &[&FieldDescriptorProto],
        bodies: &Bodies<'_>,
        bodies_at: &Path,
    ) {
        self.block(&format!("oneof {}", choice.name()), |page| {
            page.option_section(choice.options.as_ref().map_or(&[], |options| &options.uninterpreted_option));
            let (groups, plain): (Vec<_>, Vec<_>) = fields.iter().partition(|field| is_group(field));
            page.section(plain, |page, field| page.field(field, bodies));
            page.section(groups, |page, group| page.group(group, bodies, bodies_at));
        });
    }

    /// A field together with the message that it is of, which is among `bodies` at `bodies_at`.
    pub(super) fn group(&mut self, field: &FieldDescriptorProto, bodies: &Bodies<'_>, bodies_at: &Path) {
        if let Some((index, body)) = bodies.get(type_name(field)) {
            let head = format!("{}group {} = {}", super::field::label(field, self.syntax), body.name(), field.number());
            self.message(&head, body, &bodies_at.member_at(*index));
        }
    }
}

pub(super) fn is_group(field: &FieldDescriptorProto) -> bool {
    field.r#type == Some(Type::Group.into())
}

pub(super) fn is_map_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry)
}

/// The name of a field's type without its scope.
pub(super) fn type_name(field: &FieldDescriptorProto) -> &str {
    let name = field.type_name();
    name.rsplit_once('.').map_or(name, |(_, short)| short)
}

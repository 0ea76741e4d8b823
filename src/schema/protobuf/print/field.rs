//! Fields and extensions.

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto};

use super::message::{Bodies, Path, bodies, is_group, is_map_entry, type_name};
use super::option::{option, options};
use super::{Page, literal};

impl Page<'_> {
    /// `bodies` are the messages among which the entries of maps are.
    pub(super) fn field(&mut self, field: &FieldDescriptorProto, bodies: &Bodies<'_>) {
        let entry = bodies.get(type_name(field)).map(|(_, body)| *body).filter(|body| is_map_entry(body));
        let (label, ty) = match entry {
            Some(entry) => {
                let part = |number| entry.field.iter().find(|field| field.number() == number).map_or("", ty);
                ("", format!("map<{}, {}>", part(1), part(2)))
            }
            None => (label(field, self.syntax), ty(field).to_owned()),
        };
        self.line(&format!("{label}{ty} {} = {}{};", field.name(), field.number(), options(&all_options(field))));
    }

    /// Extensions, block by block. `messages` are those among which their groups are, at `bodies_at`.
    pub(super) fn extensions(
        &mut self,
        extensions: &[FieldDescriptorProto],
        path: &Path,
        messages: &[DescriptorProto],
        bodies_at: &Path,
    ) {
        let mut blocks: Vec<Vec<&FieldDescriptorProto>> = Vec::new();
        let groups = self.statements.groups(path, extensions.len());
        let mut last = None;
        for (start, indexes) in groups {
            for extension in indexes.iter().filter_map(|index| extensions.get(*index)) {
                let same = last == Some((start, extension.extendee()));
                match blocks.last_mut() {
                    Some(block) if same => block.push(extension),
                    _ => blocks.push(vec![extension]),
                }
                last = Some((start, extension.extendee()));
            }
        }
        let bodies = bodies(messages);
        self.section(blocks, |page, fields| {
            let extendee = fields.first().map_or("", |field| field.extendee());
            page.block(&format!("extend {extendee}"), |page| {
                page.section(fields, |page, field| {
                    if is_group(field) {
                        page.group(field, &bodies, bodies_at);
                    } else {
                        page.field(field, &Bodies::new());
                    }
                });
            });
        });
    }
}

/// What stands before the type. Proto3 has no label for what may be missing, unless it is told apart from zero.
pub(super) fn label(field: &FieldDescriptorProto, syntax: Option<&str>) -> &'static str {
    match field.label {
        _ if field.oneof_index.is_some() && !field.proto3_optional() => "",
        Some(label) if label == i32::from(Label::Optional) && syntax == Some("proto3") && !field.proto3_optional() => {
            ""
        }
        Some(label) if label == i32::from(Label::Repeated) => "repeated ",
        Some(label) if label == i32::from(Label::Required) => "required ",
        Some(_) => "optional ",
        None => "",
    }
}

fn ty(field: &FieldDescriptorProto) -> &str {
    match field.r#type.and_then(|ty| Type::try_from(ty).ok()) {
        Some(Type::Double) => "double",
        Some(Type::Float) => "float",
        Some(Type::Int64) => "int64",
        Some(Type::Uint64) => "uint64",
        Some(Type::Int32) => "int32",
        Some(Type::Fixed64) => "fixed64",
        Some(Type::Fixed32) => "fixed32",
        Some(Type::Bool) => "bool",
        Some(Type::String) => "string",
        Some(Type::Bytes) => "bytes",
        Some(Type::Uint32) => "uint32",
        Some(Type::Sfixed32) => "sfixed32",
        Some(Type::Sfixed64) => "sfixed64",
        Some(Type::Sint32) => "sint32",
        Some(Type::Sint64) => "sint64",
        Some(Type::Group | Type::Message | Type::Enum) | None => field.type_name(),
    }
}

/// The options of a field, and what is written like one.
fn all_options(field: &FieldDescriptorProto) -> Vec<String> {
    let written = field.options.as_ref().map_or(&[][..], |options| &options.uninterpreted_option);
    let default = field.default_value.as_deref().map(|value| {
        let value = match field.r#type.and_then(|ty| Type::try_from(ty).ok()) {
            Some(Type::String) => literal::quoted(value.as_bytes()),
            // The bytes of this one are escaped already.
            Some(Type::Bytes) => format!("\"{value}\""),
            _ => value.to_owned(),
        };
        format!("default = {value}")
    });
    let name = field.json_name.as_deref().map(|name| format!("json_name = {}", literal::quoted(name.as_bytes())));
    written.iter().map(option).chain(default).chain(name).collect()
}

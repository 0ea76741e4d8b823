//! A file that comes as a serialized `FileDescriptorProto` in base64.
//!
//! Its options are values already, of extensions too, which only a descriptor pool can tell; they are turned back into what
//! stands in a text, so that the file is printed like any other.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost_reflect::{
    DynamicMessage, EnumDescriptor, ExtensionDescriptor, FileDescriptor, MessageDescriptor, OneofDescriptor,
    ReflectMessage, Value,
};
use prost_types::uninterpreted_option::NamePart;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueOptions, FieldDescriptorProto, FieldOptions,
    FileDescriptorProto, FileOptions, MessageOptions, MethodOptions, OneofOptions, ServiceOptions, UninterpretedOption,
};

use super::compile::ImportList;
use super::{SchemaError, compile, names};

/// Members of options that do not come from a text.
const NOT_WRITTEN: [&str; 2] = ["uninterpreted_option", "map_entry"];

/// The file, with its options as they would be written; `None` if it is no serialized file at all.
pub(super) fn file<N: AsRef<str>, T: AsRef<str>>(
    sent: &str,
    references: &[(N, T)],
) -> Option<Result<FileDescriptorProto, SchemaError>> {
    let bytes = STANDARD.decode(sent.trim()).ok().filter(|bytes| (1..=compile::MAX_TEXT).contains(&bytes.len()))?;
    let file: FileDescriptorProto = prost::Message::decode(bytes.as_slice()).ok()?;
    Some(text_like(file, &bytes, references))
}

fn text_like<N: AsRef<str>, T: AsRef<str>>(
    mut file: FileDescriptorProto,
    bytes: &[u8],
    references: &[(N, T)],
) -> Result<FileDescriptorProto, SchemaError> {
    // The descriptors' library panics where it would say that it knows no other.
    if !matches!(file.syntax(), "" | "proto2" | "proto3") {
        return Err(SchemaError(compile::NO_EDITIONS.to_owned()));
    }
    names::check(&file)?;
    // Under its own name it may be among what is imported.
    let name = compile::root_name(references);
    let mut imports = compile::Imports::new(references);
    let visible = ImportList { all: imports.load(&name, &file)?, ..ImportList::default() };
    let mut pool = imports.into_pool();
    pool.decode_file_descriptor_proto(with_imports(bytes, &name, visible)?.as_slice()).map_err(unusable)?;
    if let Some(compiled) = pool.get_file_by_name(&name) {
        write_options(&mut file, &compiled);
    }
    Ok(file)
}

fn unusable(error: impl fmt::Display) -> SchemaError {
    SchemaError(error.to_string())
}

/// A serialized file with another name and other imports. Whatever else it holds stays, known or not.
pub(super) fn with_imports(bytes: &[u8], name: &str, imports: ImportList) -> Result<Vec<u8>, SchemaError> {
    let kind = FileDescriptorProto::default().descriptor();
    let mut file = DynamicMessage::decode(kind, bytes).map_err(unusable)?;
    let numbers = |indexes: Vec<i32>| Value::List(indexes.into_iter().map(Value::I32).collect());
    file.set_field_by_name("name", Value::String(name.to_owned()));
    file.set_field_by_name("dependency", Value::List(imports.all.into_iter().map(Value::String).collect()));
    file.set_field_by_name("public_dependency", numbers(imports.public));
    file.set_field_by_name("weak_dependency", numbers(imports.weak));
    file.clear_field_by_name("source_code_info");
    Ok(prost::Message::encode_to_vec(&file))
}

fn write_options(file: &mut FileDescriptorProto, compiled: &FileDescriptor) {
    file.options = written(&compiled.options())
        .map(|uninterpreted_option| FileOptions { uninterpreted_option, ..FileOptions::default() });
    for (message, compiled) in file.message_type.iter_mut().zip(compiled.messages()) {
        write_message(message, &compiled);
    }
    for (symbols, compiled) in file.enum_type.iter_mut().zip(compiled.enums()) {
        write_enum(symbols, &compiled);
    }
    for (extension, compiled) in file.extension.iter_mut().zip(compiled.extensions()) {
        write_extension(extension, &compiled);
    }
    for (service, compiled) in file.service.iter_mut().zip(compiled.services()) {
        service.options = written(&compiled.options())
            .map(|uninterpreted_option| ServiceOptions { uninterpreted_option, ..Default::default() });
        for (method, compiled) in service.method.iter_mut().zip(compiled.methods()) {
            method.options = written(&compiled.options())
                .map(|uninterpreted_option| MethodOptions { uninterpreted_option, ..Default::default() });
        }
    }
}

fn write_message(message: &mut DescriptorProto, compiled: &MessageDescriptor) {
    let map_entry = compiled.is_map_entry();
    let uninterpreted_option = written(&compiled.options()).unwrap_or_default();
    message.options = (map_entry || !uninterpreted_option.is_empty()).then(|| MessageOptions {
        map_entry: map_entry.then_some(true),
        uninterpreted_option,
        ..MessageOptions::default()
    });
    for field in &mut message.field {
        let name = default_json_name(field.name());
        field.json_name.take_if(|json_name| *json_name == name);
        let number = u32::try_from(field.number()).unwrap_or_default();
        field.options = compiled.get_field(number).and_then(|field| field_options(&field.options()));
    }
    for (extension, compiled) in message.extension.iter_mut().zip(compiled.child_extensions()) {
        write_extension(extension, &compiled);
    }
    for (choice, compiled) in message.oneof_decl.iter_mut().zip(compiled.oneofs()) {
        choice.options = oneof_options(&compiled);
    }
    for (nested, compiled) in message.nested_type.iter_mut().zip(compiled.child_messages()) {
        write_message(nested, &compiled);
    }
    for (symbols, compiled) in message.enum_type.iter_mut().zip(compiled.child_enums()) {
        write_enum(symbols, &compiled);
    }
}

/// An extension is `[its.name]` in JSON, which no text says.
fn write_extension(extension: &mut FieldDescriptorProto, compiled: &ExtensionDescriptor) {
    extension.json_name = None;
    extension.options = field_options(&compiled.options());
}

/// The name that a field has in JSON unless its file says otherwise; compilers add it to what they serialize.
fn default_json_name(name: &str) -> String {
    let mut after_underscore = false;
    let mut json_name = String::with_capacity(name.len());
    for char in name.chars() {
        match char {
            '_' => after_underscore = true,
            char if std::mem::take(&mut after_underscore) => json_name.push(char.to_ascii_uppercase()),
            char => json_name.push(char),
        }
    }
    json_name
}

fn write_enum(symbols: &mut EnumDescriptorProto, compiled: &EnumDescriptor) {
    symbols.options = written(&compiled.options())
        .map(|uninterpreted_option| EnumOptions { uninterpreted_option, ..Default::default() });
    for value in &mut symbols.value {
        let compiled = compiled.get_value_by_name(value.name());
        value.options = compiled
            .and_then(|value| written(&value.options()))
            .map(|uninterpreted_option| EnumValueOptions { uninterpreted_option, ..Default::default() });
    }
}

fn field_options(options: &DynamicMessage) -> Option<FieldOptions> {
    written(options).map(|uninterpreted_option| FieldOptions { uninterpreted_option, ..Default::default() })
}

fn oneof_options(choice: &OneofDescriptor) -> Option<OneofOptions> {
    written(&choice.options()).map(|uninterpreted_option| OneofOptions { uninterpreted_option })
}

/// Options as they are written; `None` if there are none.
fn written(options: &DynamicMessage) -> Option<Vec<UninterpretedOption>> {
    let mut all = Vec::new();
    for (field, value) in options.fields().filter(|(field, _)| !NOT_WRITTEN.contains(&field.name())) {
        let name = NamePart { name_part: field.name().to_owned(), is_extension: false };
        let symbol =
            |number| field.kind().as_enum().and_then(|symbols| symbols.get_value(number)).map(|s| s.name().to_owned());
        write(&name, value, &symbol, &mut all);
    }
    for (extension, value) in options.extensions() {
        let name = NamePart { name_part: extension.full_name().to_owned(), is_extension: true };
        let symbol = |number| {
            extension.kind().as_enum().and_then(|symbols| symbols.get_value(number)).map(|s| s.name().to_owned())
        };
        write(&name, value, &symbol, &mut all);
    }
    (!all.is_empty()).then_some(all)
}

/// One option, or one for each value of a list. `symbol` names the values of an enum.
fn write(name: &NamePart, value: &Value, symbol: &dyn Fn(i32) -> Option<String>, all: &mut Vec<UninterpretedOption>) {
    let mut option = UninterpretedOption { name: vec![name.clone()], ..UninterpretedOption::default() };
    let whole = |option: &mut UninterpretedOption, number: i64| match u64::try_from(number) {
        Ok(number) => option.positive_int_value = Some(number),
        Err(_) => option.negative_int_value = Some(number),
    };
    match value {
        Value::Bool(flag) => option.identifier_value = Some(flag.to_string()),
        Value::I32(number) => whole(&mut option, i64::from(*number)),
        Value::I64(number) => whole(&mut option, *number),
        Value::U32(number) => option.positive_int_value = Some(u64::from(*number)),
        Value::U64(number) => option.positive_int_value = Some(*number),
        Value::F32(number) => option.double_value = Some(f64::from(*number)),
        Value::F64(number) => option.double_value = Some(*number),
        Value::String(text) => option.string_value = Some(text.clone().into_bytes()),
        Value::Bytes(bytes) => option.string_value = Some(bytes.to_vec()),
        Value::EnumNumber(number) => match symbol(*number) {
            Some(symbol) => option.identifier_value = Some(symbol),
            None => whole(&mut option, i64::from(*number)),
        },
        Value::Message(message) => option.aggregate_value = Some(message.to_text_format()),
        Value::List(values) => return values.iter().for_each(|value| write(name, value, symbol, all)),
        // No option is a map: fields of options are not, and extensions can't be.
        Value::Map(_) => return,
    }
    all.push(option);
}

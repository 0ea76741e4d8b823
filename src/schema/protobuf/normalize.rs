//! What has no order, sorted; types by their full names.
//!
//! The order of messages, enums and services stays: it says which message a record is of.

use indexmap::IndexSet;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

/// The file with the names of `compiled`, in order. Without the places of the text, each reserved range stands alone.
pub(super) fn normalized(mut file: FileDescriptorProto, compiled: &FileDescriptorProto) -> FileDescriptorProto {
    file.source_code_info = None;
    sort_imports(&mut file);
    sort_options(file.options.as_mut().map(|options| &mut options.uninterpreted_option));
    for (message, compiled) in file.message_type.iter_mut().zip(&compiled.message_type) {
        sort_message(message, compiled);
    }
    file.enum_type.iter_mut().for_each(sort_enum);
    sort_extensions(&mut file.extension, &compiled.extension);
    for (service, compiled) in file.service.iter_mut().zip(&compiled.service) {
        sort_options(service.options.as_mut().map(|options| &mut options.uninterpreted_option));
        for (method, compiled) in service.method.iter_mut().zip(&compiled.method) {
            method.input_type.clone_from(&compiled.input_type);
            method.output_type.clone_from(&compiled.output_type);
            sort_options(method.options.as_mut().map(|options| &mut options.uninterpreted_option));
        }
    }
    file
}

fn sort_imports(file: &mut FileDescriptorProto) {
    let at = |indexes: &[i32], imports: &[String]| -> Vec<String> {
        let named = indexes.iter().filter_map(|index| imports.get(usize::try_from(*index).ok()?).cloned());
        named.collect()
    };
    let public = at(&file.public_dependency, &file.dependency);
    let weak = at(&file.weak_dependency, &file.dependency);
    file.dependency.sort_unstable();
    file.dependency.dedup();
    let indexes = |names: Vec<String>| -> Vec<i32> {
        let place = |import: &String| file.dependency.binary_search(import).ok().and_then(|at| i32::try_from(at).ok());
        let mut indexes: Vec<i32> = names.iter().filter_map(place).collect();
        indexes.sort_unstable();
        indexes
    };
    (file.public_dependency, file.weak_dependency) = (indexes(public), indexes(weak));
}

fn sort_message(message: &mut DescriptorProto, compiled: &DescriptorProto) {
    sort_options(message.options.as_mut().map(|options| &mut options.uninterpreted_option));
    message.reserved_range.sort_by_key(|range| (range.start(), range.end()));
    message.reserved_name.sort_unstable();
    message.extension_range.sort_by_key(|range| (range.start(), range.end()));
    for (field, compiled) in message.field.iter_mut().zip(&compiled.field) {
        sort_field(field, compiled);
    }
    message.field.sort_by_key(FieldDescriptorProto::number);
    sort_oneofs(message);
    for (nested, compiled) in message.nested_type.iter_mut().zip(&compiled.nested_type) {
        sort_message(nested, compiled);
    }
    message.enum_type.iter_mut().for_each(sort_enum);
    sort_extensions(&mut message.extension, &compiled.extension);
}

/// Choices come in the order of their first fields.
fn sort_oneofs(message: &mut DescriptorProto) {
    let index = |field: &FieldDescriptorProto| field.oneof_index.and_then(|at| usize::try_from(at).ok());
    let mut first = vec![i32::MAX; message.oneof_decl.len()];
    for field in &message.field {
        if let Some(first) = index(field).and_then(|at| first.get_mut(at)) {
            *first = field.number().min(*first);
        }
    }
    let mut order: Vec<usize> = (0..first.len()).collect();
    order.sort_by_key(|&old| first.get(old));
    let mut places = vec![None; first.len()];
    for (new, &old) in (0..).zip(&order) {
        if let Some(place) = places.get_mut(old) {
            *place = Some(new);
        }
    }
    for field in &mut message.field {
        field.oneof_index = index(field).and_then(|old| *places.get(old)?);
    }
    message.oneof_decl = order.iter().filter_map(|&old| message.oneof_decl.get(old).cloned()).collect();
    for choice in &mut message.oneof_decl {
        sort_options(choice.options.as_mut().map(|options| &mut options.uninterpreted_option));
    }
}

fn sort_enum(symbols: &mut EnumDescriptorProto) {
    sort_options(symbols.options.as_mut().map(|options| &mut options.uninterpreted_option));
    symbols.reserved_range.sort_by_key(|range| (range.start(), range.end()));
    symbols.reserved_name.sort_unstable();
    symbols.value.sort_by(|left, right| (left.number(), left.name()).cmp(&(right.number(), right.name())));
    for value in &mut symbols.value {
        sort_options(value.options.as_mut().map(|options| &mut options.uninterpreted_option));
    }
}

/// Extensions stay in the order of what they extend, each time with their fields in order.
fn sort_extensions(extensions: &mut [FieldDescriptorProto], compiled: &[FieldDescriptorProto]) {
    for (extension, compiled) in extensions.iter_mut().zip(compiled) {
        extension.extendee.clone_from(&compiled.extendee);
        sort_field(extension, compiled);
    }
    let order: IndexSet<String> = extensions.iter().map(|extension| extension.extendee().to_owned()).collect();
    extensions.sort_by_key(|extension| (order.get_index_of(extension.extendee()), extension.number()));
}

fn sort_field(field: &mut FieldDescriptorProto, compiled: &FieldDescriptorProto) {
    field.type_name.clone_from(&compiled.type_name);
    sort_options(field.options.as_mut().map(|options| &mut options.uninterpreted_option));
}

fn sort_options(options: Option<&mut Vec<UninterpretedOption>>) {
    let name = |option: &UninterpretedOption| -> Vec<String> {
        option.name.iter().map(|part| part.name_part.clone()).collect()
    };
    if let Some(options) = options {
        options.sort_by_cached_key(name);
    }
}

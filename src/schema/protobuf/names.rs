//! How long names may get: a compiled file holds each with its full scope, so that a short text could become very long.

use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::SchemaError;

/// The longest package, in bytes; `protoc` has the same limit.
const MAX_PACKAGE: usize = 511;

/// All full names together, in bytes.
const MAX_TOTAL: usize = 64 << 20;

/// An error if the names of a file take too much once they are resolved.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), SchemaError> {
    let package = file.package().len();
    if package > MAX_PACKAGE {
        return Err(SchemaError(format!("the package's name has {package} bytes, more than {MAX_PACKAGE}")));
    }
    let services = file.service.iter().map(|service| {
        let scope = package + 1 + service.name().len();
        let methods = service.method.iter();
        let types = methods
            .map(|method| 3 * scope + method.name().len() + method.input_type().len() + method.output_type().len());
        scope + types.sum::<usize>()
    });
    let total = messages(&file.message_type, package)
        + symbols(&file.enum_type, package)
        + fields(&file.extension, package)
        + services.sum::<usize>();
    if total > MAX_TOTAL {
        return Err(SchemaError(format!("names take up to {total} bytes with their scopes, more than {MAX_TOTAL}")));
    }
    Ok(())
}

fn messages(messages: &[DescriptorProto], scope: usize) -> usize {
    let of = |message: &DescriptorProto| {
        let scope = scope + 1 + message.name().len();
        let choices: usize = message.oneof_decl.iter().map(|choice| scope + choice.name().len()).sum();
        let parts =
            messages_and_symbols(message, scope) + fields(&message.field, scope) + fields(&message.extension, scope);
        scope + choices + parts
    };
    messages.iter().map(of).sum()
}

fn messages_and_symbols(message: &DescriptorProto, scope: usize) -> usize {
    messages(&message.nested_type, scope) + symbols(&message.enum_type, scope)
}

fn symbols(enums: &[EnumDescriptorProto], scope: usize) -> usize {
    let of = |symbols: &EnumDescriptorProto| -> usize {
        let values = symbols.value.iter().map(|value| scope + value.name().len());
        scope + symbols.name().len() + values.sum::<usize>()
    };
    enums.iter().map(of).sum()
}

/// A field's own name, and that of its type, which is found in one of the scopes around it.
fn fields(fields: &[FieldDescriptorProto], scope: usize) -> usize {
    fields.iter().map(|field| 2 * scope + field.name().len() + field.type_name().len()).sum()
}

//! Enums: numbers by name and names by number.

use std::collections::HashMap;

use prost_reflect::{EnumDescriptor, Syntax};

use super::ENTRY;

/// An enum.
#[derive(Debug)]
pub struct Symbols {
    /// The full name.
    pub name: Box<str>,
    /// Numbers without a name are values too.
    pub open: bool,
    /// The one value is JSON's `null`.
    pub null: bool,
    numbers: HashMap<Box<str>, i32>,
    names: HashMap<i32, Box<str>>,
}

impl Symbols {
    pub(super) fn compile(symbols: &EnumDescriptor) -> Self {
        let mut names = HashMap::new();
        // Of several names of a number the first is printed.
        let mut values: Vec<_> = symbols.values().map(|value| (value.number(), value.name().to_owned())).collect();
        let order: HashMap<&str, usize> = symbols
            .enum_descriptor_proto()
            .value
            .iter()
            .enumerate()
            .map(|(index, value)| (value.name(), index))
            .collect();
        values.sort_by_key(|(_, name)| order.get(name.as_str()).copied());
        for (number, name) in &values {
            names.entry(*number).or_insert_with(|| name.as_str().into());
        }
        let numbers = values.into_iter().map(|(number, name)| (name.into_boxed_str(), number)).collect();
        let name: Box<str> = symbols.full_name().into();
        let null = &*name == "google.protobuf.NullValue";
        Self { name, open: symbols.parent_file().syntax() == Syntax::Proto3, null, numbers, names }
    }

    /// Memory that the enum takes, in bytes.
    pub(super) fn byte_size(&self) -> usize {
        let names = self.numbers.keys().chain(self.names.values()).map(|name| name.len() + ENTRY);
        size_of::<Self>() + self.name.len() + names.sum::<usize>()
    }

    /// The number behind a name.
    pub fn number(&self, name: &[u8]) -> Option<i32> {
        self.numbers.get(std::str::from_utf8(name).ok()?).copied()
    }

    /// The name of a number.
    pub fn name_of(&self, number: i32) -> Option<&str> {
        self.names.get(&number).map(|name| &**name)
    }
}

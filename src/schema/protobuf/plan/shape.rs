//! Messages: their fields by number and by name.

use std::collections::HashMap;

use prost_reflect::MessageDescriptor;

use super::draft::Draft;
use super::{ENTRY, Field, Form};

/// A message.
#[derive(Debug)]
pub struct Shape {
    /// The full name.
    pub name: Box<str>,
    /// By number.
    pub fields: Vec<Field>,
    /// How many choices there are.
    pub choices: usize,
    /// What stands for it in JSON.
    pub form: Form,
    members: HashMap<Box<str>, usize>,
}

impl Shape {
    pub(super) fn compile(descriptor: &MessageDescriptor, draft: &mut Draft) -> Self {
        let mut choices = HashMap::new();
        let mut fields: Vec<(Field, String)> =
            descriptor.fields().map(|field| (draft.field(&field, &mut choices), field.name().to_owned())).collect();
        fields.sort_by_key(|(field, _)| field.number);
        let mut members: HashMap<Box<str>, usize> =
            fields.iter().enumerate().map(|(index, (field, _))| (field.name.clone(), index)).collect();
        // A field may also be written by its name in the file.
        for (index, (_, name)) in fields.iter().enumerate() {
            members.entry(name.as_str().into()).or_insert(index);
        }
        let name: Box<str> = descriptor.full_name().into();
        let fields: Vec<Field> = fields.into_iter().map(|(field, _)| field).collect();
        let form = Form::of(&name, &fields);
        Self { name, fields, choices: choices.len(), form, members }
    }

    /// The index of the field that a member of an object is.
    pub fn member(&self, name: &[u8]) -> Option<usize> {
        self.members.get(std::str::from_utf8(name).ok()?).copied()
    }

    /// The index of the field of a number.
    #[inline]
    pub fn numbered(&self, number: u32) -> Option<usize> {
        // Most messages number their fields from 1 on without a gap.
        let dense = usize::try_from(number).ok()?.wrapping_sub(1);
        if self.fields.get(dense).is_some_and(|field| field.number == number) {
            return Some(dense);
        }
        self.fields.binary_search_by_key(&number, |field| field.number).ok()
    }

    /// Memory that the message takes, in bytes.
    pub(super) fn byte_size(&self) -> usize {
        let fields: usize = self.fields.iter().map(Field::byte_size).sum();
        let members: usize = self.members.keys().map(|name| name.len() + ENTRY).sum();
        size_of::<Self>() + self.name.len() + size_of_val(&*self.fields) + fields + members
    }
}

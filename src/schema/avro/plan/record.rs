//! Records: fields in order, how their keys look, and what stands where one is missing.

use super::super::key_image::{Image, KeyImage};
use super::super::key_table::KeyTable;
use super::super::types::{Field, Record, Schema};
use super::super::{FieldTable, SchemaError, defaults};
use super::{NodeId, Shape};
use crate::block::Padded;

/// A record type.
#[derive(Debug)]
pub struct RecordPlan {
    /// Its full name.
    pub name: Box<str>,
    /// Its fields, in the order in which they are written.
    pub fields: Box<[FieldPlan]>,
    /// Where the slots start that a codec keeps for this record; there are [`SLOTS`](Self::SLOTS) more than fields.
    pub slot: usize,
    /// The encoded defaults of all fields that have one, side by side in the order of the fields, so that a gap of
    /// several fields is one copy; then zeros, so that it may be a copy of blocks.
    defaults: Box<[u8]>,
    /// For each field, and for the end: how many bytes of `defaults` stand before it, how many fields before it have none.
    before: Box<[(usize, usize)]>,
    table: FieldTable,
    keys: Option<KeyTable>,
}

/// A field of a record.
#[derive(Debug)]
pub struct FieldPlan {
    /// Its name.
    pub name: Box<str>,
    /// Its name as a JSON key.
    pub key: KeyImage,
    /// Its type.
    pub node: NodeId,
    /// What that looks like.
    pub shape: Shape,
}

impl RecordPlan {
    /// Slots of a record beside those of its fields: one for the record itself, one for the place behind the last field.
    pub const SLOTS: usize = 2;

    /// Bytes behind the defaults.
    pub const GAP: usize = 32;

    /// The index of the field of that name.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<usize> {
        self.table.find(name, |index| self.fields[index].name.as_bytes() == name)
    }

    /// The index of the field whose key and a colon stand in `text`, without white space, and where its value can start,
    /// counted from `pos`. A comma, or whatever stands before the opening quote, is at `pos`.
    #[inline]
    pub fn find_at(&self, text: Padded<'_>, pos: usize) -> Option<(usize, usize)> {
        match &self.keys {
            Some(keys) => keys.find_at(text, pos, |index| self.fields.get(index).map(|field| &field.key.compact)),
            None => self.find_by_name(text, pos),
        }
    }

    #[inline(never)]
    fn find_by_name(&self, text: Padded<'_>, pos: usize) -> Option<(usize, usize)> {
        let rest = text.bytes().get(pos + 2..)?;
        let len = rest.iter().position(|&byte| byte == b'"')?;
        let image = |index: usize| &self.fields[index].key.compact;
        let index = self.table.find(&rest[..len], |index| image(index).is_at(text, pos, Image::BEHIND_FIRST))?;
        Some((index, image(index).len()))
    }

    /// The encoded defaults of the fields `from..to`, if each has one.
    #[inline]
    pub fn defaults(&self, from: usize, to: usize) -> Option<&[u8]> {
        let ((start, required), (end, required_then)) = (self.before[from], self.before[to]);
        (required == required_then).then(|| &self.defaults[start..end])
    }

    /// The same, for copying in blocks: all defaults from `from` on, and how many bytes of them are meant. At least
    /// [`GAP`](Self::GAP) bytes are there.
    #[inline]
    pub fn gap(&self, from: usize, to: usize) -> Option<(&[u8], usize)> {
        let (&(start, required), &(end, required_then)) = (self.before.get(from)?, self.before.get(to)?);
        if from > to || required != required_then {
            return None;
        }
        Some((&self.defaults[start..], end - start))
    }

    /// The bytes of all defaults together.
    pub fn defaults_len(&self) -> usize {
        self.defaults.len() - Self::GAP
    }

    pub(super) fn heap_size(&self) -> usize {
        let field = |field: &FieldPlan| size_of::<FieldPlan>() + field.name.len() + field.key.byte_size();
        let fields: usize = self.fields.iter().map(field).sum();
        let keys = self.keys.as_ref().map_or(0, KeyTable::byte_size);
        self.name.len() + fields + self.defaults.len() + size_of_val(&*self.before) + self.table.byte_size() + keys
    }
}

/// A default that can't be used leaves its field without one; one that does not even fit the field is noted.
pub(super) fn record_plan(schema: &Schema, record: &Record, unwritable: &mut Option<SchemaError>) -> RecordPlan {
    let mut defaults = Vec::new();
    let mut before = Vec::with_capacity(record.fields.len() + 1);
    let mut required = 0;
    before.push((0, 0));
    for field in &record.fields {
        let start = defaults.len();
        let encoded = field.default.as_ref().map(|value| defaults::encode(schema, field.ty, value, &mut defaults));
        if !matches!(encoded, Some(Ok(()))) {
            defaults.truncate(start);
            required += 1;
        }
        if let Some(Err(fault)) = encoded {
            *unwritable = unwritable.take().or_else(|| fault.of_field(record.name.as_str(), &field.name));
        }
        before.push((defaults.len(), required));
    }
    defaults.extend_from_slice(&[0; RecordPlan::GAP]);
    let field = |field: &Field| FieldPlan {
        name: field.name.as_str().into(),
        key: KeyImage::new(&field.name),
        node: field.ty.into(),
        shape: Shape::unknown(field.ty.into()),
    };
    RecordPlan {
        name: record.name.as_str().into(),
        fields: record.fields.iter().map(field).collect(),
        slot: 0,
        defaults: defaults.into(),
        before: before.into(),
        table: FieldTable::new(&record.fields),
        keys: KeyTable::new(&record.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>()),
    }
}

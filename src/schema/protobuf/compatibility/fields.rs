//! The fields of two messages that meet.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use prost_reflect::{Cardinality, FieldDescriptor, FileDescriptor, MessageDescriptor, OneofDescriptor};

use super::messages::path;
use super::types::{self, Link};
use super::{Incompatibility, Kind};

/// Compares all fields, in the order of their numbers. `files` are the reader's and the writer's own.
pub(super) fn compare(
    reader: &MessageDescriptor,
    writer: &MessageDescriptor,
    files: (&FileDescriptor, &FileDescriptor),
) -> (Vec<Incompatibility>, Vec<Link>) {
    let here = path(writer);
    let mut faults = exclusions(reader, writer, &here);
    let mut links = Vec::new();
    let gone = gone(reader, writer);
    for (_, sides) in by_number(reader, writer) {
        match sides {
            (Some(read), Some(written)) => {
                let at = place(&here, &read);
                if is_required(&read) && !is_required(&written) {
                    faults.push(fault(Kind::RequiredFieldAdded, at.clone()));
                }
                let (more, deeper) = types::compare(&read, &written, &at, files);
                faults.extend(more);
                links.extend(deeper);
            }
            (Some(read), None) if is_required(&read) => {
                faults.push(fault(Kind::RequiredFieldAdded, place(&here, &read)));
            }
            (None, Some(written)) => match choice(&written) {
                Some(choice) if gone.contains(choice.name()) => {}
                Some(_) => faults.push(fault(Kind::OneofFieldRemoved, place(&here, &written))),
                None if is_required(&written) => faults.push(fault(Kind::RequiredFieldRemoved, place(&here, &written))),
                None => {}
            },
            _ => {}
        }
    }
    (faults, links)
}

type Sides = (Option<FieldDescriptor>, Option<FieldDescriptor>);

fn by_number(reader: &MessageDescriptor, writer: &MessageDescriptor) -> BTreeMap<u32, Sides> {
    let mut fields: BTreeMap<u32, Sides> = BTreeMap::new();
    for field in reader.fields() {
        let number = field.number();
        fields.entry(number).or_default().0 = Some(field);
    }
    for field in writer.fields() {
        let number = field.number();
        fields.entry(number).or_default().1 = Some(field);
    }
    fields
}

fn fault(kind: Kind, path: String) -> Incompatibility {
    Incompatibility { kind, path, detail: String::new() }
}

fn is_required(field: &FieldDescriptor) -> bool {
    field.cardinality() == Cardinality::Required
}

/// The choice that a field is a member of; an optional field is none, although it is written down like one.
fn choice(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|_| !field.field_descriptor_proto().proto3_optional())
}

/// `#/Order/2`, or `#/Order/payment/2` for a member of a choice.
fn place(message: &str, field: &FieldDescriptor) -> String {
    match choice(field) {
        Some(choice) => format!("{message}/{}/{}", choice.name(), field.number()),
        None => format!("{message}/{}", field.number()),
    }
}

/// The writer's choices of which the reader has neither the name nor any member: they have gone as a whole.
fn gone(reader: &MessageDescriptor, writer: &MessageDescriptor) -> HashSet<String> {
    let names: HashSet<String> = reader.oneofs().map(|choice| choice.name().to_owned()).collect();
    let alive = |choice: &OneofDescriptor| choice.fields().any(|field| reader.get_field(field.number()).is_some());
    let gone = writer.oneofs().filter(|choice| !names.contains(choice.name()) && !alive(choice));
    gone.map(|choice| choice.name().to_owned()).collect()
}

/// The reader's choices among fields that could stand together when they were written.
fn exclusions(reader: &MessageDescriptor, writer: &MessageDescriptor, here: &str) -> Vec<Incompatibility> {
    let mut faults = Vec::new();
    for choice_ in reader.oneofs() {
        let written = choice_.fields().filter_map(|field| writer.get_field(field.number()));
        let (members, alone): (Vec<_>, Vec<_>) = written.partition(|field| choice(field).is_some());
        let from: BTreeSet<String> =
            members.iter().filter_map(|field| Some(choice(field)?.name().to_owned())).collect();
        let kind = match (from.len(), alone.len()) {
            (_, 2..) => Kind::FieldsMovedToOneof,
            (0, _) | (1, 0) => continue,
            _ => Kind::FieldMovedToExistingOneof,
        };
        faults.push(fault(kind, format!("{here}/{}", choice_.name())));
    }
    faults
}

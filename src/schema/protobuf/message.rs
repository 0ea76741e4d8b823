//! The messages of a file, with the indexes that stand in front of their records.
//!
//! Counted are the messages that are written as such, as Confluent's registry and its Java clients count them: what goes
//! with a field, the entries of maps and groups, is no message of its own there.

use std::collections::HashSet;

use prost_reflect::{FieldDescriptor, FileDescriptor, MessageDescriptor};

/// All messages of a file, each before those inside it: its index in the file, or that of the message around it, then the
/// index in that one, and so on.
pub(super) fn all(file: &FileDescriptor) -> Vec<(Vec<u32>, MessageDescriptor)> {
    let numbered = |around: &[u32], messages: Vec<MessageDescriptor>| -> Vec<(Vec<u32>, MessageDescriptor)> {
        let within = |(index, message)| ([around, &[index]].concat(), message);
        let mut all: Vec<_> = (0..).zip(messages).map(within).collect();
        // The first is the next to be taken.
        all.reverse();
        all
    };
    let mut open = numbered(&[], file.messages().collect());
    let mut messages = Vec::new();
    while let Some((indexes, message)) = open.pop() {
        open.extend(numbered(&indexes, named_inside(&message)));
        messages.push((indexes, message));
    }
    messages
}

/// The messages inside another one, but for those that go with a field.
pub(super) fn named_inside(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let groups = message.fields().filter(FieldDescriptor::is_group);
    let groups: HashSet<String> =
        groups.filter_map(|field| Some(field.kind().as_message()?.full_name().to_owned())).collect();
    let own = |message: &MessageDescriptor| !message.is_map_entry() && !groups.contains(message.full_name());
    message.child_messages().filter(own).collect()
}

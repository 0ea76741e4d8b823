//! One message of a file: by its name, or by the indexes that stand in front of a record.

use std::collections::HashSet;
use std::fmt;

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::{ProtobufSchema, SchemaError};

/// A message, and where it is in its file.
#[derive(Clone)]
pub struct Message {
    pub(super) descriptor: MessageDescriptor,
    /// Its index in the file, or that of the message around it, then the index in that one, and so on.
    pub indexes: Vec<u32>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("name", &self.name()).field("indexes", &self.indexes).finish_non_exhaustive()
    }
}

impl Message {
    /// The full name: `shop.Order.Line`.
    pub fn name(&self) -> &str {
        self.descriptor.full_name()
    }
}

impl ProtobufSchema {
    /// The message of a full name; without one, the first of the file.
    pub fn message(&self, name: Option<&str>) -> Result<Message, SchemaError> {
        let Some(name) = name else {
            return self.message_at(&[0]).ok_or_else(|| SchemaError("the file has no message".to_owned()));
        };
        let missing = || SchemaError(format!("the file has no message {name}"));
        let mut rest = match self.file.package_name() {
            "" => name,
            package => name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')).ok_or_else(missing)?,
        };
        let (mut among, mut indexes): (Vec<MessageDescriptor>, _) = (self.file.messages().collect(), Vec::new());
        loop {
            let (part, deeper) = rest.split_once('.').map_or((rest, None), |(part, deeper)| (part, Some(deeper)));
            let found = (0..).zip(&among).find(|(_, message)| message.name() == part);
            let (index, message) = found.map(|(index, message)| (index, message.clone())).ok_or_else(missing)?;
            indexes.push(index);
            match deeper {
                None => return Ok(Message { descriptor: message, indexes }),
                Some(deeper) => (rest, among) = (deeper, named_inside(&message)),
            }
        }
    }

    /// The message at these indexes, if there is one.
    pub fn message_at(&self, indexes: &[u32]) -> Option<Message> {
        let mut among: Vec<MessageDescriptor> = self.file.messages().collect();
        let mut found = None;
        for index in indexes {
            let message = among.get(usize::try_from(*index).ok()?)?.clone();
            among = named_inside(&message);
            found = Some(message);
        }
        Some(Message { descriptor: found?, indexes: indexes.to_vec() })
    }
}

/// The messages inside another one, but for those that go with a field: entries of maps and groups.
pub(super) fn named_inside(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let groups = message.fields().filter(FieldDescriptor::is_group);
    let groups: HashSet<String> =
        groups.filter_map(|field| Some(field.kind().as_message()?.full_name().to_owned())).collect();
    let own = |message: &MessageDescriptor| !message.is_map_entry() && !groups.contains(message.full_name());
    message.child_messages().filter(own).collect()
}

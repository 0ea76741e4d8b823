//! The walk through the messages that meet: pair by pair, without recursion, since messages may hold themselves.

use std::collections::{HashMap, VecDeque};

use prost_reflect::{FileDescriptor, MessageDescriptor};

use super::super::message::named_inside;
use super::fields;
use super::types::Link;
use super::{Incompatibility, Kind};

/// How many pairs of messages are looked at.
const MAX_PAIRS: usize = 100_000;

/// How many faults are told.
const MAX_FAULTS: usize = 1_000;

/// Two messages that meet.
struct Pair {
    writer: MessageDescriptor,
    reader: MessageDescriptor,
    faults: Vec<Incompatibility>,
    /// Fields whose types must match too, for the field to match.
    links: Vec<(Link, usize)>,
    matches: bool,
}

/// All pairs that are known so far.
#[derive(Default)]
struct Pairs {
    all: Vec<Pair>,
    indexes: HashMap<(String, String), usize>,
}

impl Pairs {
    fn index(&mut self, writer: MessageDescriptor, reader: MessageDescriptor) -> usize {
        let names = (writer.full_name().to_owned(), reader.full_name().to_owned());
        *self.indexes.entry(names).or_insert_with(|| {
            self.all.push(Pair { writer, reader, faults: Vec::new(), links: Vec::new(), matches: true });
            self.all.len() - 1
        })
    }
}

/// Everything that keeps data of the one file from being read with the other, in the order of the messages.
pub(super) fn compare(reader: &FileDescriptor, writer: &FileDescriptor) -> Vec<Incompatibility> {
    let mut pairs = Pairs::default();
    let mut found = own_messages(reader, writer, &mut pairs);
    let mut next = 0;
    while let Some(pair) = pairs.all.get(next) {
        if pairs.all.len() > MAX_PAIRS {
            let detail = format!("more than {MAX_PAIRS} pairs of messages meet");
            return vec![Incompatibility { kind: Kind::TooMany, path: "#/".into(), detail }];
        }
        let (faults, links) = fields::compare(&pair.reader, &pair.writer, (reader, writer));
        let targets =
            links.iter().map(|link| pairs.index(link.writer.clone(), link.reader.clone())).collect::<Vec<_>>();
        if let Some(pair) = pairs.all.get_mut(next) {
            pair.matches = faults.is_empty();
            (pair.faults, pair.links) = (faults, links.into_iter().zip(targets).collect());
        }
        next += 1;
    }
    spread(&mut pairs.all);
    for pair in &pairs.all {
        if found.len() > MAX_FAULTS {
            break;
        }
        found.extend(pair.faults.iter().cloned());
        let broken =
            pair.links.iter().filter(|(_, target)| pairs.all.get(*target).is_some_and(|target| !target.matches));
        found.extend(broken.map(|(link, _)| link.fault()));
    }
    found.truncate(MAX_FAULTS);
    found
}

/// The messages of the files themselves, those inside others included: pairs them, and tells which the reader lacks.
fn own_messages(reader: &FileDescriptor, writer: &FileDescriptor, pairs: &mut Pairs) -> Vec<Incompatibility> {
    let mut missing = Vec::new();
    let mut levels = VecDeque::from([(writer.messages().collect::<Vec<_>>(), by_name(reader.messages().collect()))]);
    while let Some((written, mut read)) = levels.pop_front() {
        for message in written {
            let Some(found) = read.remove(message.name()) else {
                let path = path(&message);
                missing.push(Incompatibility { kind: Kind::MessageRemoved, path, detail: String::new() });
                continue;
            };
            levels.push_back((named_inside(&message), by_name(named_inside(&found))));
            pairs.index(message, found);
        }
    }
    missing
}

fn by_name(messages: Vec<MessageDescriptor>) -> HashMap<String, MessageDescriptor> {
    messages.into_iter().map(|message| (message.name().to_owned(), message)).collect()
}

/// Marks what does not match because of what it holds.
fn spread(pairs: &mut [Pair]) {
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        for (_, target) in &pair.links {
            if let Some(holders) = holders.get_mut(*target) {
                holders.push(index);
            }
        }
    }
    let mut broken: Vec<usize> =
        (0..pairs.len()).filter(|&index| pairs.get(index).is_some_and(|pair| !pair.matches)).collect();
    while let Some(index) = broken.pop() {
        for &holder in holders.get(index).into_iter().flatten() {
            if let Some(pair) = pairs.get_mut(holder).filter(|pair| pair.matches) {
                pair.matches = false;
                broken.push(holder);
            }
        }
    }
}

/// Where a message is in its file: `#/Order/Line`.
pub(super) fn path(message: &MessageDescriptor) -> String {
    format!("#/{}", name(message).replace('.', "/"))
}

/// The name without the package.
pub(super) fn name(message: &MessageDescriptor) -> &str {
    let full = message.full_name();
    full.strip_prefix(message.package_name()).map_or(full, |name| name.strip_prefix('.').unwrap_or(name))
}

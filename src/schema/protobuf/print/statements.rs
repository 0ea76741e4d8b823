//! How a text says it: what stands in one statement, and in which order. A file without a text says each thing on its own.

use std::collections::HashMap;

use prost_types::FileDescriptorProto;

use super::message::Path;

/// Line and column.
type Place = (i32, i32);

/// The places of a text, by the path to what stands there.
#[derive(Debug)]
pub(super) struct Statements<'a> {
    spans: HashMap<&'a [i32], Vec<Place>>,
}

/// Items of one statement, and where it starts.
pub(super) type Statement<T> = (Option<Place>, T);

impl<'a> Statements<'a> {
    pub(super) fn of(file: &'a FileDescriptorProto) -> Self {
        let mut spans: HashMap<&[i32], Vec<Place>> = HashMap::new();
        for location in file.source_code_info.iter().flat_map(|info| &info.location) {
            if let [line, column, ..] = location.span[..] {
                spans.entry(&location.path).or_default().push((line, column));
            }
        }
        for places in spans.values_mut() {
            places.sort_unstable();
        }
        Self { spans }
    }

    /// Whether the text says this at all.
    pub(super) fn has(&self, path: &[i32]) -> bool {
        self.spans.contains_key(path)
    }

    /// The indexes of `count` items, statement by statement.
    pub(super) fn groups(&self, path: &Path, count: usize) -> Vec<Statement<Vec<usize>>> {
        let starts = self.spans.get(path.as_slice()).map_or(&[][..], Vec::as_slice);
        let mut groups: Vec<Statement<Vec<usize>>> = Vec::new();
        for index in 0..count {
            let item = self.spans.get(path.member_at(index).as_slice()).and_then(|places| places.first());
            let start = item.and_then(|item| {
                let behind = starts.partition_point(|start| start <= item);
                starts.get(behind.checked_sub(1)?).copied()
            });
            match groups.last_mut() {
                Some((same, items)) if start.is_some() && *same == start => items.push(index),
                _ => groups.push((start, vec![index])),
            }
        }
        groups
    }

    /// The items of each statement as the text lists them.
    pub(super) fn lists(
        &self,
        path: &Path,
        count: usize,
        print: &dyn Fn(usize) -> Option<String>,
    ) -> Vec<Statement<String>> {
        let list = |items: Vec<usize>| items.into_iter().filter_map(print).collect::<Vec<_>>().join(", ");
        self.groups(path, count).into_iter().map(|(start, items)| (start, list(items))).collect()
    }
}

/// Two kinds of statement in the order of the text.
pub(super) fn in_order<T>(first: Vec<Statement<T>>, second: Vec<Statement<T>>) -> Vec<T> {
    let mut all: Vec<Statement<T>> = first.into_iter().chain(second).collect();
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, item)| item).collect()
}

/// A range of numbers, both ends included.
pub(super) fn range(start: i32, end: i32, max: i32) -> String {
    match end {
        end if end == start => start.to_string(),
        end if end == max => format!("{start} to max"),
        end => format!("{start} to {end}"),
    }
}

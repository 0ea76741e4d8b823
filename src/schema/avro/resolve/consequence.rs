//! What follows for a pair from its parts: that it can't be read, or that it is read without a projection.

use std::collections::VecDeque;

use super::super::types::{Kind, TypeId};
use super::draft::{Draft, Resolver, id};
use super::{BranchPair, Pair, PairId};

impl Resolver<'_> {
    /// The wholes that `part` is a part of.
    fn wholes(&self, part: PairId) -> impl Iterator<Item = PairId> + '_ {
        let start = self.uses.partition_point(|one| one.part.0 < part.0);
        self.uses[start..].iter().take_while(move |one| one.part == part).map(|one| one.whole)
    }

    /// For each pair that can never be read, the pair in it that is at fault. A union of the writer's can be read as long as
    /// one of its branches can; of several faults the last that is found is told, which tends to be the innermost.
    pub(super) fn failures(&self) -> Vec<Option<PairId>> {
        let readable = |draft: &Draft| match &draft.pair {
            Ok(Pair::FromUnion(branches)) => branches.len(),
            _ => 1,
        };
        let mut readable: Vec<usize> = self.drafts.iter().map(readable).collect();
        let mut causes = vec![None; self.drafts.len()];
        let mut queue = VecDeque::new();
        for (index, draft) in self.drafts.iter().enumerate() {
            if draft.pair.is_err() {
                causes[index] = Some(id(index));
                queue.push_back(id(index));
            }
        }
        while let Some(part) = queue.pop_front() {
            for whole in self.wholes(part) {
                let left = &mut readable[whole.index()];
                *left = left.saturating_sub(1);
                if *left == 0 && causes[whole.index()].is_none() {
                    causes[whole.index()] = causes[part.index()];
                    queue.push_back(whole);
                }
            }
        }
        causes
    }

    /// For each pair, whether data of the two types are written differently, or have a value that can't be read.
    pub(super) fn differences(&self, causes: &[Option<PairId>]) -> Vec<bool> {
        let differs = |(index, draft): (usize, &Draft)| {
            let here = match &draft.pair {
                Ok(Pair::Same(_) | Pair::Array(_) | Pair::Map(_) | Pair::IntoUnion(_)) => false,
                Ok(Pair::Record(record)) => !record.is_straight(),
                Ok(Pair::FromUnion(branches)) => !self.is_same_union(draft.reader, branches),
                Ok(Pair::Promoted(..) | Pair::Symbols(_) | Pair::Never(_)) | Err(_) => true,
            };
            here || causes[index].is_some()
        };
        let mut differs: Vec<bool> = self.drafts.iter().enumerate().map(differs).collect();
        for one in &self.uses {
            // The number of a branch stands in the data only where it comes from a union.
            let into_union = matches!(self.drafts[one.part.index()].pair, Ok(Pair::IntoUnion(_)));
            let from_union = matches!(self.drafts[one.whole.index()].pair, Ok(Pair::FromUnion(_)));
            differs[one.whole.index()] |= into_union && !from_union;
        }
        let mut queue: Vec<PairId> =
            differs.iter().enumerate().filter(|(_, differs)| **differs).map(|(index, _)| id(index)).collect();
        while let Some(part) = queue.pop() {
            for whole in self.wholes(part) {
                if !std::mem::replace(&mut differs[whole.index()], true) {
                    queue.push(whole);
                }
            }
        }
        differs
    }

    /// Whether the writer's branches become the reader's branches of the same numbers, and there are no others.
    fn is_same_union(&self, reader: TypeId, branches: &[PairId]) -> bool {
        let Kind::Union(readers) = &self.reader.get(reader).kind else { return false };
        let number = |part: &PairId| match &self.drafts[part.index()].pair {
            Ok(Pair::IntoUnion(BranchPair { branch, .. })) => Some(*branch),
            _ => None,
        };
        branches.iter().map(number).eq((0..readers.len()).map(Some))
    }
}

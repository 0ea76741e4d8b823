//! The pairs while they are made: first each by itself, then what follows from their parts.
//!
//! There is no recursion: schemas nest as deep as they have types.

use std::collections::{HashMap, HashSet};

use super::super::types::{EnumType, Kind, Schema, TypeId};
use super::super::{NodeId, Plan};
use super::fit::{self, Fit};
use super::{BranchPair, Incompatible, MAX_COST, Mismatch, Pair, PairId, ResolutionError, SymbolsPair, describe};

/// Bytes of text that cost as much as a type or a field.
const TEXT_AT_ONE: usize = 64;

/// Steps of a pointer that a message shows.
const MAX_PLACES: usize = 100;

/// Two schemas while they are resolved.
pub(super) struct Resolver<'a> {
    writer: &'a Schema,
    pub(super) reader: &'a Schema,
    pub(super) plan: &'a Plan,
    ids: HashMap<(TypeId, TypeId), PairId>,
    pub(super) drafts: Vec<Draft>,
    pub(super) uses: Vec<Use>,
    cost: usize,
}

pub(super) struct Draft {
    writer: TypeId,
    pub(super) reader: TypeId,
    /// Where the two types met first.
    origin: Option<(PairId, Place)>,
    pub(super) pair: Result<Pair, Mismatch>,
}

/// A pair is a part of another one.
#[derive(Clone, Copy)]
pub(super) struct Use {
    pub(super) part: PairId,
    pub(super) whole: PairId,
}

/// The place of a part in the whole.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Field { writer: usize, reader: usize },
    Items,
    Values,
    WriterBranch(usize),
    ReaderBranch(usize),
}

impl Place {
    /// What it adds to the pointers into the writer's and into the reader's schema.
    fn segments(self) -> (String, String) {
        match self {
            Self::Field { writer, reader } => (format!("/fields/{writer}/type"), format!("/fields/{reader}/type")),
            Self::Items => ("/items".into(), "/items".into()),
            Self::Values => ("/values".into(), "/values".into()),
            Self::WriterBranch(index) => (format!("/{index}"), String::new()),
            Self::ReaderBranch(index) => (String::new(), format!("/{index}")),
        }
    }
}

impl PairId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The id of the pair at `index`, which is far below 2^32: the cost is limited.
pub(super) fn id(index: usize) -> PairId {
    PairId(u32::try_from(index).unwrap_or(u32::MAX))
}

impl<'a> Resolver<'a> {
    pub(super) fn new(writer: &'a Schema, reader: &'a Schema, plan: &'a Plan) -> Self {
        Self { writer, reader, plan, ids: HashMap::new(), drafts: Vec::new(), uses: Vec::new(), cost: 0 }
    }

    /// All pairs, and the one of the roots.
    pub(super) fn resolve(mut self) -> Result<(Box<[Pair]>, PairId), ResolutionError> {
        let root = self.pair(self.writer.root(), self.reader.root(), None);
        let mut next = 0;
        while let Some(&Draft { writer, reader, .. }) = self.drafts.get(next) {
            let pair = self.make(id(next), writer, reader);
            self.drafts[next].pair = pair;
            next += 1;
            if self.cost > MAX_COST {
                return Err(ResolutionError::TooLarge);
            }
        }
        self.uses.sort_unstable_by_key(|one| one.part.0);
        let causes = self.failures();
        if let Some(cause) = causes[root.index()]
            && let Err(mismatch) = &self.drafts[cause.index()].pair
        {
            let (writer, reader) = self.pointers(cause);
            let incompatible = Incompatible { writer, reader, mismatch: mismatch.clone() };
            return Err(ResolutionError::Incompatible(Box::new(incompatible)));
        }
        let differs = self.differences(&causes);
        let misfits: Vec<Option<Mismatch>> =
            causes.iter().enumerate().map(|(at, cause)| self.misfit(at, *cause)).collect();
        let pairs = self.drafts.into_iter().zip(misfits).zip(differs).map(|((draft, misfit), differs)| {
            match (draft.pair, misfit) {
                (_, Some(misfit)) | (Err(misfit), None) => Pair::Never(Box::new(misfit)),
                (Ok(Pair::Array(_) | Pair::Map(_) | Pair::Record(_) | Pair::FromUnion(_)), None) if !differs => {
                    Pair::Same(draft.reader.into())
                }
                (Ok(pair), None) => pair,
            }
        });
        Ok((pairs.collect(), root))
    }

    /// Counts what is looked at.
    pub(super) fn charge(&mut self, cost: usize) {
        self.cost += cost;
    }

    /// Counts a text or bytes that are copied.
    pub(super) fn charge_text(&mut self, len: usize) {
        self.cost += 1 + len / TEXT_AT_ONE;
    }

    /// The pair of two types that are parts of `whole`.
    pub(super) fn part(&mut self, whole: PairId, writer: TypeId, reader: TypeId, place: Place) -> PairId {
        let part = self.pair(writer, reader, Some((whole, place)));
        self.uses.push(Use { part, whole });
        part
    }

    fn pair(&mut self, writer: TypeId, reader: TypeId, origin: Option<(PairId, Place)>) -> PairId {
        let new = id(self.drafts.len());
        let id = *self.ids.entry((writer, reader)).or_insert(new);
        if id == new {
            let pair = Ok(Pair::Same(reader.into()));
            self.drafts.push(Draft { writer, reader, origin, pair });
        }
        id
    }

    /// Resolves two types, as far as that goes without their parts.
    fn make(&mut self, id: PairId, writer: TypeId, reader: TypeId) -> Result<Pair, Mismatch> {
        self.charge(1);
        let (w, r) = (self.writer.get(writer), self.reader.get(reader));
        match (&w.kind, &r.kind) {
            (Kind::Union(branches), _) => {
                self.charge(branches.len());
                let part = |(index, &branch)| self.part(id, branch, reader, Place::WriterBranch(index));
                return Ok(Pair::FromUnion(branches.iter().enumerate().map(part).collect()));
            }
            (_, Kind::Union(branches)) => return self.one_of_union(id, writer, reader, branches),
            _ => {}
        }
        let node = NodeId::from(reader);
        let fit = fit::fit(w, r)?;
        if let Fit::Promotion(promotion) = fit {
            return Ok(Pair::Promoted(promotion, node));
        }
        match (&w.kind, &r.kind) {
            (Kind::Array(w), Kind::Array(r)) => Ok(Pair::Array(self.part(id, *w, *r, Place::Items))),
            (Kind::Map(w), Kind::Map(r)) => Ok(Pair::Map(self.part(id, *w, *r, Place::Values))),
            (Kind::Record(w), Kind::Record(r)) => self.record(id, w, r, node),
            (Kind::Enum(w), Kind::Enum(r)) if w.symbols != r.symbols => Ok(self.symbols(w, r)),
            _ => Ok(Pair::Same(node)),
        }
    }

    fn one_of_union(
        &mut self,
        id: PairId,
        writer: TypeId,
        reader: TypeId,
        branches: &[TypeId],
    ) -> Result<Pair, Mismatch> {
        self.charge(branches.len());
        let Some(branch) = fit::branch(self.writer.get(writer), self.reader, branches) else {
            return Err(Mismatch {
                expected: describe::union(self.reader, reader),
                found: describe::union(self.writer, writer),
            });
        };
        let kind = &self.reader.get(branches[branch]).kind;
        self.charge_text(kind.branch_name().len());
        let tag = (*kind != Kind::Null).then(|| kind.branch_name().into());
        let value = self.part(id, writer, branches[branch], Place::ReaderBranch(branch));
        Ok(Pair::IntoUnion(BranchPair { tag, value, branch }))
    }

    fn symbols(&mut self, writer: &EnumType, reader: &EnumType) -> Pair {
        writer.symbols.iter().chain(&reader.symbols).for_each(|symbol| self.charge_text(symbol.len()));
        self.charge_text(reader.default.as_ref().map_or(0, String::len) * writer.symbols.len());
        let known: HashSet<&String> = reader.symbols.iter().collect();
        let become_one = |symbol: &String| match (known.contains(symbol), &reader.default) {
            (true, _) => Ok(symbol.as_str().into()),
            (false, Some(default)) => Ok(default.as_str().into()),
            (false, None) => Err(symbol.as_str().into()),
        };
        let symbols = writer.symbols.iter().map(become_one).collect();
        Pair::Symbols(SymbolsPair { name: reader.name.as_str().into(), symbols })
    }

    /// What to say about data that meet a pair which can't be read.
    fn misfit(&self, index: usize, cause: Option<PairId>) -> Option<Mismatch> {
        let (cause, draft) = (cause?, &self.drafts[index]);
        let reason = self.drafts[cause.index()].pair.as_ref().err()?;
        if cause.index() == index {
            return Some(reason.clone());
        }
        Some(Mismatch {
            expected: describe::union(self.reader, draft.reader),
            found: format!("{} ({reason})", describe::union(self.writer, draft.writer)),
        })
    }

    /// Where the types of a pair stand in the writer's and in the reader's schema; the end of it, where that is very deep.
    fn pointers(&self, id: PairId) -> (String, String) {
        let mut origins =
            std::iter::successors(self.drafts[id.index()].origin, |(whole, _)| self.drafts[whole.index()].origin);
        let mut places: Vec<Place> = origins.by_ref().take(MAX_PLACES).map(|(_, place)| place).collect();
        places.reverse();
        let start = if origins.next().is_some() { "…" } else { "" };
        let (mut writer, mut reader) = (start.to_owned(), start.to_owned());
        for place in places {
            let (w, r) = place.segments();
            writer += &w;
            reader += &r;
        }
        (writer, reader)
    }
}

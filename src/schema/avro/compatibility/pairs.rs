//! Pairs of types that meet, what each depends on, and which are incompatible.

use std::collections::HashMap;

use super::super::FieldTable;
use super::super::logical::Logical;
use super::super::name::Name;
use super::super::types::{Field, Kind, Record, Schema, TypeId};
use super::Kind as Fault;
use super::types::{is_promoted, name_fault, symbols_fault, type_name};

/// How many pairs are looked at. Two schemas that go round in circles of different length hold the product of both.
pub(super) const MAX_PAIRS: usize = 1_000_000;

/// There are more.
pub(super) struct TooMany;

/// The index of a pair.
pub(super) type PairId = usize;

/// Every pair of types that can meet when the one schema reads the other.
pub(super) struct Pairs<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    known: HashMap<(TypeId, TypeId), PairId>,
    types: Vec<(TypeId, TypeId)>,
    rules: Vec<Rule>,
    incompatible: Vec<bool>,
    /// The reader's unions and the writer's records, made ready for looking up.
    branches: HashMap<TypeId, Branches<'a>>,
    fields: HashMap<TypeId, FieldTable>,
}

/// What makes a pair compatible.
pub(super) enum Rule {
    /// Every demand is met. They stand in the order of the reader's schema.
    All(Vec<Demand>),
    /// One of these pairs is compatible: a branch of the reader's union takes the writer's type.
    Any(Vec<PairId>),
    /// Each of these pairs is compatible: the reader's union takes each branch of the writer's.
    Each(Vec<PairId>),
}

/// What a pair of types takes to be compatible.
pub(super) enum Demand {
    /// It never is.
    Fault { kind: Fault, step: Step, detail: String },
    /// Their parts are.
    Part { step: Step, pair: PairId },
}

/// The way from a type to what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Here,
    Name,
    Size,
    Symbols,
    Items,
    Values,
    /// A branch of the writer's union.
    Branch(usize),
    /// The type of a field of both.
    Field {
        reader: usize,
        writer: usize,
    },
    /// A field that only the reader has.
    Missing(usize),
}

/// A reader's union by the types that its branches may take.
struct Branches<'a> {
    unnamed: Vec<TypeId>,
    /// By name without namespace, and by full alias.
    named: HashMap<&'a str, Vec<TypeId>>,
}

impl<'a> Pairs<'a> {
    pub(super) fn between(reader: &'a Schema, writer: &'a Schema) -> Result<Self, TooMany> {
        let mut pairs = Self {
            reader,
            writer,
            known: HashMap::new(),
            types: Vec::new(),
            rules: Vec::new(),
            incompatible: Vec::new(),
            branches: HashMap::new(),
            fields: HashMap::new(),
        };
        pairs.pair(reader.root(), writer.root());
        while let Some(&(reader, writer)) = pairs.types.get(pairs.rules.len()) {
            if pairs.types.len() > MAX_PAIRS {
                return Err(TooMany);
            }
            let rule = pairs.rule(reader, writer);
            pairs.rules.push(rule);
        }
        pairs.judge();
        Ok(pairs)
    }

    /// The pair of the whole schemas.
    pub(super) const ROOT: PairId = 0;

    fn rule(&mut self, reader: TypeId, writer: TypeId) -> Rule {
        let (from, to) = (self.writer, self.reader);
        let mut demands = Vec::new();
        match (&to.get(reader).kind, &from.get(writer).kind) {
            (Kind::Union(_), Kind::Union(branches)) => {
                return Rule::Each(branches.iter().map(|&branch| self.pair(reader, branch)).collect());
            }
            (Kind::Union(branches), _) => {
                let candidates = self.candidates(reader, branches, writer);
                return Rule::Any(candidates.into_iter().map(|branch| self.pair(branch, writer)).collect());
            }
            (_, Kind::Union(branches)) => {
                let part =
                    |(index, &branch)| Demand::Part { step: Step::Branch(index), pair: self.pair(reader, branch) };
                demands.extend(branches.iter().enumerate().map(part));
            }
            (Kind::Array(items), Kind::Array(written)) => {
                demands.push(Demand::Part { step: Step::Items, pair: self.pair(*items, *written) });
            }
            (Kind::Map(values), Kind::Map(written)) => {
                demands.push(Demand::Part { step: Step::Values, pair: self.pair(*values, *written) });
            }
            (Kind::Record(record), Kind::Record(written)) => {
                demands.extend(name_fault(&record.name, &record.aliases, &written.name));
                self.fields(record, writer, written, &mut demands);
            }
            (Kind::Enum(symbols), Kind::Enum(written)) => {
                demands.extend(name_fault(&symbols.name, &symbols.aliases, &written.name));
                demands.extend(symbols_fault(symbols, written));
            }
            (Kind::Fixed(fixed), Kind::Fixed(written)) => {
                demands.extend(name_fault(&fixed.name, &fixed.aliases, &written.name));
                if fixed.size != written.size {
                    let detail = format!("expected: {}, found: {}", written.size, fixed.size);
                    demands.push(Demand::Fault { kind: Fault::FixedSize, step: Step::Size, detail });
                }
                demands.extend(self.scale_fault(reader, writer));
            }
            (to, from) if !is_promoted(to, from) => {
                let detail =
                    format!("reader type: {} not compatible with writer type: {}", type_name(to), type_name(from));
                demands.push(Demand::Fault { kind: Fault::Type, step: Step::Here, detail });
            }
            (_, _) => demands.extend(self.scale_fault(reader, writer)),
        }
        Rule::All(demands)
    }

    fn pair(&mut self, reader: TypeId, writer: TypeId) -> PairId {
        *self.known.entry((reader, writer)).or_insert_with(|| {
            self.types.push((reader, writer));
            self.types.len() - 1
        })
    }

    fn fields(&mut self, record: &Record, writer: TypeId, written: &'a Record, demands: &mut Vec<Demand>) {
        for (position, field) in record.fields.iter().enumerate() {
            let table = self.fields.entry(writer).or_insert_with(|| FieldTable::new(&written.fields));
            let find = |name: &String| table.find(name.as_bytes(), |index| written.fields[index].name == *name);
            let found = find(&field.name).or_else(|| field.aliases.iter().find_map(find));
            demands.extend(match found.and_then(|index| Some((index, written.fields.get(index)?))) {
                Some((index, Field { ty, .. })) => {
                    let step = Step::Field { reader: position, writer: index };
                    Some(Demand::Part { step, pair: self.pair(field.ty, *ty) })
                }
                None if field.default.is_none() => {
                    let (step, detail) = (Step::Missing(position), field.name.clone());
                    Some(Demand::Fault { kind: Fault::FieldDefault, step, detail })
                }
                None => None,
            });
        }
    }

    /// The branches of a reader's union that may take a writer's type, so far as kind and name tell.
    fn candidates(&mut self, union: TypeId, branches: &[TypeId], writer: TypeId) -> Vec<TypeId> {
        let (from, to) = (self.writer, self.reader);
        let index = self.branches.entry(union).or_insert_with(|| Branches::of(to, branches));
        let kind = &from.get(writer).kind;
        let Some(name) = kind.name() else {
            let takes = |branch: &&TypeId| is_promoted(&to.get(**branch).kind, kind);
            return index.unnamed.iter().filter(takes).copied().collect();
        };
        let by_name = index.named.get(name.short());
        // A name without namespace is both short and full.
        let by_alias = index.named.get(name.as_str()).filter(|_| name.namespace().is_some());
        by_name.into_iter().chain(by_alias).flatten().copied().collect()
    }

    /// Decimals of another scale are other numbers.
    fn scale_fault(&self, reader: TypeId, writer: TypeId) -> Option<Demand> {
        let scale = |schema: &Schema, id| match Logical::of(schema.get(id)) {
            Some(Logical::Decimal(decimal)) => Some(decimal.scale),
            _ => None,
        };
        let (to, from) = (scale(self.reader, reader)?, scale(self.writer, writer)?);
        let detail =
            format!("reader type: DECIMAL of scale {to} not compatible with writer type: DECIMAL of scale {from}");
        (to != from).then_some(Demand::Fault { kind: Fault::Type, step: Step::Here, detail })
    }

    /// Finds the incompatible pairs: those with a fault, and from there all that depend on them.
    fn judge(&mut self) {
        let mut dependents: Vec<Vec<PairId>> = vec![Vec::new(); self.rules.len()];
        let mut open: Vec<usize> = Vec::with_capacity(self.rules.len());
        let mut queue = Vec::new();
        for (id, rule) in self.rules.iter().enumerate() {
            let (faulty, left) = match rule {
                Rule::All(demands) => (demands.iter().any(|demand| matches!(demand, Demand::Fault { .. })), 1),
                Rule::Any(pairs) => (pairs.is_empty(), pairs.len()),
                Rule::Each(_) => (false, 1),
            };
            open.push(left);
            if faulty {
                queue.push(id);
            }
            for on in rule.pairs() {
                if let Some(dependents) = dependents.get_mut(on) {
                    dependents.push(id);
                }
            }
        }
        self.incompatible = vec![false; self.rules.len()];
        while let Some(id) = queue.pop() {
            if std::mem::replace(&mut self.incompatible[id], true) {
                continue;
            }
            for &dependent in &dependents[id] {
                open[dependent] = open[dependent].saturating_sub(1);
                if open[dependent] == 0 {
                    queue.push(dependent);
                }
            }
        }
    }

    pub(super) fn rule_of(&self, pair: PairId) -> &Rule {
        &self.rules[pair]
    }

    pub(super) fn is_incompatible(&self, pair: PairId) -> bool {
        self.incompatible[pair]
    }

    /// The name of the writer's type of a pair.
    pub(super) fn written(&self, pair: PairId) -> &'static str {
        type_name(&self.writer.get(self.types[pair].1).kind)
    }

    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }
}

impl Rule {
    fn pairs(&self) -> Box<dyn Iterator<Item = PairId> + '_> {
        match self {
            Self::Any(pairs) | Self::Each(pairs) => Box::new(pairs.iter().copied()),
            Self::All(demands) => Box::new(demands.iter().filter_map(|demand| match demand {
                Demand::Part { pair, .. } => Some(*pair),
                Demand::Fault { .. } => None,
            })),
        }
    }
}

impl<'a> Branches<'a> {
    fn of(reader: &'a Schema, branches: &[TypeId]) -> Self {
        let mut index = Self { unnamed: Vec::new(), named: HashMap::new() };
        for &branch in branches {
            let (name, aliases) = match &reader.get(branch).kind {
                Kind::Record(record) => (&record.name, &record.aliases),
                Kind::Enum(symbols) => (&symbols.name, &symbols.aliases),
                Kind::Fixed(fixed) => (&fixed.name, &fixed.aliases),
                _ => {
                    index.unnamed.push(branch);
                    continue;
                }
            };
            for name in std::iter::once(name.short()).chain(aliases.iter().map(Name::as_str)) {
                index.named.entry(name).or_default().push(branch);
            }
        }
        index
    }
}

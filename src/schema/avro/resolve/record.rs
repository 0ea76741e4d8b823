//! Records: which field of the writer's is which of the reader's, what is passed over, what takes its default.

use std::collections::HashMap;
use std::ops::Range;

use super::super::types::Record;
use super::super::{Node, NodeId};
use super::draft::{Place, Resolver};
use super::{Mismatch, Pair, PairId, SkipId, describe};

/// A writer's record as a reader's.
#[derive(Debug)]
pub struct RecordPair {
    /// What to do, in the order of the data.
    pub steps: Box<[Step]>,
    /// Where members are not written in the reader's order: for each of the reader's fields, the how many-th member that is
    /// written it is.
    pub order: Option<Box<[usize]>>,
}

/// What to do about a field.
#[derive(Debug)]
pub enum Step {
    /// The reader has no field for the writer's of this name: its value is passed over.
    Skip(Box<str>, SkipId),
    /// The value that comes is that of a field of the reader.
    Read(Member, PairId),
    /// A field of the reader that is not in the data has this default, as Avro of this node of the reader's plan.
    Default(Member, NodeId, Box<[u8]>),
}

/// A field of the reader as a member of a JSON object.
#[derive(Debug)]
pub struct Member {
    /// The field's name.
    pub name: Box<str>,
    /// The name as a JSON key with the colon: `"name":`.
    pub key: Box<[u8]>,
}

impl RecordPair {
    pub(super) fn heap_size(&self) -> usize {
        let step = |step: &Step| match step {
            Step::Skip(name, _) => name.len(),
            Step::Read(member, _) => member.name.len() + member.key.len(),
            Step::Default(member, _, bytes) => member.name.len() + member.key.len() + bytes.len(),
        };
        let steps: usize = self.steps.iter().map(step).sum();
        size_of_val(&*self.steps) + steps + self.order.as_ref().map_or(0, |order| size_of_val(&**order))
    }

    /// Whether every field is read, in the reader's order, and there is nothing else.
    pub(super) fn is_straight(&self) -> bool {
        self.order.is_none() && self.steps.iter().all(|step| matches!(step, Step::Read(..)))
    }
}

impl Resolver<'_> {
    /// Resolves two records whose names match.
    pub(super) fn record(
        &mut self,
        id: PairId,
        writer: &Record,
        reader: &Record,
        node: NodeId,
    ) -> Result<Pair, Mismatch> {
        writer.fields.iter().chain(&reader.fields).for_each(|field| self.charge_text(field.name.len()));
        let sources = sources(writer, reader);
        let mut defaults = self.defaults(writer, reader, &sources, node)?;
        let mut targets = vec![None; writer.fields.len()];
        for (index, source) in sources.iter().enumerate() {
            if let Some(source) = source {
                targets[*source] = Some(index);
            }
        }
        let in_order = sources.iter().flatten().is_sorted();
        let (mut steps, mut written, mut next) = (Vec::new(), Vec::new(), 0);
        for (index, (field, target)) in writer.fields.iter().zip(targets).enumerate() {
            let Some(target) = target else {
                steps.push(Step::Skip(field.name.as_str().into(), field.ty.into()));
                continue;
            };
            if in_order {
                take_defaults(&mut defaults, next..target, &mut steps, &mut written);
                next = target;
            }
            let place = Place::Field { writer: index, reader: target };
            let value = self.part(id, field.ty, reader.fields[target].ty, place);
            steps.push(Step::Read(Member::new(&reader.fields[target].name), value));
            written.push(target);
        }
        take_defaults(&mut defaults, next..reader.fields.len(), &mut steps, &mut written);
        let order = (!in_order).then(|| {
            let mut order = vec![0; written.len()];
            for (turn, field) in written.into_iter().enumerate() {
                order[field] = turn;
            }
            order.into()
        });
        Ok(Pair::Record(RecordPair { steps: steps.into(), order }))
    }

    /// For each of the reader's fields that has no source: the step that writes its default.
    fn defaults(
        &mut self,
        writer: &Record,
        reader: &Record,
        sources: &[Option<usize>],
        node: NodeId,
    ) -> Result<Vec<Option<Step>>, Mismatch> {
        let plan = match self.plan.node(node) {
            Node::Record(plan) => Some(plan),
            _ => None,
        };
        let mut steps = Vec::with_capacity(sources.len());
        for (index, (field, source)) in reader.fields.iter().zip(sources).enumerate() {
            let default = plan.and_then(|plan| plan.defaults(index, index + 1));
            steps.push(match (source, default) {
                (Some(_), _) => None,
                (None, Some(bytes)) => {
                    self.charge_text(bytes.len());
                    Some(Step::Default(Member::new(&field.name), field.ty.into(), bytes.into()))
                }
                (None, None) => {
                    let lack =
                        if field.default.is_some() { "whose default does not fit" } else { "which has no default" };
                    return Err(Mismatch {
                        expected: format!("a field '{}', {lack}", field.name),
                        found: format!("{} without it", describe::named("record", &writer.name)),
                    });
                }
            });
        }
        Ok(steps)
    }
}

/// Moves the defaults of some of the reader's fields to the steps.
fn take_defaults(defaults: &mut [Option<Step>], fields: Range<usize>, steps: &mut Vec<Step>, written: &mut Vec<usize>) {
    for field in fields {
        if let Some(step) = defaults[field].take() {
            steps.push(step);
            written.push(field);
        }
    }
}

/// For each of the reader's fields, which of the writer's it is: that of its name, else that of the first alias that is
/// left.
fn sources(writer: &Record, reader: &Record) -> Vec<Option<usize>> {
    let names: HashMap<&str, usize> =
        writer.fields.iter().enumerate().map(|(index, field)| (field.name.as_str(), index)).collect();
    let mut sources: Vec<Option<usize>> =
        reader.fields.iter().map(|field| names.get(field.name.as_str()).copied()).collect();
    let mut taken = vec![false; writer.fields.len()];
    sources.iter().flatten().for_each(|&source| taken[source] = true);
    for (field, source) in reader.fields.iter().zip(&mut sources).filter(|(_, source)| source.is_none()) {
        let mut aliases = field.aliases.iter().filter_map(|alias| names.get(alias.as_str()).copied());
        *source = aliases.find(|&source| !taken[source]);
        if let Some(source) = source {
            taken[*source] = true;
        }
    }
    sources
}

impl Member {
    fn new(name: &str) -> Self {
        Self { name: name.into(), key: format!("\"{name}\":").into_bytes().into() }
    }
}

//! From incompatible pairs to what is said about them.

use std::fmt::Write;

use super::pairs::{Demand, PairId, Pairs, Rule, Step};
use super::{Incompatibility, Kind};

/// How much is said at most, in bytes of paths and details: schemas that have nothing in common have no end of faults.
const MAX_BYTES: usize = 1 << 20;

/// The way to a pair.
struct Way {
    step: Step,
    from: Option<usize>,
}

/// What is left to be told.
enum Task<'a> {
    Pair { pair: PairId, way: usize },
    Demand { demand: &'a Demand, way: usize },
}

/// Walks the incompatible pairs from the root, each once, in the order of the reader's schema.
pub(super) fn report(pairs: &Pairs<'_>) -> Vec<Incompatibility> {
    let mut report = Report { ways: vec![Way { step: Step::Here, from: None }], found: Vec::new(), bytes: 0 };
    let mut told = vec![false; pairs.len()];
    let mut tasks = vec![Task::Pair { pair: Pairs::ROOT, way: 0 }];
    while let Some(task) = tasks.pop() {
        if report.bytes > MAX_BYTES {
            break;
        }
        let (pair, way) = match task {
            Task::Pair { pair, way } => (pair, way),
            Task::Demand { demand: Demand::Fault { kind, step, detail }, way } => {
                report.add(*kind, way, *step, detail.clone());
                continue;
            }
            Task::Demand { demand: Demand::Part { step, pair }, way } => {
                report.ways.push(Way { step: *step, from: Some(way) });
                (*pair, report.ways.len() - 1)
            }
        };
        if !pairs.is_incompatible(pair) || std::mem::replace(&mut told[pair], true) {
            continue;
        }
        match pairs.rule_of(pair) {
            Rule::All(demands) => tasks.extend(demands.iter().rev().map(|demand| Task::Demand { demand, way })),
            Rule::Any(_) => report.add_branch(way, Step::Here, pairs.written(pair)),
            Rule::Each(branches) => {
                for (index, &branch) in
                    branches.iter().enumerate().filter(|(_, branch)| pairs.is_incompatible(**branch))
                {
                    report.add_branch(way, Step::Branch(index), pairs.written(branch));
                }
            }
        }
    }
    report.found
}

struct Report {
    ways: Vec<Way>,
    found: Vec<Incompatibility>,
    bytes: usize,
}

impl Report {
    fn add_branch(&mut self, way: usize, step: Step, written: &str) {
        self.add(Kind::UnionBranch, way, step, format!("reader union lacking writer type: {written}"));
    }

    fn add(&mut self, kind: Kind, way: usize, step: Step, detail: String) {
        let mut steps = vec![step];
        let mut at = Some(way);
        while let Some(Way { step, from }) = at.and_then(|at| self.ways.get(at)) {
            steps.push(*step);
            at = *from;
        }
        let (mut path, mut writer_path) = (String::new(), String::new());
        for step in steps.iter().rev() {
            step.write(&mut path, &mut writer_path);
        }
        for path in [&mut path, &mut writer_path] {
            if path.is_empty() {
                path.push('/');
            }
        }
        self.bytes += path.len() + writer_path.len() + detail.len();
        self.found.push(Incompatibility { kind, path, writer_path, detail });
    }
}

impl Step {
    fn write(self, reader: &mut String, writer: &mut String) {
        let both = match self {
            Self::Here => return,
            Self::Name => "/name",
            Self::Size => "/size",
            Self::Symbols => "/symbols",
            Self::Items => "/items",
            Self::Values => "/values",
            // Writing to a string never fails.
            Self::Branch(index) => {
                write!(reader, "/{index}").unwrap_or_default();
                return write!(writer, "/{index}").unwrap_or_default();
            }
            Self::Field { reader: at, writer: from } => {
                write!(reader, "/fields/{at}/type").unwrap_or_default();
                return write!(writer, "/fields/{from}/type").unwrap_or_default();
            }
            Self::Missing(at) => {
                write!(reader, "/fields/{at}").unwrap_or_default();
                return writer.push_str("/fields");
            }
        };
        reader.push_str(both);
        writer.push_str(both);
    }
}

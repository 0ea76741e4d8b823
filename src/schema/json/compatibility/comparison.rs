//! The walk through both schemas at once.

use std::collections::{HashMap, HashSet};

use regex::Regex;

use super::super::super::document::Document;
use super::super::JsonSchema;
use super::super::node::Node;
use super::super::resources::Resources;
use super::{Incompatibility, Sort};

/// How many pairs of schemas are looked at.
const MAX_STEPS: usize = 250_000;

/// How deep schemas may nest, references included: each level takes stack.
const MAX_DEPTH: usize = 160;

/// How many faults are told.
const MAX_FAULTS: usize = 1_000;

/// Two schemas in comparison: `w` stands for the writer's side, `r` for the reader's.
pub(super) struct Comparison<'a> {
    pub(super) writer: &'a Resources<'a>,
    pub(super) reader: &'a Resources<'a>,
    /// The way to where we are.
    path: Vec<String>,
    faults: Vec<Incompatibility>,
    /// Whether faults are told, or only that there are some.
    telling: bool,
    known: HashMap<Pair, Verdict>,
    told: HashSet<Pair>,
    /// The lowest pair under way that the last verdict rests on.
    assumed: usize,
    under_way: usize,
    steps: usize,
    exhausted: bool,
    patterns: HashMap<&'a str, Option<Regex>>,
}

/// Two places, by their addresses.
type Pair = (*const Document, *const Document);

#[derive(Debug, Clone, Copy)]
enum Verdict {
    Fits,
    Fails,
    /// As long as a pair is under way it is taken to fit; with its depth.
    UnderWay(usize),
}

impl<'a> Comparison<'a> {
    pub(super) fn run(reader: &JsonSchema, writer: &JsonSchema) -> Vec<Incompatibility> {
        let (reader, writer) = (Resources::of(reader), Resources::of(writer));
        let (Some(r), Some(w)) = (reader.root(), writer.root()) else { return Vec::new() };
        let mut comparison = Comparison {
            writer: &writer,
            reader: &reader,
            path: Vec::new(),
            faults: Vec::new(),
            telling: true,
            known: HashMap::new(),
            told: HashSet::new(),
            assumed: usize::MAX,
            under_way: 0,
            steps: MAX_STEPS,
            exhausted: false,
            patterns: HashMap::new(),
        };
        comparison.compare(w, r);
        comparison.faults
    }

    /// Whether the reader's schema accepts what the writer's accepts; tells what is wrong, if it does not.
    pub(super) fn compare(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let pair: Pair = (w.document, r.document);
        match self.known.get(&pair) {
            Some(Verdict::Fits) => return true,
            Some(Verdict::UnderWay(depth)) => {
                self.assumed = self.assumed.min(*depth);
                return true;
            }
            Some(Verdict::Fails) if !self.telling || self.told.contains(&pair) => return false,
            Some(Verdict::Fails) | None => {}
        }
        if !self.step() {
            return false;
        }
        let (depth, assumed) = (self.under_way, std::mem::replace(&mut self.assumed, usize::MAX));
        self.known.insert(pair, Verdict::UnderWay(depth));
        self.under_way += 1;
        let fits = self.combinations(w, r);
        self.under_way -= 1;
        match (fits, self.assumed < depth) {
            (true, false) => drop(self.known.insert(pair, Verdict::Fits)),
            // It rests on a pair that is still under way, and says nothing elsewhere.
            (true, true) => drop(self.known.remove(&pair)),
            (false, _) => {
                self.known.insert(pair, Verdict::Fails);
                if self.telling {
                    self.told.insert(pair);
                }
            }
        }
        let rests = if fits && self.assumed < depth { self.assumed } else { usize::MAX };
        self.assumed = assumed.min(rests);
        fits
    }

    /// Runs a comparison that may lead back to itself.
    pub(super) fn deeper(&mut self, run: impl FnOnce(&mut Self) -> bool) -> bool {
        if !self.step() {
            return false;
        }
        self.under_way += 1;
        let result = run(self);
        self.under_way -= 1;
        result
    }

    /// Whether there is room for one more step: in number and in depth.
    pub(super) fn step(&mut self) -> bool {
        self.count(1)
    }

    /// Whether there is room for so many more steps.
    pub(super) fn count(&mut self, steps: usize) -> bool {
        let room = self.steps >= steps && self.under_way < MAX_DEPTH;
        self.steps = self.steps.saturating_sub(steps);
        if !room && !std::mem::replace(&mut self.exhausted, true) {
            let telling = std::mem::replace(&mut self.telling, true);
            self.fault("TOO_COMPLEX", Sort::TooComplex);
            self.telling = telling;
        }
        room
    }

    /// As [`compare`](Self::compare), but tells nothing.
    pub(super) fn fits(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        self.quietly(|comparison| comparison.compare(w, r))
    }

    /// Runs a comparison whose faults are nobody's concern.
    pub(super) fn quietly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let telling = std::mem::replace(&mut self.telling, false);
        let result = run(self);
        self.telling = telling;
        result
    }

    /// Runs a comparison one step deeper.
    pub(super) fn at<T>(&mut self, step: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step.replace('~', "~0").replace('/', "~1"));
        let result = run(self);
        self.path.pop();
        result
    }

    /// Compares one step deeper, at a keyword.
    pub(super) fn compare_at(&mut self, keyword: &str, w: Node<'a>, r: Node<'a>) -> bool {
        self.at(keyword, |comparison| comparison.compare(w, r))
    }

    /// Tells a fault here. Gives `false`, the verdict that follows.
    pub(super) fn fault(&mut self, kind: &'static str, sort: Sort) -> bool {
        if self.telling && self.faults.len() < MAX_FAULTS {
            let path = format!("#/{}", self.path.join("/"));
            self.faults.push(Incompatibility { kind, sort, path });
        }
        false
    }

    /// Tells a fault at a keyword.
    pub(super) fn fault_at(&mut self, keyword: &str, kind: &'static str, sort: Sort) -> bool {
        self.at(keyword, |comparison| comparison.fault(kind, sort))
    }

    /// Whether a pattern matches somewhere in a text. One that we can't read matches nothing.
    pub(super) fn matches(&mut self, pattern: &'a str, text: &str) -> bool {
        let compiled = self.patterns.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

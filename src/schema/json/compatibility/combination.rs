//! What a schema demands in all: its own keywords, and those of `allOf`, `anyOf`, `oneOf`, `not`, `if` and references.

use std::collections::HashSet;

use super::super::super::document::Document;
use super::super::node::Node;
use super::super::resources::Resources;
use super::comparison::Comparison;
use super::types::Types;
use super::{Sort, items, properties, scalar};

/// How deep references and `allOf` may nest within one schema.
const MAX_DEPTH: usize = 100;

/// One of the demands that a value must all meet.
#[derive(Debug, Clone)]
pub(super) enum Demand<'a> {
    /// The keywords of a schema that look at the value itself.
    Plain(Node<'a>),
    /// One of several schemas accepts it.
    Choice(Vec<Node<'a>>),
    /// A schema does not accept it.
    Not(Node<'a>),
    /// What `if`, `then` and `else` say.
    Condition(Node<'a>),
    /// A reference to something that is not known.
    Unknown(&'a str),
    /// Nothing is accepted.
    Nothing,
}

/// Gathers the demands of one schema.
struct Collector<'a> {
    resources: &'a Resources<'a>,
    /// The places that have been looked at: what is demanded twice is demanded once.
    seen: HashSet<*const Document>,
    demands: Vec<Demand<'a>>,
    too_deep: bool,
}

impl<'a> Collector<'a> {
    fn collect(&mut self, node: Node<'a>, depth: usize) {
        if !self.seen.insert(node.document) {
            return;
        }
        let Some(depth) = depth.checked_sub(1) else {
            self.too_deep = true;
            return;
        };
        if node.document.as_bool() == Some(false) {
            return self.demands.push(Demand::Nothing);
        }
        if let Some(reference) = node.reference() {
            match node.follow(reference, self.resources) {
                Some(target) => self.collect(target, depth),
                None => self.demands.push(Demand::Unknown(reference)),
            }
            if !self.resources.has_siblings_of_ref(node) {
                return;
            }
        }
        if is_plain(node) {
            self.demands.push(Demand::Plain(node));
        }
        for part in node.list("allOf", self.resources) {
            self.collect(part, depth);
        }
        for keyword in ["anyOf", "oneOf"] {
            match node.list(keyword, self.resources)[..] {
                [] => {}
                [only] => self.collect(only, depth),
                ref branches => self.demands.push(Demand::Choice(branches.to_vec())),
            }
        }
        if let Some(not) = node.schema("not", self.resources) {
            self.demands.push(Demand::Not(not));
        }
        if node.get("if").is_some() && (node.get("then").is_some() || node.get("else").is_some()) {
            self.demands.push(Demand::Condition(node));
        }
    }
}

/// Whether the schema has keywords of its own.
fn is_plain(node: Node<'_>) -> bool {
    let keywords = [scalar::KEYWORDS, items::KEYWORDS, properties::KEYWORDS];
    keywords.into_iter().flatten().any(|keyword| node.get(keyword).is_some())
}

impl<'a> Comparison<'a> {
    /// The demands of a schema; none if it accepts everything. Each place that is looked at is a step.
    pub(super) fn demands(&mut self, node: Node<'a>, resources: &'a Resources<'a>) -> Vec<Demand<'a>> {
        let mut collector = Collector { resources, seen: HashSet::new(), demands: Vec::new(), too_deep: false };
        collector.collect(node, MAX_DEPTH);
        self.count(if collector.too_deep { usize::MAX } else { collector.seen.len() });
        collector.demands
    }

    /// Every demand of the reader must follow from one of the writer's.
    pub(super) fn combinations(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let (written, demanded) = (self.demands(w, self.writer), self.demands(r, self.reader));
        if written.iter().any(|demand| matches!(demand, Demand::Nothing)) {
            return true;
        }
        let mut fits = true;
        for demand in &demanded {
            if !self.follows(w, &written, demand) {
                fits = false;
                self.tell(&written, demand, demanded.len());
            }
        }
        fits
    }

    /// Whether what is written meets a demand, because it meets one at least as strong.
    fn follows(&mut self, w: Node<'a>, written: &[Demand<'a>], demand: &Demand<'a>) -> bool {
        self.quietly(|comparison| {
            if let Demand::Choice(branches) = demand
                && branches.iter().any(|&branch| comparison.compare(w, branch))
            {
                return true;
            }
            written.iter().any(|given| comparison.implies(given, demand))
        })
    }

    fn implies(&mut self, given: &Demand<'a>, demand: &Demand<'a>) -> bool {
        self.deeper(|comparison| comparison.implies_here(given, demand))
    }

    fn implies_here(&mut self, given: &Demand<'a>, demand: &Demand<'a>) -> bool {
        match (given, demand) {
            (Demand::Plain(w), Demand::Plain(r)) => self.plain(*w, *r),
            (Demand::Choice(written), Demand::Choice(accepted)) => {
                written.iter().all(|&w| accepted.iter().any(|&r| self.compare(w, r)))
            }
            (Demand::Choice(written), demand) => written.iter().all(|&w| {
                let given = self.demands(w, self.writer);
                self.follows(w, &given, demand)
            }),
            (Demand::Plain(w), Demand::Choice(accepted)) => accepted.iter().any(|&r| {
                let demands = self.demands(r, self.reader);
                demands.iter().all(|demand| self.implies(&Demand::Plain(*w), demand))
            }),
            (Demand::Not(w), Demand::Not(r)) => self.swapped(|comparison| comparison.compare(*r, *w)),
            (Demand::Condition(w), Demand::Condition(r)) => self.condition(*w, *r),
            (Demand::Unknown(w), Demand::Unknown(r)) => w == r,
            _ => false,
        }
    }

    /// Runs a comparison in which the schemas change places.
    fn swapped<T>(&mut self, run: impl FnOnce(&mut Comparison<'a>) -> T) -> T {
        std::mem::swap(&mut self.writer, &mut self.reader);
        let result = run(self);
        std::mem::swap(&mut self.writer, &mut self.reader);
        result
    }

    fn condition(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        w.get("if") == r.get("if")
            && ["then", "else"].into_iter().all(|keyword| {
                match (w.schema(keyword, self.writer), r.schema(keyword, self.reader)) {
                    (Some(w), Some(r)) => self.compare(w, r),
                    (_, None) => true,
                    (None, Some(_)) => false,
                }
            })
    }

    /// Tells why a demand is not met. What comes nearest is compared again, this time aloud.
    fn tell(&mut self, written: &[Demand<'a>], demand: &Demand<'a>, demanded: usize) {
        let plain = written.iter().find_map(|given| match given {
            Demand::Plain(node) => Some(*node),
            _ => None,
        });
        let choice = written.iter().find_map(|given| match given {
            Demand::Choice(branches) => Some(branches),
            _ => None,
        });
        match (demand, plain, choice) {
            (Demand::Plain(r), Some(w), _) if demanded <= written.len() || written.len() == 1 => {
                self.plain(w, *r);
            }
            (Demand::Plain(_), Some(_), _) => drop(self.fault("PRODUCT_TYPE_EXTENDED", Sort::More)),
            (Demand::Choice(accepted), _, Some(written)) if accepted.len() < written.len() => {
                self.fault("SUM_TYPE_NARROWED", Sort::Fewer);
            }
            (Demand::Choice(_), _, Some(_)) => drop(self.fault("COMBINED_TYPE_SUBSCHEMAS_CHANGED", Sort::Type)),
            (Demand::Plain(r), None, Some(written)) => {
                // Aloud for the first branch that does not fit.
                let mut first = None;
                for &w in written {
                    let given = self.demands(w, self.writer);
                    if !self.follows(w, &given, demand) {
                        first = Some(w);
                        break;
                    }
                }
                match first {
                    Some(w) if Types::written(w).meets(Types::declared(*r)) => {
                        self.fault("SUM_TYPE_NARROWED", Sort::Fewer);
                    }
                    _ => drop(self.fault("TYPE_NARROWED", Sort::Type)),
                }
            }
            (Demand::Not(_), _, _) if written.iter().any(|given| matches!(given, Demand::Not(_))) => {
                self.fault("NOT_TYPE_EXTENDED", Sort::More);
            }
            _ => drop(self.fault("TYPE_CHANGED", Sort::Type)),
        }
    }

    /// Compares the keywords of two schemas that look at the value itself.
    fn plain(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        if !self.types(w, r) {
            return false;
        }
        let written = Types::written(w);
        let mut fits = self.values(w, r);
        if written.has_string() {
            fits &= self.strings(w, r);
        }
        if written.has_number() {
            fits &= self.numbers(w, r);
        }
        if written.has_array() {
            fits &= self.arrays(w, r);
        }
        if written.has_object() {
            fits &= self.objects(w, r);
        }
        fits
    }
}

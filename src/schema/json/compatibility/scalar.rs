//! Values, and the limits of numbers and strings.

use super::super::super::document::{Decimal, Document};
use super::super::node::Node;
use super::Sort;
use super::comparison::Comparison;
use super::types::{Types, is_same, values};

/// The keywords that are looked at here.
pub(super) const KEYWORDS: &[&str] = &[
    "type",
    "enum",
    "const",
    "maxLength",
    "minLength",
    "pattern",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "multipleOf",
];

/// A limit to a number, a length or a count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) keyword: &'static str,
    pub(super) added: &'static str,
    pub(super) tightened: &'static str,
}

const LENGTHS: [Limit; 2] = [
    Limit { keyword: "maxLength", added: "MAX_LENGTH_ADDED", tightened: "MAX_LENGTH_DECREASED" },
    Limit { keyword: "minLength", added: "MIN_LENGTH_ADDED", tightened: "MIN_LENGTH_INCREASED" },
];

impl<'a> Comparison<'a> {
    /// Whether the reader has the types that are written.
    pub(super) fn types(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let (written, accepted) = (Types::written(w), Types::declared(r));
        if written.is_in(accepted) {
            true
        } else if written.meets(accepted) {
            self.fault("TYPE_NARROWED", Sort::Type)
        } else {
            self.fault("TYPE_CHANGED", Sort::Type)
        }
    }

    /// Compares the lists of values.
    pub(super) fn values(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let Some(accepted) = values(r) else { return true };
        let keyword = if r.get("enum").is_some() { "enum" } else { "const" };
        let Some(written) = values(w) else { return self.fault_at(keyword, "ENUM_ARRAY_NARROWED", Sort::Fewer) };
        let within = |some: &[&Document], all: &[&Document]| {
            some.iter().all(|value| all.iter().any(|other| is_same(value, other)))
        };
        if self.count(written.len().saturating_mul(accepted.len())) && within(&written, &accepted) {
            true
        } else if within(&accepted, &written) {
            self.fault_at(keyword, "ENUM_ARRAY_NARROWED", Sort::Fewer)
        } else {
            self.fault_at(keyword, "ENUM_ARRAY_CHANGED", Sort::Type)
        }
    }

    pub(super) fn strings(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let fits = self.limits(&LENGTHS, w, r);
        let pattern = |node: Node<'a>| node.get("pattern").and_then(Document::as_str);
        match (pattern(w), pattern(r)) {
            (None, Some(_)) => self.fault_at("pattern", "PATTERN_ADDED", Sort::Added),
            (Some(written), Some(accepted)) if written != accepted => {
                self.fault_at("pattern", "PATTERN_CHANGED", Sort::Other)
            }
            _ => fits,
        }
    }

    /// Compares an upper limit and a lower one, which says nothing at zero.
    pub(super) fn limits(&mut self, [upper, lower]: &[Limit; 2], w: Node<'a>, r: Node<'a>) -> bool {
        let fits = match (w.number(upper.keyword), r.number(upper.keyword)) {
            (None, Some(_)) => self.fault_at(upper.keyword, upper.added, Sort::Added),
            (Some(written), Some(accepted)) if accepted < written => {
                self.fault_at(upper.keyword, upper.tightened, Sort::Lower)
            }
            _ => true,
        };
        let at_least = |node: Node<'a>| node.number(lower.keyword).filter(|limit| !limit.is_zero());
        match (at_least(w), at_least(r)) {
            (None, Some(_)) => self.fault_at(lower.keyword, lower.added, Sort::Added),
            (Some(written), Some(accepted)) if accepted > written => {
                self.fault_at(lower.keyword, lower.tightened, Sort::Higher)
            }
            _ => fits,
        }
    }

    pub(super) fn numbers(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        let mut fits = true;
        for (range, sort) in [(&MAXIMUM, Sort::Lower), (&MINIMUM, Sort::Higher)] {
            let (written, accepted) = (range.of(w), range.of(r));
            for (accepted, limit) in [(&accepted.inclusive, &range.inclusive), (&accepted.exclusive, &range.exclusive)]
            {
                let Some(accepted) = accepted else { continue };
                let within = |other: &Decimal, or_equal: bool| {
                    let beyond = if sort == Sort::Lower { other < accepted } else { other > accepted };
                    beyond || (or_equal && other == accepted)
                };
                // What is below an exclusive limit is below the same inclusive one, but not the other way round.
                let exclusive = limit.keyword == range.exclusive.keyword;
                let inside = written.inclusive.as_ref().is_some_and(|other| within(other, !exclusive))
                    || written.exclusive.as_ref().is_some_and(|other| within(other, true));
                if inside {
                    continue;
                }
                fits = if written.inclusive.is_none() && written.exclusive.is_none() {
                    self.fault_at(limit.keyword, limit.added, Sort::Added)
                } else {
                    self.fault_at(limit.keyword, limit.tightened, sort)
                };
            }
        }
        self.multiples(w, r) && fits
    }

    fn multiples(&mut self, w: Node<'a>, r: Node<'a>) -> bool {
        match (w.number("multipleOf"), r.number("multipleOf")) {
            (None, Some(_)) => self.fault_at("multipleOf", "MULTIPLE_OF_ADDED", Sort::Added),
            (Some(written), Some(accepted))
                if written.is_multiple_of(&accepted) != Some(true) && written != accepted =>
            {
                if accepted.is_multiple_of(&written) == Some(true) {
                    self.fault_at("multipleOf", "MULTIPLE_OF_EXPANDED", Sort::Higher)
                } else {
                    self.fault_at("multipleOf", "MULTIPLE_OF_CHANGED", Sort::Other)
                }
            }
            _ => true,
        }
    }
}

/// One end of a range of numbers.
struct End {
    inclusive: Limit,
    exclusive: Limit,
}

/// Where a range ends; draft 4 says with a flag whether the limit itself is out.
struct Ends {
    inclusive: Option<Decimal>,
    exclusive: Option<Decimal>,
}

const MAXIMUM: End = End {
    inclusive: Limit { keyword: "maximum", added: "MAXIMUM_ADDED", tightened: "MAXIMUM_DECREASED" },
    exclusive: Limit {
        keyword: "exclusiveMaximum",
        added: "EXCLUSIVE_MAXIMUM_ADDED",
        tightened: "EXCLUSIVE_MAXIMUM_DECREASED",
    },
};

const MINIMUM: End = End {
    inclusive: Limit { keyword: "minimum", added: "MINIMUM_ADDED", tightened: "MINIMUM_INCREASED" },
    exclusive: Limit {
        keyword: "exclusiveMinimum",
        added: "EXCLUSIVE_MINIMUM_ADDED",
        tightened: "EXCLUSIVE_MINIMUM_INCREASED",
    },
};

impl End {
    fn of(&self, node: Node<'_>) -> Ends {
        let limit = node.number(self.inclusive.keyword);
        match node.get(self.exclusive.keyword) {
            Some(Document::Bool(true)) => Ends { inclusive: None, exclusive: limit },
            exclusive => Ends { inclusive: limit, exclusive: exclusive.and_then(Document::as_decimal) },
        }
    }
}

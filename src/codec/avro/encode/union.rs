//! Unions: the branch is found by the kind of the value, or told by a tag.

use super::{Run, Written};
use crate::codec::ViolationKind;
use crate::codec::fault::Fault;
use crate::schema::avro::{JsonKind, NodeId, UnionPlan, varint};

/// Nested unions of branches that look alike are read again and again, so there is an end to it: this many bytes for
/// each byte of the record, and a base for small ones.
const MAX_RETRIES: usize = 16;
const MIN_RETRIED: usize = 1 << 16;

/// What trying a branch costs beside the bytes it reads, as a number of bytes.
const COST_OF_TRYING: usize = 16;

/// Characters of a message about the branches that did not fit; nested unions would make it grow without end.
const MAX_REASONS: usize = 512;

impl Run<'_> {
    /// An untagged value.
    pub(super) fn untagged(&mut self, id: NodeId, union: &UnionPlan, depth: u32) -> Written {
        let candidates = match self.cursor.peek() {
            Some(b'"') => union.candidates(JsonKind::String),
            Some(b'n') => union.candidates(JsonKind::Null),
            Some(b'-' | b'0'..=b'9') => self.number_candidates(union),
            Some(b'{') => union.candidates(JsonKind::Object),
            Some(b'[') => union.candidates(JsonKind::Array),
            Some(b't' | b'f') => union.candidates(JsonKind::Boolean),
            _ => &[],
        };
        match candidates {
            [] => Err(self.mismatch(id, depth)),
            [only] => self.branch(union, *only, depth),
            several => self.first_fit(union, several, depth),
        }
    }

    /// Whether a number is whole decides only where both kinds of number have branches.
    fn number_candidates<'p>(&mut self, union: &'p UnionPlan) -> &'p [u32] {
        let whole = union.candidates(JsonKind::Integer);
        if whole.len() < 2 {
            return whole;
        }
        let pos = self.cursor.pos();
        // Bad grammar is told by whichever branch reads the number.
        let integer = self.cursor.number().is_ok_and(|number| number.is_integer());
        self.cursor.rewind(pos);
        if integer { whole } else { union.candidates(JsonKind::Fraction) }
    }

    fn branch(&mut self, union: &UnionPlan, index: u32, depth: u32) -> Written {
        varint::write(i64::from(index), self.out);
        self.value(union.branches[index as usize], depth)
    }

    /// The first of several branches that takes the value.
    fn first_fit(&mut self, union: &UnionPlan, candidates: &[u32], depth: u32) -> Written {
        let pos = self.cursor.pos();
        let mark = self.mark();
        let mut misfits = Vec::new();
        for &index in candidates {
            let was_trying = std::mem::replace(&mut self.is_trying, true);
            let written = self.branch(union, index, depth);
            self.is_trying = was_trying;
            match written {
                Ok(()) => return Ok(()),
                // No other branch can make these good.
                Err(fault) if matches!(fault.kind(), ViolationKind::Syntax | ViolationKind::Limit) => {
                    return Err(fault);
                }
                Err(fault) => misfits.push((index, fault)),
            }
            self.count_retry(self.cursor.pos() - pos)?;
            self.cursor.rewind(pos);
            self.take_back(mark);
        }
        let describe = |index: u32| self.plan.describe(union.branches[index as usize]);
        let expected = candidates.iter().map(|&index| describe(index)).collect::<Vec<_>>().join(" or ");
        let reasons: Vec<_> =
            misfits.iter().map(|(index, fault)| format!("as {}: {}", describe(*index), fault.summary())).collect();
        let reasons: String = reasons.join("; ").chars().take(MAX_REASONS).collect();
        Err(Fault::new(ViolationKind::Type, expected, format!("a value that fits none ({reasons})")))
    }

    fn count_retry(&mut self, bytes: usize) -> Written {
        self.retried += bytes + COST_OF_TRYING;
        if self.retried <= MIN_RETRIED + MAX_RETRIES * self.cursor.len() {
            return Ok(());
        }
        let expected = "unions whose branches can be told apart";
        Err(Fault::new(ViolationKind::Limit, expected, "too many branches to try"))
    }

    /// `null`, or an object with one member that names the branch
    /// ([specification](https://avro.apache.org/docs/1.12.0/specification/#json-encoding)).
    pub(super) fn tagged(&mut self, id: NodeId, union: &UnionPlan, depth: u32) -> Written {
        if let (Some(b'n'), [null]) = (self.cursor.peek(), union.candidates(JsonKind::Null)) {
            return self.branch(union, *null, depth);
        }
        if !self.cursor.eat(b'{') {
            return Err(self.mismatch(id, depth));
        }
        self.cursor.skip_space();
        let key = self.cursor.key()?;
        let name = key.unescaped(&mut self.scratch.text)?;
        let Some(index) = (0..).zip(&union.names).find(|(_, branch)| branch.as_bytes() == name).map(|(index, _)| index)
        else {
            let found = format!("a branch {:?}", String::from_utf8_lossy(name));
            return Err(Fault::new(ViolationKind::Type, self.plan.describe(id), found));
        };
        self.cursor.skip_space();
        let written = self.branch(union, index, depth).map_err(|fault| fault.in_key(&*union.names[index as usize]));
        if written.as_ref().is_err_and(|fault| !fault.is_passed()) {
            return written;
        }
        self.cursor.skip_space();
        if self.cursor.eat(b'}') {
            written
        } else {
            Err(self.cursor.syntax("'}' behind the only member of a union's value"))
        }
    }
}

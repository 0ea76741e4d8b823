//! Untagged unions: the first byte tells the kind of the value, and the kind the branch.

use super::{At, Miss, Run};
use crate::schema::avro::{JsonKind, UnionPlan};

/// Branches whose number takes one byte.
const NEAR: u8 = 64;

impl<'a> Run<'a> {
    /// Takes the branch that the general path tries first. If that one does not fit, the others are the general path's.
    #[inline(never)]
    pub(super) fn untagged(&mut self, union: &'a UnionPlan, at: At, depth: u32) -> At {
        let candidates = match self.byte(at.i) {
            b'n' => union.candidates(JsonKind::Null),
            b'"' => union.candidates(JsonKind::String),
            b'-' | b'0'..=b'9' => self.number_candidates(union, at.i),
            b't' | b'f' => union.candidates(JsonKind::Boolean),
            b'{' => union.candidates(JsonKind::Object),
            b'[' => union.candidates(JsonKind::Array),
            _ => return Miss::Value.at(),
        };
        let Some(&index) = candidates.first() else { return Miss::Value.at() };
        let (Some(&branch), Ok(number @ ..NEAR)) = (union.branches.get(index as usize), u8::try_from(index)) else {
            return Miss::Union.at();
        };
        if self.put(at.p, [number << 1]).is_none() {
            return Miss::Room.at();
        }
        let end = self.rare(branch, At { i: at.i, p: at.p + 1 }, depth);
        if end.is_miss() && candidates.len() > 1 && end.p != Miss::Room as usize {
            return Miss::Union.at();
        }
        end
    }

    #[inline]
    fn number_candidates(&self, union: &'a UnionPlan, i: usize) -> &'a [u32] {
        let whole = union.candidates(JsonKind::Integer);
        if whole.len() < 2 {
            return whole;
        }
        let rest = self.text.bytes().get(i + 1..).unwrap_or_default();
        match rest.iter().find(|byte| !byte.is_ascii_digit()) {
            Some(b'.' | b'e' | b'E') => union.candidates(JsonKind::Fraction),
            _ => whole,
        }
    }
}

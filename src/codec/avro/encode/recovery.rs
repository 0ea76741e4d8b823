//! Reading on behind a value that departs from its schema, so that a refused record is told everything that is wrong with it.

use super::{Run, Written};
use crate::codec::fault::{Fault, Faults};

/// How far everything was when a value came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pos: usize,
    written: usize,
    spans: usize,
    keys: usize,
}

impl Run<'_> {
    /// A value comes.
    #[inline]
    pub(super) fn mark(&self) -> Mark {
        Mark {
            pos: self.cursor.pos(),
            written: self.out.len(),
            spans: self.scratch.spans.len(),
            keys: self.scratch.keys.len(),
        }
    }

    /// Takes back all that was written since.
    pub(super) fn take_back(&mut self, mark: Mark) {
        self.out.truncate(mark.written);
        self.scratch.spans.truncate(mark.spans);
        self.scratch.keys.truncate(mark.keys);
    }

    /// Keeps the fault of the value at `mark`, `depth` levels deep, and passes over it. Fails where reading on makes no sense:
    /// what is not JSON, what is beyond a limit, too many faults, and a branch that is only tried.
    #[cold]
    pub(super) fn go_on(
        &mut self,
        faults: &mut Faults,
        fault: Fault,
        (mark, depth): (Mark, u32),
        place: impl Fn(Fault) -> Fault,
    ) -> Written {
        if self.is_trying {
            return Err(place(fault));
        }
        let passed = self.cursor.pass(&fault, mark.pos, (self.limits, depth), &mut self.scratch.nesting);
        self.take_back(mark);
        faults.add(place(fault))?;
        passed.or_else(|fault| faults.add(place(fault)))
    }
}

#[cfg(test)]
mod tests;

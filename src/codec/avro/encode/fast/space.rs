//! White space between tokens.

use super::Run;
use crate::block::{BLOCK, white};

/// Levels whose indentation is kept in mind; deeper ones share.
const LEVELS: usize = 32;

/// For each level, how much white space stood before a member the last time.
pub(super) type Indents = [u8; LEVELS];

impl Run<'_> {
    /// The place behind the white space at `i`.
    #[inline]
    pub(super) fn skip_space(&self, i: usize) -> usize {
        if self.byte(i) > b' ' { i } else { self.skip_spaces(i) }
    }

    /// The same, where one blank is usual.
    #[inline]
    pub(super) fn skip_blank(&self, i: usize) -> usize {
        match self.text.window::<2>(i) {
            // Where nothing has to be searched, nothing has to wait for the search.
            Some([b' ', next]) if *next > b' ' => i + 1,
            Some([byte, _]) if *byte > b' ' => i,
            _ => self.skip_spaces(i),
        }
    }

    #[inline(never)]
    fn skip_spaces(&self, mut i: usize) -> usize {
        while let Some(block) = self.text.window(i) {
            let len = white(block).trailing_ones() as usize;
            i += len;
            if len < BLOCK {
                break;
            }
        }
        i
    }

    /// How much white space stood before the last member of an object of that depth.
    #[inline]
    pub(super) fn indent(&self, depth: u32) -> usize {
        self.indents[depth as usize % LEVELS].into()
    }

    /// The place behind the white space at `i` before a member of an object of that depth. How much it is is remembered.
    pub(super) fn skip_indent(&mut self, i: usize, depth: u32) -> usize {
        let end = self.skip_space(i);
        self.indents[depth as usize % LEVELS] = u8::try_from(end - i).unwrap_or(0);
        end
    }
}

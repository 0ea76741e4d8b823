//! Lines out of a body that comes in pieces; no more than one line is ever held.

use axum::body::Bytes;
use axum::http::StatusCode;

use crate::gateway::problem::Problem;
use crate::gateway::room::Share;

/// The lines of a body. Empty ones are left out and counted.
#[derive(Debug)]
pub(super) struct Lines {
    /// What came last, as far as it was not read yet.
    data: Bytes,
    /// The beginning of a line, from earlier pieces.
    begun: Vec<u8>,
    /// What `begun` takes of the room for bodies, and how much that is.
    share: Share,
    held: usize,
    max_line: usize,
    number: u64,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    /// In a line that can't be held, which was said.
    Skipping,
    /// Nothing more comes.
    Ending,
    Over,
}

impl Lines {
    /// Lines of up to `max_line` bytes.
    pub(super) fn new(max_line: usize, share: Share) -> Self {
        let (data, begun) = (Bytes::new(), Vec::new());
        Self { data, begun, share, held: 0, max_line, number: 0, stage: Stage::Reading }
    }

    /// How many lines were read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// More of the body has come. Everything before it was read.
    pub(super) fn push(&mut self, data: Bytes) {
        self.data = data;
    }

    /// The body is at its end.
    pub(super) fn end(&mut self) {
        self.stage = if self.stage == Stage::Skipping { Stage::Over } else { Stage::Ending };
    }

    /// The next line that has something in it, and its number, counted from 1; none before more has come.
    pub(super) fn next_line(&mut self) -> Option<(u64, Result<Bytes, Problem>)> {
        loop {
            let Some(end) = memchr::memchr(b'\n', &self.data) else {
                let rest = std::mem::take(&mut self.data);
                return self.rest(rest);
            };
            let mut piece = self.data.split_to(end + 1);
            piece.truncate(end);
            if self.stage == Stage::Skipping {
                self.stage = Stage::Reading;
                continue;
            }
            self.number += 1;
            if self.begun.len() + piece.len() > self.max_line {
                self.begun = Vec::new();
                return Some((self.number, Err(self.too_long())));
            }
            let line = self.whole(piece);
            if !line.trim_ascii().is_empty() {
                return Some((self.number, Ok(line)));
            }
        }
    }

    /// What stands behind the last line break.
    fn rest(&mut self, rest: Bytes) -> Option<(u64, Result<Bytes, Problem>)> {
        match self.stage {
            Stage::Skipping | Stage::Over => None,
            Stage::Ending => {
                self.stage = Stage::Over;
                let line = self.whole(rest);
                self.number += u64::from(!line.is_empty());
                (!line.trim_ascii().is_empty()).then_some((self.number, Ok(line)))
            }
            Stage::Reading => {
                let refused = self.hold(&rest).err()?;
                self.begun = Vec::new();
                self.stage = Stage::Skipping;
                self.number += 1;
                Some((self.number, Err(refused)))
            }
        }
    }

    /// A line that ends with this piece.
    fn whole(&mut self, piece: Bytes) -> Bytes {
        if self.begun.is_empty() {
            return piece;
        }
        let mut line = std::mem::take(&mut self.begun);
        line.extend_from_slice(&piece);
        Bytes::from(line)
    }

    fn hold(&mut self, piece: &[u8]) -> Result<(), Problem> {
        let wanted = self.begun.len() + piece.len();
        if wanted > self.max_line {
            return Err(self.too_long());
        }
        if wanted > self.held {
            if !self.share.grow(wanted - self.held) {
                return Err(Problem::overload("the bodies of requests under way take all the room there is for them"));
            }
            self.held = wanted;
        }
        self.begun.extend_from_slice(piece);
        Ok(())
    }

    fn too_long(&self) -> Problem {
        let detail = format!("the line has more than {} bytes", self.max_line);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::room::Room;

    /// The lines of a body that comes in pieces of this size: their text, or the status of the problem.
    fn lines(body: &str, size: usize, max_line: usize, room: usize) -> Vec<(u64, String)> {
        let mut lines = Lines::new(max_line, Room::new(room).share());
        let mut found = Vec::new();
        let mut take = |lines: &mut Lines| {
            while let Some((number, line)) = lines.next_line() {
                let text = |line: Bytes| String::from_utf8(line.to_vec()).unwrap();
                found.push((number, line.map_or_else(|problem| problem.status().as_str().to_owned(), text)));
            }
        };
        for piece in body.as_bytes().chunks(size) {
            lines.push(Bytes::copy_from_slice(piece));
            take(&mut lines);
            assert!(!lines.is_over());
        }
        lines.end();
        take(&mut lines);
        assert!(lines.is_over());
        found
    }

    fn numbered(all: &[(u64, &str)]) -> Vec<(u64, String)> {
        all.iter().map(|(number, text)| (*number, (*text).to_owned())).collect()
    }

    #[test]
    fn lines_are_the_same_however_the_body_is_cut() {
        let body = "one\n\n \r\nfour\r\nfi ve\nlast";
        for size in 1..=body.len() {
            let expected = numbered(&[(1, "one"), (4, "four\r"), (5, "fi ve"), (6, "last")]);
            assert_eq!(lines(body, size, 5, 100), expected, "{size}");
        }
        assert_eq!(lines("", 1, 5, 100), []);
        assert_eq!(lines("\n", 1, 5, 100), []);
        assert_eq!(lines("a\n", 1, 5, 100), numbered(&[(1, "a")]));
    }

    #[test]
    fn a_line_that_is_too_long_hides_no_other() {
        for size in [1, 2, 3, 7, 100] {
            let expected = numbered(&[(1, "a"), (2, "413"), (3, "b"), (4, "413")]);
            assert_eq!(lines("a\nlonger\nb\nlonger still", size, 5, 100), expected, "{size}");
        }
    }

    #[test]
    fn a_line_that_there_is_no_room_for_hides_no_other() {
        assert_eq!(lines("longer\nb\n", 1, 100, 3), numbered(&[(1, "429"), (2, "b")]));
    }
}

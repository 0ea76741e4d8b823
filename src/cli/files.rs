//! Inputs and outputs: files or `-`, with a progress bar on a terminal, and exit codes for what can go wrong.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Exit, Failure, Outcome};

/// Reads and writes go through buffers of this size.
const BUFFER: usize = 1 << 18;

/// An input, buffered, which shows on stderr how far it was read if that is a terminal.
pub(super) fn open(path: &Path) -> Result<impl BufRead, Failure> {
    let (source, len): (Box<dyn Read>, Option<u64>) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = file.with_context(|| format!("can't open {}", path.display())).map_err(no_input)?;
        if metadata.is_dir() {
            return Err(Failure::message(Exit::NoInput, format!("can't open {}: it is a directory", path.display())));
        }
        (Box::new(file), metadata.is_file().then_some(metadata.len()))
    };
    Ok(BufReader::with_capacity(BUFFER, bar(len).wrap_read(source)))
}

/// The bar hides itself where stderr is no terminal.
fn bar(len: Option<u64>) -> ProgressBar {
    let (bar, template) = match len {
        Some(len) => (ProgressBar::new(len), "{bar:40} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}"),
        None => (ProgressBar::no_length(), "{spinner} {binary_bytes} {binary_bytes_per_sec}"),
    };
    // A template that does not parse leaves the bar as it comes.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn no_input(error: anyhow::Error) -> Failure {
    Failure::new(Exit::NoInput, error)
}

/// A whole file as text.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let exit = if error.kind() == io::ErrorKind::InvalidData { Exit::Data } else { Exit::NoInput };
        Failure::new(exit, anyhow::Error::from(error).context(format!("can't read {}", path.display())))
    })
}

/// An output, buffered. It must not be the input, which would be gone before it was read.
pub(super) fn create(path: &Path, input: &Path) -> Result<impl Write, Failure> {
    let is_input = path.canonicalize().and_then(|output| Ok(output == input.canonicalize()?)).unwrap_or(false);
    if is_input {
        return Err(Failure::message(Exit::Usage, format!("{} is both the input and the output", path.display())));
    }
    let sink: Box<dyn Write> = if path == Path::new("-") {
        Box::new(io::stdout().lock())
    } else {
        let file = File::create(path).with_context(|| format!("can't write {}", path.display()));
        Box::new(file.map_err(|error| Failure::new(Exit::Io, error))?)
    };
    Ok(BufWriter::with_capacity(BUFFER, sink))
}

/// Writes everything to stdout.
pub(super) fn print(bytes: &[u8]) -> Outcome {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(write_failed)
}

/// A write failed: the disk is full, or whoever read our output is gone.
pub(super) fn write_failed(error: io::Error) -> Failure {
    Failure::new(Exit::Io, anyhow::Error::from(error).context("can't write the output"))
}

/// The default of `--input` and `--output`.
pub(super) const STANDARD: &str = "-";

/// An input or output: a file, or `-` for standard input or output.
pub(super) type FileArg = PathBuf;

/// A line of an input, or how long it was if it exceeds the limit.
pub(super) enum Line<'a> {
    Text(&'a [u8]),
    TooLong(u64),
}

/// Reads an input line by line, each of at most `limit` bytes; a longer one is passed over without being held.
pub(super) struct Lines<R> {
    source: R,
    limit: usize,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R, limit: usize) -> Self {
        Self { source, limit, line: Vec::new() }
    }

    /// The next line without its end; `None` behind the last one.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let room = u64::try_from(self.limit).unwrap_or(u64::MAX).saturating_add(1);
        let read = self.source.by_ref().take(room).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() > self.limit {
            let rest = self.source.skip_until(b'\n')?;
            return Ok(Some(Line::TooLong((read + rest) as u64)));
        }
        Ok(Some(Line::Text(&self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, limit: usize) -> Vec<Result<String, u64>> {
        let mut lines = Lines::new(text.as_bytes(), limit);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(match line {
                Line::Text(text) => Ok(String::from_utf8(text.to_vec()).unwrap()),
                Line::TooLong(len) => Err(len),
            });
        }
        all
    }

    #[test]
    fn lines_end_with_the_text_or_a_line_feed() {
        assert_eq!(lines("", 4), []);
        assert_eq!(lines("a\n\nb", 4), [Ok("a".into()), Ok(String::new()), Ok("b".into())]);
        assert_eq!(lines("a\n", 4), [Ok("a".into())]);
    }

    #[test]
    fn a_line_beyond_the_limit_is_passed_over() {
        assert_eq!(lines("1234\n12345\n1", 4), [Ok("1234".into()), Err(6), Ok("1".into())]);
        assert_eq!(lines("12345", 4), [Err(5)]);
    }
}

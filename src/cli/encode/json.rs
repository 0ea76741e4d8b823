//! NDJSON against a JSON Schema: what is valid is passed on as it came, for there is no container of JSON.

use std::io::{BufRead, Write};

use anyhow::Context as _;

use super::super::files::{Line, Lines, write_failed};
use super::super::{Exit, Failure, Outcome};
use super::OnInvalid;
use crate::codec::Limits;
use crate::codec::json_schema::{Checker, Validator};

pub(super) fn encode(
    validator: &Validator,
    on_invalid: OnInvalid,
    input: impl BufRead,
    mut output: impl Write,
) -> Outcome {
    let limits = Limits::default();
    let mut checker = Checker::new(limits);
    let mut lines = Lines::new(input, limits.record_bytes);
    let mut rejected = false;
    for number in 1u64.. {
        let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
        let valid = match line {
            None => break,
            Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => continue,
            Some(Line::Text(text)) => match checker.check(validator, text) {
                Ok(()) => {
                    output.write_all(text).and_then(|()| output.write_all(b"\n")).map_err(write_failed)?;
                    true
                }
                Err(error) => {
                    error.violations().for_each(|violation| eprintln!("{number}: {violation}"));
                    false
                }
            },
            Some(Line::TooLong(len)) => {
                eprintln!("{number}: : expected at most {} bytes of record, found {len}", limits.record_bytes);
                false
            }
        };
        rejected |= !valid;
        if rejected && on_invalid == OnInvalid::Stop {
            break;
        }
    }
    output.flush().map_err(write_failed)?;
    if rejected { Err(Failure::told(Exit::Data)) } else { Ok(()) }
}

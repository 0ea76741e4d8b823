//! NDJSON against a JSON Schema: what is valid is passed on as it came, for there is no container of JSON.

use std::io::{BufRead, Write};

use super::super::Outcome;
use super::super::files::write_failed;
use super::{OnInvalid, each_line, told};
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
    let rejected = each_line(input, limits, on_invalid, |text| {
        let valid = checker.check(validator, text);
        if valid.is_ok() {
            output.write_all(text).and_then(|()| output.write_all(b"\n")).map_err(write_failed)?;
        }
        Ok(valid)
    })?;
    output.flush().map_err(write_failed)?;
    told(rejected)
}

//! What checking against a JSON Schema costs.

use std::hint::black_box;
use std::io::BufRead;

use anyhow::Context as _;

use super::super::files::{Line, Lines};
use super::super::{Exit, Failure};
use super::{MAX_BYTES, measure};
use crate::codec::Limits;
use crate::codec::json_schema::{Checker, Validator};

/// The records that the schema takes.
#[derive(Debug, Default)]
pub(super) struct Records {
    json: Vec<Vec<u8>>,
    rejected: u64,
}

impl Records {
    pub(super) fn read(validator: &Validator, input: impl BufRead) -> Result<Self, Failure> {
        let limits = Limits::default();
        let mut checker = Checker::new(limits);
        let mut lines = Lines::new(input, limits.record_bytes);
        let (mut records, mut bytes) = (Self::default(), 0);
        while bytes < MAX_BYTES {
            let line = lines.next_line().context("can't read the input").map_err(|e| Failure::new(Exit::NoInput, e))?;
            match line {
                None => break,
                Some(Line::Text(text)) if text.iter().all(u8::is_ascii_whitespace) => {}
                Some(Line::Text(text)) if checker.check(validator, text).is_ok() => {
                    bytes += text.len();
                    records.json.push(text.to_vec());
                }
                Some(_) => records.rejected += 1,
            }
        }
        Ok(records)
    }

    /// How long checking and copying all records takes, in seconds; `None` if there are none.
    pub(super) fn measure(&self, validator: &Validator) -> Option<f64> {
        let (mut checker, mut out) = (Checker::new(Limits::default()), Vec::new());
        let check = |record: &[u8]| {
            out.clear();
            out.extend_from_slice(record);
            checker.check(validator, record).is_ok() && black_box(!out.is_empty())
        };
        (!self.json.is_empty()).then(|| measure(&self.json, check))
    }

    pub(super) fn rejected(&self) -> u64 {
        self.rejected
    }

    #[expect(clippy::cast_precision_loss, reason = "figures that people read have few digits")]
    pub(super) fn report(&self, check: f64) -> String {
        let bytes: usize = self.json.iter().map(Vec::len).sum();
        format!(
            "records {:>12}  ({} rejected)\ncheck   {:>12.0} records/s {:>9.1} MB/s of JSON, on one core\n",
            self.json.len(),
            self.rejected,
            self.json.len() as f64 / check,
            bytes as f64 / check / 1e6,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_the_schema_takes_are_measured() {
        let validator = Validator::compile::<&str, &str>(r#"{"required": ["a"]}"#, &[]).unwrap();
        let records = Records::read(&validator, &b"{\"a\": 1}\n\n{}\n{\"a\":2}"[..]).unwrap();
        let report = records.report(0.5);
        let lines: Vec<_> = report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines, ["records 2 (1 rejected)", "check 4 records/s 0.0 MB/s of JSON, on one core"]);
        assert_eq!(Records::default().measure(&validator), None);
    }
}

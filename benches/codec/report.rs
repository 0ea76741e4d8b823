//! The tables.

use super::contest::Outcome;
use super::contestants::{APACHE, FAST, OURS, PARSE_ONLY, VERIFY};
use super::shapes::{Class, Shape};

#[derive(Default)]
pub(crate) struct Report {
    /// Our time divided by the parser's, where the keys keep the order of the schema.
    in_order: Vec<f64>,
    has_decode_head: bool,
    has_verify_head: bool,
}

impl Report {
    pub(crate) fn encoded(&mut self, shape: &Shape, outcome: &Outcome) {
        let ours = outcome.nanos(OURS).unwrap_or_default();
        if self.in_order.is_empty() {
            println!(
                "| JSON to framed Avro | bytes | ns | MB/s | ÷ simd_json's parse | apache_avro ÷ | serde_avro_fast ÷ |"
            );
            println!("|---|---|---|---|---|---|---|");
        }
        let ratio = outcome.ratio(OURS, PARSE_ONLY).unwrap_or_default();
        if shape.class != Class::Otherwise {
            self.in_order.push(ratio);
        }
        let bytes = mean_len(shape);
        println!(
            "| {} | {bytes:.0} | {ours:.0} | {:.0} | {ratio:.2} | {} | {} |",
            shape.name,
            bytes / ours * 1e3,
            times(outcome.ratio(APACHE, OURS)),
            times(outcome.ratio(FAST, OURS)),
        );
    }

    pub(crate) fn end_of_encode(&self) {
        let mean = (self.in_order.iter().map(|ratio| ratio.ln()).sum::<f64>() / self.in_order.len() as f64).exp();
        println!("\nGeometric mean where the keys keep the order of the schema: {mean:.3}\n");
    }

    pub(crate) fn decoded(&mut self, shape: &Shape, outcome: &Outcome) {
        if !std::mem::replace(&mut self.has_decode_head, true) {
            println!("| framed Avro to JSON | bytes | ns | MB/s | serde_avro_fast ÷ | apache_avro ÷ |");
            println!("|---|---|---|---|---|---|");
        }
        let (ours, bytes) = (outcome.nanos(OURS).unwrap_or_default(), mean_len(shape));
        println!(
            "| {} | {bytes:.0} | {ours:.0} | {:.0} | {} | {} |",
            shape.name,
            bytes / ours * 1e3,
            times(outcome.ratio(FAST, OURS)),
            times(outcome.ratio(APACHE, OURS)),
        );
    }

    pub(crate) fn verified(&mut self, shape: &Shape, outcome: &Outcome) {
        if !std::mem::replace(&mut self.has_verify_head, true) {
            println!("\n| framed Avro verified | ns | ÷ decode |");
            println!("|---|---|---|");
        }
        let (ours, ratio) =
            (outcome.nanos(VERIFY).unwrap_or_default(), outcome.ratio(VERIFY, OURS).unwrap_or_default());
        println!("| {} | {ours:.0} | {ratio:.2} |", shape.name);
    }
}

fn times(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.1}"))
}

/// Bytes of JSON a record.
fn mean_len(shape: &Shape) -> f64 {
    shape.records.iter().map(String::len).sum::<usize>() as f64 / shape.records.len() as f64
}

//! What encoding, decoding and verifying cost, beside the peers that a user could take instead.
//!
//! `cargo bench --bench codec`. Contestants take turns over the same records in one process, and what counts are the medians
//! of the ratios round by round. `simd_json` only parses, into a tape that is used again; `apache_avro` and `serde_avro_fast`
//! go through `serde_json::Value`, as an application without a type for its records must. What is compiled or looked up
//! once is measured by criterion, behind the tables. An argument picks the shapes whose name holds it; `protobuf` picks the tables of
//! Protobuf.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "figures for people, and dice")]

mod codec {
    pub(crate) mod arrange;
    pub(crate) mod contest;
    pub(crate) mod contestants;
    pub(crate) mod json_schema;
    pub(crate) mod once;
    pub(crate) mod protobuf;
    pub(crate) mod report;
    pub(crate) mod shapes;
}

use criterion::Criterion;

use codec::contestants::Prepared;
use codec::report::Report;

fn main() {
    let pick = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    if pick == "protobuf" {
        return codec::protobuf::measure(&codec::shapes::all(), "");
    }
    let shapes: Vec<_> = codec::shapes::all().into_iter().filter(|shape| shape.name.contains(&pick)).collect();
    let mut report = Report::default();
    for shape in &shapes {
        let prepared = Prepared::new(shape);
        report.encoded(shape, &prepared.encode());
    }
    report.end_of_encode();
    for shape in &shapes {
        let prepared = Prepared::new(shape);
        report.decoded(shape, &prepared.decode());
    }
    for shape in &shapes {
        report.verified(shape, &Prepared::new(shape).verify());
    }
    codec::json_schema::measure(&pick);
    codec::protobuf::measure(&shapes, &pick);
    if pick.is_empty() {
        codec::once::measure(&mut Criterion::default().without_plots());
    }
}

//! What the demo shows at its end.

use std::time::{Duration, Instant};

use super::formats;
use super::orders::Shop;
use super::traffic::Results;
use crate::server::Registered;
use crate::wire;

/// A table for each context, and one record of each format on its way.
pub(super) fn render(
    shops: &[Shop],
    schemas: &[Registered],
    results: &[Results],
    others: &formats::Results,
    started: Instant,
) -> String {
    let mut lines = vec!["Two contexts, one id, two schemas".to_owned(), String::new()];
    lines.extend(shops.iter().zip(schemas).map(|(shop, schema)| {
        format!("  {:<26} id {}  {}", schema.subject.to_string(), schema.id, fields(shop.schema))
    }));
    let table = |title: &str, columns: &str| [String::new(), title.to_owned(), String::new(), columns.to_owned()];
    lines.extend(table("JSON to Avro and back", "  context         sent     avro     back  rejected  records/s"));
    lines.extend(shops.iter().zip(results).map(|(shop, results)| totals(shop, results)));
    lines.extend(table(
        "Rejected, to the dead letters with their original bytes",
        "  context      reason     pointer        count  the first one",
    ));
    lines.extend(shops.iter().zip(results).flat_map(|(shop, results)| rejects(shop, results)));
    lines.extend(shops.iter().zip(results).flat_map(|(shop, results)| sample(shop, results)));
    lines.extend(refused_shipment(others).into_iter().chain(refund(others)));
    lines.push(String::new());
    let seconds = started.elapsed().as_secs_f64();
    lines.push(format!("Took {seconds:.1} s, on an embedded broker and an embedded registry.\n"));
    lines.join("\n")
}

fn totals(shop: &Shop, results: &Results) -> String {
    let Results { sent, typed, back, .. } = results;
    let (rejects, speed) = (results.rejects(), per_second(results));
    format!("  {:<12} {sent:>7}  {typed:>7}  {back:>7}  {rejects:>8}  {speed:>9}", shop.context)
}

fn rejects<'a>(shop: &'a Shop, results: &'a Results) -> impl Iterator<Item = String> + 'a {
    results.rejected.iter().map(|((reason, pointer), (count, error))| {
        format!("  {:<12} {reason:<10} {pointer:<12} {count:>7}  {error}", shop.context)
    })
}

fn sample(shop: &Shop, results: &Results) -> [String; 6] {
    both_ways(format!("One record of {}", shop.context), &shop.order(0), &results.sample)
}

fn refund(results: &formats::Results) -> [String; 6] {
    both_ways(format!("Protobuf: one record of {}", formats::REFUNDS), formats::REFUND, &results.refund)
}

fn both_ways(title: String, before: &str, (frame, after): &(Vec<u8>, String)) -> [String; 6] {
    [
        String::new(),
        title,
        String::new(),
        format!("  before  {before}"),
        format!("  bytes   {}", bytes(frame)),
        format!("  after   {after}"),
    ]
}

fn refused_shipment(results: &formats::Results) -> [String; 5] {
    [
        String::new(),
        format!("JSON Schema: one record of {}, rejected", formats::SHIPMENTS),
        String::new(),
        format!("  before  {}", formats::SHIPMENT),
        format!("  error   {}", results.error),
    ]
}

/// How fast results came, from the first to the last.
fn per_second(results: &Results) -> u64 {
    let took = results.came.map_or(Duration::ZERO, |(first, last)| last - first);
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    (results.back + results.rejects()).saturating_mul(1_000) / millis
}

/// The names of a record's fields.
fn fields(schema: &str) -> String {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    let names = schema["fields"].as_array().into_iter().flatten().filter_map(|field| field["name"].as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// Magic byte, id, and the start of the datum.
fn bytes(frame: &[u8]) -> String {
    const SHOWN: usize = 24;
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let (header, datum) = frame.split_at(frame.len().min(wire::HEADER_LEN));
    let (magic, id) = header.split_at(header.len().min(1));
    let (shown, more) = datum.split_at(datum.len().min(SHOWN));
    let more = if more.is_empty() { String::new() } else { format!(" … ({} bytes)", frame.len()) };
    format!("{} | {} | {}{more}", hex(magic), hex(id), hex(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_shown_in_their_parts() {
        assert_eq!(bytes(&[0, 0, 0, 0, 1, 0xff, 2]), "00 | 00 00 00 01 | ff 02");
        let long: Vec<u8> = [0, 0, 0, 0, 1].into_iter().chain([7; 30]).collect();
        assert!(bytes(&long).ends_with("07 07 … (35 bytes)"));
        assert_eq!(bytes(&[]), " |  | ");
    }
}

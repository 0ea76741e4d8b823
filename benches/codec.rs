//! What encoding and decoding cost, beside the peers that a user could take instead.
//!
//! `cargo bench --bench codec`; each shape's group shows the peers of one direction in the same run. Throughput counts the
//! bytes of the JSON text. `simd_json` only parses; `apache_avro` and `serde_avro_fast` go through `serde_json::Value`, as
//! an application without a type for its records must.

#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod shapes;

use std::hint::black_box;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serdecar::codec::Limits;
use serdecar::codec::avro::{Decoder, Encoder, JsonOptions};
use serdecar::schema::avro::{Plan, Schema};
use shapes::Shape;

/// Records that a run goes round, so that nothing is learned by heart.
const RECORDS: usize = 256;

struct Prepared {
    json: Vec<Vec<u8>>,
    data: Vec<Vec<u8>>,
    plan: Plan,
    apache: apache_avro::Schema,
    fast: serde_avro_fast::Schema,
}

fn prepare(shape: &Shape) -> Prepared {
    let plan = Plan::compile(&Schema::parse::<&str>(&shape.schema, &[]).unwrap()).unwrap();
    let json: Vec<_> = (0..RECORDS).map(|seed| (shape.record)(seed as u64).into_bytes()).collect();
    let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
    let encode = |text: &Vec<u8>| {
        let mut datum = Vec::new();
        encoder.encode(&plan, text, &mut datum).unwrap();
        datum
    };
    let data = json.iter().map(encode).collect();
    let apache = apache_avro::Schema::parse_str(&shape.schema).unwrap();
    Prepared { json, data, plan, apache, fast: shape.schema.parse().unwrap() }
}

/// Runs `work` over the records in turn.
fn round<T>(records: &[Vec<u8>], next: &mut usize, mut work: impl FnMut(&[u8]) -> T) -> T {
    *next = (*next + 1) % records.len();
    black_box(work(black_box(&records[*next])))
}

fn mean_len(records: &[Vec<u8>]) -> u64 {
    (records.iter().map(Vec::len).sum::<usize>() / records.len()) as u64
}

fn encode(criterion: &mut Criterion) {
    for shape in shapes::all() {
        let Prepared { json, data, plan, apache, fast } = prepare(&shape);
        let mut group = criterion.benchmark_group(format!("encode/{}", shape.name));
        group.throughput(Throughput::Bytes(mean_len(&json)));
        let mut next = 0;

        let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
        let mut out = Vec::new();
        group.bench_function("serdecar", |bencher| {
            bencher.iter(|| {
                out.clear();
                round(&json, &mut next, |text| encoder.encode(&plan, text, &mut out).unwrap());
            });
        });

        let (mut buffers, mut text) = (simd_json::Buffers::default(), Vec::new());
        let mut kept = Some(simd_json::Tape::null());
        group.bench_function("simd_json, parse only", |bencher| {
            bencher.iter(|| {
                round(&json, &mut next, |record| {
                    text.clear();
                    text.extend_from_slice(record);
                    let mut tape = kept.take().unwrap().reset();
                    simd_json::fill_tape(&mut text, &mut buffers, &mut tape).unwrap();
                    let len = tape.0.len();
                    kept = Some(tape.reset());
                    len
                });
            });
        });

        let writer = GenericDatumWriter::builder(&apache).build().unwrap();
        let apache_encode = |record: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(record).unwrap();
            let value = apache_avro::types::Value::try_from(value).unwrap().resolve(&apache).unwrap();
            writer.write_value_to_vec(value).unwrap()
        };
        assert!(json.iter().zip(&data).all(|(record, datum)| apache_encode(record) == *datum), "{}", shape.name);
        group.bench_function("serde_json, apache_avro", |bencher| {
            bencher.iter(|| round(&json, &mut next, apache_encode));
        });

        let mut config = serde_avro_fast::ser::SerializerConfig::new(&fast);
        let mut fast_encode = |record: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(record).unwrap();
            serde_avro_fast::to_datum_vec(&value, &mut config)
        };
        // Its serializer takes no missing member and no number for another type, so some shapes are beyond it.
        if json.iter().all(|record| fast_encode(record).is_ok()) {
            group.bench_function("serde_json, serde_avro_fast", |bencher| {
                bencher.iter(|| round(&json, &mut next, |record| fast_encode(record).unwrap()));
            });
        }
        group.finish();
    }
}

fn decode(criterion: &mut Criterion) {
    for shape in shapes::all() {
        let Prepared { json, data, plan, apache, fast } = prepare(&shape);
        let mut group = criterion.benchmark_group(format!("decode/{}", shape.name));
        group.throughput(Throughput::Bytes(mean_len(&json)));
        let mut next = 0;

        let mut decoder = Decoder::new(JsonOptions::default(), Limits::default());
        let mut out = Vec::new();
        group.bench_function("serdecar", |bencher| {
            bencher.iter(|| {
                out.clear();
                round(&data, &mut next, |datum| decoder.decode(&plan, datum, &mut out).unwrap());
            });
        });

        let reader = GenericDatumReader::builder(&apache).build().unwrap();
        group.bench_function("apache_avro, serde_json", |bencher| {
            bencher.iter(|| {
                round(&data, &mut next, |mut datum| {
                    let value = reader.read_value(&mut datum).unwrap();
                    serde_json::to_vec(&serde_json::Value::try_from(value).unwrap()).unwrap()
                })
            });
        });

        group.bench_function("serde_avro_fast, serde_json", |bencher| {
            bencher.iter(|| {
                round(&data, &mut next, |datum| {
                    let value: serde_json::Value = serde_avro_fast::from_datum_slice(datum, &fast).unwrap();
                    serde_json::to_vec(&value).unwrap()
                })
            });
        });
        group.finish();
    }
}

criterion_group!(benches, encode, decode);
criterion_main!(benches);

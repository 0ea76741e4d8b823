//! Who takes part, in each direction.

use std::hint::black_box;

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;
use serdecar::codec::Limits;
use serdecar::codec::avro::{Decoder, Encoder, JsonOptions, Verifier};
use serdecar::schema::avro::{Plan, Schema};

use super::contest::{self, Contestant, Outcome};
use super::shapes::Shape;

pub(crate) const OURS: &str = "serdecar";
pub(crate) const VERIFY: &str = "serdecar, verify only";
pub(crate) const PARSE_ONLY: &str = "simd_json, parse only";
pub(crate) const APACHE: &str = "apache_avro";
pub(crate) const FAST: &str = "serde_avro_fast";

/// A frame's header, so that both directions move whole frames.
const HEADER: [u8; 5] = [0, 0, 0, 0, 7];

pub(crate) struct Prepared {
    json: Vec<Vec<u8>>,
    /// The same as framed data.
    frames: Vec<Vec<u8>>,
    plan: Plan,
    apache: apache_avro::Schema,
    fast: serde_avro_fast::Schema,
}

/// The tape is kept in an option, or its reset allocates each time.
pub(crate) fn parser(records: &[Vec<u8>]) -> Contestant<'_> {
    let (mut buffers, mut text) = (simd_json::Buffers::default(), Vec::new());
    let mut kept = Some(simd_json::Tape::null());
    let pass = move || {
        for record in records {
            text.clear();
            text.extend_from_slice(black_box(record));
            let mut tape = kept.take().unwrap().reset();
            simd_json::fill_tape(&mut text, &mut buffers, &mut tape).unwrap();
            black_box(&tape);
            kept = Some(tape.reset());
        }
    };
    Contestant { name: PARSE_ONLY, pass: Box::new(pass) }
}

impl Prepared {
    pub(crate) fn new(shape: &Shape) -> Self {
        let plan = Plan::compile(&Schema::parse::<&str>(&shape.schema, &[]).unwrap()).unwrap();
        let json: Vec<_> = shape.records.iter().map(|record| record.clone().into_bytes()).collect();
        let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
        let encode = |text: &Vec<u8>| {
            let mut frame = HEADER.to_vec();
            encoder.encode(&plan, text, &mut frame).unwrap();
            frame
        };
        let frames = json.iter().map(encode).collect();
        let apache = apache_avro::Schema::parse_str(&shape.schema).unwrap();
        Self { json, frames, plan, apache, fast: shape.schema.parse().unwrap() }
    }

    /// JSON text to framed Avro.
    pub(crate) fn encode(&self) -> Outcome {
        let mut contestants = vec![self.our_encoder(), parser(&self.json), self.apache_writer()];
        contestants.extend(self.fast_writer());
        contest::run(self.json.len(), contestants)
    }

    /// Framed Avro to JSON text.
    pub(crate) fn decode(&self) -> Outcome {
        contest::run(self.json.len(), vec![self.our_decoder(), self.apache_reader(), self.fast_reader()])
    }

    /// Framed Avro checked, beside its decoding.
    pub(crate) fn verify(&self) -> Outcome {
        contest::run(self.json.len(), vec![self.our_verifier(), self.our_decoder()])
    }

    fn our_encoder(&self) -> Contestant<'_> {
        let (mut encoder, mut out) = (Encoder::new(JsonOptions::default(), Limits::default()), Vec::new());
        let pass = move || {
            for record in &self.json {
                out.clear();
                out.extend_from_slice(&HEADER);
                encoder.encode(&self.plan, black_box(record), &mut out).unwrap();
                black_box(&out);
            }
        };
        Contestant { name: OURS, pass: Box::new(pass) }
    }

    fn apache_writer(&self) -> Contestant<'_> {
        let writer = GenericDatumWriter::builder(&self.apache).build().unwrap();
        let encode = move |record: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(record).unwrap();
            let value = apache_avro::types::Value::try_from(value).unwrap().resolve(&self.apache).unwrap();
            writer.write_value_to_vec(value).unwrap()
        };
        assert!(self.json.iter().zip(&self.frames).all(|(record, frame)| encode(record) == frame[HEADER.len()..]));
        let pass = move || {
            for record in &self.json {
                black_box(encode(black_box(record)));
            }
        };
        Contestant { name: APACHE, pass: Box::new(pass) }
    }

    /// Its serializer takes no missing member and no number for another type, so some shapes are beyond it.
    fn fast_writer(&self) -> Option<Contestant<'_>> {
        let mut config = serde_avro_fast::ser::SerializerConfig::new(&self.fast);
        let mut encode = move |record: &[u8]| {
            let value: serde_json::Value = serde_json::from_slice(record).unwrap();
            serde_avro_fast::to_datum_vec(&value, &mut config)
        };
        if self.json.iter().any(|record| encode(record).is_err()) {
            return None;
        }
        let pass = move || {
            for record in &self.json {
                black_box(encode(black_box(record)).unwrap());
            }
        };
        Some(Contestant { name: FAST, pass: Box::new(pass) })
    }

    fn our_decoder(&self) -> Contestant<'_> {
        let (mut decoder, mut out) = (Decoder::new(JsonOptions::default(), Limits::default()), Vec::new());
        let pass = move || {
            for frame in &self.frames {
                out.clear();
                decoder.decode(&self.plan, black_box(&frame[HEADER.len()..]), &mut out).unwrap();
                black_box(&out);
            }
        };
        Contestant { name: OURS, pass: Box::new(pass) }
    }

    fn our_verifier(&self) -> Contestant<'_> {
        let mut verifier = Verifier::new(Limits::default());
        let pass = move || {
            for frame in &self.frames {
                black_box(verifier.verify(&self.plan, black_box(&frame[HEADER.len()..])).is_ok());
            }
        };
        Contestant { name: VERIFY, pass: Box::new(pass) }
    }

    fn apache_reader(&self) -> Contestant<'_> {
        let reader = GenericDatumReader::builder(&self.apache).build().unwrap();
        let pass = move || {
            for frame in &self.frames {
                let value = reader.read_value(&mut black_box(&frame[HEADER.len()..])).unwrap();
                black_box(serde_json::to_vec(&serde_json::Value::try_from(value).unwrap()).unwrap());
            }
        };
        Contestant { name: APACHE, pass: Box::new(pass) }
    }

    fn fast_reader(&self) -> Contestant<'_> {
        let pass = move || {
            for frame in &self.frames {
                let datum = black_box(&frame[HEADER.len()..]);
                let value: serde_json::Value = serde_avro_fast::from_datum_slice(datum, &self.fast).unwrap();
                black_box(serde_json::to_vec(&value).unwrap());
            }
        };
        Contestant { name: FAST, pass: Box::new(pass) }
    }
}

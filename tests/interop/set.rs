//! Sets of data: a schema and values of it, written down and read again by our codec.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use serdecar::codec::Limits;
use serdecar::codec::avro::container::{Compression, ContainerReader, ContainerWriter};
use serdecar::codec::avro::{Decimals, Decoder, Encoder, JsonMode, JsonOptions, Timestamps};
use serdecar::schema::avro::{Logical, Plan, Schema};

use crate::dice::Dice;
use crate::neutral::{agrees, logical_texts, neutral};
use crate::value::{self, Value, json, same};

/// A schema and values of it.
pub(crate) struct Set {
    pub(crate) schema: Schema,
    text: String,
    plan: Plan,
    values: Vec<Value>,
}

fn options(mode: JsonMode) -> JsonOptions {
    JsonOptions { mode, ..JsonOptions::default() }
}

impl Set {
    /// As many values of the schema as are asked for, chosen by `seed`.
    pub(crate) fn new(text: String, count: usize, seed: u64) -> Self {
        let schema = Schema::parse::<&str>(&text, &[]).unwrap_or_else(|error| panic!("{error}: {text}"));
        let plan = Plan::compile(&schema).unwrap();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = vec![0; 4096];
        let values = (0..count).map(|_| {
            random.fill(&mut bytes);
            value::value(&schema, schema.root(), &mut Dice::new(&bytes))
        });
        let values = values.collect();
        Self { schema, text, plan, values }
    }

    fn json(&self, mode: JsonMode) -> Vec<Json> {
        self.values.iter().map(|value| json(&self.schema, self.schema.root(), value, mode)).collect()
    }

    fn neutral(&self) -> Vec<Json> {
        self.values.iter().map(|value| neutral(&self.schema, self.schema.root(), value)).collect()
    }

    /// The bytes of each value, from its JSON, which is printed compactly or for the eye.
    fn encoded(&self, mode: JsonMode) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(options(mode), Limits::default());
        let encode = |(number, json): (usize, &Json)| {
            let text = if number.is_multiple_of(2) { json.to_string() } else { format!("{json:#}") };
            let mut datum = Vec::new();
            encoder
                .encode(&self.plan, text.as_bytes(), &mut datum)
                .unwrap_or_else(|error| panic!("{}\n{text}\n{mode:?}: {error}", self.text));
            datum
        };
        self.json(mode).iter().enumerate().map(encode).collect()
    }

    /// Whether the generated plain JSON is not what our codec has for it.
    fn has_logical(&self) -> bool {
        self.schema.types().any(|ty| Logical::of(ty).is_some())
    }

    /// Data of logical types come back from plain JSON, in whatever form it is printed.
    fn check_plain(&self, data: &[Vec<u8>]) {
        for (timestamps, decimals) in [(Timestamps::Number, Decimals::Number), (Timestamps::Iso8601, Decimals::String)]
        {
            let options = JsonOptions { timestamps, decimals, ..JsonOptions::default() };
            let mut decoder = Decoder::new(options, Limits::default());
            let mut encoder = Encoder::new(options, Limits::default());
            for datum in data {
                let (mut text, mut again) = (Vec::new(), Vec::new());
                decoder.decode(&self.plan, datum, &mut text).unwrap_or_else(|error| panic!("{}: {error}", self.text));
                let shown = String::from_utf8_lossy(&text);
                let result = encoder.encode(&self.plan, &text, &mut again);
                result.unwrap_or_else(|error| panic!("{}\n{shown}\n{error}", self.text));
                if value::tells_branches(&self.schema) {
                    assert_eq!(&again, datum, "{}\n{shown}", self.text);
                }
            }
        }
    }

    /// Writes everything that the other side reads.
    pub(crate) fn write(&self, folder: &Path, number: usize) {
        let path = |end: &str| path(folder, number, end);
        fs::write(path("avsc"), &self.text).unwrap();
        fs::write(path("values"), lines(self.neutral().iter().map(Json::to_string))).unwrap();
        let data = self.encoded(JsonMode::Avro);
        if self.has_logical() {
            self.check_plain(&data);
        } else if value::tells_branches(&self.schema) {
            assert_eq!(self.encoded(JsonMode::Plain), data, "both modes mean the same: {}", self.text);
        }
        let compression = [Compression::Null, Compression::Deflate][number % 2];
        let mut container = ContainerWriter::new(Vec::new(), &self.text, compression).unwrap();
        for datum in &data {
            container
                .append(|out| {
                    out.extend_from_slice(datum);
                    Ok::<_, ()>(())
                })
                .unwrap()
                .unwrap();
        }
        fs::write(path("avro"), container.finish().unwrap()).unwrap();
        let mut decoder = Decoder::new(options(JsonMode::Avro), Limits::default());
        let printed = data.iter().zip(&self.values).map(|(datum, value)| {
            let mut text = Vec::new();
            decoder.decode(&self.plan, datum, &mut text).unwrap();
            if value.is_finite() { String::from_utf8(text).unwrap() } else { String::new() }
        });
        fs::write(path("json"), lines(printed)).unwrap();
    }

    /// Compares what the other side read from our container, or from our JSON, with what was meant. Gives the number of
    /// lines, without the empty ones.
    pub(crate) fn check_read(&self, file: &Path) -> usize {
        let text = fs::read_to_string(file).unwrap();
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        let neutral = self.neutral();
        assert_eq!(lines.len(), neutral.len(), "{}", file.display());
        let read = lines.iter().enumerate().zip(&neutral).filter(|((_, line), _)| !line.is_empty());
        read.map(|((number, line), meant)| {
            let read = serde_json::from_str(line).unwrap();
            assert!(agrees(meant, &read), "{}, line {number}:\n{meant}\n{read}", file.display());
        })
        .count()
    }

    /// Reads the container that the other side wrote and compares each value: in plain mode with the schema in it, in the
    /// other with ours, because fastavro and avsc lose an empty namespace inside another one, and with it a branch's name.
    pub(crate) fn check_container(&self, file: &Path) {
        let bytes = fs::read(file).unwrap();
        let mut reader = ContainerReader::new(&bytes[..]).unwrap();
        let theirs = Plan::compile(&Schema::parse::<&str>(reader.schema(), &[]).unwrap()).unwrap();
        let (mut block, mut data) = (Vec::new(), Vec::new());
        while reader.next_block(&mut block).unwrap().is_some() {
            data.extend_from_slice(&block);
        }
        for (mode, plan) in [(JsonMode::Plain, &theirs), (JsonMode::Avro, &self.plan)] {
            if mode == JsonMode::Plain && self.has_logical() {
                continue;
            }
            let mut decoder = Decoder::new(options(mode), Limits::default());
            let mut rest = &data[..];
            for (number, meant) in self.json(mode).iter().enumerate() {
                let mut text = Vec::new();
                let read = decoder.decode_first(plan, rest, &mut text).unwrap();
                rest = &rest[read..];
                let read: Json = serde_json::from_slice(&text).unwrap();
                assert!(same(meant, &read), "{} {mode:?}, line {number}:\n{meant}\n{read}", file.display());
            }
            assert!(rest.is_empty(), "{}: {} bytes too many", file.display(), rest.len());
        }
    }

    /// Compares the texts that the other side has for logical types with those that we print. Gives their number.
    pub(crate) fn check_logical(&self, file: &Path) -> usize {
        let text = fs::read_to_string(file).unwrap();
        let options =
            JsonOptions { timestamps: Timestamps::Iso8601, decimals: Decimals::String, ..JsonOptions::default() };
        let mut decoder = Decoder::new(options, Limits::default());
        let pairs = self.encoded(JsonMode::Avro).into_iter().zip(&self.values).zip(text.lines());
        pairs
            .map(|((datum, value), line)| {
                let (mut text, mut ours) = (Vec::new(), Vec::new());
                decoder.decode(&self.plan, &datum, &mut text).unwrap();
                let json = serde_json::from_slice(&text).unwrap();
                logical_texts(&self.schema, self.schema.root(), value, &json, &mut ours);
                let theirs: Vec<Json> = serde_json::from_str(line).unwrap();
                assert_eq!(ours, theirs, "{} {}", file.display(), self.text);
                ours.len()
            })
            .sum()
    }

    /// Encodes the JSON that the other side wrote and compares it with what was meant; an empty line is one that it
    /// can't write. `simplify` takes from both what it does not keep. Gives the number of lines.
    pub(crate) fn check_json(&self, file: &Path, simplify: impl Fn(Json) -> Json) -> usize {
        let text = fs::read_to_string(file).unwrap();
        let theirs: Vec<&str> = text.split('\n').collect();
        let mut checked = 0;
        let mut encoder = Encoder::new(options(JsonMode::Avro), Limits::default());
        let mut decoder = Decoder::new(options(JsonMode::Avro), Limits::default());
        assert!(theirs.len() >= self.values.len(), "{} ends early", file.display());
        for (number, (meant, line)) in self.json(JsonMode::Avro).into_iter().zip(theirs).enumerate() {
            if line.is_empty() {
                continue;
            }
            let meant = simplify(meant);
            let place = format!("{}, line {number}: {line}", file.display());
            let (mut datum, mut text) = (Vec::new(), Vec::new());
            encoder
                .encode(&self.plan, line.as_bytes(), &mut datum)
                .unwrap_or_else(|error| panic!("{place}\n{meant}\n{error}"));
            decoder.decode(&self.plan, &datum, &mut text).unwrap();
            let read = simplify(serde_json::from_slice(&text).unwrap());
            assert!(same(&meant, &read), "{place}\n{meant}\n{read}");
            checked += 1;
        }
        checked
    }
}

/// A file of the set of that number.
pub(crate) fn path(folder: &Path, number: usize, end: &str) -> PathBuf {
    folder.join(format!("{number}.{end}"))
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
}

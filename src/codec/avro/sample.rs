//! Texts by chance for many plans, mostly good ones, to hold fast paths against general ones.

#![expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "dice may be cut to any size")]

use crate::schema::avro::{Logical, Node, NodeId, Plan, RecordPlan, Schema};

/// A source of numbers (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// How a text is written.
pub(super) struct Style {
    pub(super) shuffled: bool,
    pub(super) spaced: usize,
    pub(super) escapes: usize,
    pub(super) odd: usize,
}

/// Writes a text for a plan, mostly a good one.
pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) dice: &'a mut Dice,
    pub(super) style: Style,
    pub(super) text: Vec<u8>,
}

const NUMBERS: [&str; 34] = [
    "0",
    "-0",
    "1",
    "-1",
    "63",
    "64",
    "-64",
    "-65",
    "7.5",
    "0.1",
    "-0.0",
    "1.0",
    "1e2",
    "1E+2",
    "25e-1",
    "2147483647",
    "2147483648",
    "-2147483648",
    "1700000000000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "9007199254740993",
    "1152921504606846976",
    "123456.78901234567",
    "0.30000000000000004",
    "5e-324",
    "1e309",
    "00",
    "01.5",
    "1.",
    "0.12345678901234567890123",
    "12345678.12345678",
    "99999999999999999999.5",
];

const TEXTS: [&str; 14] = [
    "",
    "a",
    "plain",
    "a text of thirty-one characters",
    "a text of thirty-two characters.",
    "somewhat longer than two blocks of thirty-two bytes are, is it not?",
    "größer",
    "日本語のテキスト",
    "😊",
    "https://example.com/a/rather/long/path/that/goes/on?and=on",
    "\u{7f}",
    "A",
    "NaN",
    "/wA=",
];

impl Writer<'_> {
    fn space(&mut self) {
        if self.style.spaced > 0 && self.dice.one_in(self.style.spaced) {
            let space = self.dice.pick(&[" ", "\n", "\n    ", "\t", "  ", "\r\n              ", "        "]);
            self.text.extend_from_slice(space.as_bytes());
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push(b'"');
        for char in text.chars() {
            if self.style.escapes > 0 && self.dice.one_in(self.style.escapes) {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    self.text.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            } else if self.style.escapes > 0 && self.dice.one_in(self.style.escapes * 4) {
                let escape = self.dice.pick(&["\\n", "\\\"", "\\/", "\\\\", "\\ud83d", "\\x", "\\u00"]);
                self.text.extend_from_slice(escape.as_bytes());
            } else {
                self.text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        self.text.push(b'"');
    }

    fn text(&mut self) {
        let mut text = self.dice.pick(&TEXTS).to_owned();
        if self.dice.one_in(8) {
            text = text.repeat(self.dice.below(300));
        }
        self.string(&text);
    }

    fn number(&mut self) {
        let number = match self.dice.below(4) {
            0 => self.dice.pick(&NUMBERS).to_owned(),
            1 => (self.dice.roll().cast_signed() >> self.dice.below(64)).to_string(),
            2 => format!("{}.{}", self.dice.below(100_000), self.dice.roll() >> self.dice.below(64)),
            _ => format!("{}", (self.dice.roll() >> 11) as f64 / (1u64 << self.dice.below(64)) as f64),
        };
        self.text.extend_from_slice(number.as_bytes());
    }

    pub(super) fn value(&mut self, id: NodeId, depth: u32) {
        self.space();
        if self.style.odd > 0 && self.dice.one_in(self.style.odd) || depth > 12 {
            let odd =
                self.dice.pick(&["null", "true", "{}", "[]", "\"x\"", "1", "[1,{\"a\":[]}]", "nul", "-", "{\"b\":1}"]);
            self.text.extend_from_slice(odd.as_bytes());
            return;
        }
        match self.plan.node(id) {
            Node::Null => self.text.extend_from_slice(b"null"),
            Node::Boolean => {
                let flag = self.dice.pick(&["true", "false"]);
                self.text.extend_from_slice(flag.as_bytes());
            }
            Node::Int => {
                let number = (self.dice.roll().cast_signed() as i32) >> self.dice.below(32);
                self.text.extend_from_slice(number.to_string().as_bytes());
            }
            Node::Long => {
                let number = self.dice.roll().cast_signed() >> self.dice.below(64);
                self.text.extend_from_slice(number.to_string().as_bytes());
            }
            Node::Float | Node::Double => self.number(),
            Node::String => self.text(),
            Node::Bytes => self.string("/wA="),
            Node::Fixed(fixed) => self.string(if fixed.size == 2 { "/wA=" } else { "" }),
            Node::Enum(symbols) => {
                let symbol = self.dice.below(symbols.symbols.len());
                self.string(&symbols.symbols[symbol].clone());
            }
            Node::Array(items) => {
                let count = self.count(depth);
                self.list(b'[', b']', count, |writer, _| writer.value(*items, depth + 1));
            }
            Node::Map(values) => {
                let count = self.count(depth);
                self.list(b'{', b'}', count, |writer, index| {
                    let name = if writer.dice.one_in(20) { "k".into() } else { format!("k{index}") };
                    writer.member(&name, |writer| writer.value(*values, depth + 1));
                });
            }
            Node::Record(record) => self.record(record, depth),
            Node::Logical(logical) => match logical.logical {
                Logical::Uuid => self.string("0d3b9e2a-7c1f-4c6e-9a54-1f0b2c3d4E5F"),
                Logical::Decimal(_) => {
                    let number = self.dice.pick(&["0", "-1", "12.34", "1e2", "-0.5", "123456789012.34", "1234567.891"]);
                    self.text.extend_from_slice(number.as_bytes());
                }
                _ if self.dice.one_in(2) => {
                    let text = self.dice.pick(&[
                        "2024-02-29",
                        "2024-02-29T12:30:00.5Z",
                        "23:59:59",
                        "2024-02-30",
                        "1969-12-31T23:59:59",
                    ]);
                    self.string(text);
                }
                _ => self.value(logical.underlying, depth),
            },
            Node::Union(union) => {
                let branch = self.dice.below(union.branches.len());
                self.value(union.branches[branch], depth);
            }
        }
    }

    fn count(&mut self, depth: u32) -> usize {
        if depth > 4 { self.dice.below(2) } else { [0, 1, 2, 3, 5, 70][self.dice.below(if depth < 2 { 6 } else { 4 })] }
    }

    fn list(&mut self, open: u8, close: u8, count: usize, item: impl Fn(&mut Self, usize)) {
        self.text.push(open);
        for index in 0..count {
            self.space();
            if index > 0 {
                self.text.push(b',');
                self.space();
            }
            item(self, index);
            self.space();
        }
        self.text.push(close);
    }

    fn member(&mut self, name: &str, value: impl FnOnce(&mut Self)) {
        self.string(name);
        self.space();
        self.text.push(b':');
        self.space();
        value(self);
    }

    fn record(&mut self, record: &RecordPlan, depth: u32) {
        let mut order: Vec<usize> = (0..record.fields.len()).collect();
        // Of those with a default some are missing; seldom of the others, or one is there twice.
        order.retain(|&index| {
            record.defaults(index, index + 1).is_none() && !self.dice.one_in(200) || self.dice.below(3) > 0
        });
        if self.style.shuffled {
            for end in (1..order.len()).rev() {
                order.swap(end, self.dice.below(end + 1));
            }
        }
        if self.style.odd > 0 && self.dice.one_in(self.style.odd) {
            order.extend_from_within(..order.len().min(1));
        }
        self.list(b'{', b'}', order.len(), |writer, index| {
            if writer.style.odd > 0 && writer.dice.one_in(writer.style.odd) {
                writer.member("other", |writer| writer.text.extend_from_slice(b"{\"a\":[1.5e3,\"\xc3\xa9\\n\"]},"));
            }
            let field = &record.fields[order[index]];
            writer.member(&field.name, |writer| writer.value(field.node, depth + 1));
        });
    }
}

pub(super) const SCHEMAS: [&str; 7] = [
    r#"{"type":"record","name":"Logical","fields":[
        {"name":"date","type":{"type":"int","logicalType":"date"}},
        {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"local","type":["null",{"type":"long","logicalType":"local-timestamp-micros"}]},
        {"name":"time","type":{"type":"int","logicalType":"time-millis"}},
        {"name":"uuid","type":{"type":"string","logicalType":"uuid"}},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
        {"name":"fixed","type":{"type":"fixed","name":"D","size":5,"logicalType":"decimal","precision":11,"scale":2}}]}"#,
    r#"{"type":"record","name":"Order","fields":[
        {"name":"id","type":"string"},{"name":"customer","type":"long"},
        {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SHIPPED","RETURNED_LATE","RETURNED_LATER"]}},
        {"name":"total","type":"double"},{"name":"note","type":["null","string"],"default":null},
        {"name":"address_of_the_one_who_pays_for_it_all","type":{"type":"record","name":"Address","fields":[
            {"name":"street","type":"string"},{"name":"zip","type":["string","long"],"default":"0"}]}},
        {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
            {"name":"sku","type":"string"},{"name":"qty","type":"int","default":1},{"name":"price","type":"float"}]}}},
        {"name":"flags","type":{"type":"map","values":"boolean"},"default":{}}]}"#,
    r#"{"type":"record","name":"Node","fields":[{"name":"v","type":["null","int","double"],"default":null},
        {"name":"next","type":["null","Node"],"default":null},{"name":"all","type":{"type":"array","items":"Node"},"default":[]}]}"#,
    r#"{"type":"record","name":"Odd","fields":[{"name":"b","type":"bytes","default":""},
        {"name":"f","type":{"type":"fixed","name":"F","size":2},"default":"ab"},{"name":"n","type":"null"},
        {"name":"u","type":[{"type":"enum","name":"E","symbols":["A","B"]},"bytes","null","long","int","float"]},
        {"name":"w","type":["null",{"type":"map","values":"long"},{"type":"record","name":"P","fields":[{"name":"k1","type":"long"}]}]}]}"#,
    r#"{"type":"array","items":["null","string","long","double","boolean"]}"#,
    r#"{"type":"map","values":{"type":"map","values":"double"}}"#,
    r#"{"type":"record","name":"Empty","fields":[]}"#,
];

fn wide() -> String {
    let field = |i| format!(r#"{{"name":"attribute_{i}","type":["null","long"],"default":{}}}"#, "null");
    let fields: Vec<_> = (0..40).map(field).collect();
    format!(r#"{{"type":"record","name":"Wide","fields":[{}]}}"#, fields.join(","))
}

/// The plans of all schemas, and of one with many members.
pub(super) fn plans() -> Vec<Plan> {
    let wide = wide();
    SCHEMAS
        .into_iter()
        .chain([&*wide])
        .map(|text| Plan::compile(&Schema::parse::<&str>(text, &[]).unwrap()).unwrap())
        .collect()
}

/// Changes a text or a datum in a place or two.
pub(super) fn mutate(text: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(2) {
        if text.is_empty() {
            return;
        }
        let place = dice.below(text.len());
        match dice.below(4) {
            0 => text[place] = dice.roll() as u8,
            1 => {
                text[place] =
                    *dice.pick(&[&b'"', &b'\\', &b'{', &b'}', &b'[', &b']', &b',', &b':', &b' ', &b'0', &b'\0']);
            }
            2 => drop(text.remove(place)),
            _ => text.truncate(place),
        }
    }
}

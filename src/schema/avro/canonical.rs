//! Parsing Canonical Form and the fingerprint of it: what is equal for all schemas that read the same data.
//!
//! Follows the specification's
//! [transformations](https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas) to the
//! letter: of a schema only what decides how data are written is left, in one order and without white space. Names and
//! symbols are ASCII identifiers, so nothing in the form needs an escape.

use std::collections::HashSet;

use super::types::{Kind, Schema, TypeId};

impl Schema {
    /// The schema in Parsing Canonical Form. Types of referenced schemas are defined where they are used first.
    pub fn canonical_form(&self) -> String {
        let mut form = Form { schema: self, defined: HashSet::new(), text: String::new() };
        form.ty(self.root());
        form.text
    }

    /// The 64-bit Rabin fingerprint (CRC-64-AVRO) of the canonical form. Java prints the same bits as a signed number.
    pub fn fingerprint(&self) -> u64 {
        rabin(self.canonical_form().as_bytes())
    }
}

/// The canonical form as far as it is written.
struct Form<'a> {
    schema: &'a Schema,
    /// The named types that were defined; from there on they are their names.
    defined: HashSet<TypeId>,
    text: String,
}

impl Form<'_> {
    fn ty(&mut self, id: TypeId) {
        let kind = &self.schema.get(id).kind;
        if let Some(name) = kind.name()
            && !self.defined.insert(id)
        {
            return self.quoted(name.as_str());
        }
        match kind {
            Kind::Union(branches) => self.list(branches, |form, &branch| form.ty(branch)),
            Kind::Array(items) => self.collection("array", "items", *items),
            Kind::Map(values) => self.collection("map", "values", *values),
            Kind::Record(record) => self.definition(record.name.as_str(), "record", "fields", |form| {
                form.list(&record.fields, |form, field| {
                    form.text.push_str("{\"name\":");
                    form.quoted(&field.name);
                    form.text.push_str(",\"type\":");
                    form.ty(field.ty);
                    form.text.push('}');
                });
            }),
            Kind::Enum(symbols) => self.definition(symbols.name.as_str(), "enum", "symbols", |form| {
                form.list(&symbols.symbols, |form, symbol| form.quoted(symbol));
            }),
            Kind::Fixed(fixed) => self.definition(fixed.name.as_str(), "fixed", "size", |form| {
                form.text.push_str(&fixed.size.to_string());
            }),
            primitive => self.quoted(primitive.branch_name()),
        }
    }

    fn definition(&mut self, name: &str, ty: &str, key: &str, value: impl FnOnce(&mut Self)) {
        self.text.push_str("{\"name\":");
        self.quoted(name);
        self.text.push_str(",\"type\":");
        self.quoted(ty);
        self.text.push(',');
        self.quoted(key);
        self.text.push(':');
        value(self);
        self.text.push('}');
    }

    fn collection(&mut self, ty: &str, key: &str, items: TypeId) {
        self.text.push_str("{\"type\":");
        self.quoted(ty);
        self.text.push(',');
        self.quoted(key);
        self.text.push(':');
        self.ty(items);
        self.text.push('}');
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.text.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            write(self, item);
        }
        self.text.push(']');
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        self.text.push_str(text);
        self.text.push('"');
    }
}

/// The fingerprint of no bytes, which is the polynomial too.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

/// What the low byte of the fingerprint adds when it is shifted out.
const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut fingerprint = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            let carry = fingerprint & 1;
            fingerprint >>= 1;
            if carry == 1 {
                fingerprint ^= EMPTY;
            }
            bit += 1;
        }
        table[byte] = fingerprint;
        byte += 1;
    }
    table
};

fn rabin(bytes: &[u8]) -> u64 {
    bytes.iter().fold(EMPTY, |fingerprint, byte| {
        let [low, ..] = fingerprint.to_le_bytes();
        (fingerprint >> 8) ^ TABLE[usize::from(low ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs, canonical forms and fingerprints from Avro's own tests; the file says where they come from.
    const CASES: &str = include_str!("../../../tests/data/avro/canonical-forms.txt");

    #[test]
    fn the_specifications_own_cases() {
        let mut count = 0;
        for case in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let [input, canonical, fingerprint] = case.split('\t').collect::<Vec<_>>()[..] else {
                panic!("not a case: {case}")
            };
            let schema = Schema::parse::<&str>(input, &[]).unwrap();
            assert_eq!(schema.canonical_form(), canonical, "{input}");
            assert_eq!(schema.fingerprint().cast_signed().to_string(), fingerprint, "{input}");
            let again = Schema::parse::<&str>(canonical, &[]).unwrap();
            assert_eq!(again.canonical_form(), canonical, "a canonical form is its own");
            count += 1;
        }
        assert_eq!(count, 34);
    }

    #[test]
    fn nothing_that_leaves_the_data_alone_is_left() {
        let text = r#"{"type":"error","name":"R","namespace":"a.b","doc":"d","aliases":["Old"],"fields":[
            {"name":"x","type":{"type":"int","logicalType":"date"},"default":1,"order":"ignore","doc":"d","aliases":["y"]},
            {"name":"e","type":{"type":"enum","name":"E","symbols":["A"],"default":"A"}},
            {"name":"again","type":["null",{"type":"E","doc":"d"},"R"]}]}"#;
        let schema = Schema::parse::<&str>(text, &[]).unwrap();
        assert_eq!(
            schema.canonical_form(),
            r#"{"name":"a.b.R","type":"record","fields":[{"name":"x","type":"int"},{"name":"e","type":{"name":"a.b.E","type":"enum","symbols":["A"]}},{"name":"again","type":["null","a.b.E","a.b.R"]}]}"#
        );
    }

    #[test]
    fn what_was_referred_to_is_defined_where_it_is_used() {
        let money = r#"{"type":"fixed","name":"shop.Money","size":8}"#;
        let order = r#"{"type":"record","name":"shop.Order","fields":[{"name":"total","type":"Money"},{"name":"paid","type":"Money"}]}"#;
        let schema = Schema::parse(order, &[money]).unwrap();
        let whole = Schema::parse::<&str>(&schema.to_text(), &[]).unwrap();
        assert_eq!(schema.canonical_form(), whole.canonical_form());
        assert_eq!(schema.fingerprint(), whole.fingerprint());
    }
}

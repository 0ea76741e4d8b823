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
        let mut form = Form { schema: self, defined: HashSet::new(), text: String::new(), steps: Vec::new() };
        form.steps.push(Step::Type(self.root()));
        // Referenced schemas may nest deeper than a stack is long, so what is to be written waits in a list.
        while let Some(step) = form.steps.pop() {
            match step {
                Step::Type(id) => form.ty(id),
                Step::Text(text) => form.text.push_str(text),
                Step::Quoted(text) => form.quoted(text),
            }
        }
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
    /// What is to be written, the next one last.
    steps: Vec<Step<'a>>,
}

enum Step<'a> {
    Type(TypeId),
    Text(&'static str),
    Quoted(&'a str),
}

impl<'a> Form<'a> {
    fn ty(&mut self, id: TypeId) {
        let kind = &self.schema.get(id).kind;
        if let Some(name) = kind.name()
            && !self.defined.insert(id)
        {
            return self.quoted(name.as_str());
        }
        match kind {
            Kind::Union(branches) => self.list(branches.iter().map(|&branch| vec![Step::Type(branch)])),
            Kind::Array(items) => self.collection("{\"type\":\"array\",\"items\":", *items),
            Kind::Map(values) => self.collection("{\"type\":\"map\",\"values\":", *values),
            Kind::Record(record) => {
                self.definition(record.name.as_str(), "record", "fields");
                self.steps.push(Step::Text("}"));
                self.list(record.fields.iter().map(|field| {
                    let (name, ty) = (Step::Quoted(&field.name), Step::Type(field.ty));
                    vec![Step::Text("{\"name\":"), name, Step::Text(",\"type\":"), ty, Step::Text("}")]
                }));
            }
            Kind::Enum(symbols) => {
                self.definition(symbols.name.as_str(), "enum", "symbols");
                self.steps.push(Step::Text("}"));
                self.list(symbols.symbols.iter().map(|symbol| vec![Step::Quoted(symbol)]));
            }
            Kind::Fixed(fixed) => {
                self.definition(fixed.name.as_str(), "fixed", "size");
                self.text.push_str(&fixed.size.to_string());
                self.text.push('}');
            }
            primitive => self.quoted(primitive.branch_name()),
        }
    }

    /// Everything up to the member that `key` names.
    fn definition(&mut self, name: &str, ty: &str, key: &str) {
        self.text.push_str("{\"name\":");
        self.quoted(name);
        self.text.push_str(",\"type\":");
        self.quoted(ty);
        self.text.push(',');
        self.quoted(key);
        self.text.push(':');
    }

    fn collection(&mut self, start: &str, items: TypeId) {
        self.text.push_str(start);
        self.steps.extend([Step::Text("}"), Step::Type(items)]);
    }

    fn list(&mut self, items: impl DoubleEndedIterator<Item = Vec<Step<'a>>>) {
        self.text.push('[');
        self.steps.push(Step::Text("]"));
        let first = self.steps.len();
        for item in items.rev() {
            if self.steps.len() > first {
                self.steps.push(Step::Text(","));
            }
            self.steps.extend(item.into_iter().rev());
        }
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
        let whole = Schema::parse::<&str>(&schema.to_text().unwrap(), &[]).unwrap();
        assert_eq!(schema.canonical_form(), whole.canonical_form());
        assert_eq!(schema.fingerprint(), whole.fingerprint());
    }

    #[test]
    fn referenced_schemas_may_nest_deeper_than_the_stack_is_long() {
        let record = |number: usize, inner: &str| {
            format!(
                r#"{{"type":"record","name":"R{number}","fields":[{{"name":"f","type":{{"type":"array","items":"{inner}"}}}}]}}"#
            )
        };
        let mut texts = vec![record(0, "int")];
        texts.extend((1..20_000).map(|number| record(number, &format!("R{}", number - 1))));
        let form = Schema::parse("\"R19999\"", &texts).unwrap().canonical_form();
        assert!(form.starts_with(
            r#"{"name":"R19999","type":"record","fields":[{"name":"f","type":{"type":"array","items":{"name":"R19998","#
        ));
        assert!(form.ends_with(&"}}]}".repeat(20_000)));
    }
}

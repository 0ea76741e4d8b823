//! The demo's records: orders of two shops, whose schemas differ although both have the id 1.

use crate::schema::Context;

/// A shop: a context, and what an order looks like there.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) context: Context,
    /// Everything that is named after it: topics, pipelines.
    pub(super) name: &'static str,
    /// The Avro schema of its orders.
    pub(super) schema: &'static str,
    order: fn(&mut Dice) -> Order,
}

/// The members of an order as JSON texts, so that one can be spoilt.
struct Order {
    members: Vec<(&'static str, String)>,
}

/// In staging an amount is a decimal number in a currency, and there are items.
const STAGING: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
  {"name":"order_id","type":"string"},
  {"name":"customer_id","type":"long"},
  {"name":"amount","type":"double"},
  {"name":"currency","type":{"type":"enum","name":"Currency","symbols":["EUR","USD","JPY"]}},
  {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
    {"name":"sku","type":"string"},{"name":"qty","type":"int"}]}}},
  {"name":"note","type":["null","string"],"default":null}]}"#;

/// In production an amount is a whole number of cents, and nobody has heard of items.
const PRODUCTION: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[
  {"name":"order_id","type":"string"},
  {"name":"amount","type":"long"},
  {"name":"express","type":"boolean","default":false},
  {"name":"labels","type":{"type":"map","values":"string"}}]}"#;

/// One order in this many is spoilt.
const SPOILT: u64 = 400;

pub(super) fn shops() -> [Shop; 2] {
    // Both names are valid contexts.
    let context = |name: &str| Context::parse(name).unwrap_or_default();
    [
        Shop { context: context("staging"), name: "staging", schema: STAGING, order: staging },
        Shop { context: context("production"), name: "production", schema: PRODUCTION, order: production },
    ]
}

impl Shop {
    /// The order of that number, the same in every run. Some are spoilt.
    pub(super) fn order(&self, number: u64) -> String {
        let mut dice = Dice(number.wrapping_add(1));
        let mut order = (self.order)(&mut dice);
        if number % SPOILT == SPOILT - 1 {
            return order.spoil(number / SPOILT);
        }
        order.text()
    }

    /// The topic of its orders as JSON.
    pub(super) fn raw(&self) -> String {
        format!("{}.orders.raw", self.name)
    }

    /// The topic of its orders as Avro.
    pub(super) fn typed(&self) -> String {
        format!("{}.orders", self.name)
    }

    /// The topic of its orders as JSON again.
    pub(super) fn json(&self) -> String {
        format!("{}.orders.json", self.name)
    }

    /// The topic of its dead letters.
    pub(super) fn dead_letters(&self) -> String {
        format!("{}.orders.dlq", self.name)
    }
}

impl Order {
    fn text(&self) -> String {
        let members: Vec<_> = self.members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The order with a mistake; each kind in turn.
    fn spoil(&mut self, kind: u64) -> String {
        match kind % 5 {
            0 => self.set("amount", "\"a lot\""),
            1 => self.members.retain(|(name, _)| *name != "order_id"),
            2 => self.set("amount", "1e400"),
            3 => return self.text().replace("\":", "\""),
            // Each shop has one of these.
            _ => {
                self.set("items", r#"[{"sku":"SKU-1","qty":1},{"sku":"SKU-2","qty":2.5}]"#);
                self.set("labels", r#"{"gift":"yes","gift":"no"}"#);
            }
        }
        self.text()
    }

    fn set(&mut self, name: &str, value: &str) {
        for member in self.members.iter_mut().filter(|member| member.0 == name) {
            value.clone_into(&mut member.1);
        }
    }
}

fn staging(dice: &mut Dice) -> Order {
    let items: Vec<_> = (0..=dice.below(3))
        .map(|_| format!(r#"{{"sku":"SKU-{:05}","qty":{}}}"#, dice.below(100_000), 1 + dice.below(9)))
        .collect();
    let currency = ["EUR", "USD", "JPY"][usize::from(dice.below(2) == 1) + usize::from(dice.below(3) == 2)];
    let mut members = vec![
        ("order_id", format!("\"o-{:08x}\"", dice.below(1 << 32))),
        ("customer_id", dice.below(10_000_000).to_string()),
        ("amount", format!("{}.{:02}", dice.below(1_000), dice.below(100))),
        ("currency", format!("\"{currency}\"")),
        ("items", format!("[{}]", items.join(","))),
    ];
    if dice.below(4) == 0 {
        members.push(("note", "\"Grüße an die Küche\"".to_owned()));
    }
    Order { members }
}

fn production(dice: &mut Dice) -> Order {
    let mut members = vec![
        ("order_id", format!("\"o-{:08x}\"", dice.below(1 << 32))),
        ("amount", dice.below(100_000).to_string()),
        ("labels", format!(r#"{{"region":"r{}","channel":"web"}}"#, dice.below(20))),
    ];
    if dice.below(3) == 0 {
        members.push(("express", "true".to_owned()));
    }
    Order { members }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Limits;
    use crate::codec::avro::{Encoder, JsonOptions};
    use crate::schema::avro::{Plan, Schema};

    #[test]
    fn one_order_in_four_hundred_is_spoilt_in_one_of_five_ways() {
        for shop in shops() {
            let plan = Plan::compile(&Schema::parse::<&str>(shop.schema, &[]).unwrap()).unwrap();
            let mut encoder = Encoder::new(JsonOptions::default(), Limits::default());
            let mut refused = Vec::new();
            for number in 0..4_000 {
                if let Err(error) = encoder.encode(&plan, shop.order(number).as_bytes(), &mut Vec::new()) {
                    assert_eq!(number % SPOILT, SPOILT - 1, "{}: {error}", shop.name);
                    refused.push((error.violation().kind.as_str(), error.violation().pointer.clone()));
                }
            }
            assert_eq!(refused.len(), 10, "{}", shop.name);
            refused.sort();
            refused.dedup();
            assert_eq!(refused.len(), 5, "{refused:?}");
        }
    }
}

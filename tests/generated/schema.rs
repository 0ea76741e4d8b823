//! Schemas of every type, with everything that may stand in one, as JSON.

use serde_json::{Value as Json, json};

use super::dice::Dice;

/// Types may nest as deep as this.
const DEPTH: usize = 5;

/// A schema.
pub(crate) fn schema(dice: &mut Dice<'_>) -> Json {
    Schemas { dice, count: 0, closed: Vec::new(), open: Vec::new() }.ty(DEPTH, "")
}

struct Schemas<'d, 'a> {
    dice: &'d mut Dice<'a>,
    /// How many names were given.
    count: usize,
    /// The full names of the types that are complete, and of the records that are not: these are named only where a value
    /// can do without them.
    closed: Vec<String>,
    open: Vec<String>,
}

/// Kinds of type behind the primitive ones.
const FIXED: usize = 8;
const ENUM: usize = 9;
const ARRAY: usize = 10;
const MAP: usize = 11;
const RECORD: usize = 12;

const PRIMITIVES: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

impl Schemas<'_, '_> {
    /// A type that stands in `namespace`, with `depth` more levels inside.
    fn ty(&mut self, depth: usize, namespace: &str) -> Json {
        match self.dice.below(if depth == 0 { 11 } else { 20 }) {
            10 => match self.known(namespace, false) {
                Some(name) => json!(name),
                None => self.primitive("string"),
            },
            17.. => self.record(depth - 1, namespace),
            15 | 16 => self.union(depth - 1, namespace),
            13 | 14 => self.branch(MAP, depth, namespace),
            11 | 12 => self.branch(ARRAY, depth, namespace),
            kind => self.branch(kind, depth, namespace),
        }
    }

    /// A type of this kind: a primitive one, or one of those with a constant.
    fn branch(&mut self, kind: usize, depth: usize, namespace: &str) -> Json {
        match kind {
            FIXED => {
                let size = self.dice.pick(&[1, 2, 4, 12, 16, 33]);
                let members = self.logical("fixed", json!({"size": size}));
                self.named("fixed", namespace, |_, _| members).0
            }
            ENUM => {
                let symbols: Vec<_> = (0..=self.dice.below(4)).map(|n| format!("S_{n}")).collect();
                self.named("enum", namespace, |_, _| json!({"symbols": symbols})).0
            }
            ARRAY => json!({"type": "array", "items": self.ty(depth - 1, namespace)}),
            MAP => json!({"type": "map", "values": self.ty(depth - 1, namespace)}),
            RECORD => self.record(depth - 1, namespace),
            primitive => self.primitive(PRIMITIVES[primitive]),
        }
    }

    /// Each kind once at most, but records, which differ in name, and perhaps a type that is known already.
    fn union(&mut self, depth: usize, namespace: &str) -> Json {
        let known = if self.dice.below(4) == 1 { self.known(namespace, false) } else { None };
        let kinds = if depth == 0 { ARRAY } else { RECORD + 2 };
        let first = self.dice.below(kinds);
        let mut branches: Vec<Json> = Vec::new();
        for kind in (first..kinds).chain(0..first) {
            if self.dice.below(4) == 1 || branches.is_empty() {
                branches.push(self.branch(kind.min(RECORD), depth, namespace));
            }
        }
        branches.extend(known.map(Json::String));
        Json::Array(branches)
    }

    fn primitive(&mut self, name: &str) -> Json {
        match self.dice.below(12) {
            1 => json!({"type": name}),
            2 => json!({"type": name, "doc": "été", "x-note": {"type": 1}}),
            3..6 => self.logical(name, json!({"type": name})),
            _ => json!(name),
        }
    }

    /// The type with a logical type; some are unknown, or not for this type, and so mean nothing.
    fn logical(&mut self, name: &str, mut object: Json) -> Json {
        const TIMES: [&str; 7] = [
            "time-micros",
            "timestamp-millis",
            "timestamp-micros",
            "timestamp-nanos",
            "local-timestamp-millis",
            "local-timestamp-micros",
            "local-timestamp-nanos",
        ];
        let logical = match (name, object["size"].as_u64()) {
            ("int", _) => self.dice.pick(&["date", "time-millis", "uuid"]),
            ("long", _) => self.dice.pick(&TIMES),
            ("bytes", _) => self.dice.pick(&["decimal", "decimal", "big-decimal", "duration"]),
            ("string", _) => self.dice.pick(&["uuid", "uuid", "date"]),
            ("fixed", Some(12)) => self.dice.pick(&["duration", "decimal"]),
            ("fixed", Some(16)) => self.dice.pick(&["uuid", "decimal"]),
            ("fixed", Some(4 | 33)) => "decimal",
            _ => "unheard-of",
        };
        object["logicalType"] = json!(logical);
        // Without a precision a decimal is none.
        if logical == "decimal" && self.dice.below(8) != 1 {
            let precision = [9, 1, 4, 38][if object["size"] == 4 { 0 } else { self.dice.below(4) }];
            object["precision"] = json!(precision);
            if self.dice.one_in(2) {
                object["scale"] = json!(self.dice.below(precision + 1));
            }
        }
        object
    }

    /// The full name of a complete or an open type. One without a namespace can't be named from within a namespace.
    fn known(&mut self, namespace: &str, open: bool) -> Option<String> {
        let names = if open { &self.open } else { &self.closed };
        let names: Vec<_> = names.iter().filter(|name| namespace.is_empty() || name.contains('.')).cloned().collect();
        if names.is_empty() { None } else { Some(self.dice.pick_name(&names)) }
    }

    fn record(&mut self, depth: usize, namespace: &str) -> Json {
        let count = self.dice.below(6);
        let (record, name) = self.named("record", namespace, |schemas, namespace| {
            let fields: Vec<_> = (0..count).map(|n| schemas.field(n, depth, namespace)).collect();
            json!({"fields": fields})
        });
        self.open.retain(|open| *open != name);
        record
    }

    fn field(&mut self, number: usize, depth: usize, namespace: &str) -> Json {
        let name = format!("{}{number}", self.dice.pick(&["f", "F_", "_", "veryLongNameOfAFieldThatGoesOnAndOn"]));
        let recursive = if self.dice.below(6) == 1 { self.known(namespace, true) } else { None };
        let ty = match (recursive, self.dice.below(3)) {
            (None, _) => self.ty(depth, namespace),
            (Some(name), 0) => json!(["null", name]),
            (Some(name), 1) => json!({"type": "array", "items": name}),
            (Some(name), _) => json!({"type": "map", "values": name}),
        };
        let mut field = json!({"name": name, "type": ty});
        if field["type"][0] == "null" && self.dice.one_in(2) {
            field["default"] = Json::Null;
        }
        match self.dice.below(12) {
            1 => field["doc"] = json!("a \"field\""),
            2 => field["order"] = json!(self.dice.pick(&["ascending", "descending", "ignore"])),
            3 => field["aliases"] = json!([format!("{name}_old")]),
            4 => field["x-custom"] = json!([1, null]),
            _ => {}
        }
        field
    }

    /// A named type and its full name. `members` are made inside its namespace.
    fn named(&mut self, ty: &str, namespace: &str, members: impl FnOnce(&mut Self, &str) -> Json) -> (Json, String) {
        self.count += 1;
        let short = format!("{}{}", self.dice.pick(&["T", "Zz_", "t"]), self.count);
        let full = |namespace: &str| if namespace.is_empty() { short.clone() } else { format!("{namespace}.{short}") };
        let mut object = json!({"type": ty});
        let (name, inside) = match self.dice.below(4) {
            1 => {
                object["name"] = json!(short);
                object["namespace"] = json!("a.b");
                (full("a.b"), "a.b")
            }
            2 => {
                object["name"] = json!(format!("x.{short}"));
                (full("x"), "x")
            }
            3 if !namespace.is_empty() => {
                object["name"] = json!(short);
                object["namespace"] = json!("");
                (full(""), "")
            }
            _ => {
                object["name"] = json!(short);
                (full(namespace), namespace)
            }
        };
        if self.dice.below(5) == 1 {
            object["aliases"] = json!([format!("Old{}", self.count), format!("old.Old{}", self.count)]);
            object["doc"] = json!("");
        }
        if ty == "record" {
            self.open.push(name.clone());
        }
        let Json::Object(members) = members(self, inside) else { unreachable!("members are an object") };
        for (key, value) in members {
            object[key] = value;
        }
        self.closed.push(name.clone());
        (object, name)
    }
}

//! What the config's JSON Schema says about one place in the config: which keys and types may stand there.
//!
//! The schema is our own, made by `schemars`: references are local, and a value that may have several forms is an
//! `anyOf` or `oneOf` of them. A [`Shape`] holds all forms at once, since nothing is chosen before a value is there.

use serde_json::{Map, Value};

/// The forms that a value at one place may have.
#[derive(Debug, Clone)]
pub(super) struct Shape<'s> {
    root: &'s Value,
    forms: Vec<&'s Value>,
}

/// How deep references and choices may stand in one another: a schema that refers to itself ends here.
const MAX_HOPS: usize = 16;

impl<'s> Shape<'s> {
    /// The shape of a whole config.
    pub(super) fn of(schema: &'s Value) -> Self {
        let mut shape = Self { root: schema, forms: Vec::new() };
        shape.add(schema, 0);
        shape
    }

    /// The shape at `pointer`; without forms where nothing may stand.
    pub(super) fn at(schema: &'s Value, pointer: &str) -> Self {
        super::pointer::tokens(pointer).fold(Self::of(schema), |shape, token| shape.child(&token))
    }

    fn add(&mut self, form: &'s Value, hops: usize) {
        if hops > MAX_HOPS {
            return;
        }
        self.forms.push(form);
        if let Some(target) = form.get("$ref").and_then(Value::as_str)
            && let Some(target) = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
        {
            self.add(target, hops + 1);
        }
        for choice in ["anyOf", "oneOf", "allOf"] {
            for form in form.get(choice).and_then(Value::as_array).into_iter().flatten() {
                self.add(form, hops + 1);
            }
        }
    }

    /// The shape of what stands under `token`, a key or an index.
    pub(super) fn child(&self, token: &str) -> Self {
        let mut child = Self { root: self.root, forms: Vec::new() };
        let is_index = token.bytes().all(|byte| byte.is_ascii_digit());
        for &form in &self.forms {
            let known = form.get("properties").and_then(|properties| properties.get(token));
            let other = || form.get("additionalProperties").filter(|schema| schema.is_object() || **schema == true);
            let item = || form.get("items").filter(|_| is_index);
            if let Some(next) = known.or_else(other).or_else(item) {
                child.add(next, 0);
            }
        }
        child
    }

    /// The keys that a mapping here may have by name, in the order in which they are declared.
    pub(super) fn keys(&self) -> Vec<&'s str> {
        let mut keys = Vec::new();
        for key in self.forms.iter().filter_map(|form| properties(form)).flat_map(Map::keys) {
            if !keys.contains(&key.as_str()) {
                keys.push(key.as_str());
            }
        }
        keys
    }

    /// Whether a mapping here may have keys of any name.
    pub(super) fn has_free_keys(&self) -> bool {
        let free = |form: &&Value| {
            form.get("additionalProperties").is_some_and(|schema| schema.is_object() || *schema == true)
        };
        self.forms.iter().any(free)
    }

    /// Whether a value of `kind` may stand here.
    pub(super) fn admits(&self, kind: Kind) -> bool {
        self.forms.iter().any(|form| kinds(form).is_none_or(|kinds| kinds.contains(&kind)))
    }

    /// Whether a form says in so many words that it is of this type.
    fn names(&self, kind: Kind) -> bool {
        self.forms.iter().any(|form| kinds(form).is_some_and(|kinds| kinds.contains(&kind)))
    }

    /// Whether a form says in so many words that it is a mapping or a list.
    pub(super) fn is_compound(&self) -> bool {
        self.names(Kind::Object) || self.names(Kind::Array)
    }

    /// Whether `value` is the mapping or the list that may stand here; of a mapping where any text may stand too, only
    /// if it has none but known keys.
    pub(super) fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Array(_) => self.names(Kind::Array),
            Value::Object(members) => {
                let keys = self.keys();
                let is_known = !self.takes_any_text() || members.keys().all(|key| keys.contains(&key.as_str()));
                self.names(Kind::Object) && is_known
            }
            _ => false,
        }
    }

    /// Whether any text whatever may stand here.
    pub(super) fn takes_any_text(&self) -> bool {
        let free = |form: &&Value| {
            let bounded = ["enum", "const", "pattern", "format"].iter().any(|keyword| form.get(keyword).is_some());
            !bounded && kinds(form).is_none_or(|kinds| kinds.contains(&Kind::String))
        };
        self.forms.iter().any(free)
    }

    /// What may stand here in words, if a form was given a name of its own: `a period: a whole number with a unit`.
    pub(super) fn phrase(&self) -> Option<&'s str> {
        let mut phrases = self.forms.iter().filter_map(|form| form.get("description")?.as_str());
        phrases.find(|phrase| phrase.starts_with("a ") || phrase.starts_with("an "))
    }

    /// The texts of which one must stand here, of all forms that list theirs.
    pub(super) fn choices(&self) -> Vec<&'s str> {
        let listed = self.forms.iter().flat_map(|form| {
            let several = form.get("enum").and_then(Value::as_array).into_iter().flatten();
            several.chain(form.get("const")).filter_map(Value::as_str)
        });
        listed.collect()
    }

    /// Every type that may stand here.
    pub(super) fn kinds(&self) -> Vec<Kind> {
        Kind::ALL.into_iter().filter(|kind| self.admits(*kind)).collect()
    }
}

fn properties(form: &Value) -> Option<&Map<String, Value>> {
    form.get("properties")?.as_object()
}

/// The types that `form` itself admits: any where it says none; none where it leaves that to its parts.
fn kinds(form: &Value) -> Option<Vec<Kind>> {
    if let Some(name) = form.get("type") {
        let names = name.as_array().map_or_else(|| std::slice::from_ref(name), Vec::as_slice);
        return Some(names.iter().filter_map(Value::as_str).flat_map(Kind::named).copied().collect());
    }
    if let Some(values) = form.get("enum").and_then(Value::as_array) {
        return Some(values.iter().map(Kind::of).collect());
    }
    if let Some(value) = form.get("const") {
        return Some(vec![Kind::of(value)]);
    }
    ["$ref", "anyOf", "oneOf", "allOf"].iter().any(|part| form.get(part).is_some()).then(Vec::new)
}

/// The types of JSON, with words for what YAML writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A mapping of keys.
    Object,
    /// A list.
    Array,
    /// A text.
    String,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Nothing: `key:` without a value, or `null`.
    Null,
}

impl Kind {
    const ALL: [Self; 7] =
        [Self::String, Self::Integer, Self::Number, Self::Boolean, Self::Array, Self::Object, Self::Null];

    /// The type of `value`.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// The types of values that a schema admits by this name.
    fn named(name: &str) -> &'static [Self] {
        match name {
            "object" => &[Self::Object],
            "array" => &[Self::Array],
            "string" => &[Self::String],
            "integer" => &[Self::Integer],
            "number" => &[Self::Integer, Self::Number],
            "boolean" => &[Self::Boolean],
            "null" => &[Self::Null],
            _ => &[],
        }
    }

    /// The type in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Object => "a mapping",
            Self::Array => "a list",
            Self::String => "text",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Null => "nothing",
        }
    }
}

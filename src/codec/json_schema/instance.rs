//! A record as the `jsonschema` crate sees it: nothing is copied, and numbers keep all their digits.
//!
//! Whatever goes into an object or an array is paid for with [`Patience`].

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::Number;

use super::patience::Patience;
use super::unique;
use crate::codec::json::{Cursor, Items, Kind, MemberName, Members, Value};
use crate::schema::document::Decimal;

/// Members or items that are copied for a violation.
const COPIED: usize = 4;

/// The representation.
#[derive(Debug)]
pub(super) struct TapeJson;

/// A value, or the name of a member where names have a schema.
#[derive(Debug, Clone, Copy)]
pub(super) enum Instance<'a> {
    Value(Value<'a>, &'a Patience),
    Name(&'a str),
}

/// A number as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numeral<'a>(&'a str);

/// An object or an array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container<'a>(Value<'a>, &'a Patience);

/// Members with their values as instances.
#[derive(Debug)]
pub(super) struct InstanceMembers<'a>(Members<'a>, &'a Patience);

/// Items as instances.
#[derive(Debug)]
pub(super) struct InstanceItems<'a>(Items<'a>, &'a Patience);

impl Json for TapeJson {
    type Node<'a> = Instance<'a>;
    type PreparedKey = MemberName;
    type StringBuffer = ();

    // A lookup goes through the members, one by one.
    const KEYS_PER_LOOKUP: usize = 4;
    const ACYCLIC: bool = true;

    fn prepare_key(key: &str) -> MemberName {
        MemberName::new(key)
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Instance<'_>) -> T) -> T {
        f(Instance::Name(string))
    }
}

impl<'a> Instance<'a> {
    fn value_of(self, kind: Kind) -> Option<Value<'a>> {
        match self {
            Self::Value(value, patience) => {
                // A scalar is looked at to the end: what is in it can't be left out.
                patience.spend(1);
                (value.kind() == kind).then_some(value)
            }
            Self::Name(_) => None,
        }
    }

    fn container_of(self, kind: Kind) -> Option<Container<'a>> {
        match self {
            Self::Value(value, patience) if value.kind() == kind && patience.spend(1) => {
                Some(Container(value, patience))
            }
            _ => None,
        }
    }
}

impl<'a> Node<'a, TapeJson> for Instance<'a> {
    type Object = Container<'a>;
    type Array = Container<'a>;
    type Number = Numeral<'a>;

    fn as_object(&self) -> Option<Container<'a>> {
        self.container_of(Kind::Object)
    }

    fn as_array(&self) -> Option<Container<'a>> {
        self.container_of(Kind::Array)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Name(name) => Some(Cow::Borrowed(name)),
            Self::Value(..) => self.value_of(Kind::String).map(|value| Cow::Borrowed(value.text())),
        }
    }

    fn as_number(&self) -> Option<Numeral<'a>> {
        self.value_of(Kind::Number).map(|value| Numeral(value.text()))
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.json_type() {
            JsonType::Boolean => Some(self.value_of(Kind::True).is_some()),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        self.json_type() == JsonType::Null
    }

    fn is_number(&self) -> bool {
        self.json_type() == JsonType::Number
    }

    fn json_type(&self) -> JsonType {
        match self {
            Self::Name(_) => JsonType::String,
            Self::Value(value, _) => match value.kind() {
                Kind::Null => JsonType::Null,
                Kind::False | Kind::True => JsonType::Boolean,
                Kind::Number => JsonType::Number,
                Kind::String => JsonType::String,
                Kind::Array => JsonType::Array,
                Kind::Object => JsonType::Object,
            },
        }
    }

    fn equals_value(&self, expected: &serde_json::Value) -> bool {
        use serde_json::Value as Expected;
        match expected {
            Expected::Null => self.is_null(),
            Expected::Bool(flag) => self.as_boolean() == Some(*flag),
            Expected::String(text) => self.as_string().is_some_and(|found| found == *text),
            Expected::Number(number) => self
                .as_number()
                .is_some_and(|Numeral(text)| Decimal::parse(text) == Decimal::parse(&number.to_string())),
            Expected::Array(items) => self.as_array().is_some_and(|found| {
                found.0.len() == items.len()
                    && found.elements().zip(items).all(|(found, item)| found.equals_value(item))
            }),
            Expected::Object(members) => self.as_object().is_some_and(|found| {
                found.0.len() == members.len()
                    && found
                        .members()
                        .all(|(name, found)| members.get(name).is_some_and(|expected| found.equals_value(expected)))
            }),
        }
    }

    /// For violations, whose text is taken from the record: no more than the start of an object or array, and null for one
    /// when patience is at its end.
    fn to_value(&self) -> Cow<'a, serde_json::Value> {
        Cow::Owned(match *self {
            Self::Name(name) => serde_json::Value::String(name.to_owned()),
            Self::Value(value, patience) => match (patience.spend_on_violation(), value.kind()) {
                (false, Kind::Array | Kind::Object) => serde_json::Value::Null,
                _ => copy(value),
            },
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(match self {
            Self::Name(name) => NodeIdentity::tagged(name.as_ptr().addr(), 1),
            Self::Value(value, _) => NodeIdentity::new(value.index()),
        })
    }

    /// Scalars and names too keep their places as long as they are looked at.
    fn container_identity(&self) -> Option<NodeIdentity> {
        self.identity()
    }
}

/// A value; of what is in it, only scalars and only the first of them.
fn copy(value: Value<'_>) -> serde_json::Value {
    use serde_json::Value as Copied;
    let inner = |value: Value<'_>| match value.kind() {
        Kind::Array | Kind::Object => Copied::Null,
        _ => copy(value),
    };
    match value.kind() {
        Kind::Null => Copied::Null,
        Kind::False => Copied::Bool(false),
        Kind::True => Copied::Bool(true),
        Kind::Number => Copied::Number(Numeral(value.text()).to_number().into_owned()),
        Kind::String => Copied::String(value.text().to_owned()),
        Kind::Array => value.items().take(COPIED).map(inner).collect(),
        Kind::Object => {
            let members = value.members().take(COPIED);
            Copied::Object(members.map(|(name, value)| (name.to_owned(), inner(value))).collect())
        }
    }
}

impl<'a> Object<'a, TapeJson> for Container<'a> {
    type Node = Instance<'a>;
    type MemberName = &'a str;
    type MembersIter = InstanceMembers<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &MemberName) -> Option<Instance<'a>> {
        let Self(value, patience) = *self;
        let (member, looked_at) = value.member(key);
        if !patience.spend(looked_at) {
            return None;
        }
        member.map(|member| Instance::Value(member, patience))
    }

    fn members(&self) -> InstanceMembers<'a> {
        InstanceMembers(self.0.members(), self.1)
    }
}

impl<'a> Iterator for InstanceMembers<'a> {
    type Item = (&'a str, Instance<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.0.next()?;
        self.1.spend(1).then_some((name, Instance::Value(value, self.1)))
    }
}

impl<'a> Array<'a, TapeJson> for Container<'a> {
    type Node = Instance<'a>;
    type ElementsIter = InstanceItems<'a>;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> InstanceItems<'a> {
        InstanceItems(self.0.items(), self.1)
    }

    fn is_unique(&self) -> bool {
        self.1.spend(self.0.size()) && unique::are_distinct(self.0)
    }
}

impl<'a> Iterator for InstanceItems<'a> {
    type Item = Instance<'a>;

    fn next(&mut self) -> Option<Instance<'a>> {
        let item = self.0.next()?;
        self.1.spend(1).then_some(Instance::Value(item, self.1))
    }
}

impl Numeral<'_> {
    fn short_integer(self) -> Option<i64> {
        Cursor::new(self.0.as_bytes()).short_integer()
    }
}

impl JsonNumber for Numeral<'_> {
    fn as_u64(&self) -> Option<u64> {
        match self.short_integer() {
            Some(number) => u64::try_from(number).ok(),
            None if self.is_written_as_integer() => self.0.parse().ok(),
            None => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self.short_integer() {
            None if self.is_written_as_integer() => self.0.parse().ok(),
            short => short,
        }
    }

    /// The nearest; beyond all of them the last one.
    fn as_f64(&self) -> Option<f64> {
        let short = Cursor::new(self.0.as_bytes()).short_decimal();
        short.or_else(|| self.0.parse().ok().map(|number: f64| number.clamp(f64::MIN, f64::MAX)))
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.0)
    }

    fn to_number(&self) -> Cow<'_, Number> {
        let whole = self.as_i64().map(Number::from).or_else(|| self.as_u64().map(Number::from));
        let number = whole.or_else(|| self.as_f64().and_then(Number::from_f64));
        Cow::Owned(number.unwrap_or_else(|| Number::from(0)))
    }

    fn is_written_as_integer(&self) -> bool {
        !self.0.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
    }

    fn is_integer(&self) -> bool {
        self.is_written_as_integer() || Decimal::parse(self.0).is_whole()
    }
}

//! Where the key of a record comes from.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::settings::Faults;
use crate::transform::part::RawPart;

/// What happens to keys, and where they come from: the keys of [`RawPart`], and `from`.
#[derive(Debug, Clone, Default)]
pub struct RawKey {
    /// What happens to it.
    pub part: RawPart,
    /// Where it comes from; without it there is none.
    pub from: Option<RawKeySource>,
}

/// Where a key comes from: one of three.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawKeySource {
    /// A JSON Pointer (RFC 6901) into the value: `/order_id`.
    pub pointer: Option<String>,
    /// A header of the request.
    pub header: Option<String>,
    /// A parameter of the request's query.
    pub query: Option<String>,
}

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The part of the value that this JSON Pointer names, by its unescaped tokens.
    Pointer(Vec<String>),
    /// A header of the request, in lower case.
    Header(String),
    /// A parameter of the request's query.
    Query(String),
}

/// The key under which the source stands.
const FROM: &str = "from";

impl<'de> Deserialize<'de> for RawKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Map::deserialize(deserializer)?;
        let from = map.remove(FROM).map(RawKeySource::deserialize).transpose().map_err(de::Error::custom)?;
        let part = RawPart::deserialize(Value::Object(map)).map_err(de::Error::custom)?;
        Ok(Self { part, from })
    }
}

impl JsonSchema for RawKey {
    fn schema_name() -> Cow<'static, str> {
        "RawKey".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let from = generator.subschema_for::<RawKeySource>();
        let mut schema = RawPart::json_schema(generator);
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(FROM.to_owned(), from.to_value());
        }
        schema
    }
}

impl RawKeySource {
    pub(super) fn validate(self, pointer: &str, faults: &mut Faults) -> Option<KeySource> {
        let (path, header, query) = match (self.pointer, self.header, self.query) {
            (Some(path), None, None) => (Some(path), None, None),
            (None, Some(header), None) => (None, Some(header), None),
            (None, None, Some(query)) => (None, None, Some(query)),
            _ => {
                faults.note(pointer, "one of pointer, header and query says where the key comes from");
                return None;
            }
        };
        if let Some(path) = path {
            return faults.take(format!("{pointer}/pointer"), tokens(&path)).map(KeySource::Pointer);
        }
        if let Some(header) = header {
            let name = axum::http::HeaderName::try_from(&header).map_err(|_| format!("'{header}' is no header's name"));
            let name = faults.take(format!("{pointer}/header"), name)?;
            return Some(KeySource::Header(name.as_str().to_owned()));
        }
        let query = query.filter(|name| !name.is_empty());
        if query.is_none() {
            faults.note(format!("{pointer}/query"), "a parameter needs a name");
        }
        query.map(KeySource::Query)
    }
}

/// The tokens of a JSON Pointer, unescaped.
fn tokens(pointer: &str) -> Result<Vec<String>, String> {
    let error = || format!("'{pointer}' is not a JSON Pointer to a part of the value, such as /order/id");
    let path = pointer.strip_prefix('/').ok_or_else(error)?;
    path.split('/')
        .map(|token| {
            let bare = token.replace("~0", "").replace("~1", "");
            if bare.contains('~') { Err(error()) } else { Ok(token.replace("~1", "/").replace("~0", "~")) }
        })
        .collect()
}

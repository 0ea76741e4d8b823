//! Schema text to [`Schema`].
//!
//! Nesting is bounded by the JSON parser (128 levels), so recursion here is too.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::SchemaError;
use super::name::{Name, is_identifier};
use super::types::{EnumType, Field, FieldOrder, FixedType, Kind, Record, Schema, Type, TypeId};

type Object = Map<String, Value>;

/// The members of types and of fields that have a place of their own in [`Schema`].
const OF_TYPES: [&str; 10] =
    ["type", "name", "namespace", "aliases", "fields", "symbols", "default", "items", "values", "size"];
const OF_FIELDS: [&str; 5] = ["name", "type", "default", "aliases", "order"];

fn others(object: &Object, known: &[&str]) -> Object {
    let other = |(key, _): &(&String, &Value)| !known.contains(&key.as_str());
    object.iter().filter(other).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Parses `references` in their order, then `text`; the last one is the schema.
pub(super) fn parse<T: AsRef<str>>(text: &str, references: &[T]) -> Result<Schema, SchemaError> {
    let mut parser = Parser::default();
    for (number, reference) in (1..).zip(references) {
        parser.document(reference.as_ref()).map_err(|error| SchemaError { reference: Some(number), ..error })?;
    }
    let root = parser.document(text)?;
    Ok(Schema { types: parser.types, root })
}

#[derive(Default)]
struct Parser {
    types: Vec<Type>,
    names: HashMap<Name, TypeId>,
    /// Where in the text we are, as a JSON Pointer.
    pointer: String,
}

impl Parser {
    fn document(&mut self, text: &str) -> Result<TypeId, SchemaError> {
        self.pointer.clear();
        let value: Value = serde_json::from_str(text)
            .map_err(|error| SchemaError::at("", format!("the schema is not JSON: {error}")))?;
        self.ty(&value, None)
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, SchemaError> {
        Err(SchemaError::at(&self.pointer, message))
    }

    /// Runs `parse` one step deeper in the text.
    fn within<T>(
        &mut self,
        segment: &str,
        parse: impl FnOnce(&mut Self) -> Result<T, SchemaError>,
    ) -> Result<T, SchemaError> {
        let len = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(segment);
        let result = parse(self);
        self.pointer.truncate(len);
        result
    }

    fn add(&mut self, kind: Kind) -> TypeId {
        self.types.push(Type { kind, attributes: Object::new() });
        // A text of 4 GiB could not be parsed, so the count of types fits.
        TypeId(u32::try_from(self.types.len() - 1).unwrap_or(u32::MAX))
    }

    fn ty(&mut self, value: &Value, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        match value {
            Value::String(name) => self.named(name, namespace),
            Value::Array(branches) => self.union(branches, namespace),
            Value::Object(object) => self.object(object, namespace),
            _ => self.fault("expected a type: a name, an object or an array (union)"),
        }
    }

    /// A primitive type, or one that was defined before.
    fn named(&mut self, name: &str, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        if let Some(kind) = primitive(name) {
            return Ok(self.add(kind));
        }
        let full = match Name::parse(name, namespace) {
            Ok(full) => full,
            Err(message) => return self.fault(message),
        };
        // A name of the null namespace may be used bare inside a namespace, as every implementation allows.
        let known = self.names.get(&full).or_else(|| self.names.get(&Name::parse(name, None).ok()?));
        match known {
            Some(&id) => Ok(id),
            None => self.fault(format!("unknown type '{full}': neither primitive nor defined before this place")),
        }
    }

    fn union(&mut self, branches: &[Value], namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        let mut ids = Vec::with_capacity(branches.len());
        let mut seen = HashSet::new();
        for (index, branch) in branches.iter().enumerate() {
            let id = self.within(&index.to_string(), |parser| {
                let id = parser.ty(branch, namespace)?;
                let kind = &parser.types[id.0 as usize].kind;
                if matches!(kind, Kind::Union(_)) {
                    return parser.fault("a union may not stand directly inside a union");
                }
                let name = kind.branch_name().to_owned();
                if seen.insert(name.clone()) {
                    Ok(id)
                } else {
                    parser.fault(format!("a union may hold '{name}' only once"))
                }
            })?;
            ids.push(id);
        }
        Ok(self.add(Kind::Union(ids)))
    }

    fn object(&mut self, object: &Object, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        let before = self.types.len();
        let id = match object.get("type") {
            Some(Value::String(name)) => match name.as_str() {
                "record" | "error" => self.record(object, namespace)?,
                "enum" => self.symbols(object, namespace)?,
                "fixed" => self.fixed(object, namespace)?,
                "array" => {
                    let items = self.required(object, "items", "array", namespace)?;
                    self.add(Kind::Array(items))
                }
                "map" => {
                    let values = self.required(object, "values", "map", namespace)?;
                    self.add(Kind::Map(values))
                }
                other => self.within("type", |parser| parser.named(other, namespace))?,
            },
            Some(nested) => self.within("type", |parser| parser.ty(nested, namespace))?,
            None => return self.fault("a type needs a \"type\""),
        };
        // A name that was defined before, or deeper in this text, keeps the attributes of its definition.
        let ty = &mut self.types[id.0 as usize];
        let defined_here = id.0 as usize >= before && object.get("type").is_some_and(Value::is_string);
        if ty.attributes.is_empty() && (defined_here || ty.kind.name().is_none()) {
            ty.attributes = others(object, &OF_TYPES);
        }
        Ok(id)
    }

    fn required(
        &mut self,
        object: &Object,
        key: &str,
        of: &str,
        namespace: Option<&str>,
    ) -> Result<TypeId, SchemaError> {
        match object.get(key) {
            Some(value) => self.within(key, |parser| parser.ty(value, namespace)),
            None => self.fault(format!("type {of} needs \"{key}\"")),
        }
    }

    fn record(&mut self, object: &Object, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        let (name, aliases) = self.name(object, namespace)?;
        let Some(Value::Array(members)) = object.get("fields") else {
            return self.fault(format!("record {name} needs \"fields\", an array"));
        };
        // The record is known by name inside its own fields, so it gets its place before they are parsed.
        let id =
            self.define(&name, Kind::Record(Record { name: name.clone(), aliases: Vec::new(), fields: Vec::new() }))?;
        let mut fields = Vec::with_capacity(members.len());
        let mut seen = HashSet::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            let field = self.within("fields", |parser| {
                parser.within(&index.to_string(), |parser| parser.field(member, name.namespace()))
            })?;
            if !seen.insert(field.name.clone()) {
                return self.fault(format!("record {name} has two fields '{}'", field.name));
            }
            fields.push(field);
        }
        self.types[id.0 as usize].kind = Kind::Record(Record { name, aliases, fields });
        Ok(id)
    }

    fn field(&mut self, member: &Value, namespace: Option<&str>) -> Result<Field, SchemaError> {
        let Value::Object(object) = member else {
            return self.fault("a field must be an object");
        };
        let Some(Value::String(name)) = object.get("name") else {
            return self.fault("a field needs a \"name\"");
        };
        if !is_identifier(name) {
            return self.fault(format!("'{name}' is not a name: it must match [A-Za-z_][A-Za-z0-9_]*"));
        }
        let ty = self.required(object, "type", &format!("of field '{name}'"), namespace)?;
        let order = match object.get("order").map(|order| order.as_str()) {
            None | Some(Some("ascending")) => FieldOrder::Ascending,
            Some(Some("descending")) => FieldOrder::Descending,
            Some(Some("ignore")) => FieldOrder::Ignore,
            Some(_) => return self.fault("\"order\" must be ascending, descending or ignore"),
        };
        Ok(Field {
            name: name.clone(),
            aliases: self.texts(object, "aliases")?,
            ty,
            default: object.get("default").cloned(),
            order,
            attributes: others(object, &OF_FIELDS),
        })
    }

    fn symbols(&mut self, object: &Object, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        let (name, aliases) = self.name(object, namespace)?;
        if !object.contains_key("symbols") {
            return self.fault(format!("enum {name} needs \"symbols\", an array"));
        }
        let symbols = self.texts(object, "symbols")?;
        let mut seen = HashSet::with_capacity(symbols.len());
        for symbol in &symbols {
            if !is_identifier(symbol) {
                return self.fault(format!("'{symbol}' is not a symbol: it must match [A-Za-z_][A-Za-z0-9_]*"));
            }
            if !seen.insert(symbol) {
                return self.fault(format!("enum {name} has the symbol '{symbol}' twice"));
            }
        }
        let default = match object.get("default") {
            None => None,
            Some(Value::String(symbol)) if symbols.contains(symbol) => Some(symbol.clone()),
            Some(other) => return self.fault(format!("the default {other} is no symbol of enum {name}")),
        };
        self.define(&name.clone(), Kind::Enum(EnumType { name, aliases, symbols, default }))
    }

    fn fixed(&mut self, object: &Object, namespace: Option<&str>) -> Result<TypeId, SchemaError> {
        let (name, aliases) = self.name(object, namespace)?;
        let size = object.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
        match size.filter(|&size| i32::try_from(size).is_ok()) {
            Some(size) => self.define(&name.clone(), Kind::Fixed(FixedType { name, aliases, size })),
            None => self.fault(format!("fixed {name} needs a \"size\" from 0 to 2147483647")),
        }
    }

    fn define(&mut self, name: &Name, kind: Kind) -> Result<TypeId, SchemaError> {
        if primitive(name.as_str()).is_some() {
            return self.fault(format!("'{name}' is a primitive type and can't be defined anew"));
        }
        if self.names.contains_key(name) {
            return self.fault(format!("'{name}' is defined twice"));
        }
        let id = self.add(kind);
        self.names.insert(name.clone(), id);
        Ok(id)
    }

    /// The full name and aliases of a named type.
    fn name(&self, object: &Object, enclosing: Option<&str>) -> Result<(Name, Vec<Name>), SchemaError> {
        let Some(Value::String(name)) = object.get("name") else {
            return self.fault("a record, enum or fixed needs a \"name\"");
        };
        let namespace = match object.get("namespace") {
            None | Some(Value::Null) => enclosing,
            Some(Value::String(namespace)) => Some(namespace.as_str()),
            Some(_) => return self.fault("\"namespace\" must be a text"),
        };
        let named = |text: &str, namespace| Name::parse(text, namespace).map_err(|m| SchemaError::at(&self.pointer, m));
        let name = named(name, namespace)?;
        let aliases = self.texts(object, "aliases")?;
        let aliases = aliases.iter().map(|alias| named(alias, name.namespace())).collect::<Result<_, _>>()?;
        Ok((name, aliases))
    }

    fn texts(&self, object: &Object, key: &str) -> Result<Vec<String>, SchemaError> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match object.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => match values.iter().map(text).collect() {
                Some(texts) => Ok(texts),
                None => self.fault(format!("\"{key}\" must hold texts only")),
            },
            Some(_) => self.fault(format!("\"{key}\" must be an array of texts")),
        }
    }
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

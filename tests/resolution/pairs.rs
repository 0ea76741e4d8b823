//! Random schemas, and what may become of them in later versions.

use serde_json::{Value as Json, json};

use crate::dice::Dice;

/// A type. Names of records, enums and fixeds are full.
#[derive(Debug, Clone)]
pub(crate) enum Type {
    /// A primitive type by its name.
    Plain(&'static str),
    Fixed {
        name: String,
        size: usize,
    },
    Enum {
        name: String,
        symbols: Vec<String>,
        default: Option<String>,
    },
    Array(Box<Type>),
    Map(Box<Type>),
    Record {
        name: String,
        alias: Option<String>,
        fields: Vec<Field>,
    },
    Union(Vec<Type>),
    /// The record of this name, in which it stands.
    Again(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) alias: Option<String>,
    pub(crate) ty: Type,
    pub(crate) default: Option<Json>,
}

/// What the other implementation knows about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
    /// Aliases of fields and of records.
    pub(crate) aliases: bool,
    /// Unions with several numbers, or with string and bytes, of which the best branch is taken.
    pub(crate) best_branch: bool,
}

const NUMBERS: [&str; 4] = ["int", "long", "float", "double"];

impl Type {
    /// Branches of one class do not stand in one union where the other implementation could not tell them apart.
    fn class(&self, dialect: Dialect) -> String {
        let class = match self {
            Self::Plain(name) if dialect.best_branch => name,
            Self::Fixed { name, .. } | Self::Enum { name, .. } if dialect.best_branch => name.as_str(),
            Self::Record { name, .. } | Self::Again(name) if dialect.best_branch => name.as_str(),
            Self::Plain(name) if NUMBERS.contains(name) => "number",
            Self::Plain("string" | "bytes") | Self::Fixed { .. } | Self::Enum { .. } => "text",
            Self::Plain(name) => name,
            Self::Array(_) => "array",
            Self::Map(_) | Self::Record { .. } | Self::Again(_) => "object",
            Self::Union(_) => "union",
        };
        class.to_owned()
    }

    /// The schema as JSON.
    pub(crate) fn schema(&self) -> Json {
        match self {
            Self::Plain(name) => json!(name),
            Self::Fixed { name, size } => json!({"type": "fixed", "name": name, "size": size}),
            Self::Enum { name, symbols, default } => {
                let mut schema = json!({"type": "enum", "name": name, "symbols": symbols});
                if let Some(default) = default {
                    schema["default"] = json!(default);
                }
                schema
            }
            Self::Array(items) => json!({"type": "array", "items": items.schema()}),
            Self::Map(values) => json!({"type": "map", "values": values.schema()}),
            Self::Record { name, alias, fields } => {
                let fields: Vec<Json> = fields.iter().map(Field::schema).collect();
                let mut schema = json!({"type": "record", "name": name, "fields": fields});
                if let Some(alias) = alias {
                    schema["aliases"] = json!([alias]);
                }
                schema
            }
            Self::Union(branches) => branches.iter().map(Self::schema).collect(),
            Self::Again(name) => json!(name),
        }
    }

    /// The branch's name in tagged JSON.
    pub(crate) fn tag(&self) -> &str {
        match self {
            Self::Plain(name) => name,
            Self::Fixed { name, .. } | Self::Enum { name, .. } | Self::Record { name, .. } | Self::Again(name) => name,
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
        }
    }
}

impl Field {
    fn schema(&self) -> Json {
        let mut schema = json!({"name": self.name, "type": self.ty.schema()});
        if let Some(default) = &self.default {
            schema["default"] = default.clone();
        }
        if let Some(alias) = &self.alias {
            schema["aliases"] = json!([alias]);
        }
        schema
    }
}

/// Makes types and changes them.
pub(crate) struct Maker<'a> {
    pub(crate) dice: &'a mut Dice,
    pub(crate) dialect: Dialect,
    pub(crate) names: usize,
    /// The records that are open, by name.
    pub(crate) open: Vec<String>,
    /// Whether a type was made that reads nothing of what it was before.
    pub(crate) broken: bool,
}

impl Maker<'_> {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("ns.T{}", self.names)
    }

    pub(crate) fn ty(&mut self, depth: usize) -> Type {
        let plain = ["null", "boolean", "int", "long", "float", "double", "bytes", "string", "int", "string"];
        match self.dice.below(if depth == 0 { 12 } else { 22 }) {
            roll @ 0..10 => Type::Plain(plain[roll]),
            10 => Type::Fixed { name: self.name(), size: self.dice.below(5) },
            11 => {
                let symbols = (0..=self.dice.below(4)).map(|n| format!("S{n}")).collect();
                Type::Enum { name: self.name(), symbols, default: None }
            }
            12..15 => Type::Array(Box::new(self.part(depth))),
            15 => Type::Map(Box::new(self.part(depth))),
            16..20 => self.record(depth),
            _ => self.union(depth),
        }
    }

    fn part(&mut self, depth: usize) -> Type {
        match self.open.last().filter(|_| self.dice.below(8) == 0) {
            Some(name) => Type::Again(name.clone()),
            None => self.ty(depth - 1),
        }
    }

    pub(crate) fn record(&mut self, depth: usize) -> Type {
        let name = self.name();
        self.open.push(name.clone());
        // Not of itself, or it would have no end.
        let count = self.dice.below(5);
        let field =
            |n| Field { name: format!("f{n}"), alias: None, ty: self.ty(depth.saturating_sub(1)), default: None };
        let fields = (0..count).map(field).collect();
        self.open.pop();
        Type::Record { name, alias: None, fields }
    }

    fn union(&mut self, depth: usize) -> Type {
        let count = 1 + self.dice.below(4);
        let mut branches: Vec<Type> = (0..count).map(|_| self.part(depth)).collect();
        if branches.iter().any(|branch| matches!(branch, Type::Again(_))) {
            // A way out.
            branches.insert(0, Type::Plain("null"));
        }
        self.keep_apart(branches)
    }

    /// A union of those that can be told apart.
    pub(crate) fn keep_apart(&self, branches: Vec<Type>) -> Type {
        let mut kept: Vec<Type> = Vec::new();
        for branch in branches {
            let class = branch.class(self.dialect);
            if class != "union" && kept.iter().all(|other| other.class(self.dialect) != class) {
                kept.push(branch);
            }
        }
        if kept.is_empty() { Type::Plain("null") } else { Type::Union(kept) }
    }
}

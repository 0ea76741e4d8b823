//! A later version of a schema: changes that the rules of resolution allow, and some that they do not.

use serde_json::{Value as Json, json};

use crate::pairs::{Field, Maker, Type};

/// A later version.
pub(crate) struct Evolved {
    pub(crate) ty: Type,
    /// Whether there are data that it can read.
    pub(crate) compatible: bool,
}

impl Maker<'_> {
    /// A later version of `ty`, which is no branch of a union.
    pub(crate) fn evolve(&mut self, ty: &Type) -> Evolved {
        if self.dice.rarely(60)
            && let Some(ty) = broken(ty)
        {
            self.broken = true;
            return Evolved { ty, compatible: false };
        }
        if let Type::Union(branches) = ty {
            return self.evolve_union(branches);
        }
        let Evolved { ty: same, compatible } = self.evolve_branch(ty);
        let in_union = self.dice.rarely(6);
        Evolved { ty: if in_union { self.within_union(same) } else { same }, compatible }
    }

    fn evolve_branch(&mut self, ty: &Type) -> Evolved {
        let ty = match ty {
            Type::Plain(name) => Type::Plain(self.promote(name)),
            Type::Fixed { .. } | Type::Again(_) => ty.clone(),
            Type::Enum { name, symbols, .. } => self.evolve_enum(name, symbols),
            Type::Array(items) => {
                let Evolved { ty, compatible } = self.evolve(items);
                return Evolved { ty: Type::Array(Box::new(ty)), compatible };
            }
            Type::Map(values) => {
                let Evolved { ty, compatible } = self.evolve(values);
                return Evolved { ty: Type::Map(Box::new(ty)), compatible };
            }
            Type::Record { name, fields, .. } => return self.evolve_record(name, fields),
            Type::Union(_) => return self.evolve(ty),
        };
        Evolved { ty, compatible: true }
    }

    fn promote(&mut self, name: &'static str) -> &'static str {
        let choices: &[&'static str] = match name {
            "int" => &["int", "int", "int", "long", "float", "double"],
            "long" => &["long", "long", "float", "double"],
            "float" => &["float", "float", "double"],
            "string" => &["string", "string", "string", "bytes"],
            "bytes" => &["bytes", "bytes", "bytes", "string"],
            _ => return name,
        };
        choices[self.dice.below(choices.len())]
    }

    fn evolve_enum(&mut self, name: &str, symbols: &[String]) -> Type {
        let mut symbols = symbols.to_vec();
        if self.dice.rarely(2) {
            symbols.retain(|_| !self.dice.rarely(4));
            symbols.push("MORE".to_owned());
            self.dice.shuffle(&mut symbols);
        }
        let default = self.dice.rarely(2).then(|| symbols[self.dice.below(symbols.len())].clone());
        Type::Enum { name: name.to_owned(), symbols, default }
    }

    fn evolve_record(&mut self, name: &str, old: &[Field]) -> Evolved {
        let (mut fields, mut compatible, drops) = (Vec::new(), true, self.dice.rarely(3));
        for field in old {
            if drops && self.dice.rarely(4) {
                continue;
            }
            let evolved = self.evolve(&field.ty);
            compatible &= evolved.compatible;
            fields.push(Field { ty: evolved.ty, ..field.clone() });
        }
        if self.dialect.aliases && self.dice.rarely(4) {
            for field in fields.iter_mut().filter(|field| field.name.ends_with('0')) {
                let now = format!("{}_renamed", field.name);
                field.alias = Some(std::mem::replace(&mut field.name, now));
            }
        }
        if self.dice.rarely(2) {
            for n in 0..self.dice.below(3) {
                let ty = self.ty(1);
                if let Some(default) = self.default(&ty) {
                    fields.push(Field { name: format!("new{n}"), alias: None, ty, default: Some(default) });
                }
            }
        }
        if self.dice.rarely(2) {
            self.dice.shuffle(&mut fields);
        }
        let mut ty = Type::Record { name: name.to_owned(), alias: None, fields };
        // One that holds itself would have to be renamed there too.
        let names_itself = ty.schema().to_string().matches(name).count() > 1;
        if let Type::Record { name, alias, .. } = &mut ty
            && self.dialect.aliases
            && !names_itself
            && self.dice.rarely(4)
        {
            *alias = Some(std::mem::replace(name, format!("later.{name}").replace("ns.", "")));
        }
        Evolved { ty, compatible }
    }

    /// A default that every implementation reads alike: ASCII in bytes, the first branch of a union, whole records.
    fn default(&mut self, ty: &Type) -> Option<Json> {
        Some(match ty {
            Type::Plain("null") => Json::Null,
            Type::Plain("boolean") => json!(self.dice.rarely(2)),
            Type::Plain("int") => json!(self.dice.long() as i32),
            Type::Plain("long") => json!(self.dice.long()),
            Type::Plain("float") => json!(self.dice.below(1000) as f64 / 8.0),
            Type::Plain("double") => json!(self.dice.double()),
            Type::Plain("bytes") => json!("b\u{1}"),
            Type::Plain(_) => json!(self.dice.text()),
            Type::Fixed { size, .. } => json!("x".repeat(*size)),
            Type::Enum { symbols, .. } => json!(symbols[self.dice.below(symbols.len())]),
            Type::Array(items) => (0..self.dice.below(3)).map(|_| self.default(items)).collect::<Option<_>>()?,
            Type::Map(values) => json!({"k": self.default(values)?}),
            Type::Record { fields, .. } => {
                let mut members = serde_json::Map::new();
                for field in fields {
                    members.insert(field.name.clone(), self.default(&field.ty)?);
                }
                Json::Object(members)
            }
            Type::Union(branches) => self.default(&branches[0])?,
            Type::Again(_) => return None,
        })
    }

    fn evolve_union(&mut self, branches: &[Type]) -> Evolved {
        let evolved: Vec<Evolved> = branches.iter().map(|branch| self.evolve_branch(branch)).collect();
        let mut kept: Vec<Evolved> = Vec::new();
        for one in evolved {
            // Without its own branch an array of small numbers is bytes for apache-avro.
            if branches.len() == 1 || matches!(one.ty, Type::Array(_)) || !self.dice.rarely(8) {
                kept.push(one);
            }
        }
        if kept.is_empty() {
            return Evolved { ty: Type::Union(branches.to_vec()), compatible: true };
        }
        let compatible = kept.iter().any(|one| one.compatible);
        let mut kept: Vec<Type> = kept.into_iter().map(|one| one.ty).collect();
        match kept.pop() {
            Some(only) if kept.is_empty() && self.dice.rarely(2) => return Evolved { ty: only, compatible },
            last => kept.extend(last),
        }
        if self.dice.rarely(3) {
            kept.push(Type::Plain("boolean"));
        }
        if self.dice.rarely(2) {
            self.dice.shuffle(&mut kept);
        }
        let ty = self.keep_apart(kept);
        Evolved { ty, compatible }
    }

    fn within_union(&mut self, ty: Type) -> Type {
        let mut branches = vec![Type::Plain("null"), ty];
        if self.dialect.best_branch && self.dice.rarely(2) {
            branches.extend(["double", "long", "bytes", "int", "string"].map(Type::Plain));
        }
        self.dice.shuffle(&mut branches);
        self.keep_apart(branches)
    }
}

/// A type that reads nothing of `ty`.
fn broken(ty: &Type) -> Option<Type> {
    Some(match ty {
        Type::Plain("null" | "int" | "long" | "float" | "double") => Type::Plain("boolean"),
        Type::Plain(_) | Type::Enum { .. } | Type::Fixed { .. } => Type::Plain("int"),
        Type::Array(items) => Type::Map(items.clone()),
        Type::Map(values) => Type::Array(values.clone()),
        Type::Record { name, fields, .. } => {
            let mut fields = fields.clone();
            let ty = Type::Plain("int");
            fields.push(Field { name: "required".to_owned(), alias: None, ty, default: None });
            Type::Record { name: name.clone(), alias: None, fields }
        }
        Type::Union(_) | Type::Again(_) => return None,
    })
}

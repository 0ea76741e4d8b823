//! A schema that is ready to run.

use crate::codec::json_schema::Validator;
use crate::schema::avro::{Plan, Projection, ResolutionError, Schema, SchemaError};
use crate::schema::protobuf::{self, ProtobufSchema};
use crate::schema::{Guid, Identifier, SchemaType};

use crate::registry::client::{FetchedSchema, Label, Reference};
use crate::registry::error::RegistryError;

/// A schema from the registry and the plan that codecs run on.
#[derive(Debug)]
pub struct CachedSchema {
    /// Which schema this is.
    pub label: Label,
    /// Its GUID, if that is known.
    pub guid: Option<Guid>,
    /// What codecs run on.
    pub compiled: Compiled,
    /// The text as the registry holds it.
    pub text: String,
    /// What it refers to, each before those that use it.
    pub references: Vec<Reference>,
}

/// What a codec runs on.
#[derive(Debug)]
pub enum Compiled {
    /// Avro.
    Avro(Plan),
    /// JSON Schema.
    Json(Box<Validator>),
    /// Protobuf.
    Protobuf(Box<protobuf::Plan>),
}

impl CachedSchema {
    /// Compiles what was fetched.
    pub fn compile(fetched: FetchedSchema) -> Result<Self, RegistryError> {
        let FetchedSchema { label, guid, schema_type, text, references } = fetched;
        let compiled = match schema_type {
            SchemaType::Avro => parse(&text, &references)
                .map(|schema| Compiled::Avro(Plan::for_reading(&schema)))
                .map_err(|source| RegistryError::Compile { schema: label.to_string(), source: Box::new(source) })?,
            SchemaType::Json => {
                let named: Vec<_> = references.iter().map(|Reference { name, text }| (name, text)).collect();
                Validator::compile(&text, &named)
                    .map(|validator| Compiled::Json(Box::new(validator)))
                    .map_err(|source| RegistryError::Compile { schema: label.to_string(), source: Box::new(source) })?
            }
            SchemaType::Protobuf => {
                let named: Vec<_> = references.iter().map(|Reference { name, text }| (name, text)).collect();
                ProtobufSchema::parse(&text, &named)
                    .map(|schema| Compiled::Protobuf(Box::new(protobuf::Plan::compile(&schema))))
                    .map_err(|source| RegistryError::Compile { schema: label.to_string(), source: Box::new(source) })?
            }
        };
        Ok(Self { label, guid, compiled, text, references })
    }

    /// The language it is written in.
    pub fn schema_type(&self) -> SchemaType {
        match &self.compiled {
            Compiled::Avro(_) => SchemaType::Avro,
            Compiled::Json(_) => SchemaType::Json,
            Compiled::Protobuf(_) => SchemaType::Protobuf,
        }
    }

    /// Fails where it is not written in this language.
    pub fn check_type(&self, wanted: SchemaType) -> Result<(), RegistryError> {
        if self.schema_type() == wanted {
            return Ok(());
        }
        let (schema, found) = (self.label.to_string(), self.schema_type());
        Err(RegistryError::SchemaType { schema, found, wanted })
    }

    /// What names it in the header of a record.
    pub fn global_identifier(&self) -> Result<Identifier, RegistryError> {
        let reason = "no GUID, which a schema with metadata or rules needs for its name in a header";
        let garbage = || RegistryError::Garbage { url: self.label.to_string(), reason: reason.to_owned() };
        self.guid.map(Identifier::Guid).ok_or_else(garbage)
    }

    /// Compiles how data of this Avro schema are read by `reader`, another one.
    pub fn read_by(&self, reader: &Self) -> Result<Projection, ResolutionError> {
        Projection::compile(&parse(&self.text, &self.references)?, &parse(&reader.text, &reader.references)?)
    }

    /// Fails where the schema can be read with, but not written with: an Avro schema of which a default does not fit, a
    /// Protobuf file without the message of this name, or without any.
    pub fn check_writable(&self, message: Option<&str>) -> Result<(), RegistryError> {
        let source: Box<dyn std::error::Error + Send + Sync> = match &self.compiled {
            Compiled::Avro(plan) => match plan.unwritable() {
                None => return Ok(()),
                Some(fault) => Box::new(fault.clone()),
            },
            Compiled::Json(_) => return Ok(()),
            Compiled::Protobuf(plan) => match plan.message(message) {
                Ok(_) => return Ok(()),
                Err(fault) => Box::new(fault),
            },
        };
        Err(RegistryError::Compile { schema: self.label.to_string(), source })
    }

    /// Memory that the schema takes, in bytes.
    pub fn byte_size(&self) -> usize {
        let references: usize = self
            .references
            .iter()
            .map(|reference| size_of::<Reference>() + reference.name.len() + reference.text.len())
            .sum();
        let compiled = match &self.compiled {
            Compiled::Avro(plan) => plan.byte_size(),
            Compiled::Json(validator) => validator.byte_size(),
            Compiled::Protobuf(plan) => plan.byte_size(),
        };
        size_of::<Self>() + compiled + self.text.len() + references
    }
}

fn parse(text: &str, references: &[Reference]) -> Result<Schema, SchemaError> {
    // Avro goes by the names in the texts; one text under two reference names would define its types twice.
    let mut definitions: Vec<&str> = Vec::with_capacity(references.len());
    for reference in references {
        if !definitions.contains(&reference.text.as_str()) {
            definitions.push(&reference.text);
        }
    }
    Schema::parse(text, &definitions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Context, SchemaId};

    #[test]
    fn a_text_that_two_names_refer_to_defines_its_types_once() {
        let point = r#"{"type": "record", "name": "Point", "fields": [{"name": "x", "type": "int"}]}"#;
        let line = r#"{"type": "record", "name": "Line", "fields": [{"name": "from", "type": "Point"}]}"#;
        let reference = |name: &str| Reference { name: name.into(), text: point.into() };
        let id = SchemaId::new(1).unwrap().into();
        let label = Label { context: Context::default(), id, subject: None, version: None };
        let schema = CachedSchema::compile(FetchedSchema {
            label,
            guid: None,
            schema_type: SchemaType::Avro,
            text: line.into(),
            references: vec![reference("Point"), reference("com.example.Point")],
        })
        .unwrap();
        let Compiled::Avro(plan) = &schema.compiled else { panic!("{schema:?}") };
        assert_eq!(plan.describe(plan.root()), "record Line");
        assert!(schema.byte_size() > plan.byte_size() + line.len() + 2 * point.len());
    }

    #[test]
    fn a_protobuf_file_counts_with_all_that_it_imports() {
        let label =
            Label { context: Context::default(), id: SchemaId::new(7).unwrap().into(), subject: None, version: None };
        let references =
            vec![Reference { name: "m.proto".into(), text: "message Money { optional int64 cents = 1; }".into() }];
        let text = "import \"m.proto\"; message A { optional Money m = 1; message B {} }";
        let fetched =
            FetchedSchema { label, guid: None, schema_type: SchemaType::Protobuf, text: text.into(), references };
        let schema = CachedSchema::compile(fetched.clone()).unwrap();
        let Compiled::Protobuf(plan) = &schema.compiled else { panic!("{schema:?}") };
        assert_eq!(plan.names().collect::<Vec<_>>(), ["A", "A.B"]);
        assert!(schema.byte_size() > plan.byte_size() + text.len() && plan.byte_size() > 500, "{}", plan.byte_size());
        assert!(schema.check_writable(None).is_ok() && schema.check_writable(Some("A.B")).is_ok());
        let error = schema.check_writable(Some("Money")).unwrap_err();
        assert_eq!(error.to_string(), "schema 7 in context . does not compile: the file has no message Money");
        let error = CachedSchema::compile(FetchedSchema { references: Vec::new(), ..fetched }).unwrap_err();
        let expected =
            "schema 7 in context . does not compile: import \"m.proto\" is none of the references and not known";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_schema_with_a_default_that_does_not_fit_is_good_for_reading() {
        let text = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int","default":"1"}]}"#;
        let id = SchemaId::new(7).unwrap().into();
        let label = Label { context: Context::default(), id, subject: None, version: None };
        let (schema_type, text, references) = (SchemaType::Avro, text.into(), Vec::new());
        let schema = CachedSchema::compile(FetchedSchema { label, guid: None, schema_type, text, references }).unwrap();
        assert!(schema.global_identifier().unwrap_err().to_string().contains("no GUID"));
        let error = schema.check_writable(None).unwrap_err();
        assert!(error.to_string().contains("the default of field 'n' of record R: expected int"), "{error}");
    }
}

//! Orders through `serde_json::Value`, as for records whose type is not known when the program is compiled.
//!
//! The converter's encoder refuses the numbers of `serde_json`, so the tree is turned into Avro's own kind of tree here,
//! by the schema.

use std::borrow::Cow;

use anyhow::{Context as _, bail};
use apache_avro::Schema;
use apache_avro::schema::{RecordField, UnionSchema};
use apache_avro::types::Value as Avro;
use schema_registry_converter::blocking::avro::AvroEncoder;
use schema_registry_converter::blocking::schema_registry::{SrSettings, get_schema_by_subject};
use schema_registry_converter::schema_registry_common::SubjectNameStrategy;
use serde_json::{Map, Value as Json};

/// JSON in, the registry's wire format out.
pub(crate) struct Encoder {
    avro: AvroEncoder,
    subject: SubjectNameStrategy,
    schema: Schema,
}

impl Encoder {
    pub(crate) fn new(registry: String, subject: String) -> anyhow::Result<Self> {
        let settings = SrSettings::new(registry);
        // The name of this strategy notwithstanding, the text is taken as the subject.
        let subject = SubjectNameStrategy::RecordNameStrategy(subject);
        let schema = Schema::parse_str(&get_schema_by_subject(&settings, &subject)?.schema)?;
        Ok(Self { avro: AvroEncoder::new(settings), subject, schema })
    }

    pub(crate) fn encode(&self, json: &[u8]) -> anyhow::Result<Cow<'static, [u8]>> {
        let Schema::Record(schema) = &self.schema else { bail!("not the schema of a record") };
        let mut members = serde_json::from_slice(json)?;
        let fields = schema.fields.iter().map(|field| Ok((field.name.as_str(), member(&mut members, field)?)));
        let fields = fields.collect::<anyhow::Result<_>>()?;
        Ok(self.avro.encode(fields, &self.subject)?.into())
    }
}

/// Takes a field's value out of an object, or its default.
fn member(members: &mut Map<String, Json>, field: &RecordField) -> anyhow::Result<Avro> {
    let value = members.get_mut(&field.name).map(Json::take).or_else(|| field.default.clone());
    avro(value.with_context(|| format!("{} is missing", field.name))?, &field.schema)
}

fn avro(value: Json, schema: &Schema) -> anyhow::Result<Avro> {
    Ok(match (schema, value) {
        (Schema::Union(union), value) => branch(value, union)?,
        (Schema::Null, Json::Null) => Avro::Null,
        (Schema::Boolean, Json::Bool(value)) => Avro::Boolean(value),
        (Schema::Int, Json::Number(value)) => Avro::Int(value.as_i64().context("not an integer")?.try_into()?),
        (Schema::Long, Json::Number(value)) => Avro::Long(value.as_i64().context("not an integer")?),
        (Schema::Double, Json::Number(value)) => Avro::Double(value.as_f64().context("not a double")?),
        (Schema::String, Json::String(value)) => Avro::String(value),
        (Schema::Enum(symbols), Json::String(value)) => {
            let index = symbols.symbols.iter().position(|symbol| *symbol == value).context("not a symbol")?;
            Avro::Enum(index.try_into()?, value)
        }
        (Schema::Array(items), Json::Array(values)) => {
            Avro::Array(values.into_iter().map(|value| avro(value, &items.items)).collect::<anyhow::Result<_>>()?)
        }
        (Schema::Record(record), Json::Object(mut members)) => {
            let field = |field: &RecordField| Ok((field.name.clone(), member(&mut members, field)?));
            Avro::Record(record.fields.iter().map(field).collect::<anyhow::Result<_>>()?)
        }
        // The bench's schema has no more kinds.
        (schema, value) => bail!("{schema:?} does not take {value}"),
    })
}

/// The first branch that takes the value; here branches differ in kind.
fn branch(value: Json, union: &UnionSchema) -> anyhow::Result<Avro> {
    let is_branch = |schema: &Schema| matches!(schema, Schema::Null) == value.is_null();
    let index = union.variants().iter().position(is_branch).context("no branch")?;
    Ok(Avro::Union(index.try_into()?, Box::new(avro(value, union.get_variant(index)?)?)))
}

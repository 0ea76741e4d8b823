//! `serdecar check --sample`: records of a file, tried with what a pipeline that serializes would do to them.
//!
//! Nothing is written: a sample tells before a deployment which records would be rejected, and why.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{exit, runtime};
use crate::cli::encode::{OnInvalid, each_line};
use crate::cli::{Exit, Failure, files};
use crate::codec::json_schema::{Checker, Validator};
use crate::codec::{CodecError, avro, protobuf};
use crate::config::Config;
use crate::pipeline;
use crate::registry::{CachedSchema, Client, Compiled, Location, Version};
use crate::schema::avro::Plan;
use crate::schema::protobuf::plan::ShapeId;
use crate::schema::{QualifiedNames, QualifiedSubject, protobuf as protobuf_schema};
use crate::transform::{Step, Work};

#[derive(Debug, clap::Args)]
pub(super) struct Sample {
    /// Also try these records, NDJSON as applications write it, with a pipeline that serializes; the registry is asked for its
    /// schema.
    #[arg(long = "sample", value_name = "FILE", requires = "config")]
    pub(super) file: Option<PathBuf>,
    /// The pipeline that the sample is for. Default: the only one that serializes.
    #[arg(long, value_name = "NAME", requires = "file")]
    pipeline: Option<String>,
    /// The subject that the sample is for, as NAME or :.CONTEXT:NAME. Default: the only one that the pipeline writes with, if the
    /// config alone says it.
    #[arg(long, value_name = "SUBJECT", requires = "file")]
    subject: Option<String>,
}

impl Sample {
    /// Tries the records of the file, and says how many fit which schema; of those that don't, each is told on stderr.
    pub(super) fn try_out(&self, file: &Path, config: &Config) -> Result<String, Failure> {
        if config.registry.location == Location::Embedded {
            return Err(usage("the registry is embedded and empty: it has no schema to try a sample with"));
        }
        let pipeline = self.pipeline(config)?;
        let Step::Encode(_, version) = pipeline.value.step else {
            return Err(usage(format!("pipeline '{}' serializes no values: there is no JSON to try", pipeline.name)));
        };
        let subject = self.subject(pipeline)?;
        let work = pipeline.value.work();
        let schema = fetch(config, &subject, version, &work)?;
        let mut writer = Writer::new(&schema, &work)?;
        let (mut fit, mut out) = (0_u64, Vec::new());
        let rejected = each_line(files::open(file)?, work.limits, OnInvalid::Skip, |text| {
            out.clear();
            let outcome = writer.write(text, &mut out);
            fit += u64::from(outcome.is_ok());
            Ok(outcome)
        })?;
        if rejected {
            return Err(Failure::told(Exit::Data));
        }
        let records = if fit == 1 { "1 record fits".to_owned() } else { format!("{fit} records fit") };
        Ok(format!("ok: {records} {}\n", schema.label))
    }

    fn pipeline<'a>(&self, config: &'a Config) -> Result<&'a pipeline::Config, Failure> {
        if let Some(name) = &self.pipeline {
            let named = config.pipelines.iter().find(|pipeline| pipeline.name == *name);
            return named.ok_or_else(|| usage(format!("the config has no pipeline '{name}'")));
        }
        let serializes = |pipeline: &&pipeline::Config| matches!(pipeline.value.step, Step::Encode(..));
        let all: Vec<_> = config.pipelines.iter().filter(serializes).collect();
        match all.as_slice() {
            [] => Err(usage("no pipeline of the config serializes values: there is no JSON to try")),
            [pipeline] => Ok(pipeline),
            several => {
                let names = listed(several.iter().map(|pipeline| &pipeline.name));
                Err(usage(format!("several pipelines serialize values: choose one with --pipeline: {names}")))
            }
        }
    }

    fn subject(&self, pipeline: &pipeline::Config) -> Result<QualifiedSubject, Failure> {
        if let Some(subject) = &self.subject {
            return Ok(QualifiedSubject::parse(subject, QualifiedNames::On));
        }
        let mut all = Vec::new();
        for (subject, _, part) in pipeline.subjects() {
            if std::ptr::eq(part, &raw const pipeline.value) && !all.contains(&subject) {
                all.push(subject);
            }
        }
        match all.as_slice() {
            [subject] => Ok(subject.clone()),
            [] => Err(usage(format!(
                "records of pipeline '{}' say by their topic or a header which subject they belong to: choose one with --subject",
                pipeline.name
            ))),
            several => {
                let (name, subjects) = (&pipeline.name, listed(several));
                Err(usage(format!(
                    "pipeline '{name}' writes with several subjects: choose one with --subject: {subjects}"
                )))
            }
        }
    }
}

/// The schema that the pipeline would write with.
fn fetch(config: &Config, subject: &QualifiedSubject, version: Version, work: &Work) -> Result<CachedSchema, Failure> {
    let schema = runtime()?.block_on(async {
        let client = Client::new(&config.registry).map_err(|error| Failure::new(Exit::Usage, error))?;
        Ok(client.by_version(subject, version).await)
    })?;
    let checked = schema.and_then(CachedSchema::compile).and_then(|schema| work.check(&schema).map(|()| schema));
    checked.map_err(|error| Failure::message(exit(&error), format!("{subject}, version {version}: {error}")))
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::message(Exit::Usage, message.into())
}

fn listed(names: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let mut list = String::new();
    for name in names {
        let separator = if list.is_empty() { "" } else { ", " };
        // Writing to a string doesn't fail.
        write!(list, "{separator}{name}").ok();
    }
    list
}

/// Writes records with a schema, to nowhere.
enum Writer<'a> {
    Avro(avro::Encoder, &'a Plan),
    Json(Checker, &'a Validator),
    Protobuf(protobuf::Encoder, &'a protobuf_schema::Plan, ShapeId),
}

impl<'a> Writer<'a> {
    fn new(schema: &'a CachedSchema, work: &Work) -> Result<Self, Failure> {
        Ok(match &schema.compiled {
            Compiled::Avro(plan) => Self::Avro(avro::Encoder::new(work.options, work.limits), plan),
            Compiled::Json(validator) => Self::Json(Checker::new(work.limits), validator),
            Compiled::Protobuf(plan) => {
                let message = plan.message(work.message.as_deref()).map_err(|error| Failure::new(Exit::Data, error))?;
                let encoder = protobuf::Encoder::new(work.options.unknown_fields, work.limits);
                Self::Protobuf(encoder, plan, message.shape)
            }
        })
    }

    fn write(&mut self, json: &[u8], out: &mut Vec<u8>) -> Result<(), CodecError> {
        match self {
            Self::Avro(encoder, plan) => encoder.encode(plan, json, out),
            Self::Json(checker, validator) => checker.check(validator, json),
            Self::Protobuf(encoder, plan, shape) => encoder.encode(plan, *shape, json, out),
        }
    }
}

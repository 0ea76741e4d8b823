//! JSON text against a [JSON Schema](https://json-schema.org): drafts 4, 6, 7, 2019-09 and 2020-12.
//!
//! What is valid is passed on byte for byte, so numbers keep their digits and members their order. Nothing is ever fetched:
//! a schema refers to itself and to the schemas that the registry names as its references.

mod instance;
mod patience;
mod resources;
mod unique;
mod violation;

use jsonschema::{PatternOptions, Validator as Rules};

use super::fault::Fault;
use super::json::{Record, Tape};
use super::{CodecError, Limits, MAX_VIOLATIONS, ViolationKind};
use crate::schema::json::{JsonSchema, SchemaError};
use instance::{Instance, TapeJson};
use patience::Patience;
use resources::References;

/// Steps back that a pattern with look-around may take on one text; more, and the text does not match.
const BACKTRACK_LIMIT: usize = 100_000;

/// Bytes of a compiled pattern.
const PATTERN_SIZE: usize = 1 << 20;

/// Bytes of stack to compile on, of which only those are taken that are used.
const STACK: usize = 256 << 20;

/// A schema that is ready to check texts.
#[derive(Debug)]
pub struct Validator {
    rules: Rules<TapeJson>,
    byte_size: usize,
}

impl Validator {
    /// Compiles a schema. `references` are the schemas that it refers to, with the names by which it does.
    pub fn compile<N: AsRef<str>, T: AsRef<str>>(text: &str, references: &[(N, T)]) -> Result<Self, SchemaError> {
        let named: Vec<_> = references.iter().map(|(name, text)| (name.as_ref(), text.as_ref())).collect();
        // Schemas refer to schemas that refer to schemas: how deep that goes is no matter of the caller's stack.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            let compiled = thread.spawn_scoped(scope, || Self::compile_here(text, &named));
            let compiled = compiled.map_err(|error| SchemaError::Rules(String::new(), error.to_string()))?;
            compiled.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    fn compile_here(text: &str, references: &[(&str, &str)]) -> Result<Self, SchemaError> {
        let schema = JsonSchema::parse(text, references)?;
        schema.check_expansion()?;
        let root = serde_json::from_str(text).map_err(|error| SchemaError::Json(error.to_string()))?;
        let named = References::parse(references)?;
        let patterns = PatternOptions::fancy_regex()
            .backtrack_limit(BACKTRACK_LIMIT)
            .size_limit(PATTERN_SIZE)
            .dfa_size_limit(PATTERN_SIZE);
        let rules = jsonschema::options_for::<TapeJson>()
            .with_draft(schema.draft()?)
            .with_base_uri(References::base())
            .with_pattern_options(patterns)
            .with_retriever(named)
            .build(&root)
            .map_err(|error| SchemaError::Rules(error.schema_path().to_string(), error.to_string()))?;
        let texts: usize = references.iter().map(|(_, text)| text.len()).sum();
        // The compiled rules can't be measured; several times the text is what they take.
        Ok(Self { rules, byte_size: 8 * (text.len() + texts) })
    }

    /// Memory that it takes, in bytes, roughly.
    pub fn byte_size(&self) -> usize {
        self.byte_size
    }
}

/// Checks texts. Keeps its scratch space, so each worker has one of its own.
#[derive(Debug)]
pub struct Checker {
    limits: Limits,
    tape: Tape,
}

impl Checker {
    /// A checker for records of any schema.
    pub fn new(limits: Limits) -> Self {
        Self { limits, tape: Tape::default() }
    }

    /// Fails with everything that departs from the schema, up to a limit.
    pub fn check(&mut self, validator: &Validator, json: &[u8]) -> Result<(), CodecError> {
        let record = self.tape.read(json, &self.limits)?;
        let patience = Patience::for_values(record.len());
        let valid = validator.rules.is_valid(Instance::Value(record.root(), &patience));
        if !patience.is_left() {
            let expected = "a record that can be checked in reasonable time";
            return Err(Fault::new(ViolationKind::Limit, expected, "one that takes its schema too many steps").into());
        }
        if valid { Ok(()) } else { Err(violations(validator, record)) }
    }
}

/// What departs from the schema in a record that is not valid.
fn violations(validator: &Validator, record: Record<'_>) -> CodecError {
    let patience = Patience::for_values(record.len());
    let errors = validator.rules.iter_errors(Instance::Value(record.root(), &patience));
    let violations = errors.filter_map(|error| violation::of(&error, record.root())).take(MAX_VIOLATIONS).collect();
    // Where there are too many to look at, none of them may have come to its end.
    CodecError::of(violations).unwrap_or_else(|| {
        Fault::new(ViolationKind::Value, "a value that fits the schema", "too much else to list it").into()
    })
}

#[cfg(test)]
mod tests;

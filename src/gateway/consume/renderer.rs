//! From records as brokers have them to records as clients see them.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::on_invalid::OnInvalid;
use super::record::{self, Content, Piece, Schema};
use crate::kafka::Message;
use crate::schema::{Context, Identifier, QualifiedSubject, Subject};
use crate::transform::context::{ContextError, ContextRule};
use crate::transform::part::PartConfig;
use crate::transform::rejection::{Part, Rejection};
use crate::transform::{Bytes, Framed, Input, Outcome, Output, Route, Schemas, Step, Transform, Waiting, Work};
use crate::wire;

/// Contexts that headers may bring up before what was learned of them is forgotten.
const MAX_ROUTES: usize = 1_000;

/// Bytes of the buffer that are kept from record to record.
const BUFFER_KEPT: usize = 1 << 20;

/// How the records of a topic are read.
#[derive(Debug, Clone)]
pub(super) struct Decoding {
    /// How the context of a record is told.
    pub(super) context: ContextRule,
    pub(super) key: PartConfig,
    pub(super) value: PartConfig,
    /// What becomes of a record that can't be read.
    pub(super) on_invalid: OnInvalid,
}

/// Reads the records of one topic.
#[derive(Debug)]
pub(super) struct Renderer {
    topic: String,
    decoding: Arc<Decoding>,
    transform: Transform,
    /// By the value of the header that says the context; by nothing where the topic does.
    routes: HashMap<Vec<u8>, Route>,
    /// Whether key and value are read by the schema that the record names.
    read: [bool; 2],
    /// Whether they are JSON that nobody has looked at.
    unparsed: [bool; 2],
    buffer: Vec<u8>,
}

/// What became of a record.
#[derive(Debug)]
pub(super) enum Rendered {
    /// Its object.
    Shown(Vec<u8>),
    /// The object that says why it has no value, and the reason.
    Invalid(Vec<u8>, Box<Rejection>),
    /// A schema is not there yet.
    Waits(Waiting),
}

impl Renderer {
    pub(super) fn new(topic: &str, decoding: Arc<Decoding>) -> Self {
        let (key, value) = (reading(&decoding.key), reading(&decoding.value));
        let is_read = |work: &Work| matches!(work.step, Step::Decode(..));
        let is_unparsed = |work: &Work| matches!(work.step, Step::Decode(Framed::Json, _));
        Self {
            topic: topic.to_owned(),
            read: [is_read(&key), is_read(&value)],
            unparsed: [is_unparsed(&key), is_unparsed(&value)],
            transform: Transform::new(key, value),
            routes: HashMap::new(),
            buffer: Vec::new(),
            decoding,
        }
    }

    /// From here on schemas are looked up anew.
    pub(super) fn next_batch(&mut self) {
        self.transform.next_batch();
    }

    /// Asks for the schemas of a record without waiting for them.
    pub(super) fn ask(&mut self, message: &Message, schemas: &mut impl Schemas) {
        if let Ok(name) = self.route(message)
            && let Some(route) = self.routes.get(&name)
        {
            let (key, value) = self.transform.inputs(message);
            self.transform.ask(key, value, route, schemas);
        }
    }

    /// Makes a record's object.
    pub(super) fn render(&mut self, message: &Message, schemas: &mut impl Schemas) -> Rendered {
        let name = match self.route(message) {
            Ok(name) => name,
            Err(error) => {
                return self.invalid(message, Box::new(Rejection::context(&error)), Piece::raw(message.key()));
            }
        };
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT);
        let Self { routes, transform, buffer, .. } = self;
        let Some(route) = routes.get_mut(&name) else { unreachable!("a route was made for this name just now") };
        let (key, value) = transform.inputs(message);
        match transform.apply(key, value, route, schemas, buffer) {
            Outcome::Write { key: made_key, value: made } => {
                let context = route.context.clone();
                self.show(message, [&made_key, &made], value, &context)
            }
            Outcome::Pending(waiting) => Rendered::Waits(waiting),
            Outcome::Reject(rejection) => {
                // The key may be readable all the same.
                let alone = transform.apply(key, Input::default(), route, schemas, buffer);
                let buffer = std::mem::take(&mut self.buffer);
                let piece = match &alone {
                    Outcome::Write { key: made, .. } => Piece::of(made, message.key(), &buffer),
                    Outcome::Reject(_) | Outcome::Pending(_) => Piece::Null,
                };
                self.invalid(message, rejection, piece)
            }
        }
    }

    /// Finds the route of a record, or makes it.
    fn route(&mut self, message: &Message) -> Result<Vec<u8>, ContextError> {
        let rule = &self.decoding.context;
        let header = match rule {
            ContextRule::Header(name) => message
                .headers()
                .filter(|header| header.name.eq_ignore_ascii_case(name))
                .last()
                .and_then(|header| header.value),
            ContextRule::Literal(_) | ContextRule::Topic(_) => Some(&[][..]),
        };
        let name = header.unwrap_or_default().to_vec();
        if header.is_some() && self.routes.contains_key(&name) {
            return Ok(name);
        }
        let context = match (rule, rule.of_topic(&self.topic)?) {
            (_, Some(context)) => context,
            (ContextRule::Header(name), None) => ContextRule::of_header(name, header)?,
            (ContextRule::Literal(_) | ContextRule::Topic(_), None) => Context::default(),
        };
        if self.routes.len() >= MAX_ROUTES {
            self.routes.clear();
        }
        let subject =
            |part: &PartConfig| QualifiedSubject::new(context.clone(), Subject::new(&part.subject.fill(&self.topic)));
        let (key, value) = (subject(&self.decoding.key), subject(&self.decoding.value));
        self.routes.insert(name.clone(), Route::new(context, key, value));
        Ok(name)
    }

    fn show(&self, message: &Message, made: [&Output; 2], value: Input<'_>, context: &Context) -> Rendered {
        let pieces =
            [Piece::of(made[0], message.key(), &self.buffer), Piece::of(made[1], message.payload(), &self.buffer)];
        for ((piece, part), unparsed) in pieces.into_iter().zip([Part::Key, Part::Value]).zip(self.unparsed) {
            if let (Piece::Json(text), true) = (piece, unparsed)
                && !is_json(text)
            {
                let schema = schema_of(made[1], value).filter(|_| part == Part::Value);
                let key = if part == Part::Key { Piece::Null } else { pieces[0] };
                return self.invalid(message, Box::new(Rejection::not_json(part, schema, context)), key);
            }
        }
        let schema = schema_of(made[1], value).map(|name| (context, name));
        let json = self.object(message, pieces[0], &Content::Value(pieces[1]), schema);
        Rendered::Shown(json)
    }

    fn invalid(&self, message: &Message, rejection: Box<Rejection>, key: Piece<'_>) -> Rendered {
        let schema = match (&rejection.context, rejection.schema_id) {
            (Some(context), Some(name)) if rejection.part == Part::Value => Some((context, name)),
            _ => None,
        };
        let json = self.object(message, key, &Content::Error(&rejection), schema);
        Rendered::Invalid(json, rejection)
    }

    fn object(&self, message: &Message, key: Piece<'_>, content: &Content<'_>, schema: Schema<'_>) -> Vec<u8> {
        let mut json = Vec::with_capacity(message.size() * 2 + 256);
        record::write(message, key, content, schema, self.read, &mut json);
        json
    }
}

/// What is done with a part: the way back from how it is written.
fn reading(part: &PartConfig) -> Work {
    let mut work = part.work();
    work.step = match work.step {
        Step::Pass => Step::Pass,
        Step::Encode(format, _) | Step::Verify(format) => Step::Decode(format, None),
        Step::Decode(format, reader) => Step::Decode(format, reader),
    };
    work
}

/// The name of the schema that a value was read by.
fn schema_of(made: &Output, value: Input<'_>) -> Option<Identifier> {
    matches!(made.bytes, Bytes::Made(_)).then_some(())?;
    wire::read(value.header, value.bytes?).ok().map(|frame| frame.schema)
}

/// Whether a text may stand in another one as a value.
fn is_json(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

//! Transforms and schemas, lent to one request at a time.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use crate::codec::avro::{JsonMode, JsonOptions};
use crate::gateway::measures::RecordMeasures;
use crate::gateway::route::{Route, Routes};
use crate::registry::{CachedSchema, LocalSchemas, SchemaCache};
use crate::schema::{Context, Identifier, QualifiedSubject, SchemaId, Subject};
use crate::transform::rejection::{Part, Reason, Rejection};
use crate::transform::{self, Input, Outcome, Output, Transform, Waiting};

/// Serializers that are kept while nobody needs them.
const MAX_IDLE: usize = 64;

/// Topics and contexts that a serializer knows before it forgets them: clients may name any number.
const MAX_TRACKS: usize = 1_000;

/// Bytes of the buffer that are kept from request to request.
const BUFFER_KEPT: usize = 1 << 20;

/// Serializers that nobody needs now.
#[derive(Debug)]
pub(super) struct Pool {
    cache: SchemaCache,
    /// What is done on each route, and the same with tagged unions.
    works: Vec<(transform::Work, transform::Work)>,
    idle: Mutex<Vec<Serializer>>,
}

/// Transforms records of every route.
#[derive(Debug)]
pub(super) struct Serializer {
    schemas: LocalSchemas,
    lanes: Vec<Lane>,
    tracks: usize,
    buffer: Vec<u8>,
}

/// Whose records are transformed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) route: &'a Route,
    pub(super) topic: &'a str,
    pub(super) context: &'a Context,
    pub(super) given: Given,
}

/// What a request says of its schemas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Given {
    /// The key's schema, if it is not the version that the config says.
    pub(super) key: Option<SchemaId>,
    /// The value's.
    pub(super) value: Option<SchemaId>,
    /// Whether Avro's unions have tags, whatever the config says.
    pub(super) tagged: bool,
}

/// One route of the config.
#[derive(Debug)]
struct Lane {
    transform: Transform,
    topics: IndexMap<Box<str>, Vec<Track>>,
}

/// One topic and context.
#[derive(Debug)]
struct Track {
    route: transform::Route,
    given: Given,
    measures: Arc<RecordMeasures>,
    /// Whether a schema was ever found in its context, or the config says it: then it may be a label.
    resolved: bool,
}

/// A record that is ready to be written.
#[derive(Debug)]
pub(super) struct Serialized<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    /// What names the schemas of key and value in the record's headers.
    pub(super) key_header: Option<&'a [u8]>,
    pub(super) value_header: Option<&'a [u8]>,
    /// What the value was written with.
    pub(super) schema: Option<Arc<CachedSchema>>,
    pub(super) measures: Arc<RecordMeasures>,
}

/// Why a record is not ready to be written.
#[derive(Debug)]
pub(super) enum Refused {
    /// It can't be written, now or ever.
    Rejected(Box<Rejection>),
    /// A schema is not there yet.
    Pending(Waiting),
}

impl Pool {
    pub(super) fn new(cache: SchemaCache, routes: &Routes) -> Self {
        let both = |route: &Arc<Route>| {
            let (key, value) = (route.config.key.work(), route.config.value.work());
            [(key.clone(), value.clone()), (tagged(key), tagged(value))]
        };
        let works = routes.iter().flat_map(both).collect();
        Self { cache, works, idle: Mutex::default() }
    }

    /// A serializer of one's own, to be [put back](Self::put_back). If it is dropped instead, because a client has gone, it
    /// waits for nothing any more.
    pub(super) fn take(&self) -> Serializer {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut serializer = idle.unwrap_or_else(|| Serializer::new(self.cache.local(), &self.works));
        serializer.next_batch();
        serializer
    }

    /// Keeps a serializer for the next one.
    pub(super) fn put_back(&self, mut serializer: Serializer) {
        serializer.rest();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(serializer);
        }
    }
}

impl Serializer {
    fn new(schemas: LocalSchemas, works: &[(transform::Work, transform::Work)]) -> Self {
        let lane = |(key, value): &(transform::Work, transform::Work)| Lane {
            transform: Transform::new(key.clone(), value.clone()),
            topics: IndexMap::new(),
        };
        Self { schemas, lanes: works.iter().map(lane).collect(), tracks: 0, buffer: Vec::new() }
    }

    /// From here on schemas are looked up anew.
    pub(super) fn next_batch(&mut self) {
        for lane in &mut self.lanes {
            lane.transform.next_batch();
        }
    }

    /// What is counted of the records of a topic.
    pub(super) fn measures(&mut self, target: Target<'_>) -> Arc<RecordMeasures> {
        match self.lanes.get_mut(target.lane()) {
            Some(lane) => Arc::clone(&track(&mut lane.topics, &mut self.tracks, target).measures),
            None => Arc::new(RecordMeasures::of(target.route.config.topics.label(), None)),
        }
    }

    /// Transforms a record.
    pub(super) fn serialize<'a>(
        &'a mut self,
        target: Target<'_>,
        key: Option<&'a [u8]>,
        value: Option<&'a [u8]>,
    ) -> Result<Serialized<'a>, Refused> {
        let Self { schemas, lanes, tracks, buffer } = self;
        buffer.clear();
        if *tracks > MAX_TRACKS {
            for lane in lanes.iter_mut() {
                lane.topics.clear();
            }
            *tracks = 0;
        }
        // Every route has its lanes.
        let Some(Lane { transform, topics }) = lanes.get_mut(target.lane()) else {
            return Err(Refused::Rejected(Box::new(Rejection::context(&"no such route"))));
        };
        let track = track(topics, tracks, target);
        let Target { route, context, .. } = target;
        let input = |bytes| Input { bytes, header: None };
        match transform.apply(input(key), input(value), &mut track.route, schemas, buffer) {
            Outcome::Write { key: key_output, value: value_output } => {
                track.resolve(route, context, &[&key_output, &value_output]);
                let buffer = &*buffer;
                Ok(Serialized {
                    key: key_output.bytes.resolve(key, buffer),
                    value: value_output.bytes.resolve(value, buffer),
                    key_header: key_output.header.resolve(None, buffer),
                    value_header: value_output.header.resolve(None, buffer),
                    schema: track.schema_of(&value_output),
                    measures: Arc::clone(&track.measures),
                })
            }
            Outcome::Reject(rejection) => {
                if matches!(rejection.reason, Reason::Violation(_)) {
                    track.resolve(route, context, &[]);
                }
                track.measures.rejected.increment(1);
                Err(Refused::Rejected(rejection))
            }
            Outcome::Pending(waiting) => Err(Refused::Pending(waiting)),
        }
    }

    /// Waits no longer for what is not there, and says why it is not.
    pub(super) fn give_up(&mut self, waiting: &Waiting) -> String {
        let problem = match waiting {
            Waiting::Subject(subject, version, None) => self.schemas.problem(subject, *version),
            Waiting::Subject(_, _, Some(_)) | Waiting::Id(..) => None,
        };
        self.schemas.forget_pending();
        match problem {
            Some(problem) => format!("{waiting}: {problem}"),
            None => waiting.to_string(),
        }
    }

    /// Nobody needs it for now.
    fn rest(&mut self) {
        self.schemas.flush_metrics();
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT);
    }
}

/// What is known of a topic in a context.
fn track<'t>(topics: &'t mut IndexMap<Box<str>, Vec<Track>>, tracks: &mut usize, target: Target<'_>) -> &'t mut Track {
    // A look-up by the owned name would copy it for each record.
    let index =
        topics.get_index_of(target.topic).unwrap_or_else(|| topics.insert_full(target.topic.into(), Vec::new()).0);
    let known = &mut topics[index];
    let is_it = |track: &Track| track.given == target.given && track.route.context == *target.context;
    let index = known.iter().position(is_it).unwrap_or_else(|| {
        *tracks += 1;
        known.push(Track::new(target));
        known.len() - 1
    });
    &mut known[index]
}

/// The same work with tagged unions.
fn tagged(work: transform::Work) -> transform::Work {
    let options = JsonOptions { mode: JsonMode::Avro, ..work.options };
    transform::Work { options, ..work }
}

impl Target<'_> {
    /// The number of the lane that its records go by.
    fn lane(&self) -> usize {
        self.route.index * 2 + usize::from(self.given.tagged)
    }
}

impl Track {
    fn new(Target { route, topic, context, given }: Target<'_>) -> Self {
        let config = &route.config;
        let subject = |name: String| QualifiedSubject::new(context.clone(), Subject::new(&name));
        let (key, value) = (subject(config.key.subject.fill(topic)), subject(config.value.subject.fill(topic)));
        let way = transform::Route::new(context.clone(), key, value);
        let way = way.writing_with(given.key.map(Identifier::Id), given.value.map(Identifier::Id));
        let resolved = route.says_context();
        let measures = RecordMeasures::of(config.topics.label(), resolved.then_some(context));
        Self { route: way, given, measures: Arc::new(measures), resolved }
    }

    /// The context turned out to exist, if one of these was written with a schema (or none of them was looked at).
    fn resolve(&mut self, route: &Route, context: &Context, outputs: &[&Output]) {
        if !self.resolved && (outputs.is_empty() || outputs.iter().any(|output| output.bytes.has_schema())) {
            self.resolved = true;
            self.measures = Arc::new(RecordMeasures::of(route.config.topics.label(), Some(context)));
        }
    }

    fn schema_of(&self, value: &Output) -> Option<Arc<CachedSchema>> {
        self.route.last_schema(Part::Value).filter(|_| value.bytes.has_schema()).cloned()
    }
}

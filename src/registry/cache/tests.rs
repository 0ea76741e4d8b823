//! The cache against a scripted registry, on a paused clock unless threads are what is tested.

mod bounds;
mod held;
mod ids;
mod names;
mod threads;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::registry::client::tests::config as client_config;
use crate::registry::client::{FetchedSchema, Label, Registered};
use crate::registry::error::{Answer, Missing};
use crate::schema::{Guid, QualifiedNames, SchemaId, SchemaType};

/// What the cache asked its source for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Id(Context, Identifier),
    Holder(QualifiedSubject, Identifier),
    Name(QualifiedSubject, Version),
}

/// What the source answers, and how long it takes for it.
pub(super) struct Reply {
    after: Duration,
    result: Result<Registered, RegistryError>,
}

type Answers = Box<dyn Fn(&Ask, usize) -> Reply + Send + Sync>;

/// A registry that says what a test wants: a function of the question and of how often it was asked before.
#[derive(Clone)]
pub(super) struct Script {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<(Ask, Instant)>>>,
    /// Holds answers back until it has a permit for each.
    gate: Arc<tokio::sync::Semaphore>,
}

impl Script {
    fn new(answers: impl Fn(&Ask, usize) -> Reply + Send + Sync + 'static) -> Self {
        let gate = Arc::new(tokio::sync::Semaphore::new(1_000_000));
        Self { answers: Arc::new(Box::new(answers)), asked: Arc::default(), gate }
    }

    fn gated(answers: impl Fn(&Ask, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self { gate: Arc::new(tokio::sync::Semaphore::new(0)), ..Self::new(answers) }
    }

    async fn answer(&self, ask: Ask) -> Result<Registered, RegistryError> {
        let before = {
            let mut asked = lock(&self.asked);
            let before = asked.iter().filter(|(other, _)| *other == ask).count();
            asked.push((ask.clone(), Instant::now()));
            before
        };
        self.gate.acquire().await.unwrap().forget();
        let reply = (self.answers)(&ask, before);
        if !reply.after.is_zero() {
            sleep(reply.after).await;
        }
        reply.result
    }

    pub(super) async fn by_id(&self, context: &Context, id: Identifier) -> Result<FetchedSchema, RegistryError> {
        self.answer(Ask::Id(context.clone(), id)).await.map(Self::complete)
    }

    pub(super) async fn check_holder(&self, subject: &QualifiedSubject, id: Identifier) -> Result<(), RegistryError> {
        self.answer(Ask::Holder(subject.clone(), id)).await.map(drop)
    }

    pub(super) async fn by_version(
        &self,
        subject: &QualifiedSubject,
        version: Version,
    ) -> Result<Registered, RegistryError> {
        self.answer(Ask::Name(subject.clone(), version)).await
    }

    pub(super) fn complete(registered: Registered) -> FetchedSchema {
        let Registered { label, guid, schema_type, text, .. } = registered;
        FetchedSchema { label, guid, schema_type, text, references: Vec::new() }
    }

    fn times(&self) -> Vec<Instant> {
        lock(&self.asked).iter().map(|(_, when)| *when).collect()
    }

    fn count(&self) -> usize {
        lock(&self.asked).len()
    }

    /// A cache in front of this script, with the defaults of the config.
    fn cache(&self) -> SchemaCache {
        self.cache_with(|_| {})
    }

    fn cache_with(&self, change: impl FnOnce(&mut Config)) -> SchemaCache {
        let mut config = client_config(&[]);
        config.retry.backoff = Duration::from_millis(100);
        config.retry.max_backoff = Duration::from_secs(10);
        change(&mut config);
        SchemaCache::with_source(Source::Script(self.clone()), &config, Handle::current())
    }
}

/// The answer that `ask` deserves: a schema whose `doc` has `padding` characters. The id of a name is its version.
fn schema_of(ask: &Ask, latest: u32, padding: usize) -> Registered {
    let label = match ask {
        Ask::Id(context, id) => Label { context: context.clone(), id: *id, subject: None, version: None },
        Ask::Holder(subject, id) => Label { context: subject.context.clone(), id: *id, subject: None, version: None },
        Ask::Name(subject, version) => {
            let number = if let Version::Number(number) = version { *number } else { latest };
            let (context, subject) = (subject.context.clone(), Some(subject.subject.clone()));
            Label { context, id: id(number).into(), subject, version: Some(number) }
        }
    };
    let doc = "x".repeat(padding);
    let name = label.id.to_string().replace('-', "_");
    let text = format!(r#"{{"type": "fixed", "name": "F{name}", "size": 1, "doc": "{doc}"}}"#);
    Registered { label, guid: None, schema_type: SchemaType::Avro, text, references: Vec::new() }
}

fn found(ask: &Ask) -> Reply {
    Reply { after: Duration::ZERO, result: Ok(schema_of(ask, 1, 0)) }
}

fn fails(error: RegistryError) -> Reply {
    Reply { after: Duration::ZERO, result: Err(error) }
}

fn not_found(ask: &Ask) -> Reply {
    fails(match ask {
        Ask::Id(context, id) => Missing::Id(context.clone(), *id).into(),
        Ask::Holder(subject, id) => Missing::Holder(subject.clone(), *id).into(),
        Ask::Name(subject, _) => Missing::Subject(subject.clone()).into(),
    })
}

fn away() -> Reply {
    fails(RegistryError::Unreachable { url: "http://registry:8081/".into(), reason: "Connection refused".into() })
}

fn busy(seconds: u64) -> Reply {
    fails(RegistryError::Unavailable(Box::new(Answer {
        url: "http://registry:8081/schemas/ids/1".into(),
        status: 429,
        code: None,
        message: String::new(),
        retry_after: Some(Duration::from_secs(seconds)),
    })))
}

fn of_type(ask: &Ask, schema_type: SchemaType) -> Reply {
    Reply { after: Duration::ZERO, result: Ok(Registered { schema_type, ..schema_of(ask, 1, 0) }) }
}

fn context(name: &str) -> Context {
    Context::parse(name).unwrap()
}

fn id(number: u32) -> SchemaId {
    SchemaId::new(number).unwrap()
}

fn subject(name: &str) -> QualifiedSubject {
    QualifiedSubject::parse(name, QualifiedNames::On)
}

/// A lookup in one word, with the label or the error.
fn said(lookup: &Lookup<'_>) -> String {
    match lookup {
        Lookup::Ready(schema) => format!("ready: {}", schema.label),
        Lookup::Pending => "pending".to_owned(),
        Lookup::Unknown(error) => format!("unknown: {error}"),
        Lookup::Refused(error) => format!("refused: {error}"),
    }
}

/// Lets background tasks run as far as they get in `millis` of the paused clock.
async fn pass(millis: u64) {
    sleep(Duration::from_millis(millis)).await;
}

//! The routes that records take, one for each context of each topic, and what is counted on each.

use std::collections::HashMap;
use std::rc::Rc;

use crate::kafka::Message;
use crate::pipeline::config::{Config, TypedSide};
use crate::pipeline::metrics::{ContextMetrics, Metrics, Tally};
use crate::schema::{Context, QualifiedSubject, Subject};
use crate::transform::Route;
use crate::transform::context::{ContextError, ContextRule};

/// Contexts that headers may bring up before what was learned of them is forgotten.
const MAX_ROUTES: usize = 10_000;

/// A route and what was counted on it.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) route: Route,
    pub(super) tally: Tally,
    metrics: Rc<ContextMetrics>,
    /// Whether a schema was ever found in its context: then the context is known to exist.
    resolved: bool,
}

/// All routes of a worker.
#[derive(Debug, Default)]
pub(super) struct Routes {
    tracks: Vec<Track>,
    by_name: HashMap<(String, Context), usize>,
    /// The routes that a header's value stands for, by topic.
    by_header: HashMap<(String, Box<[u8]>), usize>,
}

impl Routes {
    /// The route of every record of a source topic, if its records do not say a context of their own each.
    pub(super) fn of_topic(
        &mut self,
        config: &Config,
        topic: &str,
        metrics: &mut Metrics,
    ) -> Result<Option<usize>, ContextError> {
        let Some(context) = config.context.of_topic(topic)? else { return Ok(None) };
        let index = self.of_context(config, topic, context, metrics);
        // The config says this context, so it may be a label.
        self.resolve(index, metrics);
        Ok(Some(index))
    }

    /// The route of a record whose header says the context.
    pub(super) fn of_message(
        &mut self,
        config: &Config,
        message: &Message,
        metrics: &Metrics,
    ) -> Result<usize, ContextError> {
        let ContextRule::Header(name) = &config.context else {
            return Err(ContextError::Topic(message.topic().to_owned()));
        };
        let value = message.headers().filter(|header| header.name == name).last().and_then(|header| header.value);
        let key = (message.topic().to_owned(), value.unwrap_or_default().into());
        if let Some(index) = self.by_header.get(&key).filter(|_| value.is_some()) {
            return Ok(*index);
        }
        let context = ContextRule::of_header(name, value)?;
        let index = self.of_context(config, message.topic(), context, metrics);
        self.by_header.insert(key, index);
        Ok(index)
    }

    fn of_context(&mut self, config: &Config, topic: &str, context: Context, metrics: &Metrics) -> usize {
        let typed = match config.typed_side {
            TypedSide::Source => topic.to_owned(),
            TypedSide::Sink => config.sink.topic.fill(topic),
        };
        let key = (typed, context);
        if let Some(index) = self.by_name.get(&key) {
            return *index;
        }
        let subject = |name: String| QualifiedSubject::new(key.1.clone(), Subject::new(&name));
        let route = Route::new(
            key.1.clone(),
            subject(config.key.subject.fill(&key.0)),
            subject(config.value.subject.fill(&key.0)),
        );
        self.tracks.push(Track { route, tally: Tally::default(), metrics: metrics.other(), resolved: false });
        self.by_name.insert(key, self.tracks.len() - 1);
        self.tracks.len() - 1
    }

    /// The context of a route turned out to exist.
    pub(super) fn resolve(&mut self, index: usize, metrics: &mut Metrics) {
        if let Some(track) = self.tracks.get_mut(index).filter(|track| !track.resolved) {
            track.resolved = true;
            track.metrics = metrics.context(&track.route.context);
        }
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut Track> {
        self.tracks.get_mut(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter()
    }

    /// Writes out what was counted. Only between batches may routes be forgotten, as records name them by number.
    pub(super) fn flush(&mut self, fixed: bool) {
        for track in &mut self.tracks {
            track.metrics.flush(&mut track.tally);
        }
        if !fixed && self.tracks.len() > MAX_ROUTES {
            *self = Self::default();
        }
    }
}

//! Logs: one line an event on stderr, as text or as JSON.
//!
//! What is logged is decided by the config alone; no other variable is read. Libraries are held to `info` whatever the
//! level, because below it some print what passes through them, and record values must never reach a log.

use std::io::{self, IsTerminal};

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::Faults;

/// The target of events that tell of one request each.
pub const ACCESS: &str = "access";

/// The `log` section as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// The least important events that are logged. Default: info.
    level: Level,
    /// How a line is written. Default: text.
    format: Format,
    /// Whether each request to `serdecar registry` and to the gateway is logged, whatever the level. Default: false.
    access: bool,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Config {
    /// The least important events that are logged.
    pub level: Level,
    /// How a line is written.
    pub format: Format,
    /// Whether events of [`ACCESS`] are logged, whatever the level.
    pub access: bool,
}

/// How important an event is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing at all.
    Off,
    /// What needs somebody's hand.
    Error,
    /// What may need it soon.
    Warn,
    /// What an operator wants to know: starts, stops, outages.
    #[default]
    Info,
    /// What explains a behaviour.
    Debug,
    /// Every step.
    Trace,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line, for log collectors.
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The process has one log, and it was set up before.
    #[error("the log is set up already")]
    Installed,
}

impl RawConfig {
    /// Checks the section; every value that can be written is valid.
    pub fn validate(self, _pointer: &str, _faults: &mut Faults) -> Option<Config> {
        Some(Config { level: self.level, format: self.format, access: self.access })
    }
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Off => Self::OFF,
            Level::Error => Self::ERROR,
            Level::Warn => Self::WARN,
            Level::Info => Self::INFO,
            Level::Debug => Self::DEBUG,
            Level::Trace => Self::TRACE,
        }
    }
}

/// Sends this process's events to stderr from now on; once a process.
pub fn install(config: Config) -> Result<(), TelemetryError> {
    // Colours only for eyes: a file or a log collector would keep the escapes.
    subscriber(config, io::stderr, io::stderr().is_terminal()).try_init().map_err(|_| TelemetryError::Installed)
}

/// What writes events to `writer` as `config` says.
fn subscriber<W>(config: Config, writer: W, colours: bool) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours);
    let lines = match config.format {
        Format::Text => lines.boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets(config)))
}

fn targets(Config { level, access, .. }: Config) -> Targets {
    let ours = LevelFilter::from(level);
    let libraries = ours.min(LevelFilter::INFO);
    // librdkafka tells of its connections at debug, never of records.
    ["serdecar", "rdkafka", "librdkafka"]
        .into_iter()
        .fold(Targets::new().with_default(libraries), |targets, target| targets.with_target(target, ours))
        .with_target(ACCESS, if access { LevelFilter::INFO } else { LevelFilter::OFF })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged under `config` of four events.
    fn logged(config: Config) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(config, move || writer.clone(), false), || {
            tracing::info!(target: "serdecar::pipeline", pipeline = "orders", "started");
            tracing::debug!(target: "serdecar::pipeline", "polled");
            tracing::info!(target: "hyper", "accepted");
            tracing::debug!(target: "hyper", "read 12 bytes");
            tracing::info!(target: ACCESS, "GET /");
        });
        let bytes = lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_level_decides_what_is_logged() {
        let of = |level| logged(Config { level, ..Config::default() });
        assert_eq!(of(Level::Off), "");
        assert_eq!(of(Level::Warn), "");
        let info = of(Level::Info);
        assert_eq!(info.lines().count(), 2, "{info}");
        assert!(info.contains(" INFO serdecar::pipeline: started pipeline=\"orders\""), "{info}");
        assert!(!info.contains('\u{1b}'), "escapes in a log that no terminal shows: {info:?}");
    }

    #[test]
    fn libraries_stay_at_info_when_we_say_more() {
        for level in [Level::Debug, Level::Trace] {
            let text = logged(Config { level, ..Config::default() });
            assert!(text.contains("polled"), "{text}");
            assert!(text.contains("accepted"), "{text}");
            assert!(!text.contains("read 12 bytes"), "{text}");
        }
    }

    #[test]
    fn requests_are_logged_on_demand_alone() {
        assert!(!logged(Config { level: Level::Trace, ..Config::default() }).contains("GET /"));
        let text = logged(Config { level: Level::Warn, access: true, ..Config::default() });
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(" INFO access: GET /"), "{text}");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = logged(Config { format: Format::Json, ..Config::default() });
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["level"], "INFO");
        assert_eq!(first["message"], "started");
        assert_eq!(first["pipeline"], "orders");
        assert_eq!(first["target"], "serdecar::pipeline");
    }
}

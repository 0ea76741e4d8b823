//! Who takes part, how each is started, and what it must have written.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, ensure};
use apache_avro::reader::datum::GenericDatumReader;
use serde_json::Value;

use super::ground::FRAME;
use super::orders::{JSON_BYTES, SCHEMA, order};
use crate::end_to_end::support::Record;

/// A program that moves records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Contestant {
    Floor,
    Serdecar,
    ExactlyOnce,
    Copy,
    Structs,
    Values,
    FloorBack,
    SerdecarBack,
}

/// What goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Json,
    Avro,
}

/// Where a contestant finds what it needs.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) bootstrap: &'a str,
    pub(crate) registry: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) group: &'a str,
    pub(crate) source: &'a str,
    pub(crate) sink: &'a str,
    /// The length of an order as Avro, in bytes, on average.
    pub(crate) avro_bytes: usize,
    /// The program that plays the peers.
    pub(crate) peers: Option<&'a PathBuf>,
}

impl Contestant {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Floor => "the least: batch calls, values cut to Avro's length",
            Self::Serdecar => "serdecar, serialize",
            Self::ExactlyOnce => "serdecar, serialize, exactly once",
            Self::Copy => "copy, rdkafka's safe API, default settings",
            Self::Structs => "schema_registry_converter on structs",
            Self::Values => "schema_registry_converter on JSON values",
            Self::FloorBack => "the least: batch calls, values filled up to JSON's length",
            Self::SerdecarBack => "serdecar, deserialize",
        }
    }

    /// Whether it is played by another program than serdecar and this one.
    pub(crate) fn is_peer(self) -> bool {
        matches!(self, Self::Copy | Self::Structs | Self::Values)
    }

    pub(crate) fn input(self) -> Input {
        match self {
            Self::Floor | Self::Serdecar | Self::ExactlyOnce | Self::Copy | Self::Structs | Self::Values => Input::Json,
            Self::FloorBack | Self::SerdecarBack => Input::Avro,
        }
    }

    /// The contestant that does what cannot be spared for the same input and output.
    pub(crate) fn floor(self) -> Self {
        match self.input() {
            Input::Json => Self::Floor,
            Input::Avro => Self::FloorBack,
        }
    }

    /// Ours, for the same input.
    pub(crate) fn serdecar(self) -> Self {
        match self.input() {
            Input::Json => Self::Serdecar,
            Input::Avro => Self::SerdecarBack,
        }
    }

    /// The command that starts it; serdecar's lacks its config. It runs until it is killed.
    pub(crate) fn command(self, place: &Place<'_>) -> anyhow::Result<Command> {
        let peer = || Ok::<_, anyhow::Error>(Command::new(place.peers.context("no program for the peers")?));
        let mut command = match self {
            Self::Floor | Self::FloorBack => Command::new(std::env::current_exe()?),
            Self::Serdecar | Self::ExactlyOnce | Self::SerdecarBack => Command::new(env!("CARGO_BIN_EXE_serdecar")),
            Self::Copy | Self::Structs | Self::Values => peer()?,
        };
        let job = match self {
            Self::Floor | Self::FloorBack => "floor",
            Self::Serdecar | Self::ExactlyOnce | Self::SerdecarBack => "run",
            Self::Copy => "copy",
            Self::Structs => "structs",
            Self::Values => "values",
        };
        command.arg(job);
        if !matches!(self, Self::Serdecar | Self::ExactlyOnce | Self::SerdecarBack) {
            command.args(["--bootstrap", place.bootstrap, "--group", place.group]);
            command.args(["--source", place.source, "--sink", place.sink]);
        }
        match self {
            Self::Floor => command.args(["--bytes", &place.avro_bytes.to_string()]),
            Self::FloorBack => command.args(["--bytes", &JSON_BYTES.to_string()]),
            Self::Structs | Self::Values => command.args(["--registry", place.registry, "--subject", place.subject]),
            Self::Copy | Self::Serdecar | Self::ExactlyOnce | Self::SerdecarBack => &mut command,
        };
        Ok(command)
    }

    /// Whether it writes in transactions.
    pub(crate) fn is_transactional(self) -> bool {
        self == Self::ExactlyOnce
    }

    /// serdecar's config, for its contestants: what a user has to write, and nothing tuned.
    pub(crate) fn config(self, place: &Place<'_>, admin_port: u16) -> Option<String> {
        let direction = match self {
            Self::Serdecar | Self::ExactlyOnce => "serialize",
            Self::SerdecarBack => "deserialize",
            _ => return None,
        };
        let delivery = if self.is_transactional() { "exactly_once" } else { "at_least_once" };
        Some(config(place, [(place.source, place.sink, place.group)], direction, delivery, admin_port))
    }

    /// Checks a record that it has written.
    pub(crate) fn check(self, record: &Record, avro_bytes: usize) -> anyhow::Result<()> {
        let key = record.key.as_deref().context("no key")?;
        let number = std::str::from_utf8(key)?.strip_prefix("o-").context("not an order's key")?.parse()?;
        let order = order(number);
        let value = record.value.as_deref().context("no value")?;
        let expected = || serde_json::from_str::<Value>(&order.value);
        match self {
            Self::Floor => ensure!(value.len() == avro_bytes),
            Self::FloorBack => ensure!(value.len() == JSON_BYTES),
            Self::Copy => ensure!(value == order.value.as_bytes()),
            Self::Serdecar | Self::ExactlyOnce | Self::Structs | Self::Values => {
                ensure!(from_avro(value)? == expected()?);
            }
            Self::SerdecarBack => ensure!(serde_json::from_slice::<Value>(value)? == expected()?),
        }
        Ok(())
    }
}

/// serdecar's config for pipelines, each with a source, a sink and a group.
pub(crate) fn config<'a>(
    place: &Place<'_>,
    jobs: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    direction: &str,
    delivery: &str,
    admin_port: u16,
) -> String {
    let Place { bootstrap, registry, subject, .. } = place;
    let head = format!(
        "kafka: {{bootstrap_servers: '{bootstrap}'}}\n\
         registry: {{url: '{registry}'}}\n\
         log: {{level: error}}\n\
         admin: {{listen: '127.0.0.1:{admin_port}'}}\n\
         pipelines:\n"
    );
    let pipelines = jobs.into_iter().map(|(source, sink, group)| {
        format!(
            "- name: '{group}'\n  \
               direction: {direction}\n  \
               source: {{topics: ['{source}'], group: '{group}'}}\n  \
               sink: {{topic: '{sink}'}}\n  \
               value: {{subject: '{subject}'}}\n  \
               delivery: {delivery}\n"
        )
    });
    head + &pipelines.collect::<String>()
}

/// Reads a value in the registry's wire format with somebody else's decoder.
fn from_avro(value: &[u8]) -> anyhow::Result<Value> {
    let (frame, mut datum) = value.split_at_checked(FRAME.len()).context("no frame")?;
    ensure!(frame == FRAME, "the frame is {frame:?}");
    let schema = apache_avro::Schema::parse_str(SCHEMA)?;
    let read = GenericDatumReader::builder(&schema).build()?.read_value(&mut datum)?;
    ensure!(datum.is_empty(), "bytes after the record");
    Ok(read.try_into()?)
}

//! The flags that say how JSON and Avro correspond; the same as in the config.

use clap::{Args, ValueEnum};

use crate::codec::avro::{JsonMode, JsonOptions, UnknownFields};

#[derive(Debug, Args)]
pub(super) struct JsonArgs {
    /// How unions and bytes are written: as applications write them, or as the Avro specification encodes JSON.
    #[arg(long, value_name = "MODE", default_value = "plain")]
    json: Mode,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Plain,
    Avro,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Unknown {
    Ignore,
    Reject,
}

impl JsonArgs {
    pub(super) fn options(&self, unknown: Unknown) -> JsonOptions {
        JsonOptions {
            mode: match self.json {
                Mode::Plain => JsonMode::Plain,
                Mode::Avro => JsonMode::Avro,
            },
            unknown_fields: match unknown {
                Unknown::Ignore => UnknownFields::Ignore,
                Unknown::Reject => UnknownFields::Reject,
            },
            ..JsonOptions::default()
        }
    }
}

//! The flags that say how JSON and Avro correspond; the same as in the config.

use clap::{Args, ValueEnum};

use crate::codec::avro::{BytesForm, Decimals, JsonMode, JsonOptions, Timestamps, UnknownFields};

#[derive(Debug, Args)]
pub(super) struct JsonArgs {
    /// How unions and bytes are written: as applications write them, or as the Avro specification encodes JSON.
    #[arg(long, value_name = "MODE", default_value = "plain")]
    json: Mode,
    /// How plain JSON holds bytes and fixed: as base64, or each byte as a character.
    #[arg(long, value_name = "FORM", default_value = "base64")]
    bytes: Bytes,
    /// How dates and times are printed in plain JSON; either is read.
    #[arg(long, value_name = "FORM", default_value = "number")]
    timestamps: Times,
    /// How decimals are printed in plain JSON; either is read.
    #[arg(long, value_name = "FORM", default_value = "number")]
    decimals: Numbers,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    Plain,
    Avro,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bytes {
    Base64,
    Latin1,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Times {
    Number,
    Iso8601,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Numbers {
    Number,
    String,
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
            bytes: match self.bytes {
                Bytes::Base64 => BytesForm::Base64,
                Bytes::Latin1 => BytesForm::Latin1,
            },
            timestamps: match self.timestamps {
                Times::Number => Timestamps::Number,
                Times::Iso8601 => Timestamps::Iso8601,
            },
            decimals: match self.decimals {
                Numbers::Number => Decimals::Number,
                Numbers::String => Decimals::String,
            },
        }
    }
}

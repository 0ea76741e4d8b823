//! What happens to keys and values, in the config.

mod keys;

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rejection::Part;
use super::template::Template;
use super::{Framed, IdIn, Step, Work};
use crate::codec::Limits;
use crate::codec::avro::{BytesForm, Decimals, JsonMode, JsonOptions, Timestamps, UnknownFields};
use crate::registry::{Version, VersionError};
use crate::settings::{ByteSize, Faults};

/// The direction in which data are transformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// JSON in, typed out.
    Serialize,
    /// Typed in, JSON out.
    Deserialize,
    /// Typed in, checked, passed on unchanged.
    Verify,
}

/// What happens to key or value.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawPart {
    /// `avro`, `json`, `protobuf`, or `none` (bytes as they are). Default: `avro` for values, `none` for keys.
    pub format: Option<Format>,
    /// The subject; `{topic}` in it stands for the typed topic. Default: `{topic}-value`, for keys `{topic}-key`.
    pub subject: Option<String>,
    /// The version to write with: `latest` or a number. Default: `latest`.
    pub version: Option<RawVersion>,
    /// The full name of the message to write when serializing to Protobuf. Default: the first message of the file.
    pub message: Option<String>,
    /// Avro alone: the version to read by when deserializing: `latest`, a number, or `none`. Records come out as if they had been
    /// written with it, by Avro's rules of schema resolution. Default: `none`, each record by its own schema.
    pub reader: Option<RawVersion>,
    /// Where the name of the schema is written when serializing: `prefix` (its id, in front of the data) or `header` (its
    /// GUID, in the record's header `__value_schema_id` or `__key_schema_id`). Either is read, the header first.
    /// Default: `prefix`.
    pub id_in: Option<IdIn>,
    /// Avro alone: how unions and bytes look in JSON: `plain` or `avro`. Default: `plain`.
    pub json: Option<JsonMode>,
    /// Avro and Protobuf: members that the schema does not know: `ignore` or `reject`. Default: `ignore`.
    pub unknown_fields: Option<UnknownFields>,
    /// Avro alone: how plain JSON holds bytes and fixed: `base64`, or `latin1` (a character each). Default: `base64`.
    pub bytes: Option<BytesForm>,
    /// Avro alone: how dates and times are printed in plain JSON: `number` or `iso8601`; either is read. Default: `number`.
    pub timestamps: Option<Timestamps>,
    /// Avro alone: how decimals are printed in plain JSON: `number` or `string`; either is read. Default: `number`.
    pub decimals: Option<Decimals>,
    /// Bytes of one record, read or written. Default: 16MiB.
    pub max_record_bytes: Option<ByteSize>,
    /// What else a record may cost.
    #[serde(default)]
    pub limits: RawLimits,
}

/// What a record may cost.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLimits {
    /// Levels of arrays, maps and records. Default: 128.
    pub depth: Option<u32>,
    /// Items of one array or entries of one map. Default: 16777216.
    pub items: Option<u64>,
    /// Bytes of one string, bytes or fixed value. Default: 16MiB.
    pub string_bytes: Option<ByteSize>,
}

/// A data format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Avro.
    Avro,
    /// JSON with a JSON Schema.
    Json,
    /// Protocol Buffers.
    Protobuf,
    /// Bytes as they are.
    None,
}

/// `latest` or a number.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RawVersion {
    /// A number from 1 to 2147483647.
    Number(u64),
    /// `latest`, or a number as text.
    Text(String),
}

/// Why a text names no version to read by.
#[derive(Debug, thiserror::Error)]
#[error("{0}, or none")]
struct ReaderError(VersionError);

/// What happens to key or value, checked.
#[derive(Debug, Clone)]
pub struct PartConfig {
    /// What is done.
    pub step: Step,
    /// Where the name of the schema is written.
    pub id_in: IdIn,
    /// The subject; `{topic}` stands for the typed topic.
    pub subject: Template,
    /// The full name of the Protobuf message to write, if it is not the first of the file.
    pub message: Option<Arc<str>>,
    /// How JSON looks.
    pub options: JsonOptions,
    /// What a record may cost.
    pub limits: Limits,
}

impl PartConfig {
    /// What is done, apart from which schemas it is done with.
    pub fn work(&self) -> Work {
        let Self { step, id_in, message, options, limits, .. } = self;
        Work { step: *step, id_in: *id_in, message: message.clone(), options: *options, limits: *limits }
    }
}

/// The deepest nesting that may be allowed: codecs recurse.
const MAX_DEPTH: u32 = 1024;

impl RawPart {
    /// Checks it. `default` is the format where none is said.
    pub fn validate(
        self,
        part: Part,
        default: Format,
        direction: Direction,
        pointer: &str,
        faults: &mut Faults,
    ) -> Option<PartConfig> {
        let format = self.format.unwrap_or(default);
        self.check_keys(format, direction, pointer, faults);
        let version =
            self.version.map_or(Some(Version::Latest), |raw| faults.take(format!("{pointer}/version"), raw.validate()));
        let at = format!("{pointer}/reader");
        let reader = self.reader.map_or(Some(None), |raw| faults.take(&at, raw.validate_reader()));
        if reader.flatten().is_some() && (direction != Direction::Deserialize || format != Format::Avro) {
            faults.note(at, "only Avro data that are deserialized are read by another schema");
        }
        let framed = match format {
            Format::Avro => Some(Framed::Avro),
            Format::Json => Some(Framed::Json),
            Format::Protobuf => Some(Framed::Protobuf),
            Format::None => None,
        };
        if self.message.is_some() && format != Format::Protobuf {
            faults.note(format!("{pointer}/message"), format!("is for format protobuf, and the format is {format}"));
        }
        let step = match framed {
            None => Some(Step::Pass),
            Some(framed) if direction == Direction::Serialize => version.map(|version| Step::Encode(framed, version)),
            Some(framed) if direction == Direction::Verify => Some(Step::Verify(framed)),
            Some(framed) => reader.map(|reader| Step::Decode(framed, reader)),
        };
        let subject = self.subject.unwrap_or_else(|| format!("{{topic}}-{}", part.as_str()));
        if subject.is_empty() {
            faults.note(format!("{pointer}/subject"), "a subject needs a name");
        }
        let subject = faults.take(format!("{pointer}/subject"), Template::parse(&subject, "{topic}"));
        let options = JsonOptions {
            mode: self.json.unwrap_or_default(),
            unknown_fields: self.unknown_fields.unwrap_or_default(),
            bytes: self.bytes.unwrap_or_default(),
            timestamps: self.timestamps.unwrap_or_default(),
            decimals: self.decimals.unwrap_or_default(),
        };
        let limits = self.limits.validate(self.max_record_bytes, pointer, faults);
        let (id_in, message) = (self.id_in.unwrap_or_default(), self.message.map(Arc::from));
        Some(PartConfig { step: step?, id_in, subject: subject?, message, options, limits: limits? })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avro => "avro",
            Self::Json => "json",
            Self::Protobuf => "protobuf",
            Self::None => "none",
        })
    }
}

impl RawVersion {
    pub(super) fn is_latest(&self) -> bool {
        matches!(self, Self::Text(text) if text == "latest")
    }

    fn validate(self) -> Result<Version, VersionError> {
        match self {
            Self::Number(number) => number.to_string().parse(),
            Self::Text(text) => text.parse(),
        }
    }

    /// A version to read by, or none.
    fn validate_reader(self) -> Result<Option<Version>, ReaderError> {
        match self {
            Self::Text(text) if text == "none" => Ok(None),
            raw => raw.validate().map(Some).map_err(ReaderError),
        }
    }
}

impl RawLimits {
    fn validate(self, max_record_bytes: Option<ByteSize>, pointer: &str, faults: &mut Faults) -> Option<Limits> {
        let mut limits = Limits::default();
        let mut bytes = |given: Option<ByteSize>, key: &str, limit: &mut usize| {
            let Some(ByteSize(size)) = given else { return };
            match usize::try_from(size) {
                Ok(size @ 1..) => *limit = size,
                _ => faults.note(format!("{pointer}/{key}"), "has to allow at least one byte"),
            }
        };
        bytes(max_record_bytes, "max_record_bytes", &mut limits.record_bytes);
        bytes(self.string_bytes, "limits/string_bytes", &mut limits.string_bytes);
        limits.items = self.items.unwrap_or(limits.items);
        limits.depth = self.depth.unwrap_or(limits.depth);
        if !(1..=MAX_DEPTH).contains(&limits.depth) {
            faults.note(
                format!("{pointer}/limits/depth"),
                format!("{} is not a number from 1 to {MAX_DEPTH}", limits.depth),
            );
            return None;
        }
        Some(limits)
    }
}

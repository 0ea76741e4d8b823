//! Keys that mean nothing where they stand.

use super::RawDirection;
use super::parts::{Format, RawPart};
use crate::settings::Faults;

impl RawPart {
    /// Notes the keys that mean nothing in this format or direction.
    pub(super) fn check_keys(&self, format: Format, direction: RawDirection, pointer: &str, faults: &mut Faults) {
        if self.id_in.is_some() {
            let why = match (direction, format) {
                (_, Format::None) => Some("what has no schema names none"),
                (RawDirection::Serialize, _) => None,
                (RawDirection::Deserialize | RawDirection::Verify, _) => {
                    Some("schemas are read from either place; only what is serialized names one")
                }
            };
            if let Some(why) = why {
                faults.note(format!("{pointer}/id_in"), why);
            }
        }
        let is_verified = direction == RawDirection::Verify;
        let why = |formats: &str| {
            if is_verified {
                "records that are verified are passed on as they are".to_owned()
            } else {
                format!("is for {formats}, and the format is {format}")
            }
        };
        let (avro, named) = ("format avro alone", "the formats avro and protobuf");
        let is_avro = !is_verified && format == Format::Avro;
        let keys = [
            ("version", is_verified && self.version.is_some(), named),
            ("json", !is_avro && self.json.is_some(), avro),
            (
                "unknown_fields",
                !is_avro && (is_verified || format != Format::Protobuf) && self.unknown_fields.is_some(),
                named,
            ),
            ("bytes", !is_avro && self.bytes.is_some(), avro),
            ("timestamps", !is_avro && self.timestamps.is_some(), avro),
            ("decimals", !is_avro && self.decimals.is_some(), avro),
        ];
        for (key, _, formats) in keys.into_iter().filter(|(_, is_foreign, _)| *is_foreign) {
            faults.note(format!("{pointer}/{key}"), why(formats));
        }
    }
}

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
        let why = match format {
            _ if is_verified => "records that are verified are passed on as they are".to_owned(),
            Format::Avro => return,
            other => format!("is for format avro alone, and the format is {other}"),
        };
        let keys = [
            ("version", is_verified && self.version.is_some()),
            ("json", self.json.is_some()),
            ("unknown_fields", self.unknown_fields.is_some()),
            ("bytes", self.bytes.is_some()),
            ("timestamps", self.timestamps.is_some()),
            ("decimals", self.decimals.is_some()),
        ];
        for (key, _) in keys.into_iter().filter(|(_, is_given)| *is_given) {
            faults.note(format!("{pointer}/{key}"), &why);
        }
    }
}

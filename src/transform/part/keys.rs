//! Keys that mean nothing where they stand.

use super::{Direction, Format, RawPart};
use crate::settings::Faults;

impl RawPart {
    /// Notes the keys that mean nothing in this format or direction.
    pub(super) fn check_keys(&self, format: Format, direction: Direction, pointer: &str, faults: &mut Faults) {
        // What is read names its schema in either place, so there the key may say which one is expected.
        if says_more(self.id_in) && format == Format::None {
            faults.note(format!("{pointer}/id_in"), "what has no schema names none");
        }
        let is_verified = direction == Direction::Verify;
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
            ("version", is_verified && self.version.as_ref().is_some_and(|version| !version.is_latest()), named),
            ("json", !is_avro && says_more(self.json), avro),
            (
                "unknown_fields",
                !is_avro && (is_verified || format != Format::Protobuf) && says_more(self.unknown_fields),
                named,
            ),
            ("bytes", !is_avro && says_more(self.bytes), avro),
            ("timestamps", !is_avro && says_more(self.timestamps), avro),
            ("decimals", !is_avro && says_more(self.decimals), avro),
        ];
        for (key, _, formats) in keys.into_iter().filter(|(_, is_foreign, _)| *is_foreign) {
            faults.note(format!("{pointer}/{key}"), why(formats));
        }
    }
}

/// Whether a key has another value than the one that it has anyway.
fn says_more<T: Default + PartialEq>(given: Option<T>) -> bool {
    given.is_some_and(|value| value != T::default())
}

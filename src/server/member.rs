//! How members of JSON bodies are read. What serde derives takes more than it should: an array of its members for a
//! structure, an object for a name; and less: `1.0` is a whole number in JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use crate::schema::SchemaReference;

/// A structure that is written as an object.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData)).map(Self)
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// An object.
pub(super) fn required<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// An object or `null`.
pub(super) fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// Objects; `null` for none.
pub(super) fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let objects = Option::<Vec<Object<T>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(objects.into_iter().map(|Object(value)| value).collect())
}

/// One of a few names.
pub(super) fn required_name<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text: StringDeserializer<D::Error> = String::deserialize(deserializer)?.into_deserializer();
    T::deserialize(text)
}

/// One of a few names; `null` for the default.
pub(super) fn name<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Name<T>(T);
    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Name<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            required_name(deserializer).map(Self)
        }
    }
    Ok(Option::<Name<T>>::deserialize(deserializer)?.map_or_else(T::default, |Name(name)| name))
}

/// References; `null` for none.
pub(super) fn references<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SchemaReference>, D::Error> {
    #[derive(serde::Deserialize)]
    struct Reference {
        name: String,
        subject: String,
        version: Whole,
    }
    let sent = objects(deserializer)?.into_iter();
    Ok(sent
        .map(|Reference { name, subject, version: Whole(version) }| SchemaReference { name, subject, version })
        .collect())
}

/// A whole number or `null`.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    Ok(Option::<Whole>::deserialize(deserializer)?.map(|Whole(number)| number))
}

/// A whole number of 32 bits, however it is written.
struct Whole(i32);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let whole = number.as_i64().and_then(|whole| i32::try_from(whole).ok());
        let rounded = || number.as_f64().and_then(whole_float);
        let expected = || Error::custom(format!("invalid number {number}, expected a whole one of 32 bits"));
        whole.or_else(rounded).map(Self).ok_or_else(expected)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is cut off is looked for behind it")]
fn whole_float(number: f64) -> Option<i32> {
    let whole = number as i32;
    (f64::from(whole).to_bits() == (number + 0.0).to_bits()).then_some(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::definition::{Metadata, RuleKind, RuleSet};
    use super::*;

    #[test]
    fn an_object_is_no_array_of_its_members() {
        assert_eq!(
            object::<Metadata, _>(json!([null, null, null])).unwrap_err().to_string(),
            "invalid type: sequence, expected an object"
        );
        assert_eq!(object::<Metadata, _>(json!(null)).unwrap(), None);
        assert_eq!(object::<Metadata, _>(json!({})).unwrap(), Some(Metadata::default()));
        assert!(object::<RuleSet, _>(json!({"domainRules": [["name"]]})).is_err());
        assert!(object::<RuleSet, _>(json!({"domainRules": [{"name": "r", "kind": {"CONDITION": null}}]})).is_err());
    }

    #[test]
    fn names_and_numbers_are_what_json_calls_so() {
        assert_eq!(name::<RuleKind, _>(json!("CONDITION")).unwrap(), RuleKind::Condition);
        assert_eq!(name::<RuleKind, _>(json!(null)).unwrap(), RuleKind::Transform);
        assert!(name::<RuleKind, _>(json!("condition")).is_err());
        for (number, expected) in
            [(json!(7), 7), (json!(-1), -1), (json!(7.0), 7), (json!(-0.0), 0), (json!(1e3), 1_000)]
        {
            assert_eq!(whole(number).unwrap(), Some(expected));
        }
        assert_eq!(whole(json!(null)).unwrap(), None);
        for number in [json!(1.5), json!(2_147_483_648_i64), json!(1e300), json!("1"), json!(u64::MAX)] {
            assert!(whole(number.clone()).is_err(), "{number}");
        }
    }
}

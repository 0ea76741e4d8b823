//! Whole numbers in what clients send: `1`, and `1.0` and `1e0`, which are the same number in JSON.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

/// Reads a whole number that `T` holds.
pub(super) fn number<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Whole(PhantomData))
}

/// The same, or null.
pub(super) fn optional<'de, D: Deserializer<'de>, T: TryFrom<i64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_option(Optional(PhantomData))
}

struct Whole<T>(PhantomData<T>);

struct Optional<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for Whole<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number of at most {} bits", size_of::<T>() * 8)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let refused = |_| E::invalid_value(Unexpected::Unsigned(number), &self);
        i64::try_from(number).map_err(refused).and_then(|number| self.visit_i64(number))
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range, it loses nothing")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        // 2^63 is the first one above the range, and a double has it exactly.
        let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
        if number.trunc().to_bits() == number.to_bits() && range.contains(&number) {
            return self.visit_i64(number as i64);
        }
        Err(E::invalid_value(Unexpected::Float(number), &self))
    }
}

impl<'de, T: TryFrom<i64>> Visitor<'de> for Optional<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Whole::<T>(PhantomData).expecting(f)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        number(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "super::number")]
        id: u32,
        #[serde(default, deserialize_with = "super::optional")]
        at: Option<i64>,
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction() {
        let read = |text: &str| serde_json::from_str::<Numbers>(text).ok();
        assert_eq!(read(r#"{"id": 7.0, "at": -9223372036854775808}"#), Some(Numbers { id: 7, at: Some(i64::MIN) }));
        assert_eq!(
            read(r#"{"id": 1e3, "at": -1.0e18}"#),
            Some(Numbers { id: 1000, at: Some(-1_000_000_000_000_000_000) })
        );
        assert_eq!(read(r#"{"id": 4294967295, "at": null}"#), Some(Numbers { id: u32::MAX, at: None }));
        assert_eq!(read(r#"{"id": 0}"#), Some(Numbers { id: 0, at: None }));
        for text in
            ["1.5", "-1", "4294967296", "4294967296.0", "1e300", "18446744073709551615", "\"1\"", "null", "true"]
        {
            assert_eq!(read(&format!("{{\"id\": {text}}}")), None, "{text}");
        }
        assert_eq!(read(r#"{"id": 1, "at": 9.3e18}"#), None);
    }
}

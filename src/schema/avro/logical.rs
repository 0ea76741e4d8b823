//! Logical types: what the `logicalType` of a schema says, as far as it says it validly.
//!
//! An unknown one, or one that its type or its parameters do not allow, is as good as none
//! ([specification](https://avro.apache.org/docs/1.12.0/specification/#logical-types)).

use super::types::{Attributes, Kind, Type};
use super::varint;

/// What a type means beyond how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    /// An int: days since 1970-01-01.
    Date,
    /// The time since midnight: an int of milliseconds or a long of microseconds.
    Time(TimeUnit),
    /// A long: the time since 1970-01-01T00:00:00Z.
    Timestamp(TimeUnit),
    /// A long: the time since 1970-01-01T00:00:00 of a time zone that is not told.
    LocalTimestamp(TimeUnit),
    /// Bytes or a fixed: a whole number of parts of a power of ten.
    Decimal(Decimal),
    /// Bytes: a decimal that brings its scale along.
    BigDecimal,
    /// A string.
    Uuid,
    /// A fixed of 16 bytes.
    UuidFixed,
    /// A fixed of 12 bytes: months, days and milliseconds.
    Duration,
}

/// What a number of time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// A thousandth of a second.
    Millis,
    /// A millionth of a second.
    Micros,
    /// A billionth of a second.
    Nanos,
}

/// A decimal: `unscaled × 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// Digits of the unscaled value at most; at least 1.
    pub precision: u32,
    /// Digits behind the point; at most the precision.
    pub scale: u32,
    /// The size of the fixed that holds the unscaled value; `None` for bytes.
    pub size: Option<usize>,
}

impl Logical {
    /// The logical type of `ty`, if it has a valid one.
    pub fn of(ty: &Type) -> Option<Self> {
        use TimeUnit::{Micros, Millis, Nanos};
        Some(match (ty.logical()?, &ty.kind) {
            ("date", Kind::Int) => Self::Date,
            ("time-millis", Kind::Int) => Self::Time(Millis),
            ("time-micros", Kind::Long) => Self::Time(Micros),
            ("timestamp-millis", Kind::Long) => Self::Timestamp(Millis),
            ("timestamp-micros", Kind::Long) => Self::Timestamp(Micros),
            ("timestamp-nanos", Kind::Long) => Self::Timestamp(Nanos),
            ("local-timestamp-millis", Kind::Long) => Self::LocalTimestamp(Millis),
            ("local-timestamp-micros", Kind::Long) => Self::LocalTimestamp(Micros),
            ("local-timestamp-nanos", Kind::Long) => Self::LocalTimestamp(Nanos),
            ("decimal", Kind::Bytes) => Self::Decimal(Decimal::of(&ty.attributes, None)?),
            ("decimal", Kind::Fixed(fixed)) => Self::Decimal(Decimal::of(&ty.attributes, Some(fixed.size))?),
            ("big-decimal", Kind::Bytes) => Self::BigDecimal,
            ("uuid", Kind::String) => Self::Uuid,
            ("uuid", Kind::Fixed(fixed)) if fixed.size == 16 => Self::UuidFixed,
            ("duration", Kind::Fixed(fixed)) if fixed.size == 12 => Self::Duration,
            _ => return None,
        })
    }
}

/// What a default may be.
impl Logical {
    /// Whether an encoded value of the underlying type is one of the logical type, as far as that can be told in a word:
    /// decimals of more than 16 bytes are not counted.
    pub(super) fn admits(self, encoded: &[u8]) -> bool {
        let bytes = || Some(split(encoded)?.0);
        match self {
            Self::Uuid => bytes().is_some_and(is_uuid),
            Self::Decimal(Decimal { precision, size: None, .. }) => bytes().is_some_and(|n| has_digits(n, precision)),
            Self::Decimal(Decimal { precision, size: Some(_), .. }) => has_digits(encoded, precision),
            Self::BigDecimal => {
                let scale = bytes().and_then(split).and_then(|(_, scale)| Some((varint::read(scale)?.1, scale.len())));
                scale.is_some_and(|(read, len)| read == len)
            }
            _ => true,
        }
    }
}

/// Bytes with their length in front, and what follows them.
fn split(encoded: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, read) = varint::read(encoded)?;
    encoded.get(read..)?.split_at_checked(usize::try_from(len).ok()?)
}

fn is_uuid(text: &[u8]) -> bool {
    let fits = |(place, byte): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(fits)
}

/// Whether the two's complement number has no more digits.
fn has_digits(unscaled: &[u8], precision: u32) -> bool {
    let Some(most) = 10u128.checked_pow(precision) else { return true };
    let sign = if unscaled.first().is_some_and(|&high| high >= 0x80) { 0xff } else { 0 };
    let mut wide = [sign; 16];
    let repeated = unscaled.iter().take_while(|&&byte| byte == sign).count();
    let significant = &unscaled[repeated.min(unscaled.len().saturating_sub(16))..];
    match wide.len().checked_sub(significant.len()) {
        Some(start) if significant.first().is_none_or(|&high| (high >= 0x80) == (sign == 0xff)) => {
            wide[start..].copy_from_slice(significant);
            i128::from_be_bytes(wide).unsigned_abs() < most
        }
        _ => false,
    }
}

/// As messages name it: `timestamp-millis`, `decimal(9,2)`.
impl std::fmt::Display for Logical {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Date => f.write_str("date"),
            Self::Time(unit) => write!(f, "time-{}", unit.as_str()),
            Self::Timestamp(unit) => write!(f, "timestamp-{}", unit.as_str()),
            Self::LocalTimestamp(unit) => write!(f, "local-timestamp-{}", unit.as_str()),
            Self::Decimal(Decimal { precision, scale, .. }) => write!(f, "decimal({precision},{scale})"),
            Self::BigDecimal => f.write_str("big-decimal"),
            Self::Uuid | Self::UuidFixed => f.write_str("uuid"),
            Self::Duration => f.write_str("duration"),
        }
    }
}

impl TimeUnit {
    /// How many make a second.
    pub const fn per_second(self) -> i64 {
        match self {
            Self::Millis => 1_000,
            Self::Micros => 1_000_000,
            Self::Nanos => 1_000_000_000,
        }
    }

    /// Digits behind the point of a second.
    pub const fn digits(self) -> usize {
        match self {
            Self::Millis => 3,
            Self::Micros => 6,
            Self::Nanos => 9,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Millis => "millis",
            Self::Micros => "micros",
            Self::Nanos => "nanos",
        }
    }
}

impl Decimal {
    fn of(attributes: &Attributes, size: Option<usize>) -> Option<Self> {
        // Numbers that Java's int can't hold make the logical type invalid there, too.
        let number = |key: &str| attributes.get(key).map(|value| i32::try_from(value.as_i64()?).ok()?.try_into().ok());
        let precision = number("precision")??;
        let scale = number("scale").unwrap_or(Some(0))?;
        let fits = size.is_none_or(|size| u128::from(precision) <= max_precision(size));
        (precision > 0 && scale <= precision && fits).then_some(Self { precision, scale, size })
    }
}

/// How many digits always fit into so many bytes of two's complement: the whole part of `log10(2^(8 × size - 1) - 1)`.
fn max_precision(size: usize) -> u128 {
    /// `log10(2) × 10^27`; sizes are below 2^31, so the product fits and its error is far below what could matter.
    const LOG10_2: u128 = 301_029_995_663_981_195_213_738_894;
    (size as u128 * 8).saturating_sub(1) * LOG10_2 / 10u128.pow(27)
}

#[cfg(test)]
mod tests {
    use super::super::Schema;
    use super::*;

    fn logical(text: &str) -> Option<String> {
        let schema = Schema::parse::<&str>(text, &[]).unwrap();
        Logical::of(schema.get(schema.root())).map(|logical| logical.to_string())
    }

    #[test]
    fn each_logical_type_has_its_types() {
        for (types, logical_type, name) in [
            (&["int"][..], "date", "date"),
            (&["int"], "time-millis", "time-millis"),
            (&["long"], "time-micros", "time-micros"),
            (&["long"], "timestamp-millis", "timestamp-millis"),
            (&["long"], "timestamp-micros", "timestamp-micros"),
            (&["long"], "timestamp-nanos", "timestamp-nanos"),
            (&["long"], "local-timestamp-millis", "local-timestamp-millis"),
            (&["long"], "local-timestamp-micros", "local-timestamp-micros"),
            (&["long"], "local-timestamp-nanos", "local-timestamp-nanos"),
            (&["bytes"], "decimal\",\"precision\":3,\"scale\":1,\"x\":\"", "decimal(3,1)"),
            (&["bytes"], "decimal\",\"precision\":3,\"x\":\"", "decimal(3,0)"),
            (&["bytes"], "big-decimal", "big-decimal"),
            (&["string"], "uuid", "uuid"),
            (&[], "time-nanos", ""),
            (&[], "timestamp", ""),
        ] {
            for ty in ["null", "boolean", "int", "long", "float", "double", "bytes", "string"] {
                let found = logical(&format!(r#"{{"type":"{ty}","logicalType":"{logical_type}"}}"#));
                assert_eq!(found.as_deref(), types.contains(&ty).then_some(name), "{logical_type} on {ty}");
            }
        }
        for (size, logical_type) in [(16, "uuid"), (12, "duration")] {
            for wrong in [-1, 0, 1] {
                let size = size + wrong;
                let text = format!(r#"{{"type":"fixed","name":"F","size":{size},"logicalType":"{logical_type}"}}"#);
                assert_eq!(logical(&text).as_deref(), (wrong == 0).then_some(logical_type), "{size}");
            }
        }
    }

    #[test]
    fn defaults_are_values_of_the_logical_type() {
        let decimal = |precision, bytes: &[u8]| has_digits(bytes, precision);
        assert!(decimal(2, &[99]) && decimal(2, &[0x9d]) && decimal(2, &[]) && decimal(2, &[0xff; 40]));
        assert!(!decimal(2, &[100]) && !decimal(2, &[0x9c]) && !decimal(2, &[0, 0x80]) && !decimal(38, &[0x7f; 17]));
        assert!(!decimal(38, &[&[0][..], &[0xff; 16]].concat()));
        assert!(decimal(39, &[0x7f; 17]));
        assert!(Logical::BigDecimal.admits(&[6, 2, 5, 5]));
        for wrong in [&[0][..], &[4, 2, 5], &[8, 2, 5, 5, 5]] {
            assert!(!Logical::BigDecimal.admits(wrong), "{wrong:?}");
        }
        let uuid = |text: &str| is_uuid(text.as_bytes());
        assert!(uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c8"));
        assert!(
            !uuid("") && !uuid("6ba7b810-9dad-11d1-80b4-00c04fd430c") && !uuid("6ba7b8100-9dad-11d1-80b4-00c04fd430c")
        );
    }

    #[test]
    fn a_decimal_needs_a_precision_that_its_bytes_can_hold() {
        let decimal = |parameters: &str| logical(&format!(r#"{{"type":"bytes","logicalType":"decimal"{parameters}}}"#));
        assert_eq!(decimal(r#","precision":2147483647,"scale":7"#).as_deref(), Some("decimal(2147483647,7)"));
        assert_eq!(decimal(r#","precision":1,"scale":1"#).as_deref(), Some("decimal(1,1)"));
        for invalid in [
            "",
            r#","scale":1"#,
            r#","precision":0"#,
            r#","precision":-1"#,
            r#","precision":"3""#,
            r#","precision":3.0"#,
            r#","precision":2147483648"#,
            r#","precision":3,"scale":4"#,
            r#","precision":3,"scale":-1"#,
            r#","precision":3,"scale":null"#,
        ] {
            assert_eq!(decimal(invalid), None, "{invalid}");
        }
        for (size, most) in [(1, 2), (2, 4), (3, 6), (4, 9), (8, 18), (9, 21), (12, 28), (16, 38), (32, 76), (100, 240)]
        {
            for precision in [most, most + 1] {
                let text = format!(
                    r#"{{"type":"fixed","name":"F","size":{size},"logicalType":"decimal","precision":{precision}}}"#
                );
                assert_eq!(logical(&text).is_some(), precision == most, "{precision} digits in {size} bytes");
            }
        }
    }
}

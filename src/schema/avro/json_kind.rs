//! Which branches of an untagged union a JSON value may belong to, as far as its kind tells.

use super::logical::Logical;
use super::types::{Kind, Type};

/// The kinds of JSON value that choose a branch of an untagged union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number without fraction and exponent.
    Integer,
    /// A number with a fraction or an exponent.
    Fraction,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonKind {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// Each of them, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Null, Self::Boolean, Self::Integer, Self::Fraction, Self::String, Self::Array, Self::Object];

    /// How well a type takes values of this kind: 0 best; `None` not at all.
    pub(super) fn rank(self, ty: &Type) -> Option<u8> {
        match Logical::of(ty) {
            Some(logical) => self.rank_of_logical(logical),
            None => self.rank_of(&ty.kind),
        }
    }

    fn rank_of(self, kind: &Kind) -> Option<u8> {
        match (self, kind) {
            (Self::Null, Kind::Null)
            | (Self::Boolean, Kind::Boolean)
            | (Self::Integer, Kind::Int | Kind::Long)
            | (Self::Fraction, Kind::Float | Kind::Double)
            | (Self::String, Kind::String)
            | (Self::Array, Kind::Array(_))
            | (Self::Object, Kind::Record(_) | Kind::Map(_)) => Some(0),
            (Self::Fraction, Kind::Int | Kind::Long) | (Self::String, Kind::Enum(_) | Kind::Bytes | Kind::Fixed(_)) => {
                Some(1)
            }
            (Self::Integer | Self::String, Kind::Float | Kind::Double) => Some(2),
            _ => None,
        }
    }

    fn rank_of_logical(self, logical: Logical) -> Option<u8> {
        use Logical::{BigDecimal, Date, Decimal, Duration, LocalTimestamp, Time, Timestamp, Uuid, UuidFixed};
        match (self, logical) {
            (Self::Integer, Date | Time(_) | Timestamp(_) | LocalTimestamp(_))
            | (Self::Fraction, BigDecimal)
            | (Self::String, Uuid) => Some(0),
            // A decimal without scale prints as a whole number, so that a number with a point is not its own print.
            (Self::Fraction, Decimal(decimal)) => Some(u8::from(decimal.scale == 0)),
            (Self::Integer, Decimal(_) | BigDecimal)
            | (Self::Fraction, Date | Time(_) | Timestamp(_) | LocalTimestamp(_))
            | (Self::String, UuidFixed | Duration) => Some(1),
            (Self::String, Date | Time(_) | Timestamp(_) | LocalTimestamp(_) | Decimal(_) | BigDecimal) => Some(2),
            _ => None,
        }
    }
}

//! Why a record left the fast path.

use super::{At, MISSED};

/// Why a record was encoded by the general path. It says nothing about the record being good or bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Miss {
    /// The JSON mode or the limits are ones that the fast path does not serve.
    Settings,
    /// A type that the fast path does not serve.
    Type,
    /// A text that is not JSON, or not UTF-8, or written in a way that the fast path does not know.
    Syntax,
    /// A value of another form than is usual for the type, or that the type does not take.
    Value,
    /// A value that the first branch of a union that comes into question does not take.
    Union,
    /// A member that stands twice, is missing, or is unknown where such are rejected.
    Member,
    /// More than a limit allows, or nearly.
    Limit,
    /// The datum is many times larger than its text.
    Room,
}

impl Miss {
    /// Every reason, for the tables that count them.
    pub const ALL: [Self; 8] =
        [Self::Settings, Self::Type, Self::Syntax, Self::Value, Self::Union, Self::Member, Self::Limit, Self::Room];

    /// The reason as people read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "the mode or the limits",
            Self::Type => "a type that has no fast form",
            Self::Syntax => "text that is unusual or no JSON",
            Self::Value => "a value that is unusual or does not fit",
            Self::Union => "a union whose branches must be tried",
            Self::Member => "a member that is missing, unknown or there twice",
            Self::Limit => "a limit",
            Self::Room => "data much larger than their text",
        }
    }

    /// The cursors that tell of it.
    #[inline]
    pub(super) const fn at(self) -> At {
        At { i: MISSED, p: self as usize }
    }

    pub(super) fn from_code(code: usize) -> Self {
        Self::ALL.get(code).copied().unwrap_or(Self::Syntax)
    }
}

//! What values look like in plain JSON, and which types take what looks like that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::{BytesForm, Decimals, JsonOptions, Timestamps};
use crate::codec::logical::duration::Duration;
use crate::schema::avro::{Logical, Node, NodeId, Plan};

/// What the values of a type look like. All but the first six and the objects are strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape<'p> {
    Null,
    Boolean,
    /// A number without fraction and exponent.
    Integer,
    /// A number with one of them.
    Fraction,
    Array,
    Map(NodeId),
    Record(NodeId),
    /// Any text.
    Text,
    /// Any bytes, or so many, as the options say.
    Bytes(Option<usize>),
    /// The symbols of an enum.
    Symbols(&'p [Box<str>]),
    /// `NaN`, `Infinity`, `-Infinity`.
    NotFinite,
    /// A logical type's text.
    Of(Logical),
}

/// How a float or double that is no number prints.
const NOT_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// The longest duration of whole seconds has 35 characters, of which base64 takes each four for three bytes.
const MAX_DURATION_BYTES: usize = 24;

impl<'p> Shape<'p> {
    /// What the values of a type may look like; nothing for a union.
    pub(super) fn all(plan: &'p Plan, options: JsonOptions, id: NodeId) -> Vec<Self> {
        match plan.node(id) {
            Node::Null => vec![Self::Null],
            Node::Boolean => vec![Self::Boolean],
            Node::Int | Node::Long => vec![Self::Integer],
            Node::Float | Node::Double => vec![Self::Fraction, Self::NotFinite],
            Node::String => vec![Self::Text],
            Node::Bytes => vec![Self::Bytes(None)],
            Node::Fixed(fixed) => vec![Self::Bytes(Some(fixed.size))],
            Node::Enum(symbols) => vec![Self::Symbols(&symbols.symbols)],
            Node::Array(_) => vec![Self::Array],
            Node::Map(_) => vec![Self::Map(id)],
            Node::Record(_) => vec![Self::Record(id)],
            Node::Union(_) => Vec::new(),
            Node::Logical(plan) => Self::of_logical(plan.logical, options),
        }
    }

    fn of_logical(logical: Logical, options: JsonOptions) -> Vec<Self> {
        match logical {
            Logical::Date | Logical::Time(_) | Logical::Timestamp(_) | Logical::LocalTimestamp(_) => {
                match options.timestamps {
                    Timestamps::Number => vec![Self::Integer],
                    // A number that is no time of a day has no text.
                    Timestamps::Iso8601 if matches!(logical, Logical::Time(_)) => {
                        vec![Self::Of(logical), Self::Integer]
                    }
                    Timestamps::Iso8601 => vec![Self::Of(logical)],
                }
            }
            Logical::Decimal(decimal) => match options.decimals {
                Decimals::Number if decimal.scale == 0 => vec![Self::Integer],
                Decimals::Number => vec![Self::Fraction],
                Decimals::String => vec![Self::Of(logical)],
            },
            Logical::BigDecimal => match options.decimals {
                Decimals::Number => vec![Self::Integer, Self::Fraction],
                Decimals::String => vec![Self::Of(logical)],
            },
            Logical::Uuid | Logical::UuidFixed | Logical::Duration => vec![Self::Of(logical)],
        }
    }

    /// Whether the type takes something that looks like this. Arrays, maps, records and unions are not asked here.
    pub(super) fn taken_by(&self, node: &Node, options: JsonOptions) -> bool {
        match (self, node) {
            (Self::Null, node) => matches!(node, Node::Null),
            (Self::Boolean, node) => matches!(node, Node::Boolean),
            // Every number type has a zero, and `0.0` is whole.
            (Self::Integer | Self::Fraction, node) => is_number(node),
            (Self::Array | Self::Map(_) | Self::Record(_), _) => false,
            (_, Node::String) => true,
            (_, Node::Bytes) => self.is_bytes(None, options.bytes),
            (_, Node::Fixed(fixed)) => self.is_bytes(Some(fixed.size), options.bytes),
            (_, Node::Enum(symbols)) => self.is_symbol(&symbols.symbols, options.bytes),
            (_, Node::Float | Node::Double) => self.is_one_of(&NOT_FINITE, options.bytes),
            (_, Node::Logical(plan)) => self.is_of(plan.logical, options.bytes),
            _ => false,
        }
    }

    /// Whether it may be the text of so many bytes.
    fn is_bytes(&self, size: Option<usize>, form: BytesForm) -> bool {
        let fits = |text: &str| encoded_len(text, form).is_some_and(|len| size.is_none_or(|size| size == len));
        match self {
            Self::Text => true,
            Self::Bytes(len) => size.is_none() || len.is_none() || size == *len,
            Self::Symbols(symbols) => symbols.iter().any(|symbol| fits(symbol)),
            Self::NotFinite => NOT_FINITE.iter().any(|text| fits(text)),
            Self::Of(logical) => match form {
                BytesForm::Latin1 => !is_uuid(*logical) || size.is_none_or(|size| size == 36),
                BytesForm::Base64 => looks_like_base64(*logical, size),
            },
            _ => false,
        }
    }

    /// Whether it may be one of these symbols.
    fn is_symbol(&self, symbols: &[Box<str>], form: BytesForm) -> bool {
        let symbols: Vec<&str> = symbols.iter().map(|symbol| &**symbol).collect();
        self.is_one_of(&symbols, form)
    }

    fn is_one_of(&self, texts: &[&str], form: BytesForm) -> bool {
        let is = |text: &&str| match self {
            Self::Text => true,
            Self::Bytes(len) => encoded_len(text, form).is_some_and(|is| len.is_none_or(|len| len == is)),
            Self::Symbols(symbols) => symbols.iter().any(|symbol| **symbol == **text),
            Self::NotFinite => NOT_FINITE.contains(text),
            Self::Of(Logical::Duration) => is_duration(text),
            _ => false,
        };
        texts.iter().any(is)
    }

    /// Whether it may be the text of the logical type.
    fn is_of(&self, logical: Logical, form: BytesForm) -> bool {
        match (self, logical) {
            (Self::Bytes(size), _) => match form {
                BytesForm::Latin1 => !is_uuid(logical) || size.is_none_or(|size| size == 36),
                BytesForm::Base64 => looks_like_base64(logical, *size),
            },
            (Self::Symbols(symbols), Logical::Duration) => symbols.iter().any(|symbol| is_duration(symbol)),
            (Self::Text, _)
            | (Self::Of(Logical::Date), Logical::Date)
            | (Self::Of(Logical::Time(_)), Logical::Time(_))
            | (Self::Of(Logical::Timestamp(_)), Logical::Timestamp(_))
            | (Self::Of(Logical::LocalTimestamp(_)), Logical::LocalTimestamp(_))
            | (Self::Of(Logical::Decimal(_) | Logical::BigDecimal), Logical::Decimal(_) | Logical::BigDecimal)
            | (Self::Of(Logical::Uuid | Logical::UuidFixed), Logical::Uuid | Logical::UuidFixed)
            | (Self::Of(Logical::Duration), Logical::Duration) => true,
            _ => false,
        }
    }
}

fn is_number(node: &Node) -> bool {
    match node {
        Node::Int | Node::Long | Node::Float | Node::Double => true,
        Node::Logical(plan) => !matches!(plan.logical, Logical::Uuid | Logical::UuidFixed | Logical::Duration),
        _ => false,
    }
}

fn is_uuid(logical: Logical) -> bool {
    matches!(logical, Logical::Uuid | Logical::UuidFixed)
}

fn is_duration(text: &str) -> bool {
    Duration::read(text.as_bytes()).is_ok()
}

/// How many bytes a text is, if it is one of bytes.
fn encoded_len(text: &str, form: BytesForm) -> Option<usize> {
    match form {
        BytesForm::Base64 => STANDARD.decode(text).ok().map(|bytes| bytes.len()),
        BytesForm::Latin1 => Some(text.chars().count()),
    }
}

/// Whether a logical type has texts that are base64 of so many bytes: they may have letters and digits alone, no hyphen,
/// colon or point, and their length is a multiple of four.
fn looks_like_base64(logical: Logical, size: Option<usize>) -> bool {
    let whole = |most: usize| size.is_none_or(|size| size % 3 == 0 && (3..=most).contains(&size));
    match logical {
        Logical::Decimal(decimal) => {
            let digits = usize::try_from(decimal.precision).unwrap_or(usize::MAX);
            decimal.scale == 0 && digits >= 4 && whole(digits / 4 * 3)
        }
        Logical::BigDecimal => whole(usize::MAX),
        Logical::Duration => whole(MAX_DURATION_BYTES),
        _ => false,
    }
}
